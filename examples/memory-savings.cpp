/* What constant memory saves:
 *
 *     memory-savings                          what an encoder reserves at each level, by its plan
 *     memory-savings measure [LARGEST [SVG]]  peak memory, measured, of encoding 10 MB to LARGEST
 *                                             bytes (1000000000) as a stream and loaded whole, in
 *                                             processes of their own; SVG gets a plot of it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "gst/sigma/sigma.hpp"

namespace {

using Bytes = std::vector<uint8_t>;

double mb(uint64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

int print_plans() {
  std::puts(
      "level  window  output  coder  filter  shared  tables  code  headroom  total   1 GB loaded "
      "whole "
      "takes");
  for (unsigned level = 0; level <= sigma::kMaxLevel; level++) {
    sigma::EncoderSettings settings;
    settings.level = level;
    const sigma::MemoryEstimate m = sigma::estimate_memory_usage(settings);
    std::printf(
        "%5u  %6.2f  %6.2f  %5.2f  %6.2f  %6.2f  %6.2f  %4.2f  %8.2f  %5.2f   %.0f times as much\n",
        level, mb(m.window), mb(m.output), mb(m.coder), mb(m.filter), mb(m.shared), mb(m.tables),
        mb(sigma::kCodeMemory), mb(sigma::kHeadroom), mb(m.total()),
        1e9 / static_cast<double>(m.total()));
  }
  return 0;
}

/// Fills `out` with lines of a log that goes on from `line`.
void write_log(sigma::MutableByteSpan out, uint64_t& line) {
  for (size_t at = 0; at < out.size();) {
    char text[100];
    const int size = std::snprintf(text, sizeof text, "%llu host service: request %llu, %llu ms\n",
                                   static_cast<unsigned long long>(1700000000 + line / 3),
                                   static_cast<unsigned long long>(line * 7919 % 100003),
                                   static_cast<unsigned long long>(line * line % 977));
    line++;
    const size_t fits = std::min<size_t>(static_cast<size_t>(size), out.size() - at);
    std::memcpy(out.data() + at, text, fits);
    at += fits;
  }
}

/// As a stream: a piece of it is there at a time.
int encode_stream(uint64_t size) {
  sigma::StreamingEncoder encoder;
  if (!encoder.configure({}).ok()) return 1;
  Bytes piece(1 << 20);
  uint64_t line = 0;
  sigma::Packet packet;
  while (size != 0) {
    const sigma::MutableByteSpan part(piece.data(),
                                      static_cast<size_t>(std::min<uint64_t>(piece.size(), size)));
    write_log(part, line);
    size -= part.size();
    for (sigma::ByteSpan left = part; !left.empty();) {
      const sigma::Result<size_t> used = encoder.push(left);
      if (!used.ok()) return 1;
      left = left.subspan(used.value);
      while (encoder.take(packet)) {
      }
    }
  }
  return encoder.finish().ok() ? 0 : 1;
}

/// All of it at once, to all of the output.
int encode_whole(uint64_t size) {
  Bytes raw(static_cast<size_t>(size));
  uint64_t line = 0;
  write_log(raw, line);
  Bytes coded(static_cast<size_t>(sigma::encode_bound(size)));
  return sigma::encode_bytes(raw, coded).ok() ? 0 : 1;
}

/// Peak memory of this program with these arguments, in bytes; 0 if it failed.
uint64_t peak_of(const char* how, uint64_t size) {
  const std::string number = std::to_string(size);
  const pid_t child = fork();
  if (child == 0) {
    execl("/proc/self/exe", "memory-savings", how, number.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  struct rusage usage = {};
  if (child < 0 || wait4(child, &status, 0, &usage) != child) return 0;
  const bool is_done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return is_done ? static_cast<uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

uint64_t free_memory() {
  return static_cast<uint64_t>(sysconf(_SC_AVPHYS_PAGES)) *
         static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

struct Measured {
  uint64_t size = 0;
  uint64_t stream = 0;  ///< bytes
  uint64_t whole = 0;   ///< 0: there is not so much memory
};

/// Both axes are logarithmic: from 10 MB, and from 1 MB, on.
double x_of(uint64_t size) {
  return 70 + 160 * std::log10(static_cast<double>(size) / 1e7);
}
double y_of(uint64_t bytes) {
  return 330 - 70 * std::log10(std::max(static_cast<double>(bytes) / 1e6, 1.0));
}

void draw_line(std::FILE* file, const std::vector<Measured>& all, uint64_t Measured::*memory,
               const char* kind, const char* text) {
  std::fprintf(file, "<polyline class=\"%s\" points=\"", kind);
  const Measured* last = nullptr;
  for (const Measured& one : all) {
    if (one.*memory == 0) continue;
    std::fprintf(file, "%.1f,%.1f ", x_of(one.size), y_of(one.*memory));
    last = &one;
  }
  std::fprintf(file, "\"/>\n");
  if (last != nullptr)
    std::fprintf(file, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x_of(last->size) + 8,
                 y_of(last->*memory) + 4, text);
}

bool draw(const char* path, const std::vector<Measured>& all) {
  std::FILE* const file = std::fopen(path, "w");
  if (file == nullptr) return false;
  std::fputs(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 680 380\">\n"
      "<style>text { font: 12px sans-serif; fill: #333 } .grid { stroke: #888; stroke-width: 0.3 "
      "}\n"
      "polyline { fill: none; stroke-width: 2.5 } .stream { stroke: #0072b2 } .whole { stroke: "
      "#d55e00 }\n"
      "@media (prefers-color-scheme: dark) { text { fill: #ddd } .stream { stroke: #56b4e9 } }"
      "</style>\n",
      file);
  for (uint64_t tick = 1000000; tick <= 10000000000; tick *= 10) {
    std::fprintf(file, "<line class=\"grid\" x1=\"70\" x2=\"560\" y1=\"%.0f\" y2=\"%.0f\"/>\n",
                 y_of(tick), y_of(tick));
    std::fprintf(file, "<text x=\"62\" y=\"%.0f\" text-anchor=\"end\">%.0f MB</text>\n",
                 y_of(tick) + 4, mb(tick));
    if (tick >= 10000000)
      std::fprintf(file, "<text x=\"%.0f\" y=\"350\" text-anchor=\"middle\">%.0f MB</text>\n",
                   x_of(tick), mb(tick));
  }
  draw_line(file, all, &Measured::whole, "whole", "loaded whole");
  draw_line(file, all, &Measured::stream, "stream", "as a stream");
  std::fputs(
      "<text x=\"310\" y=\"372\" text-anchor=\"middle\">input</text>\n"
      "<text x=\"70\" y=\"18\">peak memory of the process</text>\n</svg>\n",
      file);
  return std::fclose(file) == 0;
}

int measure(uint64_t largest, const char* plot) {
  std::vector<Measured> all;
  std::puts("     input   stream MB   whole MB");
  for (uint64_t size = 10000000; size <= largest; size *= 10) {
    Measured one{size, peak_of("stream", size), 0};
    if (one.stream == 0) return 1;
    if (size < free_memory() / 5 * 2) one.whole = peak_of("whole", size);
    all.push_back(one);
    std::printf("%7.0f MB   %9.1f   ", mb(size), mb(one.stream));
    if (one.whole != 0)
      std::printf("%8.1f\n", mb(one.whole));
    else
      std::puts("needs more memory than is free");
  }
  return plot == nullptr || draw(plot, all) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string how = argc > 1 ? argv[1] : "";
  const uint64_t size = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1000000000;
  if (how.empty()) return print_plans();
  if (how == "stream") return encode_stream(size);
  if (how == "whole") return encode_whole(size);
  if (how == "measure") return measure(size, argc > 3 ? argv[3] : nullptr);
  std::fputs("usage: memory-savings [measure [LARGEST [SVG]]]\n", stderr);
  return 2;
}
