/* Steps, by the distance at which most pixels in a row are equal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/copy_search.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/frame_taps.hpp"

#if defined(SIGMA_AVX2)
#include <immintrin.h>
#endif

namespace sigma {
namespace {

/// A copy of so many bytes is taken without a look at other distances.
constexpr size_t kLong = 512;

/// What lies some distance before a place, as far as it can be copied from there.
struct CopySource {
  const uint8_t* from = nullptr;
  size_t most = 0;
};

CopySource source_before(const FrameBytes& bytes, size_t at, size_t distance) {
  const size_t most = bytes.value.size() - at;
  if (distance <= at) return {bytes.value.data() + (at - distance), most};
  const size_t before = distance - at;
  if (before > bytes.reference.size()) return {};
  return {bytes.reference.data() + bytes.reference.size() - before, std::min(before, most)};
}

/// Shorter copies cost more than what is new.
size_t least_copy(size_t unit) {
  return unit >= 3 ? unit : 4;
}

/// Whether a copy of more bytes than `longest`, and enough of them, is not out of the question.
bool may_be_longer(const uint8_t* to, const CopySource& source, size_t longest, size_t least) {
  if (source.most < std::max<size_t>(longest + 1, 4)) return source.most > longest;
  const uint32_t differing = load_le<uint32_t>(to) ^ load_le<uint32_t>(source.from);
  return differing << (least == 3 ? 8 : 0) == 0 && to[longest] == source.from[longest];
}

/// The longest copy at a place, in whole units, and the number of its distance from 1 on.
struct BestCopy {
  BestCopy(const CopiesForm& form, const FrameBytes& bytes, size_t at) {
    const uint8_t* const to = bytes.value.data() + at;
    const size_t least = least_copy(form.unit);
    for (size_t i = 0; i < form.distance_count && length < kLong; i++) {
      const CopySource source = source_before(bytes, at, form.distances[i] * form.unit);
      if (!may_be_longer(to, source, length, least)) continue;
      const size_t count = count_equal(to, source.from, source.most) / form.unit * form.unit;
      if (count <= length) continue;
      length = count;
      number = i + 1;
    }
    if (length < least) length = 0;
  }
  size_t length = 0;
  size_t number = 0;
};

#if defined(SIGMA_AVX2)
/// Places of a step, of which the last ones are looked at to tell how long copies are.
constexpr size_t kLooked = 64;
constexpr size_t kStep = 48;
static_assert(kStep + kMaxCopyUnit <= kLooked);

/// Which bytes equal those of a source, from the lowest bit on.
SIGMA_AVX2 inline uint64_t find_equal(const uint8_t* to, const uint8_t* from) {
  uint64_t equal = 0;
  for (size_t i = 0; i < kLooked; i += 32) {
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(to + i));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + i));
    const auto mask = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b)));
    equal |= uint64_t{mask} << i;
  }
  return equal;
}

/// Passes places at which no copy begins. Where a source does not lie in one piece it does not look
/// further.
SIGMA_AVX2 size_t pass_new_avx2(const CopiesForm& form, const FrameBytes& bytes, size_t at) {
  uint64_t places = 0;
  for (size_t i = 0; i < kStep; i += form.unit)
    places |= uint64_t{1} << i;
  const unsigned more = least_copy(form.unit) == 3 ? 1 : 2;
  for (; at + kLooked <= bytes.value.size(); at += kStep) {
    uint64_t begins = 0;
    for (size_t i = 0; i < form.distance_count; i++) {
      const size_t distance = form.distances[i] * form.unit;
      if (distance >= at + kLooked + bytes.reference.size()) continue;
      const CopySource source = source_before(bytes, at, distance);
      if (source.most < kLooked) return at;
      uint64_t equal = find_equal(bytes.value.data() + at, source.from);
      equal &= equal >> 1;
      begins |= equal & equal >> more;
    }
    if ((begins & places) != 0) return at + static_cast<size_t>(std::countr_zero(begins & places));
  }
  return at;
}
#endif

size_t pass_new([[maybe_unused]] const CopiesForm& form, [[maybe_unused]] const FrameBytes& bytes,
                size_t at) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2 && kStep % form.unit == 0) return pass_new_avx2(form, bytes, at);
#endif
  return at;
}

/// Writes steps for all bytes from `at` on; false if there is no room for them.
bool add_copies(const CopiesForm& form, const FrameBytes& bytes, size_t at, size_t most_literals,
                StepWriter& writer) {
  const size_t unit = form.unit;
  size_t new_from = at;
  while (at < bytes.value.size() && !writer.overflowed()) {
    const BestCopy best(form, bytes, at);
    if (best.length == 0) {
      at = pass_new(form, bytes, at + unit);
      // What has no room is not looked for.
      if (at - new_from > most_literals) return false;
      continue;
    }
    writer.add_literals(bytes.value.subspan(new_from, at - new_from), unit);
    writer.add(best.number, best.length / unit);
    at += best.length;
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
