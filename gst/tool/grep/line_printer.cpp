/* What goes before a line, and how its matches are shown.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/grep/line_printer.hpp"

#include <cstdio>

#include "gst/tool/grep/characters.hpp"

namespace tool {
namespace {

constexpr char kSelected = ':';
constexpr char kContext = '-';

// The colours that GNU grep has by default.
constexpr char kMatchColor[] = "01;31";
constexpr char kNameColor[] = "35";
constexpr char kNumberColor[] = "32";
constexpr char kMarkColor[] = "36";

void write(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace

void LinePrinter::put(std::string_view text, const char* color) {
  if (!options_.has_colors) return write(text);
  std::printf("\33[%sm\33[K", color);
  write(text);
  write("\33[m\33[K");
}

void LinePrinter::print_mark(char mark) {
  put({&mark, 1}, kMarkColor);
}

void LinePrinter::print_number(uint64_t number, char mark) {
  put(std::to_string(number), kNumberColor);
  print_mark(mark);
}

/// The file's name, and what follows it.
void LinePrinter::put_name(char mark) {
  put(name_, kNameColor);
  if (options_.ends_names)
    write({"\0", 1});
  else
    print_mark(mark);
}

/// What was written goes on its way, if somebody waits for it.
void LinePrinter::end_line() {
  if (options_.writes_lines) std::fflush(stdout);
}

bool LinePrinter::is_printable(std::string_view text) const {
  return options_.binary == GrepOptions::Binary::TEXT || !options_.pattern.is_utf8 || is_utf8(text);
}

bool LinePrinter::print_head(std::string_view text, uint64_t position, uint64_t number, char mark) {
  if (!is_printable(text)) return false;
  if (options_.shows_names()) put_name(mark);
  if (options_.shows_numbers) print_number(number, mark);
  if (options_.shows_offsets) print_number(position, mark);
  return true;
}

/// Matches of a line in colour, or alone, each as a line.
bool LinePrinter::print_matches(const Line& line, char mark) {
  const std::string_view text = line.text.substr(0, line.text.size() - 1);
  uint64_t number = line.number;
  size_t printed = 0;
  for (size_t at = 0; at <= text.size();) {
    Matcher::Match match;
    if (matcher_.find_in_line(text, at, match) != Matcher::Found::YES) break;
    if (matcher_.shows_line_end()) match.size++;
    at = match.begin + (match.size != 0 ? match.size : 1);
    if (match.size == 0) continue;
    const std::string_view found = line.text.substr(match.begin, match.size);
    if (options_.shows_matches) {
      if (!print_head(found, line.position + match.begin, number, mark)) return false;
    } else {
      write(text.substr(printed, match.begin - printed));
    }
    put(found, kMatchColor);
    if (options_.shows_matches) write("\n");
    printed = at;
  }
  if (!options_.shows_matches) write(line.text.substr(printed));
  end_line();
  return true;
}

bool LinePrinter::print(const Line& line) {
  const char mark = line.is_selected ? kSelected : kContext;
  const bool has_match = line.is_selected != options_.inverts;
  if (options_.shows_matches)
    return !has_match || print_matches(line, options_.inverts ? kContext : kSelected);
  const std::string_view text = line.text.substr(0, line.text.size() - 1);
  if (!print_head(text, line.position, line.number, mark)) return false;
  if (has_match && options_.has_colors) return print_matches(line, mark);
  write(line.text);
  end_line();
  return true;
}

void LinePrinter::separate() {
  if (!has_group_) return;
  put("--", kMarkColor);
  write("\n");
}

void LinePrinter::print_count(uint64_t count) {
  if (options_.shows_names()) put_name(kSelected);
  write(std::to_string(count) + "\n");
  end_line();
}

void LinePrinter::print_name() {
  put(name_, kNameColor);
  write({options_.ends_names ? "\0" : "\n", 1});
  end_line();
}

}  // namespace tool
