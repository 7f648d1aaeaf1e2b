/* What went wrong, where, and what the user can do: errors as values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "gst/sigma/base/export.hpp"

namespace sigma {

enum class ErrorCode : uint8_t {
  OK,
  INVALID_ARGUMENT,  ///< the caller broke this function's contract
  INVALID_SETTINGS,  ///< settings that contradict each other; `value` is the least bytes that do
  NO_MEMORY,         ///< the system, or the codec's own bound, refused; `value` is the bytes asked
  NOT_SIGMA,         ///< the bytes are not a .sigma stream at all
  UNSUPPORTED_VERSION,   ///< `value` is major << 8 | minor of the stream
  UNSUPPORTED_OPERATOR,  ///< `value` is minor << 16 | glyph type << 8 | primitive
  UNSUPPORTED_PACKET,    ///< `value` is minor << 16 | glyph type << 8 | primitive
  NEEDS_MORE_MEMORY,     ///< the stream's head asks for `value` bytes, more than max-memory
  TRUNCATED,             ///< the stream stops before its end packet
  DAMAGED,               ///< bytes were changed, lost, added or reordered
  VERIFY_FAILED,         ///< a chunk did not decode to its input (`verify`)
  AGAIN,                 ///< `value` bytes at `offset` are not here yet
  IO,                    ///< a file could not be read or written; `value` is errno, or 0
  CANCELLED,             ///< the application ended the call itself
};

/// The code's name as it stands above, for messages.
SIGMA_API const char* error_name(ErrorCode code);

/// The outcome of an operation. `offset` counts bytes of the stream that is read or written.
struct [[nodiscard]] Status {
  ErrorCode code = ErrorCode::OK;
  const char* text = "";  ///< static: what happened, one clause, no full stop
  uint64_t offset = 0;
  uint64_t value = 0;  ///< see ErrorCode

  bool ok() const { return code == ErrorCode::OK; }
  static Status error(ErrorCode code, const char* text, uint64_t offset = 0, uint64_t value = 0) {
    return {code, text, offset, value};
  }
};

/// A value, or the reason why there is none.
template <typename T>
struct [[nodiscard]] Result {
  Status status;
  T value{};

  Result(T v) : value(std::move(v)) {}  // NOLINT: a value is a result
  Result(Status s) : status(s) {}       // NOLINT: so is an error
  bool ok() const { return status.ok(); }
};

/// Whether it tells of bytes that were changed, lost or added, which may be left out.
constexpr bool is_damage(const Status& status) {
  return status.code == ErrorCode::DAMAGED || status.code == ErrorCode::TRUNCATED;
}

struct StatusText {
  char text[384];
};

/// One sentence for a user: the cause, the stream offset, and what can be done about it.
SIGMA_API StatusText describe(const Status& status);

}  // namespace sigma
