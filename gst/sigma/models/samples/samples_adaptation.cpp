/* Filters that adapt, tried on a stretch of the samples.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <bit>
#include <numeric>

#include "gst/sigma/base/logarithm.hpp"
#include "gst/sigma/models/samples/samples_model.hpp"

namespace sigma {
namespace {

/// The first level that filters, and the first that tries more than one form.
constexpr unsigned kFilteringLevel = 8;
constexpr unsigned kTryingLevel = 9;

constexpr size_t kMaxFilteredChannels = 8;
/// Chunks of less have no time to adapt.
constexpr size_t kMinFilteredChunk = size_t{256} * 1024;

/// Frames of a trial. What its first half leaves is not counted: filters find their weights in it.
constexpr size_t kTried = 32768;

/// Most coefficients of predictors before filters, which would find the others anyway.
constexpr unsigned kFilteredOrder = kQuickOrder;
constexpr uint64_t kCoefficientBits = uint64_t{20} << 8;

/// Bits by which the mean of residuals is below the largest input of a filter, at least.
constexpr int kInputHeadroom = 5;

/// The first one is that of levels that try one.
constexpr std::array<std::array<AdaptiveForm::Stage, 2>, 3> kStages = {{
    {{{256, 15}, {32, 12}}},
    {{{512, 16}, {32, 14}}},
    {{{256, 15}, {16, 10}}},
}};

/// Bits, in 1/256, that folded residuals take, about, but for a constant.
template <typename T>
uint64_t bits_of(const T* residuals, size_t count) {
  constexpr size_t kStep = 256;
  uint64_t bits = 0;
  for (size_t begin = 0; begin < count; begin += kStep) {
    const size_t size = std::min(kStep, count - begin);
    uint64_t sum = 0;
    for (size_t i = begin; i < begin + size; i++)
      sum += static_cast<uint64_t>(residuals[i]);
    bits += size * log2_fixed_wide(16 * sum / size + 8);
  }
  return bits;
}

}  // namespace

size_t SamplesModel::filter_count(const ModelSettings& settings) {
  if (settings.level < kFilteringLevel || settings.chunk_size < kMinFilteredChunk) return 0;
  return kMaxFilteredChannels * (settings.level >= kTryingLevel ? kStages.size() : 1);
}

AdaptiveForm SamplesModel::form_of_filters(const SampleLayout& layout, size_t number,
                                           unsigned down) {
  AdaptiveForm form;
  form.width = layout.width;
  form.channels = layout.channels;
  form.down = down;
  form.count = kStages[number].size();
  std::copy(kStages[number].begin(), kStages[number].end(), form.stages.begin());
  return form;
}

/// Filters for the samples, with the predictors that suit them, or none.
void SamplesModel::choose_adaptation(const SampleLayout& layout, ByteSpan bytes) {
  adaptation_ = {};
  if (filter_count_ == 0 || layout.width < 2 || layout.width > 4 || layout.row != 0 ||
      layout.channels > kMaxFilteredChannels || bytes.size() / layout.frame_size() < kTried)
    return;
  adaptation_ = layout.width == 2 ? find_adaptation<int32_t>(layout, bytes)
                                  : find_adaptation<int64_t>(layout, bytes);
  if (adaptation_.count == 0) return;
  memory_->search.start(std::min(kFilteredOrder, max_order_));
  for (size_t i = 0; i < layout.channels; i++)
    filters_[i].start(adaptation_);
}

/// Calls `use` for each block of a stretch of frames, with what its predictors leave and their
/// bits, and whether it is in the second half.
template <typename T, typename Use>
void SamplesModel::for_each_tried(const SampleLayout& layout, ByteSpan bytes, Use use) {
  const size_t frames = bytes.size() / layout.frame_size();
  const size_t begin = (frames - kTried) / 2 / layout.block * layout.block;
  BlockPredictors block;
  for (size_t at = 0; at + layout.block <= kTried; at += layout.block) {
    memory_->search.find(layout, bytes, begin + at, layout.block, block);
    take_residuals<T>(layout, bytes, begin + at, layout.block, block);
    uint64_t bits = 0;
    for (size_t i = 0; i < layout.channels; i++)
      bits += block.channels[i].order * kCoefficientBits;
    use(reinterpret_cast<T*>(memory_->residuals.data()), bits, at >= kTried / 2);
  }
}

/// The form that leaves least of the stretch, or none.
template <typename T>
AdaptiveForm SamplesModel::find_adaptation(const SampleLayout& layout, ByteSpan bytes) {
  const size_t count = layout.block * layout.channels;
  uint64_t least = 0;
  uint64_t sum = 0;
  for_each_tried<T>(layout, bytes, [&](T* residuals, uint64_t bits, bool is_counted) {
    sum = std::accumulate(residuals, residuals + count, sum, [](uint64_t all, T residual) {
      return all + static_cast<uint64_t>(residual) / 2;
    });
    if (is_counted) least += bits + bits_of(residuals, count);
  });
  const auto size = static_cast<int>(std::bit_width(sum / (kTried * layout.channels)));
  const auto down = static_cast<unsigned>(std::clamp(size + kInputHeadroom - 15, 0, 16));
  const size_t forms = filter_count_ / kMaxFilteredChannels;
  for (size_t i = 0; i < forms * layout.channels; i++)
    filters_[i].start(form_of_filters(layout, i / layout.channels, down));
  memory_->search.start(std::min(kFilteredOrder, max_order_));
  std::array<uint64_t, kStages.size()> left{};
  for_each_tried<T>(layout, bytes, [&](T* residuals, uint64_t bits, bool is_counted) {
    T* const filtered = reinterpret_cast<T*>(memory_->samples.data());
    for (size_t i = 0; i < forms * layout.channels; i++) {
      std::copy_n(residuals + i % layout.channels * layout.block, layout.block, filtered);
      filters_[i].subtract(filtered, layout.block);
      if (is_counted) left[i / layout.channels] += bits_of(filtered, layout.block);
    }
    for (size_t i = 0; i < forms && is_counted; i++)
      left[i] += bits;
  });
  memory_->search.start(max_order_);
  AdaptiveForm best;
  for (size_t i = 0; i < forms; i++) {
    if (left[i] >= least) continue;
    least = left[i];
    best = form_of_filters(layout, i, down);
  }
  return best;
}

template <typename T>
void SamplesModel::filter_residuals(const SampleLayout& layout, size_t count) {
  if (adaptation_.count == 0) return;
  for (size_t i = 0; i < layout.channels; i++)
    filters_[i].subtract(reinterpret_cast<T*>(memory_->residuals.data()) + i * count, count);
}

template void SamplesModel::filter_residuals<int32_t>(const SampleLayout&, size_t);
template void SamplesModel::filter_residuals<int64_t>(const SampleLayout&, size_t);

}  // namespace sigma
