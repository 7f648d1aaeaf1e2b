/* sigma-bench: ratio, speed and memory of sigma beside other codecs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdio>
#include <cstring>

#include "commands.hpp"

namespace {

constexpr const char* kUsage =
    R"(usage: sigma-bench codecs [OPTION...] [FILE...]       codecs in one process, on the same bytes
       sigma-bench pipelines [OPTION...] [FILE...]    GStreamer pipelines and programs

Measures FILEs or, without any, the corpus that tests/bench/fetch-corpus.sh fetches, and prints
tables in Markdown. tests/bench/plot.py draws what --csv writes. BYTES may end in K, M or G.

  --corpus FOLDER     default: $SIGMA_CORPUS, else ~/.cache/sigma-bench/corpus
  --manifest FILE     what the corpus holds; default: tests/bench/corpus.tsv
  --classes A,B       only sets of these classes
  --sets A,B          only these sets
  --format FORMAT     what FILEs are: - (bytes), pcm:RATE:CHANNELS:BITS,
                      video:I420:WIDTH:HEIGHT, video:RGB:WIDTH:HEIGHT
                      or numbers:TYPE (i16le, f32be, ...)
  --runs N            median of so many runs (5); what is slow runs once
  --csv FILE          all medians

codecs:
  --codecs A,B        names, or their beginnings: sigma, zstd-3, sigma-9@16M (with that max-memory)
  --against A:B,C:D   which of ours to hold against which rival
  --each              the ratio of each set, too
  --level9-memory BYTES   max-memory of level 9's second entry (64M)
  --max-memory BYTES, --chunk-size BYTES, --key-interval N, --model NAME, --no-index, --verify, --piece BYTES
                      settings of our encoder, and bytes it gets at once (1M)

pipelines:
  --size BYTES        the input: a set repeated to so many bytes (400000000)
  --jobs A,B          only jobs with these names, or beginnings of names
  --memory-sizes A,B  measure added memory by input size instead, for example 10000000,1000000000
  --plugin-path FOLDER    where sigmaenc is
)";

}  // namespace

int main(int argc, char** argv) {
  const char* command = argc > 1 ? argv[1] : "";
  bench::Arguments arguments(argc - 2 > 0 ? argc - 2 : 0, argv + 2);
  const bool helps = arguments.take_flag("--help") || std::strcmp(command, "--help") == 0;
  if (!helps && std::strcmp(command, "codecs") == 0) return bench::bench_codecs(arguments);
  if (!helps && std::strcmp(command, "pipelines") == 0) return bench::bench_pipelines(arguments);
  std::fputs(kUsage, helps ? stdout : stderr);
  return helps ? 0 : 2;
}
