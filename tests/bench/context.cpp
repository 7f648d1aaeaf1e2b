/* What ties the chunks of a group together? Compares, at zstd's level 3, one stream, independent
 * chunks, the bytes before as zstd prefix, and one zstd frame continued over the group: the table
 * in docs/decisions/0003-prefix-or-continued-frame.md.
 *
 *     context FILE...
 *
 * The continued frame needs zstd's deprecated buffer-less interface, which only this benchmark
 * uses.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#define ZSTD_STATIC_LINKING_ONLY
#define ZSTD_DISABLE_DEPRECATE_WARNINGS
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "measure.hpp"

namespace {

using measure::Bytes;

constexpr size_t KiB = 1024;
constexpr size_t kGroup = 16 * 1024 * KiB;  ///< bytes from key to key
constexpr int kRuns = 5;

size_t checked(size_t result) {
  if (ZSTD_isError(result)) {
    std::fprintf(stderr, "%s\n", ZSTD_getErrorName(result));
    std::exit(1);
  }
  return result;
}

size_t one_stream(ZSTD_CCtx* context, const Bytes& in, Bytes& out) {
  ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
  return checked(ZSTD_compress2(context, out.data(), out.size(), in.data(), in.size()));
}

/// Chunks, each with up to `prefix` bytes before it, within its group, as prefix.
size_t prefixed(ZSTD_CCtx* context, const Bytes& in, Bytes& out, size_t chunk, size_t prefix) {
  size_t total = 0;
  for (size_t at = 0; at < in.size(); at += chunk) {
    const size_t size = std::min(chunk, in.size() - at);
    const size_t before = std::min(prefix, at % kGroup);
    ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
    ZSTD_CCtx_refPrefix(context, in.data() + at - before, before);
    total += checked(ZSTD_compress2(context, out.data(), out.size(), in.data() + at, size));
  }
  return total;
}

/// One frame a group, chunk by chunk, through a ring that keeps `window` bytes.
size_t continued(ZSTD_CCtx* context, const Bytes& in, Bytes& out, size_t chunk, size_t window) {
  Bytes ring(window + chunk);
  ZSTD_parameters parameters = ZSTD_getParams(3, 0, 0);
  parameters.cParams.windowLog = static_cast<unsigned>(std::bit_width(ring.size() - 1));
  size_t total = 0;
  size_t end = 0;
  for (size_t at = 0; at < in.size(); at += chunk) {
    const size_t size = std::min(chunk, in.size() - at);
    if (at % kGroup == 0)
      checked(
          ZSTD_compressBegin_advanced(context, nullptr, 0, parameters, ZSTD_CONTENTSIZE_UNKNOWN));
    if (at % kGroup == 0 || end + size > ring.size()) end = 0;
    std::memcpy(ring.data() + end, in.data() + at, size);
    total +=
        checked(ZSTD_compressContinue(context, out.data(), out.size(), ring.data() + end, size));
    end += size;
  }
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  struct Way {
    const char* name;
    size_t chunk;
    size_t before;
    size_t (*run)(ZSTD_CCtx*, const Bytes&, Bytes&, size_t, size_t);
  };
  const Way ways[] = {
      {"1 MiB independent", 1024 * KiB, 0, prefixed},
      {"1 MiB + 512 KiB prefix", 1024 * KiB, 512 * KiB, prefixed},
      {"1 MiB + 1 MiB prefix", 1024 * KiB, 1024 * KiB, prefixed},
      {"512 KiB + 512 KiB prefix", 512 * KiB, 512 * KiB, prefixed},
      {"256 KiB + 1 MiB prefix", 256 * KiB, 1024 * KiB, prefixed},
      {"256 KiB continued, 1 MiB kept", 256 * KiB, 1024 * KiB, continued},
      {"512 KiB continued, 1 MiB kept", 512 * KiB, 1024 * KiB, continued},
      {"256 KiB continued, 2 MiB kept", 256 * KiB, 2048 * KiB, continued},
  };
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FILE...\n", argv[0]);
    return 2;
  }
  std::printf(
      "| file | way | ratio | × one stream's | CPU time × one stream's |\n"
      "|---|---|---|---|---|\n");
  for (int i = 1; i < argc; i++) {
    const Bytes in = measure::read_file(argv[i]);
    Bytes out(ZSTD_compressBound(in.size()));
    ZSTD_CCtx* context = ZSTD_createCCtx();
    const auto raw = static_cast<double>(in.size());
    size_t whole = 0;
    const double base =
        measure::median_cpu_seconds(kRuns, [&] { whole = one_stream(context, in, out); });
    std::printf("| %s | one stream | %.4f | 1 | 1 |\n", measure::base_name(argv[i]).c_str(),
                raw / static_cast<double>(whole));
    for (const Way& way : ways) {
      size_t size = 0;
      const double time = measure::median_cpu_seconds(
          kRuns, [&] { size = way.run(context, in, out, way.chunk, way.before); });
      std::printf("| | %s | %.4f | %.4f | %.3f |\n", way.name, raw / static_cast<double>(size),
                  static_cast<double>(whole) / static_cast<double>(size), time / base);
      std::fflush(stdout);
    }
    ZSTD_freeCCtx(context);
  }
  return 0;
}
