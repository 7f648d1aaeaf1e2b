/* An application in C++ that inherits from what the library has, and asks for types at run time
 * where it can.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/sigma/sigma.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace {

class CountingFile : public sigma::FileSource {
 public:
  using FileSource::FileSource;
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override {
    reads++;
    return FileSource::read(offset, out);
  }
  int reads = 0;
};

struct Log : sigma::DamageListener {
  void on_damage(const sigma::Damage&) override { count++; }
  int count = 0;
};

struct Progress : sigma::ProgressListener {
  bool on_progress(uint64_t, uint64_t) override { return ++calls < most; }
  int calls = 0;
  int most = 1000;
};

int failures = 0;
void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  failures++;
}
#define CHECK(condition) check(condition, #condition)

void check_types(sigma::ByteSource& source, sigma::TaskPool& pool) {
#if defined(__cpp_rtti) || defined(__GXX_RTTI)
  CHECK(dynamic_cast<sigma::FileSource*>(&source) != nullptr);
  CHECK(dynamic_cast<CountingFile*>(&source) != nullptr);
  CHECK(dynamic_cast<sigma::ThreadPool*>(&pool) != nullptr);
#else
  CHECK(source.size() != 0);
  static_cast<void>(pool);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = argv[1];
  const std::string in = folder + "/in";
  const std::string out = folder + "/coded";
  const std::string back = folder + "/back";
  std::string text;
  for (int i = 0; i < 50000; i++)
    text += "a line of the log, number " + std::to_string(i * 7919 % 50000) + "\n";
  std::FILE* file = std::fopen(in.c_str(), "wb");
  CHECK(file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size());
  std::fclose(file);

  sigma::EncoderSettings settings;
  settings.threads = 2;
  Progress progress;
  CHECK(sigma::encode_file(in.c_str(), out.c_str(), settings, &progress).ok());
  CHECK(progress.calls > 1);
  sigma::DecoderSettings decoding;
  decoding.threads = 0;
  Log log;
  const auto decoded = sigma::decode_file(out.c_str(), back.c_str(), decoding, &log, &progress);
  CHECK(decoded.ok() && decoded.value.bytes_out == text.size() && log.count == 0);
  progress.most = 0;
  CHECK(sigma::encode_file(in.c_str(), back.c_str(), settings, &progress).status.code ==
        sigma::ErrorCode::CANCELLED);

  CountingFile source(out.c_str());
  sigma::ThreadPool pool(2);
  check_types(source, pool);
  sigma::RandomAccessDecoder random(source);
  CHECK(random.stream_info(0).value.size == text.size());
  std::vector<uint8_t> part(100);
  CHECK(random.read(text.size() / 2, part).ok() && source.reads > 0);
  CHECK(std::memcmp(part.data(), text.data() + text.size() / 2, part.size()) == 0);

  sigma::StreamingEncoder encoder;
  sigma::StreamingDecoder decoder;
  CHECK(encoder.configure(settings, &pool).ok() && decoder.set_threads(&pool, 2).ok());
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  size_t total = 0;
  sigma::DecodedChunk chunk;
  const auto pass_on = [&] {
    for (sigma::Packet packet; encoder.take(packet);) {
      CHECK(decoder.push(packet.bytes.bytes()).ok());
      while (decoder.next(chunk).value)
        total += chunk.bytes.size();
    }
  };
  for (sigma::ByteSpan rest(bytes, text.size()); !rest.empty(); pass_on()) {
    const auto used = encoder.push(rest.first(std::min<size_t>(rest.size(), 77777)));
    if (!used.ok()) return 1;
    rest = rest.subspan(used.value);
  }
  CHECK(encoder.finish().ok());
  pass_on();
  decoder.end_input();
  while (decoder.next(chunk).value)
    total += chunk.bytes.size();
  CHECK(decoder.finish().ok() && total == text.size());
  std::printf("C++: %d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
