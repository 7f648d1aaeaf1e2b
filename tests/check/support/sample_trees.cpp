/* Trees of samples.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample_trees.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "gst/sigma/operators/integers.hpp"

namespace forge {

using sigma::BlockPredictors;
using sigma::ChannelPart;
using sigma::Predictor;
using sigma::SampleLayout;
using testdata::Bytes;

Bytes symbols(const Bytes& bytes, const sigma::SymbolContext& context) {
  std::vector<uint64_t> memory(sigma::TansEncoder::memory(bytes.size()) / 8 + 1);
  Bytes lane(sigma::TansEncoder::most(bytes.size()));
  sigma::TansEncoder encoder(
      {reinterpret_cast<uint8_t*>(memory.data()), memory.size() * sizeof(uint64_t)});
  lane.resize(encoder.encode(bytes, context, lane));
  return lane;
}

namespace {

bool is_paired(const SampleLayout& layout, const BlockPredictors& block, size_t channel) {
  return (channel | 1) < layout.channels && block.is_paired(channel);
}

BlockPredictors random_block(const SampleLayout& layout, const BlockPredictors* before, bool narrow,
                             testdata::Random& random) {
  BlockPredictors block;
  const size_t pairs = layout.channels / 2;
  if (pairs != 0) block.pairs = random.next() >> (64 - pairs);
  for (size_t i = 0; i < layout.channels; i++) {
    Predictor& predictor = block.channels[i];
    const bool paired = is_paired(layout, block, i);
    if (before != nullptr && random.below(3) == 0 && !(before->channels[i].is_median && paired)) {
      predictor = before->channels[i];
      continue;
    }
    if (layout.row != 0 && !paired && random.below(4) == 0) {
      predictor.is_median = true;
      continue;
    }
    predictor.order = static_cast<unsigned>(random.below(33));
    if (predictor.order != 0) predictor.shift = static_cast<unsigned>(random.below(16));
    for (unsigned k = 0; k < predictor.order; k++)
      predictor.coefficients[k] =
          static_cast<int16_t>(narrow ? static_cast<int>(random.below(2000)) - 1000
                                      : static_cast<int>(random.below(65536)) - 32768);
  }
  return block;
}

void take_residuals(const SampleLayout& layout, const Bytes& raw, const BlockPredictors& block,
                    size_t frame, size_t count, std::vector<uint64_t>& out) {
  constexpr size_t kBefore = sigma::kMaxPredictorOrder;
  for (size_t i = 0; i < layout.channels; i++) {
    const Predictor& predictor = block.channels[i];
    const ChannelPart part = !is_paired(layout, block, i) ? ChannelPart::SAMPLE
                             : i % 2 == 0                 ? ChannelPart::MEAN
                                                          : ChannelPart::DIFFERENCE;
    const auto take = [&]<typename T>(T) {
      std::vector<T> samples(count + kBefore);
      std::vector<T> residuals(count);
      sigma::gather_samples(layout, raw, i, part,
                            static_cast<ptrdiff_t>(frame) - static_cast<ptrdiff_t>(kBefore),
                            samples.size(), samples.data());
      sigma::subtract_linear(predictor, layout.bits(), samples.data() + kBefore, count,
                             residuals.data());
      for (size_t j = 0; j < count; j++)
        out[(frame + j) * layout.channels + i] = std::make_unsigned_t<T>(residuals[j]);
    };
    if (predictor.is_median) {
      std::vector<int64_t> residuals(count);
      sigma::subtract_median(layout, raw, i, frame, count, residuals.data());
      for (size_t j = 0; j < count; j++)
        out[(frame + j) * layout.channels + i] = static_cast<uint64_t>(residuals[j]);
    } else if (layout.width <= 2 && predictor.is_narrow()) {
      take(int32_t{});
    } else {
      take(int64_t{});
    }
  }
}

void write_integers(sigma::TreeWriter& t, std::span<const uint64_t> values, unsigned width,
                    const sigma::SymbolContext& context) {
  Bytes tokens;
  Bytes bits(8 * values.size() + 16);
  sigma::TokenBits writer(bits);
  for (const uint64_t value : values) {
    const uint32_t token = sigma::token_of(value);
    tokens.push_back(static_cast<uint8_t>(token));
    writer.put(value, sigma::token_bits(token));
  }
  bits.resize(writer.finish());
  t.integers(width);
  t.literal(bits);
  t.symbols(symbols(tokens, context));
}

}  // namespace

void write_predicted(sigma::TreeWriter& t, const Bytes& raw, const SampleLayout& layout,
                     bool narrow, testdata::Random& random) {
  const size_t frames = raw.size() / layout.frame_size();
  std::vector<uint64_t> residuals(frames * layout.channels);
  Bytes payload(64 + (frames / layout.block + 1) * (10 + layout.channels * 110));
  sigma::PredictorWriter writer(payload);
  writer.start(layout);
  std::vector<BlockPredictors> blocks;
  for (size_t frame = 0; frame < frames; frame += layout.block) {
    const BlockPredictors* before = blocks.empty() ? nullptr : &blocks.back();
    const BlockPredictors block = random_block(layout, before, narrow, random);
    writer.add(block);
    blocks.push_back(block);
    take_residuals(layout, raw, block, frame, std::min(layout.block, frames - frame), residuals);
  }
  payload.resize(writer.size());
  t.predicted(payload);
  // In two parts, if there is anything to part.
  const size_t half = residuals.size() / 2;
  const std::span all(residuals);
  if (half != 0) t.concatenate(2);
  const sigma::SymbolContext context = {random.below(4), 1 + static_cast<unsigned>(random.below(8)),
                                        random.below(2) * 17};
  if (half != 0) write_integers(t, all.first(half), layout.width, context);
  write_integers(t, all.subspan(half), layout.width, context);
}

Bytes filtered(const Bytes& residuals, const sigma::AdaptiveForm& form) {
  Bytes out = residuals;
  const size_t step = form.width * form.channels;
  std::vector<int64_t> values(residuals.size() / step);
  const auto filter = std::make_unique<sigma::AdaptiveFilter>();
  for (size_t i = 0; i < form.channels; i++) {
    const auto byte = [&](size_t j, unsigned k) -> uint8_t& {
      return out[j * step + i * form.width + k];
    };
    std::fill(values.begin(), values.end(), 0);
    for (size_t j = 0; j < values.size(); j++)
      for (unsigned k = 0; k < form.width; k++)
        values[j] |= int64_t{byte(j, k)} << (8 * k);
    filter->start(form);
    filter->subtract(values.data(), values.size());
    for (size_t j = 0; j < values.size(); j++)
      for (unsigned k = 0; k < form.width; k++)
        byte(j, k) = static_cast<uint8_t>(values[j] >> (8 * k));
  }
  return out;
}

}  // namespace forge
