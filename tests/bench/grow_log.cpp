/* Makes a log of any size out of a short one, without repeating it: each copy has its parts in
 * another order, its hours moved, and other numbers of four digits and more.
 *
 *     grow-log LOG SIZE > LARGE
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr size_t kPart = 65536;
constexpr size_t kMinDigits = 4;
constexpr size_t kMaxDigits = 18;

using Random = std::mt19937_64;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whole lines.
std::vector<std::string> split(const std::string& log) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < log.size();) {
    const size_t feed = log.find('\n', std::min(begin + kPart, log.size() - 1));
    const size_t end = feed != std::string::npos ? feed + 1 : log.size();
    parts.push_back(log.substr(begin, end - begin));
    begin = end;
  }
  return parts;
}

/// Adds a number to the digits, which stay as many.
void move_number(std::string& text, size_t begin, size_t end, uint64_t by) {
  uint64_t carry = by;
  for (size_t i = end; i-- > begin;) {
    carry += static_cast<uint64_t>(text[i] - '0');
    text[i] = static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
}

/// "HH:MM:SS"
bool is_time(const std::string& text, size_t at) {
  return at + 8 <= text.size() && text[at + 2] == ':' && text[at + 5] == ':' &&
         is_digit(text[at + 3]) && is_digit(text[at + 6]);
}

void change(std::string& text, uint64_t copy) {
  // The same for numbers of the same size, so that differences stay as they are.
  std::vector<uint64_t> moves(kMaxDigits + 1);
  Random random(copy);
  std::generate(moves.begin(), moves.end(), [&] { return random() >> 4; });
  for (size_t at = 0; at < text.size(); at++) {
    if (!is_digit(text[at])) continue;
    size_t end = at;
    while (end < text.size() && is_digit(text[end]))
      end++;
    const size_t size = end - at;
    const bool is_year = size == 4 && text.compare(at, 2, "20") == 0;
    if (size == 2 && is_time(text, at)) {
      const uint64_t hour = (static_cast<uint64_t>(std::atoi(text.c_str() + at)) + copy) % 24;
      text[at] = static_cast<char>('0' + hour / 10);
      text[at + 1] = static_cast<char>('0' + hour % 10);
      end = at + 8;
    } else if (size >= kMinDigits && size <= kMaxDigits && !is_year) {
      move_number(text, at, end, moves[size]);
    }
    at = end;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t size = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
  std::ifstream in(argc == 3 ? argv[1] : "", std::ios::binary);
  const std::string log{std::istreambuf_iterator<char>(in), {}};
  if (size == 0 || log.empty()) {
    std::fprintf(stderr, "usage: %s LOG SIZE > LARGE\n", argv[0]);
    return 2;
  }
  std::vector<std::string> parts = split(log);
  uint64_t written = 0;
  for (uint64_t copy = 0; written < size; copy++) {
    if (copy != 0) std::shuffle(parts.begin(), parts.end(), Random(copy));
    for (size_t i = 0; i < parts.size() && written < size; i++) {
      std::string text = parts[i];
      if (copy != 0) change(text, copy);
      written += std::fwrite(text.data(), 1, text.size(), stdout);
    }
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
