/* The command line, taken apart: options that have a value or none, then files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// Ends the program with a message.
[[noreturn]] void give_up(const std::string& text);

std::vector<std::string> split(std::string_view text, char separator);

/// Bytes, in digits, with K, M or G behind them for powers of 1024.
std::optional<uint64_t> parse_bytes(std::string_view text);
std::string bytes_text(uint64_t bytes);

/// Each option is taken out as it is asked for; what is left at the end is files.
class Arguments {
 public:
  Arguments(int argc, char** argv) : left_(argv, argv + argc) {}

  bool take_flag(std::string_view name);
  std::string take(std::string_view name, const std::string& fallback);
  uint64_t take_bytes(std::string_view name, uint64_t fallback);
  int take_count(std::string_view name, int fallback);  ///< at least 1

  /// What is left; ends the program if an option is among it.
  const std::vector<std::string>& files() const;

 private:
  std::vector<std::string> left_;
};

}  // namespace bench
