/* What sigma grep --help prints.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdio>

#include "gst/tool/grep/grep_option_names.hpp"

namespace tool {
namespace {

constexpr char kHelp[] =
    R"(usage: sigma grep [OPTION]... PATTERN [FILE]...

Prints the lines of FILEs that match, as `sigma cat FILE | grep` does. FILE is a .sigma stream or any other file; without
one, or with -, standard input is searched.

Patterns:
  -G, --basic-regexp      basic regular expressions [default]
  -E, --extended-regexp   extended regular expressions
  -F, --fixed-strings     texts
  -e, --regexp=PATTERN    a line that matches one of several patterns; each line of PATTERN is one
  -f, --file=FILE         the patterns are the lines of FILE
  -i, --ignore-case       upper and lower case are the same; --no-ignore-case: not
  -w, --word-regexp       matches are whole words
  -x, --line-regexp       matches are whole lines
  -v, --invert-match      lines without a match

Output:
  -c, --count             the number of such lines alone
  -m, --max-count=NUM     no more lines of a file than these; below 0: all
  -n, --line-number       with the number of each line
  -b, --byte-offset       with the place of each line, or with -o of each match
  -o, --only-matching     what matches, each match as a line
  -H, --with-filename     with the name of the file [where there are several]
  -h, --no-filename       without
  --label=NAME            the name of standard input
  -Z, --null              a zero byte behind each name
  --line-buffered         each line at once
  -l, --files-with-matches  the names of files with such lines alone
  -L, --files-without-match  the names of the others
  -q, --quiet             nothing: the exit status tells; also: --silent
  -s, --no-messages       nothing of files that cannot be read
  -A, --after-context=NUM   with so many lines behind each
  -B, --before-context=NUM  with so many lines before each
  -C, --context=NUM, -NUM   both
  --color[=WHEN]          in colours: always, never or auto; also: --colour
  -a, --text              lines with zero bytes are text, too
  -I                      files with zero bytes have no such lines
  --binary-files=TYPE     binary, text (-a) or without-match (-I)

Work:
  -T, --threads=N         threads; 0: one for each core [1]
  -M, --memory=SIZE       memory for decoding, as in 64M [64M]
  -V, --version           the version
  --help                  this

The exit status is 0 if a line was found, 1 if none was, 2 after an error or if bytes are lost.
docs/search.md tells how archives are searched without decoding them, and what differs from GNU grep.
)";

}  // namespace

void print_grep_help() {
  std::fputs(kHelp, stdout);
}

}  // namespace tool
