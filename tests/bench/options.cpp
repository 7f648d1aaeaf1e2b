/* The command line, taken apart: options that have a value or none, then files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace bench {

void give_up(const std::string& text) {
  std::fprintf(stderr, "sigma-bench: %s\n", text.c_str());
  std::exit(1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::optional<uint64_t> parse_bytes(std::string_view text) {
  uint64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<size_t>(last - end));
  if (unit.empty()) return value;
  const size_t power = std::string_view("KMG").find(unit[0]);
  if (unit.size() != 1 || power == std::string_view::npos) return std::nullopt;
  return value << (10 * (power + 1));
}

std::string bytes_text(uint64_t bytes) {
  for (const auto& [shift, unit] : {std::pair(30, "G"), std::pair(20, "M"), std::pair(10, "K")}) {
    if (bytes != 0 && bytes % (1ULL << shift) == 0) return std::to_string(bytes >> shift) + unit;
  }
  return std::to_string(bytes);
}

bool Arguments::take_flag(std::string_view name) {
  const auto found = std::find(left_.begin(), left_.end(), name);
  if (found == left_.end()) return false;
  left_.erase(found);
  return true;
}

std::string Arguments::take(std::string_view name, const std::string& fallback) {
  const auto found = std::find(left_.begin(), left_.end(), name);
  if (found == left_.end()) return fallback;
  if (found + 1 == left_.end()) give_up(std::string(name) + " needs a value");
  std::string value = found[1];
  left_.erase(found, found + 2);
  return value;
}

uint64_t Arguments::take_bytes(std::string_view name, uint64_t fallback) {
  const auto bytes = parse_bytes(take(name, std::to_string(fallback)));
  if (!bytes) give_up(std::string(name) + " needs a number of bytes, like 6291456 or 6M");
  return *bytes;
}

int Arguments::take_count(std::string_view name, int fallback) {
  const int count = std::atoi(take(name, std::to_string(fallback)).c_str());
  if (count < 1) give_up(std::string(name) + " needs a number above 0");
  return count;
}

const std::vector<std::string>& Arguments::files() const {
  for (const std::string& text : left_) {
    if (text.starts_with("--")) give_up("there is no option " + text + "; --help lists them");
  }
  return left_;
}

}  // namespace bench
