/* Residuals of samples of one byte: where the samples of a predictor lie is found once for a row.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/byte_residuals.hpp"

#include "gst/sigma/models/frames/byte_lanes.hpp"

namespace sigma {

#if defined(SIGMA_AVX2)
namespace {

/// Where a row's samples are, and what lies some offset before them.
struct ByteRow {
  const FrameBytes& bytes;
  const FrameRow& row;

  const uint8_t* samples() const { return bytes.value.data() + row.begin; }
  /// Null if not all of it lies in one piece, with some behind that may be anything.
  const uint8_t* before(size_t offset) const {
    const size_t count = row.count + kFrameLanes;
    if (row.begin >= offset)
      return row.begin - offset + count <= bytes.value.size() ? samples() - offset : nullptr;
    const size_t back = offset - row.begin;
    if (back < count || back > bytes.reference.size()) return nullptr;
    return bytes.reference.data() + bytes.reference.size() - back;
  }
};

/// What a predictor needs for a row.
struct RowSources {
  enum class Kind : uint8_t { UNKNOWN, OTHER, COPY, MEDIAN, DIFFERENCE, LINEAR };

  void find(const ByteRow& row, const ReadyPredictor& predictor, size_t period) {
    const FramePredictor& source = predictor.source;
    const size_t left = source.left;
    const size_t above = source.above;
    if (source.is_median) subtracted = MedianReference(source, period);
    const size_t reference = subtracted.offset;
    if (row.before(0) == nullptr)
      kind = Kind::OTHER;
    else if (is_copy(source))
      take(row, Kind::COPY, std::array<size_t, 1>{source.taps[0].offset});
    else if (!source.is_median)
      take(row, Kind::LINEAR, std::span(predictor.offsets).first(2 * predictor.pair_count));
    else if (!subtracted.is_single)
      kind = Kind::OTHER;
    else if (reference == 0)
      take(row, Kind::MEDIAN, std::array{left, above, left + above});
    else
      take(row, Kind::DIFFERENCE,
           std::array{left, above, left + above, reference, reference + left, reference + above,
                      reference + left + above});
  }

  template <typename Offsets>
  void take(const ByteRow& row, Kind wanted, const Offsets& offsets) {
    kind = wanted;
    const uint8_t** to = from;
    for (const size_t offset : offsets) {
      *to++ = row.before(offset);
      if (to[-1] == nullptr) kind = Kind::OTHER;
    }
  }

  Kind kind = Kind::UNKNOWN;
  MedianReference subtracted;  ///< by a median
  const uint8_t* from[2 * ReadyPredictor::kMaxPairs];
};

/// Some samples of a row: `kind` is that of the first one.
struct Stretch {
  size_t begin;
  size_t count;
  size_t kind;
};

SIGMA_AVX2 inline void put_folded(__m128i samples, __m128i predictions, uint8_t* folded) {
  const __m128i residuals = _mm_sub_epi8(samples, predictions);
  const __m128i signs = _mm_cmpgt_epi8(_mm_setzero_si128(), residuals);
  const __m128i doubled = _mm_add_epi8(residuals, residuals);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(folded), _mm_xor_si128(doubled, signs));
}

/// The low bytes of sixteen words.
SIGMA_AVX2 inline __m128i low_bytes(__m256i words) {
  const __m256i low = _mm256_and_si256(words, _mm256_set1_epi16(0xFF));
  return _mm_packus_epi16(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
}

SIGMA_AVX2 void fold_copy(const RowSources& sources, const uint8_t* samples, const Stretch& stretch,
                          uint8_t* folded) {
  for (size_t i = stretch.begin; i < stretch.begin + stretch.count; i += kFrameLanes)
    put_folded(load_bytes(samples + i), load_bytes(sources.from[0] + i), folded + i);
}

SIGMA_AVX2 void fold_median(const RowSources& sources, const uint8_t* samples,
                            const Stretch& stretch, uint8_t* folded) {
  for (size_t i = stretch.begin; i < stretch.begin + stretch.count; i += kFrameLanes)
    put_folded(load_bytes(samples + i),
               median_bytes(load_bytes(sources.from[0] + i), load_bytes(sources.from[1] + i),
                            load_bytes(sources.from[2] + i)),
               folded + i);
}

SIGMA_AVX2 void fold_difference(const RowSources& sources, const uint8_t* samples,
                                const Stretch& stretch, size_t period, uint8_t* folded) {
  const uint8_t* const* const from = sources.from;
  size_t kind = stretch.kind;
  for (size_t i = stretch.begin; i < stretch.begin + stretch.count; i += kFrameLanes) {
    const __m256i mask = load_vector(sources.subtracted.masks.data() + kind);
    __m256i differences[3];
    for (size_t k = 0; k < 3; k++)
      differences[k] = _mm256_sub_epi16(load_words(from[k] + i),
                                        _mm256_and_si256(load_words(from[k + 4] + i), mask));
    const __m256i median = median_words(differences[0], differences[1], differences[2]);
    const __m256i base = _mm256_and_si256(load_words(from[3] + i), mask);
    put_folded(load_bytes(samples + i), low_bytes(_mm256_add_epi16(base, median)), folded + i);
    kind = (kind + kFrameLanes) % period;
  }
}

template <bool Single>
SIGMA_AVX2 void fold_linear(const RowSources& sources, const ReadyPredictor& predictor,
                            const uint8_t* samples, const Stretch& stretch, uint8_t* folded) {
  const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(predictor.shift));
  size_t kind = stretch.kind;
  for (size_t i = stretch.begin; i < stretch.begin + stretch.count; i += kFrameLanes) {
    __m256i low = load_vector(predictor.first + kind);
    __m256i high = load_vector(predictor.first + kind + 8);
    for (size_t k = 0; k < predictor.pair_count; k++) {
      const TapPair<Byte> pair(sources.from[2 * k] + i, sources.from[2 * k + 1] + i);
      const uint32_t* const factors = predictor.factors[k] + kind;
      const __m256i first = load_vector(factors);
      low = _mm256_add_epi32(low, _mm256_madd_epi16(pair.low, first));
      high = _mm256_add_epi32(
          high, _mm256_madd_epi16(pair.high, Single ? first : load_vector(factors + 8)));
    }
    const __m256i mask = _mm256_set1_epi32(0xFF);
    low = _mm256_and_si256(_mm256_sra_epi32(low, shift), mask);
    high = _mm256_and_si256(_mm256_sra_epi32(high, shift), mask);
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0xD8);
    put_folded(load_bytes(samples + i), low_bytes(words), folded + i);
    if constexpr (!Single) kind = (kind + kFrameLanes) % predictor.period;
  }
}

/// Any samples, wherever they are.
void fold_others(const FrameLayout& layout, const FrameBytes& bytes, const FrameRun& run,
                 const ReadyPredictor& predictor, uint8_t* folded) {
  int32_t predictions[FrameRun::kMost];
  predict_run(layout, predictor, run, bytes, predictions);
  for (size_t i = 0; i < run.count; i++) {
    const auto residual = static_cast<int8_t>(bytes.value[run.begin + i] - predictions[i]);
    folded[i] = static_cast<uint8_t>(residual * 2 ^ residual >> 7);
  }
}

}  // namespace

bool has_byte_residuals(const FrameLayout& layout) {
  return kHasAvx2 && layout.width == 1 && layout.unused == 0;
}

void fold_byte_row(const FrameLayout& layout, const FrameBytes& bytes, const FrameRow& row,
                   std::span<const ReadyPredictor> predictors, ByteSpan modes, uint8_t* folded) {
  using Kind = RowSources::Kind;
  const ByteRow samples = {bytes, row};
  std::array<RowSources, kMaxFramePredictors> sources;
  for_each_run(layout, row, modes, [&](const FrameRun& run, uint8_t mode) {
    const ReadyPredictor& predictor = predictors[mode];
    RowSources& of_mode = sources[mode];
    if (of_mode.kind == Kind::UNKNOWN) of_mode.find(samples, predictor, run.period);
    const Stretch stretch = {run.begin - row.begin, run.count, run.kind};
    if (of_mode.kind == Kind::COPY)
      fold_copy(of_mode, samples.samples(), stretch, folded);
    else if (of_mode.kind == Kind::MEDIAN)
      fold_median(of_mode, samples.samples(), stretch, folded);
    else if (of_mode.kind == Kind::DIFFERENCE)
      fold_difference(of_mode, samples.samples(), stretch, run.period, folded);
    else if (of_mode.kind == Kind::LINEAR && run.period == 1)
      fold_linear<true>(of_mode, predictor, samples.samples(), stretch, folded);
    else if (of_mode.kind == Kind::LINEAR)
      fold_linear<false>(of_mode, predictor, samples.samples(), stretch, folded);
    else
      fold_others(layout, bytes, run, predictor, folded + stretch.begin);
  });
}
#else
bool has_byte_residuals(const FrameLayout&) {
  return false;
}

void fold_byte_row(const FrameLayout&, const FrameBytes&, const FrameRow&,
                   std::span<const ReadyPredictor>, ByteSpan, uint8_t*) {}
#endif

}  // namespace sigma
