/* Compresses a text in memory with threads, and reads a part of it.
 *
 *     c++ -std=c++20 sigma-in-cpp.cpp $(pkg-config --cflags --libs sigma-1.0) -o sigma-in-cpp
 *     ./sigma-in-cpp
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/sigma/sigma.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

/// What RandomAccessDecoder reads from.
class Bytes : public sigma::ByteSource {
 public:
  explicit Bytes(sigma::ByteSpan bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return {};
  }

 private:
  sigma::ByteSpan bytes_;
};

int main() {
  std::string text;
  for (int i = 0; i < 100000; i++)
    text += "line " + std::to_string(i) + "\n";
  const auto* front = reinterpret_cast<const uint8_t*>(text.data());

  sigma::EncoderSettings settings;
  settings.threads = 2;
  std::vector<uint8_t> stream(sigma::encode_bound(text.size()));
  const auto size = sigma::encode_bytes({front, text.size()}, stream, settings);
  if (!size.ok()) return std::puts(sigma::describe(size.status).text), 1;
  std::printf("%zu bytes became %zu\n", text.size(), size.value);

  Bytes source(sigma::ByteSpan(stream).first(size.value));
  sigma::RandomAccessDecoder decoder(source);
  std::vector<uint8_t> part(11);
  const auto got = decoder.read(text.find("line 77777"), part);
  if (!got.ok()) return std::puts(sigma::describe(got.status).text), 1;
  std::printf("%.*s", static_cast<int>(got.value), reinterpret_cast<const char*>(part.data()));
  return 0;
}
