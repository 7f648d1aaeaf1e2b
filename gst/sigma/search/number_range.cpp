/* Digits against bounds: what is open before or behind them is all numbers of a residue, or of an
 * interval for each count of digits.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/search/number_range.hpp"

#include <algorithm>

namespace sigma {
namespace {

/// The power, or 0 if it takes more than 64 bits.
uint64_t power(uint64_t radix, size_t exponent) {
  uint64_t result = 1;
  for (; exponent > 0; exponent--)
    if (__builtin_mul_overflow(result, radix, &result)) return 0;
  return result;
}

/// Without its sign.
uint64_t magnitude(int64_t value) {
  return value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

/// Whether a number from `low` to `high` leaves `rest` when it is divided.
bool has_residue(uint64_t low, uint64_t high, uint64_t rest, uint64_t divisor) {
  const uint64_t first = low % divisor;
  const uint64_t way = rest >= first ? rest - first : divisor - (first - rest);
  return way <= high - low;
}

bool is_hex(NumberKind kind) {
  return kind == NumberKind::HEX || kind == NumberKind::HEX_UPPER;
}

}  // namespace

NumberRange::NumberRange(NumberKind kind) : kind_(kind), is_any_(true) {}

NumberRange::NumberRange(NumberKind kind, unsigned width, int64_t least, int64_t most)
    : kind_(kind),
      is_any_(kind == NumberKind::SCALED),
      has_negative_(least < 0),
      radix_(is_hex(kind) ? 16 : 10),
      width_(width),
      least_(least < 0 && most >= 0 ? 0 : std::min(magnitude(least), magnitude(most))),
      most_(std::max(magnitude(least), magnitude(most))) {}

bool NumberRange::has_digit(uint8_t byte) const {
  if (byte >= '0' && byte <= '9') return true;
  switch (kind_) {
    case NumberKind::DECIMAL:
    case NumberKind::PADDED:
      return false;
    case NumberKind::SIGNED:
      return byte == '-';
    case NumberKind::SCALED:
      return byte == '-' || byte == '.';
    case NumberKind::HEX:
      return byte >= 'a' && byte <= 'f';
    case NumberKind::HEX_UPPER:
      return (byte >= 'A' && byte <= 'F') || (byte >= 'a' && byte <= 'f');
  }
  return false;
}

/// False: it is no number, or takes more than 64 bits.
bool NumberRange::parse(ByteSpan text, uint64_t& value) const {
  value = 0;
  for (const uint8_t byte : text) {
    if (byte == '-') return false;
    const unsigned digit = byte <= '9' ? byte - '0' : (byte | 0x20U) - 'a' + 10;
    if (__builtin_mul_overflow(value, uint64_t{radix_}, &value) ||
        __builtin_add_overflow(value, uint64_t{digit}, &value))
      return false;
  }
  return true;
}

bool NumberRange::has(ByteSpan text) const {
  if (is_any_) return true;
  if (text.front() == '-') {
    text = text.subspan(1);
    if (!has_negative_ || text.empty()) return false;
  }
  const bool fits = width_ != 0 ? text.size() == width_ : text.size() == 1 || text.front() != '0';
  uint64_t value = 0;
  return fits && parse(text, value) && is_between(value, value);
}

bool NumberRange::has_begin(ByteSpan text) const {
  if (is_any_) return true;
  if (text.front() == '-') {
    text = text.subspan(1);
    if (!has_negative_ || text.empty()) return has_negative_;
  }
  uint64_t low = 0;
  if (!parse(text, low) || (width_ != 0 && text.size() > width_)) return false;
  if (width_ == 0 && text.front() == '0') return text.size() == 1 && least_ == 0;
  uint64_t high = low;
  // Each digit more that may follow.
  for (size_t size = text.size();; size++) {
    if ((width_ == 0 || size == width_) && is_between(low, high)) return true;
    if (size == width_ || __builtin_mul_overflow(low, uint64_t{radix_}, &low)) return false;
    if (__builtin_mul_overflow(high, uint64_t{radix_}, &high) ||
        __builtin_add_overflow(high, uint64_t{radix_} - 1, &high))
      high = UINT64_MAX;
    // No more than the widest number has.
    if (size == kMaxNumberWidth) return false;
  }
}

bool NumberRange::has_end(ByteSpan text) const {
  if (is_any_) return true;
  if (text.front() == '-') return has(text);
  uint64_t value = 0;
  if (!parse(text, value) || (width_ != 0 && text.size() > width_)) return false;
  const uint64_t divisor = power(radix_, text.size());
  return divisor != 0 ? has_residue(least_, most_, value, divisor) : is_between(value, value);
}

bool NumberRange::has_part(ByteSpan text) const {
  if (is_any_) return true;
  if (text.front() == '-') return has_begin(text);
  const size_t widest = width_ != 0 ? width_ : kMaxNumberWidth;
  uint64_t value = 0;
  if (!parse(text, value)) return false;
  const uint64_t divisor = power(radix_, text.size());
  if (divisor == 0) return text.size() <= widest && is_between(value, value);
  // Each count of digits that may follow.
  for (size_t behind = 0; text.size() + behind <= widest; behind++) {
    const uint64_t unit = power(radix_, behind);
    if (unit == 0) break;
    if (has_residue(least_ / unit, most_ / unit, value, divisor)) return true;
  }
  return false;
}

}  // namespace sigma
