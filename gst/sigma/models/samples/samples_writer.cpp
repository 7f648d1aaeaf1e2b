/* Samples of one layout as a tree: predictors, then the bits and tokens of what they leave, part by
 * part.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>

#include "gst/sigma/models/samples/residual_tokens.hpp"
#include "gst/sigma/models/samples/samples_model.hpp"
#include "gst/sigma/operators/integers.hpp"

namespace sigma {
namespace {

constexpr size_t kAudioBlock = 2048;

}  // namespace

/// Frames of a row, if medians make a few blocks smaller.
size_t SamplesModel::choose_row(ByteSpan bytes, const SampleLayout& layout) {
  // Long predictors would hide what tokens gain by those above them.
  memory_->search.start(std::min(max_order_, kQuickOrder));
  SampleLayout in_rows = layout;
  // Where it is flat, rows cannot be told.
  for (const unsigned quarter : {2U, 1U, 3U}) {
    in_rows.row = find_row(bytes, layout, quarter);
    if (in_rows.row == 0) continue;
    // Measured alike: with rows so long that there is nothing above.
    SampleLayout without = layout;
    without.row = kMaxPredictorRow;
    const uint64_t bits = sample_bits(bytes, without);
    if (sample_bits(bytes, in_rows) < bits - bits / 32) break;
    in_rows.row = 0;
  }
  memory_->search.start(max_order_);
  return in_rows.row;
}

/// The context in which some tokens of a chunk take least.
SymbolContext SamplesModel::choose_context(const SampleLayout& layout, ByteSpan tokens) {
  constexpr size_t kTried = 16384;
  if (tokens.size() > kTried) tokens = tokens.subspan((tokens.size() - kTried) / 2, kTried);
  const size_t distance = layout.channels;
  const size_t row = layout.row * distance <= kMaxSymbolRow ? layout.row * distance : 0;
  SymbolContext best;
  uint64_t least = UINT64_MAX;
  TansEncoder encoder(coder_memory_, table_limit_);
  for (const SymbolContext& context :
       {SymbolContext{distance, 4, 0}, SymbolContext{distance, 2, 0},
        SymbolContext{distance, 1, row}, SymbolContext{distance, 3, row}}) {
    if (row == 0 && context.rate % 2 != 0) continue;
    const uint64_t bits = encoder.estimate(tokens, context);
    // What is no better than chance stays as it is.
    if (least != UINT64_MAX && bits >= least - least / 128) continue;
    least = bits;
    best = context;
  }
  return best;
}

Result<CodedBody> SamplesModel::encode_form(ByteSpan chunk, const SampleForm& form,
                                            MutableByteSpan scratch) {
  const SampleLayout& layout = form.layout;
  const ByteSpan whole = chunk.subspan(form.phase);
  const ByteSpan bytes = whole.first(whole.size() / layout.frame_size() * layout.frame_size());
  const ByteSpan tail = whole.subspan(bytes.size());
  TreeWriter tree(scratch.first(std::min(scratch.size(), chunk.size() - 1)));
  const size_t expressions = 1 + (form.phase != 0 ? 1 : 0) + (tail.empty() ? 0 : 1);
  if (expressions > 1) tree.concatenate(expressions);
  if (form.phase != 0) tree.literal(chunk.first(form.phase));
  if (!write_samples(layout, bytes, tree)) return CodedBody{};
  if (!tail.empty()) tree.literal(tail);
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

/// Of one, two, or as many as look likely, what takes least.
size_t SamplesModel::choose_channels(ByteSpan integers, unsigned width, size_t channels) {
  size_t best = 1;
  uint64_t least = UINT64_MAX;
  for (const size_t tried : {size_t{1}, size_t{2}, channels}) {
    SampleLayout layout;
    layout.width = width;
    layout.channels = tried;
    const uint64_t bits = sample_bits(integers, layout);
    if (bits >= least) continue;
    least = bits;
    best = tried;
  }
  return best;
}

/// Exceptions of a part of `numbers` numbers that are worth it: one in 16, in the room of a
/// decoder.
size_t SamplesModel::most_exceptions(const FloatScale& scale, size_t numbers) const {
  return std::min(numbers / 16 + 8, part_size_ / 4 / scale.width);
}

/// Floating-point numbers that are integers by a scale, but for missing values and exceptions, in
/// parts that there is room for; empty if there are too many exceptions.
Result<CodedBody> SamplesModel::encode_scaled(ByteSpan chunk, const ScaledForm& scaled,
                                              MutableByteSpan scratch) {
  if (const Status status = pool_.reserve(part_, staging_size_); !status.ok()) return status;
  const SampleForm& form = scaled.form;
  const unsigned width = scaled.scale.width;
  const ByteSpan whole = chunk.subspan(form.phase);
  // Parts begin with a frame, however many channels there are.
  const size_t unit = width * 2 * form.layout.channels;
  const size_t part = std::min(staging_size_, whole.size()) / unit * unit;
  if (part == 0) return CodedBody{};
  const size_t parts = whole.size() / part + (whole.size() % part >= unit ? 1 : 0);
  TreeWriter tree(scratch.first(std::min(scratch.size(), chunk.size() - 1)));
  const size_t bytes = std::min(parts * part, whole.size() / unit * unit);
  const ByteSpan tail = whole.subspan(bytes);
  const size_t expressions = parts + (form.phase != 0 ? 1 : 0) + (tail.empty() ? 0 : 1);
  if (expressions > 1) tree.concatenate(expressions);
  if (form.phase != 0) tree.literal(chunk.first(form.phase));
  SampleLayout layout;
  layout.width = width;
  for (size_t begin = 0; begin < bytes; begin += part) {
    const ByteSpan numbers = whole.subspan(begin, std::min(part, bytes - begin));
    const MutableByteSpan integers(part_.block(), numbers.size());
    ExceptedForm excepted;
    size_t exceptions = 0;
    if (!find_integers_but(scaled, numbers, most_exceptions(scaled.scale, numbers.size() / width),
                           integers, excepted, exceptions))
      return CodedBody{};
    if (begin == 0) layout.channels = choose_channels(integers, width, form.layout.channels);
    if (!write_scaled(scaled, layout, numbers, excepted, exceptions, tree)) return CodedBody{};
  }
  if (!tail.empty()) tree.literal(tail);
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

/// Numbers whose integers lie in part_.
bool SamplesModel::write_scaled(const ScaledForm& scaled, const SampleLayout& layout,
                                ByteSpan numbers, const ExceptedForm& excepted, size_t exceptions,
                                TreeWriter& tree) {
  const MutableByteSpan integers(part_.block(), numbers.size());
  const bool is_excepted = exceptions != 0 || excepted.count != 0;
  if (is_excepted) tree.excepted(excepted);
  tree.scaled(scaled.scale);
  if (!write_samples(layout, integers, tree)) return false;
  if (!is_excepted) return true;
  constexpr size_t kFew = 64;  // bytes, of which planes would take more
  const ByteSpan gathered =
      exceptions == 0 ? ByteSpan() : gather_exceptions(scaled, numbers, excepted, integers);
  if (gathered.size() > kFew) return write_planes(gathered, scaled.scale.width, tree);
  tree.literal(gathered);
  return !tree.overflowed();
}

/// Whole frames, as one expression; false if there is no room.
bool SamplesModel::write_samples(SampleLayout layout, ByteSpan bytes, TreeWriter& tree) {
  layout.block = kAudioBlock;
  while (layout.block * layout.channels > kMaxResiduals)
    layout.block /= 2;
  layout.block = std::max(layout.block, kMinPredictorBlock);
  layout.row = choose_row(bytes, layout);
  choose_adaptation(layout, bytes);
  const size_t payload = write_predictors(layout, bytes, tree.payload_room());
  if (payload == 0) return false;
  tree.payload_made(GlyphType::DELTA, Primitive::DERIVATIVE, payload);
  if (tree.overflowed()) return false;
  const ByteSpan predictors = tree.bytes().last(payload);
  PredictorReader reader;
  if (!reader.start(predictors)) return false;
  if (adaptation_.count != 0) tree.adapted(adaptation_);
  const size_t frames = bytes.size() / layout.frame_size();
  const size_t blocks = std::max<size_t>(part_size_ / layout.channels / layout.block, 1);
  const size_t part = blocks * layout.block;
  const size_t parts = (frames + part - 1) / part;
  if (parts > 1) tree.concatenate(parts);
  for (size_t frame = 0; frame < frames; frame += part)
    if (!write_part(layout, bytes, frame, std::min(part, frames - frame), reader, tree))
      return false;
  return !tree.overflowed();
}

/// All predictors of the chunk; gives their size, or 0 if they do not fit.
size_t SamplesModel::write_predictors(const SampleLayout& layout, ByteSpan bytes,
                                      MutableByteSpan out) {
  PredictorWriter writer(out);
  writer.start(layout);
  BlockPredictors block;
  const size_t frames = bytes.size() / layout.frame_size();
  for (size_t frame = 0; frame < frames && !writer.overflowed(); frame += layout.block) {
    memory_->search.find(layout, bytes, frame, std::min(layout.block, frames - frame), block);
    writer.add(block);
  }
  memory_->search.start(max_order_);
  return writer.overflowed() ? 0 : writer.size();
}

/// What is left of a block's channels, one behind the other.
template <typename T>
void SamplesModel::take_residuals(const SampleLayout& layout, ByteSpan bytes, size_t frame,
                                  size_t count, const BlockPredictors& block) {
  T* const samples = reinterpret_cast<T*>(memory_->samples.data());
  T* residuals = reinterpret_cast<T*>(memory_->residuals.data());
  for (size_t i = 0; i < layout.channels; i++, residuals += count) {
    const Predictor& predictor = block.channels[i];
    if (predictor.is_median) {
      auto* const wide = reinterpret_cast<int64_t*>(memory_->samples.data());
      subtract_median(layout, bytes, i, frame, count, wide);
      std::transform(wide, wide + count, residuals,
                     [](int64_t value) { return static_cast<T>(value); });
      continue;
    }
    const bool is_paired = (i | 1) < layout.channels && block.is_paired(i);
    const ChannelPart part = !is_paired   ? ChannelPart::SAMPLE
                             : i % 2 == 0 ? ChannelPart::MEAN
                                          : ChannelPart::DIFFERENCE;
    gather_samples(layout, bytes, i, part,
                   static_cast<ptrdiff_t>(frame) - static_cast<ptrdiff_t>(kMaxPredictorOrder),
                   count + kMaxPredictorOrder, samples);
    for (size_t j = 0; predictor.unused != 0 && j < count + kMaxPredictorOrder; j++)
      samples[j] >>= predictor.unused;
    subtract_linear(predictor, layout.bits(), samples + kMaxPredictorOrder, count, residuals);
  }
}

template void SamplesModel::take_residuals<int32_t>(const SampleLayout&, ByteSpan, size_t, size_t,
                                                    const BlockPredictors&);
template void SamplesModel::take_residuals<int64_t>(const SampleLayout&, ByteSpan, size_t, size_t,
                                                    const BlockPredictors&);

bool SamplesModel::write_part(const SampleLayout& layout, ByteSpan bytes, size_t frame,
                              size_t count, PredictorReader& predictors, TreeWriter& tree) {
  tree.integers(layout.width);
  const MutableByteSpan room = tree.payload_room();
  TokenBits bits(room);
  uint8_t* tokens = tokens_.data();
  const bool is_first = frame == 0;
  for (size_t end = frame + count; frame < end; frame += layout.block) {
    const size_t size = std::min(layout.block, end - frame);
    if (!predictors.next()) return false;
    if (layout.width <= 2) {
      take_residuals<int32_t>(layout, bytes, frame, size, predictors.block());
      filter_residuals<int32_t>(layout, size);
      split_residuals(layout.width, reinterpret_cast<int32_t*>(memory_->residuals.data()),
                      layout.channels, size, tokens, bits);
    } else {
      take_residuals<int64_t>(layout, bytes, frame, size, predictors.block());
      filter_residuals<int64_t>(layout, size);
      split_residuals(layout.width, reinterpret_cast<int64_t*>(memory_->residuals.data()),
                      layout.channels, size, tokens, bits);
    }
    tokens += size * layout.channels;
  }
  const size_t size = bits.finish();
  if (size > room.size()) return false;
  tree.payload_made(GlyphType::PRIMITIVE, Primitive::LITERAL, size);
  TansEncoder encoder(coder_memory_, table_limit_);
  const ByteSpan all(tokens_.data(), count * layout.channels);
  if (is_first) context_ = choose_context(layout, all);
  const size_t coded = encoder.encode(all, context_, tree.payload_room());
  if (coded == 0) return false;
  tree.payload_made(GlyphType::PRIMITIVE, Primitive::EXPRESSION, coded);
  return !tree.overflowed();
}

}  // namespace sigma
