/* Encodes, decodes and reads files with the library alone:
 *
 *     sigma-file encode [-LEVEL] [--model=auto|bytes|records] IN OUT
 *     sigma-file decode IN OUT
 *     sigma-file rescue IN OUT              decodes what is intact, and tells what is missing
 *     sigma-file read IN POSITION SIZE      writes decoded bytes from POSITION on to stdout
 *
 * OUT may be /dev/stdout: reports go to stderr. Exit status: 0, or 1 after an error, or 2 if rescue
 * could not give all bytes, or for a wrong command line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "gst/sigma/sigma.hpp"

namespace {

int usage() {
  std::fputs(
      "usage: sigma-file encode [-LEVEL] [--model=auto|bytes|records] IN OUT\n"
      "       sigma-file decode IN OUT\n"
      "       sigma-file rescue IN OUT\n"
      "       sigma-file read IN POSITION SIZE\n",
      stderr);
  return 2;
}

/// Takes an option of the encoder; false if it is none.
bool take_option(const char* text, sigma::EncoderSettings& settings) {
  constexpr char kModel[] = "--model=";
  constexpr size_t kSize = sizeof kModel - 1;
  if (std::strncmp(text, kModel, kSize) == 0)
    return sigma::model_by_name(text + kSize, settings.model);
  const bool is_level = text[0] == '-' && text[1] >= '0' && text[1] <= '9' && text[2] == '\0';
  if (is_level) settings.level = static_cast<unsigned>(text[1] - '0');
  return is_level;
}

int fail(const sigma::Status& status) {
  std::fprintf(stderr, "sigma-file: %s\n", sigma::describe(status).text);
  return 1;
}

int report(const sigma::Result<sigma::StreamStats>& result, bool encoded) {
  if (!result.ok()) return fail(result.status);
  const sigma::StreamStats& stats = result.value;
  const uint64_t raw = encoded ? stats.bytes_in : stats.bytes_out;
  std::fprintf(stderr, "%llu -> %llu bytes, %llu chunks, %.1f MB/s, %.2f MB of memory\n",
               static_cast<unsigned long long>(stats.bytes_in),
               static_cast<unsigned long long>(stats.bytes_out),
               static_cast<unsigned long long>(stats.chunks), stats.throughput(raw),
               static_cast<double>(stats.peak_memory) / 1e6);
  return 0;
}

/// Prints what is missing.
class Printer : public sigma::DamageListener {
 public:
  void on_damage(const sigma::Damage& damage) override {
    std::fprintf(stderr, "%s.\n", sigma::describe(damage).text);
    has_lost |= damage.position_begin != damage.position_end;
  }
  bool has_lost = false;
};

int rescue(const char* in, const char* out) {
  Printer printer;
  sigma::DecoderSettings settings;
  settings.on_error = sigma::OnError::SKIP;
  const int error = report(sigma::decode_file(in, out, settings, &printer), false);
  return error == 0 && printer.has_lost ? 2 : error;
}

/// A whole number in decimal digits.
bool parse(const char* text, uint64_t& number) {
  const char* end = text + std::strlen(text);
  const auto [at, error] = std::from_chars(text, end, number);
  if (error == std::errc() && at == end) return true;
  std::fprintf(stderr, "sigma-file: '%s' is not a number of bytes\n", text);
  return false;
}

int read(const char* in, uint64_t position, uint64_t size) {
  sigma::FileSource source(in);
  if (!source.status().ok()) return fail(source.status());
  sigma::RandomAccessDecoder decoder(source);
  if (const sigma::Status status = decoder.open(); !status.ok()) return fail(status);
  if (size != 0 && position >= decoder.size() && decoder.end_status().ok()) {
    std::fprintf(stderr, "sigma-file: position %llu is behind the end: there are %llu bytes\n",
                 static_cast<unsigned long long>(position),
                 static_cast<unsigned long long>(decoder.size()));
    return 1;
  }
  while (size != 0) {
    uint8_t bytes[65536];
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(size, sizeof bytes));
    const sigma::Result<size_t> got = decoder.read(position, {bytes, wanted});
    if (!got.ok()) return fail(got.status);
    if (got.value == 0) return decoder.end_status().ok() ? 0 : fail(decoder.end_status());
    if (std::fwrite(bytes, 1, got.value, stdout) != got.value) {
      std::perror("sigma-file: stdout");
      return 1;
    }
    position += got.value;
    size -= got.value;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  sigma::EncoderSettings settings;
  int first = 2;
  while (first < argc && take_option(argv[first], settings))
    first++;
  if (argc == 5 && std::strcmp(argv[1], "read") == 0) {
    uint64_t position = 0;
    uint64_t size = 0;
    if (!parse(argv[3], position) || !parse(argv[4], size)) return 1;
    return read(argv[2], position, size);
  }
  if (argc != first + 2) return usage();
  if (std::strcmp(argv[1], "encode") == 0)
    return report(sigma::encode_file(argv[first], argv[first + 1], settings), true);
  if (std::strcmp(argv[1], "decode") == 0 && first == 2)
    return report(sigma::decode_file(argv[first], argv[first + 1]), false);
  if (std::strcmp(argv[1], "rescue") == 0 && first == 2)
    return rescue(argv[first], argv[first + 1]);
  return usage();
}
