/* Samples: integers of interleaved channels, each predicted from those before it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kMaxChannels = 64;
constexpr size_t kMinPredictorBlock = 16;  ///< frames
constexpr size_t kMaxPredictorBlock = 65536;
constexpr size_t kMaxPredictorRow = size_t{1} << 20;  ///< frames
constexpr unsigned kMaxPredictorOrder = 32;
constexpr unsigned kMaxPredictorShift = 15;

/// How bytes are read as samples: frames of one integer for each channel.
struct SampleLayout {
  unsigned width = 1;  ///< bytes: 1, 2, 3, 4 or 8
  bool big_endian = false;
  bool is_float = false;  ///< sign and magnitude, as in IEEE 754 numbers: negative ones are turned
  size_t channels = 1;
  size_t block = kMaxPredictorBlock;  ///< frames with the same predictors
  size_t row = 0;                     ///< frames in a row, for medians; 0: none

  size_t frame_size() const { return width * channels; }
  unsigned bits() const { return 8 * width; }
  bool operator==(const SampleLayout&) const = default;
};

/// From what a channel's samples are predicted in one block.
struct Predictor {
  bool is_median = false;  ///< of left, above, and the plane through them; else linear
  unsigned order = 0;      ///< coefficients, at most kMaxPredictorOrder
  unsigned shift = 0;      ///< their sum is divided by 2^shift
  unsigned unused = 0;     ///< low bits, which are 0
  std::array<int16_t, kMaxPredictorOrder> coefficients{};  ///< of the sample before, and on; then 0

  bool operator==(const Predictor&) const = default;
  /// Whether sums of 16-bit samples fit 32 bits.
  bool is_narrow() const;
};

/// What all channels have in one block.
struct BlockPredictors {
  uint64_t pairs = 0;  ///< bit p: channels 2p and 2p + 1 are mean and difference
  std::array<Predictor, kMaxChannels> channels;
  bool is_paired(size_t channel) const { return (pairs >> (channel / 2) & 1) != 0; }
};

/// Reads an operator's payload, block after block.
class PredictorReader {
 public:
  /// False if the front of the payload breaks a rule.
  bool start(ByteSpan payload);
  const SampleLayout& layout() const { return layout_; }
  /// The next block; false if it breaks a rule.
  bool next();
  const BlockPredictors& block() const { return block_; }
  bool at_end() const { return in_.at_end(); }

 private:
  bool read_predictor(Predictor& predictor, bool is_paired);

  VarintReader in_{{}};
  SampleLayout layout_;
  BlockPredictors block_;
  bool has_block_ = false;
};

/// Writes it.
class PredictorWriter {
 public:
  explicit PredictorWriter(MutableByteSpan out) : out_(out) {}
  void start(const SampleLayout& layout);
  void add(const BlockPredictors& block);
  bool overflowed() const { return overflowed_; }
  size_t size() const { return size_; }

 private:
  void put(uint64_t number);
  void put_predictor(const Predictor& predictor, const Predictor& before);

  MutableByteSpan out_;
  size_t size_ = 0;
  bool overflowed_ = false;
  bool has_block_ = false;
  size_t channels_ = 0;
  BlockPredictors before_;
};

/// Samples of one channel or of a pair's mean or difference, from `frame` on, which may be
/// negative: samples before the first one are 0.
enum class ChannelPart : uint8_t { SAMPLE, MEAN, DIFFERENCE };
template <typename T>
void gather_samples(const SampleLayout& layout, ByteSpan bytes, size_t channel, ChannelPart part,
                    ptrdiff_t frame, size_t count, T* out);
extern template void gather_samples(const SampleLayout&, ByteSpan, size_t, ChannelPart, ptrdiff_t,
                                    size_t, int32_t*);
extern template void gather_samples(const SampleLayout&, ByteSpan, size_t, ChannelPart, ptrdiff_t,
                                    size_t, int64_t*);

/// What is left of `count` samples, folded, when a linear predictor has had its guess.
/// `samples` has kMaxPredictorOrder before its first one, and all without unused bits. Narrow
/// predictors only for int32_t.
template <typename T>
void subtract_linear(const Predictor& predictor, unsigned bits, const T* samples, size_t count,
                     T* residuals);
extern template void subtract_linear(const Predictor&, unsigned, const int32_t*, size_t, int32_t*);
extern template void subtract_linear(const Predictor&, unsigned, const int64_t*, size_t, int64_t*);

/// The same for a median.
void subtract_median(const SampleLayout& layout, ByteSpan bytes, size_t channel, size_t frame,
                     size_t count, int64_t* residuals);

/// Turns folded residuals, little-endian, into samples, in place: `count` frames from `frame` on,
/// which is a block or a part of it.
void restore_samples(const SampleLayout& layout, const BlockPredictors& block, size_t frame,
                     size_t count, MutableByteSpan bytes);

struct OperatorEntry;
extern const OperatorEntry kPredicted;

}  // namespace sigma
