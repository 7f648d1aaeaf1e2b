/* Steps, by the distance at which most pixels in a row are equal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/copy_search.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

namespace sigma {
namespace {

/// A copy of so many bytes is taken without a look at other distances.
constexpr size_t kLong = 512;

/// Bytes that are the same from two places on, at most `most`.
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

/// Bytes from `at` on that equal those `distance` before.
size_t count_copied(const FrameBytes& bytes, size_t at, size_t distance) {
  const size_t most = bytes.value.size() - at;
  const uint8_t* const to = bytes.value.data() + at;
  if (distance <= at) return count_equal(to, to - distance, most);
  const size_t before = distance - at;
  if (before > bytes.reference.size()) return 0;
  const uint8_t* const from = bytes.reference.data() + bytes.reference.size() - before;
  return count_equal(to, from, std::min(before, most));
}

/// Writes steps as long as there is room.
class StepWriter {
 public:
  StepWriter(const CopyRoom& room, FoundCopies& made) : room_(room), made_(made) {}
  void add(size_t source, size_t units) {
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
  void add_literals(ByteSpan literals, size_t unit) {
    if (literals.empty()) return;
    if (room_.literals.size() - made_.literals < literals.size()) {
      overflowed_ = true;
      return;
    }
    std::memcpy(room_.literals.data() + made_.literals, literals.data(), literals.size());
    made_.literals += literals.size();
    add(0, literals.size() / unit);
  }
  bool overflowed() const { return overflowed_; }

 private:
  const CopyRoom& room_;
  FoundCopies& made_;
  bool overflowed_ = false;
};

/// Numbers distances by those that steps take.
void drop_unused(CopiesForm& form, MutableByteSpan steps) {
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

}  // namespace

FoundCopies find_copies(CopiesForm& form, const FrameBytes& bytes, const CopyRoom& room) {
  FoundCopies made;
  StepWriter writer(room, made);
  const size_t unit = form.unit;
  // Shorter ones cost more than what is new.
  const size_t least = unit >= 3 ? unit : 4;
  size_t new_from = 0;
  size_t at = 0;
  while (at < bytes.value.size() && !writer.overflowed()) {
    size_t longest = 0;
    size_t source = 0;
    for (size_t i = 0; i < form.distance_count && longest < kLong; i++) {
      const size_t count = count_copied(bytes, at, form.distances[i] * unit) / unit * unit;
      if (count <= longest) continue;
      longest = count;
      source = i + 1;
    }
    if (longest < least) {
      at += unit;
      // What has no room is not looked for.
      if (at - new_from > room.literals.size()) return {};
      continue;
    }
    writer.add_literals(bytes.value.subspan(new_from, at - new_from), unit);
    writer.add(source, longest / unit);
    at += longest;
    new_from = at;
  }
  writer.add_literals(bytes.value.subspan(new_from), unit);
  if (writer.overflowed()) return {};
  drop_unused(form, room.steps.first(made.steps));
  return made;
}

void choose_literal_prediction(CopiesForm& form, size_t row, const FrameBytes& bytes,
                               const CopySteps& steps) {
  constexpr size_t kMostLooked = 16384;
  form.above = 0;
  if (form.unit > kMaxFramePeriod || row == 0 || row > kMaxFrameOffset) return;
  form.above = row;
  // The first byte of a pixel is not joined to the one before, which is of another one.
  const size_t pixels = form.unit > 2 ? form.unit : 0;
  const FrameLayout layout;  // of bytes
  uint64_t least = UINT64_MAX;
  CopiesForm best = form;
  for (size_t choice = 0; choice <= pixels; choice++) {
    CopiesForm tried = form;
    tried.kind = choice == pixels ? 0 : choice;
    // Of four bytes, the last one is a filler, or opaque.
    tried.joined = choice == pixels ? 0 : 6;
    const FramePredictor predictor = literal_predictor(tried);
    uint64_t sum = 0;
    size_t looked = 0;
    for_each_literal(tried, steps, [&](size_t begin, size_t count) {
      if (looked >= kMostLooked) return;
      looked += count;
      for_each_literal_run(tried, begin, count, [&](const FrameRun& run) {
        int32_t predictions[FrameRun::kMost];
        predict_run(layout, predictor, run, bytes, predictions);
        for (size_t i = 0; i < run.count; i++)
          sum += static_cast<uint64_t>(
              std::abs(static_cast<int8_t>(bytes.value[run.begin + i] - predictions[i])));
      });
    });
    if (sum >= least) continue;
    least = sum;
    best = tried;
  }
  form = best;
}

}  // namespace sigma
