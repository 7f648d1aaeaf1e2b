/* Steps of copies, their lengths and literals, each in memory of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/copy_steps.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sigma {

void StepWriter::add(size_t source, size_t units) {
  while (units > 0) {
    const size_t taken = std::min(units, kMaxCopyLength);
    const size_t code = std::min(taken - 1, kLongCopyCode);
    const bool is_long = code == kLongCopyCode;
    if (made_.steps == room_.steps.size() ||
        room_.lengths.size() - made_.lengths < (is_long ? 2 : 0)) {
      overflowed_ = true;
      return;
    }
    room_.steps[made_.steps++] = static_cast<uint8_t>(source * 16 + code);
    if (is_long) {
      const auto rest = static_cast<uint16_t>(taken - kLongCopyCode - 1);
      store_le<uint16_t>(room_.lengths.data() + made_.lengths, rest);
      made_.lengths += 2;
    }
    units -= taken;
  }
}

void StepWriter::add_literals(ByteSpan literals, size_t unit) {
  if (literals.empty()) return;
  if (room_.literals.size() - made_.literals < literals.size()) {
    overflowed_ = true;
    return;
  }
  std::memcpy(room_.literals.data() + made_.literals, literals.data(), literals.size());
  made_.literals += literals.size();
  add(0, literals.size() / unit);
}

void drop_unused_distances(CopiesForm& form, MutableByteSpan steps) {
  std::array<uint8_t, kMaxCopyDistances + 1> numbers{};
  for (const uint8_t step : steps)
    numbers[step / 16] = 1;
  numbers[0] = 0;
  size_t kept = 0;
  for (size_t i = 0; i < form.distance_count; i++) {
    if (numbers[i + 1] == 0) continue;
    form.distances[kept++] = form.distances[i];
    numbers[i + 1] = static_cast<uint8_t>(kept);
  }
  form.distance_count = kept;
  for (uint8_t& step : steps)
    step = static_cast<uint8_t>(numbers[step / 16] * 16 + step % 16);
}

size_t count_equal(const uint8_t* a, const uint8_t* b, size_t most) {
  size_t count = 0;
  while (count + 8 <= most) {
    const uint64_t differing = load_le<uint64_t>(a + count) ^ load_le<uint64_t>(b + count);
    if (differing != 0) return count + static_cast<size_t>(std::countr_zero(differing)) / 8;
    count += 8;
  }
  while (count < most && a[count] == b[count])
    count++;
  return count;
}

}  // namespace sigma
