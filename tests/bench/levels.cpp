/* Ratio, speed and memory of every level on files, beside zstd's levels on one stream: the table in
 * docs/levels.md.
 *
 *     levels [--max-memory BYTES] [--runs N] [--levels 0-9] FILE...
 *
 * Speeds are of CPU time, medians of N runs (3), geometric means over the files. */
#include <zstd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "gst/sigma/sigma.hpp"
#include "measure.hpp"

namespace {

using measure::Bytes;

struct Figures {
  std::vector<double> ratios;
  std::vector<double> encode_speeds;  ///< MB/s
  std::vector<double> decode_speeds;
  double memory = 0;  ///< MB
};

struct Input {
  std::string name;
  Bytes bytes;
};

[[noreturn]] void give_up(const sigma::Status& status) {
  std::fprintf(stderr, "%s\n", sigma::describe(status).text);
  std::exit(1);
}

Bytes encode(const Bytes& input, const sigma::EncoderSettings& settings, double& memory) {
  sigma::StreamingEncoder encoder;
  if (const auto status = encoder.configure(settings); !status.ok()) give_up(status);
  Bytes out;
  const auto take = [&] {
    for (sigma::Packet packet; encoder.take(packet);) {
      const auto bytes = packet.bytes.bytes();
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
  };
  for (sigma::ByteSpan rest(input); !rest.empty(); take()) {
    const auto used = encoder.push(rest);
    if (!used.ok()) give_up(used.status);
    rest = rest.subspan(used.value);
  }
  if (const auto status = encoder.finish(); !status.ok()) give_up(status);
  take();
  memory = static_cast<double>(encoder.stats().peak_memory) / 1e6;
  return out;
}

/// Decodes, and compares with what was encoded.
void decode(const Bytes& stream, const Bytes& expected) {
  sigma::StreamingDecoder decoder(UINT64_MAX);
  if (const auto status = decoder.push(stream); !status.ok()) give_up(status);
  size_t at = 0;
  for (sigma::DecodedChunk chunk;;) {
    const auto more = decoder.next(chunk);
    if (!more.ok()) give_up(more.status);
    if (!more.value) break;
    if (std::memcmp(expected.data() + at, chunk.bytes.data(), chunk.bytes.size()) != 0)
      std::abort();
    at += chunk.bytes.size();
  }
  if (const auto status = decoder.finish(); !status.ok()) give_up(status);
  if (at != expected.size()) std::abort();
}

Figures measure_level(const std::vector<Input>& inputs, const sigma::EncoderSettings& settings,
                      int runs) {
  Figures figures;
  for (const Input& input : inputs) {
    const auto size = static_cast<double>(input.bytes.size());
    Bytes stream;
    const double encode_time = measure::median_cpu_seconds(
        runs, [&] { stream = encode(input.bytes, settings, figures.memory); });
    const double decode_time =
        measure::median_cpu_seconds(runs, [&] { decode(stream, input.bytes); });
    figures.ratios.push_back(size / static_cast<double>(stream.size()));
    figures.encode_speeds.push_back(size / encode_time / 1e6);
    figures.decode_speeds.push_back(size / decode_time / 1e6);
  }
  return figures;
}

Figures measure_zstd(const std::vector<Input>& inputs, int level, int runs) {
  Figures figures;
  ZSTD_CCtx* encoder = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(encoder, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, 1);
  for (const Input& input : inputs) {
    const Bytes& in = input.bytes;
    Bytes out(ZSTD_compressBound(in.size()));
    size_t size = 0;
    const double encode_time = measure::median_cpu_seconds(runs, [&] {
      size = ZSTD_compress2(encoder, out.data(), out.size(), in.data(), in.size());
    });
    Bytes back(in.size());
    const double decode_time = measure::median_cpu_seconds(
        runs, [&] { ZSTD_decompress(back.data(), back.size(), out.data(), size); });
    const auto raw = static_cast<double>(in.size());
    figures.ratios.push_back(raw / static_cast<double>(size));
    figures.encode_speeds.push_back(raw / encode_time / 1e6);
    figures.decode_speeds.push_back(raw / decode_time / 1e6);
    figures.memory = static_cast<double>(ZSTD_sizeof_CCtx(encoder)) / 1e6;
  }
  ZSTD_freeCCtx(encoder);
  return figures;
}

void print_row(const std::string& name, const Figures& figures) {
  std::printf("| %s | **%.3f** | %.1f | %.0f | %.2f |", name.c_str(),
              measure::geometric_mean(figures.ratios),
              measure::geometric_mean(figures.encode_speeds),
              measure::geometric_mean(figures.decode_speeds), figures.memory);
  for (const double ratio : figures.ratios)
    std::printf(" %.3f |", ratio);
  std::putchar('\n');
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  sigma::EncoderSettings settings;
  int runs = 3;
  unsigned first = 0;
  unsigned last = sigma::kMaxLevel;
  std::vector<Input> inputs;
  for (int i = 1; i < argc; i++) {
    const bool has_value = i + 1 < argc;
    if (std::strcmp(argv[i], "--max-memory") == 0 && has_value)
      settings.max_memory = std::strtoull(argv[++i], nullptr, 10);
    else if (std::strcmp(argv[i], "--runs") == 0 && has_value)
      runs = std::atoi(argv[++i]);
    else if (std::strcmp(argv[i], "--levels") == 0 && has_value)
      std::sscanf(argv[++i], "%u-%u", &first, &last);
    else
      inputs.push_back({measure::base_name(argv[i]), measure::read_file(argv[i])});
  }
  if (inputs.empty() || runs < 1 || last > sigma::kMaxLevel) {
    std::fprintf(stderr, "usage: %s [--max-memory BYTES] [--runs N] [--levels 0-9] FILE...\n",
                 argv[0]);
    return 2;
  }
  std::printf("| level | ratio | encode MB/s | decode MB/s | memory MB |");
  for (const Input& input : inputs)
    std::printf(" %s |", input.name.c_str());
  std::printf("\n|---|---|---|---|---|");
  for (size_t i = 0; i < inputs.size(); i++)
    std::printf("---|");
  std::putchar('\n');
  for (unsigned level = first; level <= last; level++) {
    settings.level = level;
    print_row(std::to_string(level), measure_level(inputs, settings, runs));
  }
  for (const int level : {1, 3, 6, 9, 19})
    print_row("zstd -" + std::to_string(level),
              measure_zstd(inputs, level, level == 19 ? 1 : runs));
  return 0;
}
