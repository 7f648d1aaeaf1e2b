/* The model `samples`: integers and floating-point numbers of interleaved channels, each predicted
 * from those before it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <utility>

#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/models/samples/predictor_search.hpp"
#include "gst/sigma/models/samples/sample_probe.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

class SamplesModel final : public ChunkModel {
 public:
  SamplesModel(GlyphBufferPool& pool, LaneEncoder& lanes) : pool_(pool), lanes_(lanes) {}

  static MemoryNeed memory(const ModelSettings& settings);

  Status configure(const ModelSettings& settings) override;
  Result<CodedBody> encode(const ChunkInput& chunk, GroupState* state,
                           MutableByteSpan scratch) override;
  void release_memory() override { pool_.release(std::move(part_)); }

 private:
  /// What the memory of the lane encoder is used for.
  struct Memory;

  Status use_memory();
  Result<CodedBody> encode_form(ByteSpan chunk, const SampleForm& form, MutableByteSpan scratch);
  size_t least_size(ByteSpan chunk, const SampleForm& form) const;
  SampleForm choose_form(ByteSpan chunk, const SampleForms& forms);
  uint64_t sample_bits(ByteSpan bytes, const SampleLayout& layout);
  Result<CodedBody> encode_scaled(ByteSpan chunk, const SampleForm& form, const FloatScale& scale,
                                  MutableByteSpan scratch);
  size_t choose_channels(ByteSpan integers, unsigned width, size_t channels);
  bool write_samples(SampleLayout layout, ByteSpan bytes, TreeWriter& tree);
  size_t choose_row(ByteSpan bytes, const SampleLayout& layout);
  SymbolContext choose_context(const SampleLayout& layout, ByteSpan tokens);
  size_t write_predictors(const SampleLayout& layout, ByteSpan bytes, MutableByteSpan out);
  bool write_part(const SampleLayout& layout, ByteSpan bytes, size_t frame, size_t count,
                  PredictorReader& predictors, TreeWriter& tree);
  template <typename T>
  void take_residuals(const SampleLayout& layout, ByteSpan bytes, size_t frame, size_t count,
                      const BlockPredictors& block);

  GlyphBufferPool& pool_;
  LaneEncoder& lanes_;
  unsigned max_order_ = 12;
  bool is_patient_ = false;
  size_t coder_size_ = 0;
  size_t staging_size_ = 0;
  Buffer part_;           ///< numbers as integers
  size_t part_size_ = 0;  ///< most tokens of a part
  size_t max_tables_ = 0;
  SymbolContext context_;  ///< of the chunk being made
  Memory* memory_ = nullptr;
  MutableByteSpan tokens_;
  MutableByteSpan coder_memory_;
};

extern const ModelEntry kSamplesModel;

}  // namespace sigma
