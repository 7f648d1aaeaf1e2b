/* Numbers as people write them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/numbers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <system_error>

namespace tool {
namespace {

constexpr uint64_t kSecond = 1000000000;

/// Takes the digits at the front; false if there are none, or too many.
bool take_number(std::string_view& text, uint64_t& number) {
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(at - text.data()));
  return true;
}

/// A fraction behind a point, in ns of a second.
uint64_t take_fraction(std::string_view& text) {
  uint64_t ns = 0;
  uint64_t digit = kSecond / 10;
  for (text.remove_prefix(1); !text.empty() && text[0] >= '0' && text[0] <= '9';
       text.remove_prefix(1), digit /= 10)
    ns += digit * static_cast<uint64_t>(text[0] - '0');
  return ns;
}

/// One number with its unit, in ns; seconds without one.
bool take_time(std::string_view& text, uint64_t& ns) {
  uint64_t whole = 0;
  if (!take_number(text, whole)) return false;
  const uint64_t fraction = !text.empty() && text[0] == '.' ? take_fraction(text) : 0;
  uint64_t numerator = 1;
  uint64_t denominator = 1;
  const auto unit = [&](std::string_view name, uint64_t up, uint64_t down) {
    if (!text.starts_with(name)) return false;
    text.remove_prefix(name.size());
    numerator = up;
    denominator = down;
    return true;
  };
  unit("ms", 1, 1000) || unit("h", 3600, 1) || unit("m", 60, 1) || unit("s", 1, 1);
  if (whole > UINT64_MAX / kSecond / 3600 / 2) return false;
  ns = (whole * kSecond + fraction) * numerator / denominator;
  return true;
}

bool parse_range(std::string_view begin, std::string_view end, Part& part) {
  part.from_end = !begin.empty() && begin[0] == '-';
  if (part.from_end) begin.remove_prefix(1);
  if (!begin.empty() && !parse_size(begin, part.begin)) return false;
  return end.empty() || parse_size(end, part.end);
}

bool parse_times(std::string_view begin, std::string_view end, Part& part) {
  if (!begin.empty() && !parse_time(begin, part.begin)) return false;
  return (end.empty() || parse_time(end, part.end)) && part.begin <= part.end;
}

bool parse_lines(std::string_view begin, std::string_view end, Part& part) {
  part.begin = 1;
  part.from_end = begin.starts_with('-');
  if (part.from_end) {
    begin.remove_prefix(1);
    return parse_number(begin, part.begin) && part.begin != 0 && end.empty();
  }
  if (!begin.empty() && (!parse_number(begin, part.begin) || part.begin == 0)) return false;
  return (end.empty() || parse_number(end, part.end)) && part.begin <= part.end;
}

}  // namespace

bool parse_number(std::string_view text, uint64_t& number) {
  return take_number(text, number) && text.empty();
}

bool parse_size(std::string_view text, uint64_t& bytes) {
  uint64_t number = 0;
  if (!take_number(text, number)) return false;
  unsigned shift = 0;
  for (const char* unit = "KMGT"; !text.empty() && *unit != '\0'; unit++) {
    const char lower = static_cast<char>(*unit + ('a' - 'A'));
    if (text[0] != *unit && text[0] != lower) continue;
    shift = 10 * static_cast<unsigned>(unit - "KMGT" + 1);
    text.remove_prefix(1);
    if (text.starts_with("i")) text.remove_prefix(1);
    break;
  }
  if (text.starts_with("B")) text.remove_prefix(1);
  if (!text.empty() || number > UINT64_MAX >> shift) return false;
  bytes = number << shift;
  return true;
}

bool parse_time(std::string_view text, uint64_t& ns) {
  ns = 0;
  do {
    uint64_t part = 0;
    if (!take_time(text, part) || part > UINT64_MAX - ns) return false;
    ns += part;
  } while (!text.empty());
  return true;
}

bool parse_part(Part::Kind kind, std::string_view text, Part& part) {
  part = {};
  part.kind = kind;
  const size_t colon = text.find(':');
  std::string_view begin = text.substr(0, colon);
  std::string_view end = colon != std::string_view::npos ? text.substr(colon + 1) : begin;
  if (text.empty() || (colon == std::string_view::npos && kind != Part::Kind::LINES)) return false;
  if (kind == Part::Kind::RANGE) return parse_range(begin, end, part);
  return kind == Part::Kind::TIME ? parse_times(begin, end, part) : parse_lines(begin, end, part);
}

std::string size_text(uint64_t bytes) {
  if (bytes < 1000) return format("%d B", static_cast<int>(bytes));
  auto value = static_cast<double>(bytes);
  const char* unit = "kMGTPE";
  for (value /= 1000; value >= 999.5 && unit[1] != '\0'; value /= 1000)
    unit++;
  return format(value < 9.995 ? "%.2f %cB" : value < 99.95 ? "%.1f %cB" : "%.0f %cB", value, *unit);
}

std::string grouped(uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); i++) {
    if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<unsigned long long>(std::max(seconds, 0.0) + 0.5);
  if (whole < 3600) return format("%llu:%02llu", whole / 60, whole % 60);
  return format("%llu:%02llu:%02llu", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string ratio_text(uint64_t raw, uint64_t coded) {
  if (raw == 0 || coded == 0) return "-";
  const double ratio = static_cast<double>(raw) / static_cast<double>(coded);
  return format(ratio < 100 ? "%.2f" : "%.0f", ratio);
}

std::string format(const char* pattern, ...) {
  va_list arguments;
  va_start(arguments, pattern);
  va_list again;
  va_copy(again, arguments);
  const int size = std::vsnprintf(nullptr, 0, pattern, arguments);
  va_end(arguments);
  std::string text(size > 0 ? static_cast<size_t>(size) : 0, '\0');
  std::vsnprintf(text.data(), text.size() + 1, pattern, again);
  va_end(again);
  return text;
}

}  // namespace tool
