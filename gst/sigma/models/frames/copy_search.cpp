/* Steps, by the distance at which most pixels in a row are equal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/copy_search.hpp"

#include <algorithm>
#include <cstdlib>

#include "gst/sigma/operators/frame_taps.hpp"

namespace sigma {
namespace {

/// A copy of so many bytes is taken without a look at other distances.
constexpr size_t kLong = 512;

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

/// Writes steps for all bytes from `at` on; false if there is no room for them.
bool add_copies(const CopiesForm& form, const FrameBytes& bytes, size_t at, size_t most_literals,
                StepWriter& writer) {
  const size_t unit = form.unit;
  // Shorter ones cost more than what is new.
  const size_t least = unit >= 3 ? unit : 4;
  size_t new_from = at;
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
      if (at - new_from > most_literals) return false;
      continue;
    }
    writer.add_literals(bytes.value.subspan(new_from, at - new_from), unit);
    writer.add(source, longest / unit);
    at += longest;
    new_from = at;
  }
  writer.add_literals(bytes.value.subspan(new_from), unit);
  return !writer.overflowed();
}

}  // namespace

FoundCopies find_copies(CopiesForm& form, const FrameBytes& bytes, const CopyRoom& room) {
  FoundCopies made;
  StepWriter writer(room, made);
  if (!add_copies(form, bytes, 0, room.literals.size(), writer)) return {};
  drop_unused_distances(form, room.steps.first(made.steps));
  return made;
}

size_t estimate_copies(const CopiesForm& form, const FrameBytes& bytes, const CopyRoom& room) {
  constexpr size_t kPieces = 16;
  constexpr size_t kShare = 8;
  const size_t units = bytes.value.size() / form.unit;
  const size_t step = units / kPieces;
  FoundCopies made;
  StepWriter writer(room, made);
  for (size_t i = 0; i < kPieces; i++) {
    const size_t begin = i * step * form.unit;
    const size_t size = step / kShare * form.unit;
    const FrameBytes piece = {bytes.reference, bytes.value.first(begin + size)};
    if (!add_copies(form, piece, begin, room.literals.size(), writer)) return bytes.value.size();
  }
  return kShare * (made.steps / 2 + made.literals / 4);
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
    ReadyPredictor predictor;
    predictor.prepare(literal_predictor(tried), tried.unit, layout.width, 0, true);
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
