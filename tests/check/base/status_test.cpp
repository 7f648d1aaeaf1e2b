/* What errors and damage say.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <cerrno>
#include <cstring>
#include <string>

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/status.hpp"
#include "suite.hpp"

namespace {

using sigma::ErrorCode;

}  // namespace

START_TEST(every_error_says_what_happened_and_what_to_do) {
  const struct {
    ErrorCode code;
    uint64_t value;
    const char* parts[2];
  } cases[] = {
      {ErrorCode::INVALID_SETTINGS, 7000000, {"cause", "max-memory that would do is 7000000"}},
      {ErrorCode::NO_MEMORY, 4096, {"cause (4096 bytes", "free memory"}},
      {ErrorCode::NOT_SIGMA, 0, {"cause at stream offset 99", "not a .sigma stream"}},
      {ErrorCode::UNSUPPORTED_VERSION, 0x203, {"cause 2.3", "newer version"}},
      {ErrorCode::UNSUPPORTED_OPERATOR,
       0x4027F,
       {"cause RECORD (0x7F) at stream offset 99", "1.4"}},
      {ErrorCode::UNSUPPORTED_PACKET, 0x40205, {"TEMPORAL", "newer version"}},
      {ErrorCode::NEEDS_MORE_MEMORY, 9999999, {"cause 9999999 bytes", "set max-memory"}},
      {ErrorCode::TRUNCATED, 0, {"cause at stream offset 99", "incomplete"}},
      {ErrorCode::DAMAGED, 0, {"cause at stream offset 99", "damaged"}},
      {ErrorCode::VERIFY_FAILED, 0, {"cause at input offset 99", "report"}},
      {ErrorCode::IO, ENOSPC, {"cause: No space left", "offset 99"}},
      {ErrorCode::IO, 0, {"cause", "offset 99"}},
      {ErrorCode::AGAIN, 50, {"cause: 50 bytes at offset 99", "not here yet"}},
      {ErrorCode::INVALID_ARGUMENT, 0, {"cause", ""}},
      {ErrorCode::OK, 0, {"no error", ""}},
  };
  for (const auto& c : cases) {
    const sigma::StatusText text = describe(sigma::Status::error(c.code, "cause", 99, c.value));
    for (const char* part : c.parts)
      ck_assert_msg(strstr(text.text, part), "%s", text.text);
  }
}
END_TEST

START_TEST(damage_is_told_with_what_it_costs) {
  const sigma::Status cause = sigma::Status::error(ErrorCode::DAMAGED, "cause");
  const auto ends_with = [&](uint64_t begin, uint64_t end, const char* tail) {
    const std::string text = sigma::describe(sigma::Damage{cause, 10, 20, begin, end, 3}).text;
    return text.starts_with("Stream bytes 10 to 20 cannot be used: cause; ") &&
           text.ends_with(tail);
  };
  ck_assert(ends_with(5, 5, "all decoded bytes are there in spite of it"));
  ck_assert(ends_with(5, 8, "decoded bytes 5 to 8 (3 chunks) are missing"));
  ck_assert(ends_with(5, sigma::kUnknownPosition, "nothing tells how much that was"));
}
END_TEST

int main() {
  return run_suite(
      "base/status", 60,
      {{"status",
        {every_error_says_what_happened_and_what_to_do, damage_is_told_with_what_it_costs}}});
}
