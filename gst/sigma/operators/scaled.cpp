/* Floating-point numbers from integers, in whole numbers. Nothing here allocates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/scaled.hpp"

#include <algorithm>
#include <bit>

#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

constexpr unsigned kMaxDecimal = 9;
constexpr unsigned kMaxBinary32 = 64;
constexpr unsigned kMaxBinary64 = 512;

constexpr uint64_t power_of_ten(unsigned exponent) {
  uint64_t power = 1;
  for (unsigned i = 0; i < exponent; i++)
    power *= 10;
  return power;
}

/// How numbers of a width are made up.
struct Format {
  explicit Format(unsigned width)
      : bits(8 * width), digits(width == 4 ? 24 : 53), bias(width == 4 ? 127 : 1023) {}
  uint64_t sign() const { return uint64_t{1} << (bits - 1); }
  unsigned bits;
  int digits;  ///< of the significand, the first one included
  int bias;
};

/// A quotient with as many bits as decide how it is rounded.
struct Quotient {
  uint64_t bits;
  int shift;        ///< it was multiplied by 2^shift
  bool is_inexact;  ///< there is a rest
};

Quotient divide(uint64_t value, uint64_t divisor, int needed) {
  Quotient quotient = {value / divisor, 0, false};
  uint64_t rest = value % divisor;
  const int room = 63 - static_cast<int>(std::bit_width(divisor));
  while (rest != 0 && static_cast<int>(std::bit_width(quotient.bits)) < needed) {
    const int step = std::min(room, 62 - static_cast<int>(std::bit_width(quotient.bits)));
    rest <<= step;
    quotient.bits = quotient.bits << step | rest / divisor;
    rest %= divisor;
    quotient.shift += step;
  }
  quotient.is_inexact = rest != 0;
  return quotient;
}

}  // namespace

bool FloatScale::is_valid() const {
  if (decimal > kMaxDecimal) return false;
  return width == 4 ? binary <= kMaxBinary32 : width == 8 && binary <= kMaxBinary64;
}

uint64_t scale_integer(const FloatScale& scale, int64_t integer) {
  const Format format(scale.width);
  if (integer == 0) return 0;
  if (integer == -static_cast<int64_t>(format.sign() - 1) - 1) return format.sign();
  const uint64_t sign = integer < 0 ? format.sign() : 0;
  const auto size = static_cast<uint64_t>(integer < 0 ? -integer : integer);
  const Quotient quotient = divide(size, power_of_ten(scale.decimal), format.digits + 2);
  const int width = static_cast<int>(std::bit_width(quotient.bits));
  int exponent = width - format.digits - quotient.shift - static_cast<int>(scale.binary);
  uint64_t significand = 0;
  if (width <= format.digits) {
    significand = quotient.bits << (format.digits - width);
  } else {
    const int drop = width - format.digits;
    const uint64_t half = uint64_t{1} << (drop - 1);
    const uint64_t dropped = quotient.bits & (2 * half - 1);
    significand = quotient.bits >> drop;
    const bool is_odd = (significand & 1) != 0;
    if (dropped > half || (dropped == half && (quotient.is_inexact || is_odd))) significand++;
    if (significand >> format.digits != 0) {
      significand >>= 1;
      exponent++;
    }
  }
  const auto biased = static_cast<uint64_t>(exponent + format.digits - 1 + format.bias);
  const uint64_t first = uint64_t{1} << (format.digits - 1);
  return sign | biased << (format.digits - 1) | (significand - first);
}

namespace {

/// value × factor / 2^down, to the nearest integer; false if it has more than 62 bits.
bool multiply(uint64_t value, uint64_t factor, int down, uint64_t& result) {
  const uint64_t low = (value & 0xFFFFFFFF) * factor;  // the factor has 32 bits at most
  const uint64_t high = (value >> 32) * factor + (low >> 32);
  const uint64_t low_word = low & 0xFFFFFFFF;
  if (down <= 0) {
    if (high >> 30 != 0) return false;
    const uint64_t product = high << 32 | low_word;
    if (static_cast<int>(std::bit_width(product)) - down > 62) return false;
    result = product << -down;
    return true;
  }
  if (down > 95) {
    result = 0;
    return true;
  }
  // Half of what is dropped is added before.
  const int half = down - 1;
  uint64_t added_low = low_word + (half < 32 ? uint64_t{1} << half : 0);
  const uint64_t added_high =
      high + (half >= 32 ? uint64_t{1} << (half - 32) : 0) + (added_low >> 32);
  added_low &= 0xFFFFFFFF;
  if (down >= 32) {
    result = added_high >> (down - 32);
  } else {
    if (added_high >> (30 + down) != 0) return false;
    result = added_high << (32 - down) | added_low >> down;
  }
  return result >> 62 == 0;
}

}  // namespace

bool find_integer(const FloatScale& scale, uint64_t bits, int64_t& integer) {
  const Format format(scale.width);
  const uint64_t size = bits & (format.sign() - 1);
  const bool is_negative = (bits & format.sign()) != 0;
  if (size == 0) {
    integer = is_negative ? -static_cast<int64_t>(format.sign() - 1) - 1 : 0;
    return true;
  }
  const uint64_t first = uint64_t{1} << (format.digits - 1);
  const auto biased = static_cast<int>(size >> (format.digits - 1));
  if (biased == 0 || biased == 2 * format.bias + 1) return false;
  const int exponent = biased - format.bias - (format.digits - 1) + static_cast<int>(scale.binary);
  uint64_t magnitude = (size & (first - 1)) | first;
  if (!multiply(magnitude, power_of_ten(scale.decimal), -exponent, magnitude)) return false;
  if (magnitude >= format.sign()) return false;
  integer = is_negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude);
  return integer != 0 && scale_integer(scale, integer) == bits;
}

uint64_t load_number(const FloatScale& scale, const uint8_t* p) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < scale.width; i++)
    bits |= uint64_t{p[scale.big_endian ? scale.width - 1 - i : i]} << (8 * i);
  return bits;
}

bool find_integers(const FloatScale& scale, ByteSpan numbers, MutableByteSpan integers) {
  uint8_t* out = integers.data();
  for (size_t i = 0; i + scale.width <= numbers.size(); i += scale.width, out += scale.width) {
    int64_t integer = 0;
    if (!find_integer(scale, load_number(scale, numbers.data() + i), integer)) return false;
    for (unsigned k = 0; k < scale.width; k++)
      out[k] = static_cast<uint8_t>(static_cast<uint64_t>(integer) >> (8 * k));
  }
  return true;
}

void scale_integers(const FloatScale& scale, MutableByteSpan bytes) {
  FloatScale little = scale;
  little.big_endian = false;
  const unsigned up = 64 - 8 * scale.width;
  for (size_t i = 0; i + scale.width <= bytes.size(); i += scale.width) {
    uint8_t* p = bytes.data() + i;
    const auto integer = static_cast<int64_t>(load_number(little, p) << up) >> up;
    const uint64_t bits = scale_integer(scale, integer);
    for (unsigned k = 0; k < scale.width; k++)
      p[scale.big_endian ? scale.width - 1 - k : k] = static_cast<uint8_t>(bits >> (8 * k));
  }
}

namespace {

bool parse_scale(ByteSpan payload, FloatScale& scale) {
  VarintReader in(payload);
  uint64_t numbers[4] = {};
  for (uint64_t& number : numbers)
    if (!in.read(number) || number > 1000) return false;
  scale = {static_cast<unsigned>(numbers[0]), numbers[1] == 1, static_cast<unsigned>(numbers[2]),
           static_cast<unsigned>(numbers[3])};
  return in.at_end() && numbers[1] <= 1 && scale.is_valid();
}

Result<uint64_t> measure_scaled(Operands& operands, const Node& node) {
  FloatScale scale;
  if (!parse_scale(node.payload, scale)) return malformed("the scale of numbers is malformed");
  const Result<size_t> integers = operands.measure();
  if (!integers.ok()) return integers.status;
  if (integers.value % scale.width != 0)
    return malformed("scaled numbers end in the middle of one");
  return uint64_t{integers.value};
}

Status write_scaled(Operands& operands, const Node& node, MutableByteSpan out) {
  FloatScale scale;
  if (!parse_scale(node.payload, scale)) return malformed("the scale of numbers is malformed");
  const Status status = operands.write(out);
  if (status.ok()) scale_integers(scale, out);
  return status;
}

}  // namespace

constinit const OperatorEntry kScaled = {
    .name = "scaled",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::VECTOR,
    .last = Primitive::VECTOR,
    .since_minor = 4,
    .has_payload = true,
    .measure = measure_scaled,
    .write = write_scaled,
};

}  // namespace sigma
