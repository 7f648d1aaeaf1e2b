/* Scales, tried on a few numbers of a chunk, and integers by them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/scale_probe.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

#include "gst/sigma/models/sampling/density.hpp"

namespace sigma {
namespace {

constexpr size_t kScaledNumbers = 256;
using Numbers = std::array<uint64_t, kScaledNumbers>;

/// How often a number is there, of those looked at, that is a missing value.
constexpr size_t kLeastMissing = kScaledNumbers / 16;
/// Numbers that must be left.
constexpr size_t kLeastLeft = kScaledNumbers / 4;

/// The power of two by which a number becomes an odd integer; 0 for an integer, or none.
unsigned binary_digits(const FloatScale& scale, uint64_t bits) {
  const unsigned digits = scale.width == 4 ? 24 : 53;
  const int bias = scale.width == 4 ? 127 : 1023;
  const uint64_t first = uint64_t{1} << (digits - 1);
  const uint64_t significand = (bits & (first - 1)) | first;
  const auto biased = static_cast<int>(bits >> (digits - 1) & (scale.width == 4 ? 0xFF : 0x7FF));
  if (biased == 0) return 0;
  const int last = biased - bias - static_cast<int>(digits - 1) + std::countr_zero(significand);
  return last < 0 ? static_cast<unsigned>(-last) : 0;
}

/// The largest integer by a scale, or the largest number if more than `failures` are no integers,
/// or have more bits than are worth it.
uint64_t largest_integer(const FloatScale& scale, std::span<const uint64_t> numbers,
                         size_t failures, unsigned most_bits) {
  uint64_t largest = 0;
  for (const uint64_t bits : numbers) {
    if (bits << (64 - 8 * scale.width + 1) == 0) continue;
    int64_t integer = 0;
    const bool is_integer = find_integer(scale, bits, integer);
    const auto sign = static_cast<uint64_t>(integer >> 63);
    const uint64_t size = (static_cast<uint64_t>(integer) ^ sign) - sign;
    if (is_integer && size >> most_bits == 0)
      largest = std::max(largest, size);
    else if (failures-- == 0)
      return UINT64_MAX;
  }
  return largest;
}

void take_numbers(ByteSpan bytes, const FloatScale& scale, Numbers& numbers) {
  const size_t step = bytes.size() / scale.width / kScaledNumbers;
  for (size_t i = 0; i < numbers.size(); i++)
    numbers[i] = load_number(scale, bytes.data() + i * step * scale.width);
}

/// Bits of integers: with as many as a number has, nothing is won.
unsigned most_bits(const FloatScale& scale, size_t failures) {
  return (scale.width == 4 ? 26 : 50) - (failures != 0 ? 4 : 0);
}

/// The scale by which integers have least bits. `least` is the largest integer by it.
bool choose_scale(std::span<const uint64_t> numbers, size_t failures, FloatScale& scale,
                  uint64_t& least) {
  const unsigned most = most_bits(scale, failures);
  scale.binary = scale.decimal = 0;
  FloatScale best = scale;
  for (const uint64_t bits : numbers)
    best.binary = std::max(best.binary, binary_digits(scale, bits));
  least = best.is_valid() ? largest_integer(best, numbers, 0, most) : UINT64_MAX;
  for (scale.decimal = failures != 0 ? 0 : 1; scale.decimal <= 9; scale.decimal++) {
    const uint64_t largest = largest_integer(scale, numbers, failures, most);
    if (largest >= least / 4) continue;
    least = largest;
    best = scale;
  }
  scale = best;
  const auto zeros = static_cast<size_t>(std::count(numbers.begin(), numbers.end(), 0));
  return least != UINT64_MAX && zeros < numbers.size() / 4 * 3;
}

/// Takes the most frequent number out of them, if it is as frequent as missing values are; gives
/// how many are left.
size_t take_missing(Numbers& numbers, ScaledForm& form) {
  std::sort(numbers.begin(), numbers.end());
  size_t most = 0;
  for (auto p = numbers.begin(); p != numbers.end();) {
    const auto end = std::upper_bound(p, numbers.end(), *p);
    const auto count = static_cast<size_t>(end - p);
    if (count > most && *p != 0) {
      most = count;
      form.missing = *p;
    }
    p = end;
  }
  form.has_missing = most >= kLeastMissing;
  if (!form.has_missing) return numbers.size();
  return static_cast<size_t>(std::remove(numbers.begin(), numbers.end(), form.missing) -
                             numbers.begin());
}

/// Whether all of a few numbers are integers. One that is far from all others, and frequent, is
/// missing even so.
bool find_scale_of_all(ByteSpan bytes, ScaledForm& form) {
  if (form.scale.width < 4 || bytes.size() < kScaledNumbers * form.scale.width) return false;
  Numbers numbers;
  take_numbers(bytes, form.scale, numbers);
  uint64_t largest = 0;
  if (!choose_scale(numbers, 0, form.scale, largest)) return false;
  const size_t left = take_missing(numbers, form);
  const uint64_t rest =
      largest_integer(form.scale, {numbers.data(), left}, 0, most_bits(form.scale, 0));
  form.has_missing = form.has_missing && left >= kLeastLeft && largest > 2 * rest + 2;
  if (form.has_missing) largest = rest;
  form.most = static_cast<int64_t>(16 * largest + 16);
  return true;
}

/// Whether most of them are, but for missing values.
bool find_scale_of_most(ByteSpan bytes, ScaledForm& form) {
  if (form.scale.width < 4 || bytes.size() < kScaledNumbers * form.scale.width) return false;
  Numbers numbers;
  take_numbers(bytes, form.scale, numbers);
  const size_t left = take_missing(numbers, form);
  uint64_t largest = 0;
  if (left < kLeastLeft || !choose_scale({numbers.data(), left}, left / 16, form.scale, largest))
    return false;
  form.most = static_cast<int64_t>(2 * largest + 2);
  return true;
}

/// Calls it with each form that numbers may have, until it returns true.
template <typename Try>
bool any_form(uint32_t position, const SampleForms& forms, ScaledForm& scaled, Try is_right) {
  scaled = ScaledForm();
  for (size_t i = 0; i < forms.count; i++) {
    scaled.form = forms.all[i];
    scaled.scale = {scaled.form.layout.width, scaled.form.layout.big_endian, 0, 0};
    if (is_right()) return true;
  }
  for (const unsigned width : {4U, 8U})
    for (const bool big : {false, true}) {
      scaled.form = SampleForm();
      scaled.form.layout.width = width;
      scaled.form.layout.big_endian = big;
      scaled.form.phase = (width - position % width) % width;
      scaled.scale = {width, big, 0, 0};
      if (is_right()) return true;
    }
  return false;
}

}  // namespace

bool find_scale(ByteSpan bytes, FloatScale& scale) {
  if (scale.width < 4 || bytes.size() < kScaledNumbers * scale.width) return false;
  Numbers numbers;
  take_numbers(bytes, scale, numbers);
  uint64_t largest = 0;
  return choose_scale(numbers, 0, scale, largest);
}

bool find_scaled_form(ByteSpan chunk, uint32_t position, const SampleForms& forms,
                      ScaledForm& form) {
  if (chunk.size() < kMinProbed) return false;
  const auto numbers = [&] { return chunk.subspan(form.form.phase); };
  return any_form(position, forms, form, [&] { return find_scale_of_all(numbers(), form); }) ||
         any_form(position, forms, form, [&] { return find_scale_of_most(numbers(), form); });
}

namespace {

/// Integers of a width, as they lie in memory.
void store_integer(int64_t integer, unsigned width, uint8_t* p) {
  for (unsigned k = 0; k < width; k++)
    p[k] = static_cast<uint8_t>(static_cast<uint64_t>(integer) >> (8 * k));
}

int64_t load_integer(unsigned width, const uint8_t* p) {
  const FloatScale little = {width, false, 0, 0};
  const unsigned up = 64 - 8 * width;
  return static_cast<int64_t>(load_number(little, p) << up) >> up;
}

/// A number's bits as the stream has them, read as little-endian.
uint64_t as_unit(const FloatScale& scale, uint64_t bits) {
  return scale.big_endian ? __builtin_bswap64(bits) >> (64 - 8 * scale.width) : bits;
}

/// What integers there are, and how many numbers have none.
struct Found {
  int64_t least = INT64_MAX;
  int64_t greatest = INT64_MIN;
  int64_t high_sum = 0;
  int64_t low_sum = 0;
  int64_t integers = 0;
  size_t missing = 0;
  size_t exceptions = 0;

  void add(int64_t integer) {
    least = std::min(least, integer);
    greatest = std::max(greatest, integer);
    high_sum += integer >> kLowBits;
    low_sum += integer & ((1 << kLowBits) - 1);
    integers++;
  }
  /// About: sums of large ones would be too large.
  int64_t mean() const {
    if (integers == 0) return 0;
    constexpr int64_t kOne = int64_t{1} << kLowBits;
    return high_sum / integers * kOne + (high_sum % integers * kOne + low_sum) / integers;
  }

 private:
  static constexpr unsigned kLowBits = 20;
};

/// Integers that no number of a width becomes.
struct Reserved {
  explicit Reserved(unsigned width)
      : least(-static_cast<int64_t>((uint64_t{1} << (8 * width - 1)) - 1) - 1),
        missing(least + 1),
        exception(least + 2),
        most(int64_t{1} << (8 * width - 2)) {}
  int64_t least;  ///< negative zero
  int64_t missing;
  int64_t exception;
  int64_t most;  ///< what is no less is an exception
};

/// Ends early if more than `most` are exceptions.
Found find_all(const ScaledForm& form, ByteSpan numbers, size_t most, MutableByteSpan integers) {
  const FloatScale& scale = form.scale;
  const Reserved reserved(scale.width);
  const int64_t end = std::min(reserved.most, form.most);
  Found found;
  for (size_t i = 0; i + scale.width <= numbers.size() && found.exceptions <= most;
       i += scale.width) {
    const uint64_t bits = load_number(scale, numbers.data() + i);
    int64_t integer = 0;
    if (form.has_missing && bits == form.missing) {
      integer = reserved.missing;
      found.missing++;
    } else if (find_integer(scale, bits, integer) &&
               (integer == reserved.least || std::abs(integer) < end)) {
      if (integer != reserved.least) found.add(integer);
    } else {
      integer = reserved.exception;
      found.exceptions++;
    }
    store_integer(integer, scale.width, integers.data() + i);
  }
  if (found.integers == 0) found.least = found.greatest = 0;
  return found;
}

}  // namespace

bool find_integers_but(const ScaledForm& form, ByteSpan numbers, size_t most,
                       MutableByteSpan integers, ExceptedForm& excepted, size_t& count) {
  const FloatScale& scale = form.scale;
  const Found found = find_all(form, numbers, most, integers);
  count = found.exceptions;
  if (count > most) return false;
  excepted = ExceptedForm();
  if (found.missing == 0 && count == 0) return true;
  // Right beside the others, the more frequent one where most of them are.
  const int64_t mean = found.mean();
  int64_t near = found.greatest + 1;
  int64_t far = found.least - 1;
  if (near - mean > mean - far) std::swap(near, far);
  if (found.missing < count) std::swap(near, far);
  for (const int64_t integer : {near, far}) {
    int64_t again = 0;
    const bool comes_back = find_integer(scale, scale_integer(scale, integer), again);
    if (!comes_back || again != integer) return false;
  }
  excepted.width = scale.width;
  excepted.mark = as_unit(scale, scale_integer(scale, far));
  if (found.missing != 0) {
    excepted.count = 1;
    excepted.stand_ins[0] = {as_unit(scale, scale_integer(scale, near)),
                             as_unit(scale, form.missing)};
  }
  const Reserved reserved(scale.width);
  for (size_t i = 0; i + scale.width <= integers.size(); i += scale.width) {
    const int64_t integer = load_integer(scale.width, integers.data() + i);
    if (integer != reserved.missing && integer != reserved.exception) continue;
    store_integer(integer == reserved.missing ? near : far, scale.width, integers.data() + i);
  }
  return true;
}

MutableByteSpan gather_exceptions(const ScaledForm& form, ByteSpan numbers,
                                  const ExceptedForm& excepted, MutableByteSpan integers) {
  const FloatScale& scale = form.scale;
  int64_t mark = 0;
  find_integer(scale, as_unit(scale, excepted.mark), mark);
  uint8_t* next = integers.data();
  for (size_t i = 0; i + scale.width <= integers.size(); i += scale.width) {
    if (load_integer(scale.width, integers.data() + i) != mark) continue;
    std::memcpy(next, numbers.data() + i, scale.width);
    next += scale.width;
  }
  return integers.first(static_cast<size_t>(next - integers.data()));
}

}  // namespace sigma
