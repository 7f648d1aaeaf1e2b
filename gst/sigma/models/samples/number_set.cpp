/* A table of hashes, and an order, of few numbers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/number_set.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace sigma {
namespace {

/// The first numbers tell whether there may be few different ones.
constexpr size_t kLooked = 4096;
constexpr size_t kMostLooked = kLooked / 4 * 3;
/// Of so many, some tell whether integers lie side by side.
constexpr size_t kLeastDense = 64;
constexpr size_t kNeighbours = 256;

unsigned hash_bits(size_t most) {
  return static_cast<unsigned>(std::bit_width(2 * most - 1));
}

/// A number of IEEE 754 or a signed integer, as what is in order without a sign.
uint64_t in_order(uint64_t number, unsigned width, bool is_float) {
  const uint64_t sign = uint64_t{1} << (8 * width - 1);
  if (is_float && (number & sign) != 0) return ~number & (2 * sign - 1);
  return number ^ sign;
}

}  // namespace

size_t NumberSet::memory(size_t most) {
  return (sizeof(uint16_t) << hash_bits(most)) + most * (sizeof(uint64_t) + 2 * sizeof(uint16_t)) +
         4 * kWorkspaceUnit;
}

NumberSet::NumberSet(Arena& arena, size_t most, const SampleLayout& layout)
    : layout_(layout),
      as_stored_{layout.width, layout.big_endian, 0, 0},
      most_(most),
      hash_bits_(hash_bits(most)),
      table_(arena.take<uint16_t>(size_t{1} << hash_bits_)),
      numbers_(arena.take<uint64_t>(most)),
      sorted_(arena.take<uint16_t>(most)),
      ranks_(arena.take<uint16_t>(most)) {
  std::fill_n(table_, size_t{1} << hash_bits_, 0);
}

/// Where it is in the table, or an empty place.
uint32_t NumberSet::place_of(uint64_t number) const {
  const uint32_t mask = (uint32_t{1} << hash_bits_) - 1;
  auto place = static_cast<uint32_t>(number * 0x9E3779B185EBCA87 >> (64 - hash_bits_));
  while (table_[place] != 0 && numbers_[table_[place] - 1] != number)
    place = (place + 1) & mask;
  return place;
}

/// Whether one more is there, too, for three in four of the numbers so far: ranks would differ as
/// much as they do.
bool NumberSet::is_dense(ByteSpan numbers) const {
  if (count_ < kLeastDense) return false;
  const size_t width = layout_.width;
  const size_t step = std::max<size_t>(numbers.size() / width / kNeighbours, 1) * width;
  size_t dense = 0;
  size_t looked = 0;
  for (size_t i = 0; i + width <= numbers.size(); i += step, looked++)
    dense += table_[place_of(load(numbers.data() + i) + 1)] != 0 ? 1 : 0;
  return dense >= looked / 4 * 3;
}

bool NumberSet::add_all(ByteSpan numbers) {
  const size_t count = numbers.size() / layout_.width;
  uint64_t last = 0;
  size_t next_look = kLooked;
  for (size_t i = 0; i < count; i++) {
    const uint64_t number = load(numbers.data() + i * layout_.width);
    if (number == last && i != 0) continue;
    last = number;
    uint16_t& entry = table_[place_of(number)];
    if (entry != 0) continue;
    if (count_ == most_ || (i < kLooked && count_ == kMostLooked)) return false;
    if (i >= next_look) {
      if (is_dense(numbers.first(i * layout_.width))) return false;
      next_look = 2 * i;
    }
    numbers_[count_] = number;
    entry = static_cast<uint16_t>(++count_);
  }
  return !is_dense(numbers);
}

/// Whether nearly all are numbers of IEEE 754 that are neither huge nor next to nothing, which
/// integers seldom are.
bool NumberSet::are_floats() const {
  if (layout_.is_float) return true;
  if (layout_.width < 4) return false;
  const unsigned digits = layout_.width == 4 ? 23 : 52;
  const uint64_t bias = layout_.width == 4 ? 127 : 1023;
  constexpr uint64_t kReach = 63;
  size_t others = 0;
  for (size_t i = 0; i < count_; i++) {
    const uint64_t size = numbers_[i] & ((uint64_t{1} << (8 * layout_.width - 1)) - 1);
    const uint64_t exponent = size >> digits;
    others += size != 0 && (exponent < bias - kReach || exponent > bias + kReach) ? 1 : 0;
  }
  return others <= count_ / 16;
}

void NumberSet::sort() {
  const bool are_float = are_floats();
  std::iota(sorted_, sorted_ + count_, uint16_t{0});
  std::sort(sorted_, sorted_ + count_, [&](uint16_t a, uint16_t b) {
    return in_order(numbers_[a], layout_.width, are_float) <
           in_order(numbers_[b], layout_.width, are_float);
  });
  for (size_t i = 0; i < count_; i++)
    ranks_[sorted_[i]] = static_cast<uint16_t>(i);
}

void NumberSet::write_ranks(ByteSpan numbers, MutableByteSpan out) const {
  uint64_t last = 0;
  uint16_t rank = 0;
  for (size_t i = 0; i + 2 <= out.size(); i += 2) {
    const uint64_t number = load(numbers.data() + i / 2 * layout_.width);
    if (number != last || i == 0) rank = ranks_[table_[place_of(number)] - 1];
    last = number;
    store_le<uint16_t>(out.data() + i, rank);
  }
}

void NumberSet::write(MutableByteSpan out) const {
  uint8_t* p = out.data();
  for (size_t i = 0; i < count_; i++, p += layout_.width)
    for (unsigned k = 0; k < layout_.width; k++)
      p[layout_.big_endian ? layout_.width - 1 - k : k] =
          static_cast<uint8_t>(numbers_[sorted_[i]] >> (8 * k));
}

}  // namespace sigma
