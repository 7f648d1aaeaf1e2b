/* What --help and --version print.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdio>

#include "gst/sigma/base/settings.hpp"
#include "gst/tool/options.hpp"

namespace tool {
namespace {

constexpr char kShort[] =
    R"(usage: sigma [COMMAND] [OPTION]... [FILE]...

Compresses FILE to FILE.sigma without loss. Without FILE, or with -, standard input to standard output.

Commands, the first word; encode if there is none:
  encode         compress (-z)
  decode         decompress (-d; also: unsigma)
  test           check every byte, write nothing (-t)
  list           a line for each file: sizes, ratio, streams, groups, chunks (-l)
  info           all that a file tells of itself; -v: every group
  explain        what its bytes are for: models, templates, columns
  recover        save what is intact of a damaged file, and list the holes
  cat            decompress to standard output (also: sigmacat)
  join           check complete files and make one of them
  grep           print the lines that match a pattern; sigma grep --help

Most used:
  -0 ... -9               level: 0 stores, 1 is fastest, 9 smallest [3]
  -T N                    threads; 0: one for each core [1]
  -M, --memory=SIZE       memory for it, as in 64M [6M to compress, 64M to decompress]
  -c                      write to standard output
  -o FILE                 write to FILE
  -k, --rm                keep the input [default], or remove it when its output is on the disk
  -f                      replace files that exist, write to a terminal
  -r                      go into folders
  -q, -v                  say less, say more
  -h, --help              this; all of it
)";

constexpr char kLong[] =
    R"(
To compress:
  --level=N               as -N
  --fast, --best          as -1 and -9
  --model=NAME            auto, bytes, records, samples, frames or text [auto]
  --chunk-size=SIZE       bytes of a chunk, 64K to 4M [automatic]
  --key-interval=N        chunks from one place where decoding can begin to the next [automatic]
  --chain=N               chunks in a row that need one another, at most [4]
  --no-index              leave out the index, which seeking uses
  --search-index          write words and lines into the index, for grep and --lines
  --verify                decode every chunk again before it is written
  --check-output          read what was written again and compare it with the input, as --rm does
  --no-check-output       do not, with --rm either
  --split=N/M             piece N of M, cut at a line's end: FILE.N-of-M.sigma
  --flush-timeout=MS      from a pipe: write what there is when nothing has come for so long

To decompress (decode, cat):
  --range=OFFSET:LENGTH   these bytes; -N: counts from the end; no LENGTH: up to the end
  --time=A:B              what a recording holds from time A to B, as in 90:2m30s
  --lines=A:B             these lines of a text, from 1; either may be left out;
                          -N: the last N
                          (parts go to standard output, unless there is -o)
  --[no-]sparse           zeros become holes [in files, but not on standard output]

To recover:
  --join                  leave out the holes, instead of keeping each byte at its place

Files:
  --files-from=LIST       names, one a line; -: from standard input (also: --filelist, --files)
  --files0=LIST           names, each ended by a zero byte
  --output-dir-flat=DIR   write all files there; the folder is made
  --output-dir-mirror=DIR  and keep the folders in which they were
  -S, --suffix=.SUF       instead of .sigma
  --no-sync               do not wait until files are on the disk

Output:
  --json                  list, info, test, explain, recover: a line of JSON for each file
  --columns=N             explain: lines of a table [20]
  --[no-]progress         show how far it is [on a terminal]
  -V, --version           the version

The exit status is 0 if all went well, 1 after an error, 2 if bytes are missing from what was recovered.
sigma(1) describes it all; docs/command.md compares it with zstd and xz.
)";

}  // namespace

void print_help(bool is_long) {
  std::fputs(kShort, stdout);
  if (is_long) std::fputs(kLong, stdout);
}

void print_version() {
  std::printf("sigma %s\n", SIGMA_VERSION);
}

}  // namespace tool
