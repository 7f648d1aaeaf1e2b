/* The model `samples`: integers and floating-point numbers of interleaved channels, each predicted
 * from those before it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <utility>

#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/models/samples/predictor_search.hpp"
#include "gst/sigma/models/samples/row_probe.hpp"
#include "gst/sigma/models/samples/sample_probe.hpp"
#include "gst/sigma/models/samples/scale_probe.hpp"
#include "gst/sigma/operators/adapted.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

/// How a field is coded.
struct FieldCoding {
  SampleLayout layout;
  FloatScale scale;
  bool is_scaled = false;
  bool is_planes = false;
  uint64_t bits = 0;  ///< of a value, in 1/256
};
using FieldCodings = std::array<FieldCoding, kMaxRowFields>;

/// Ways to code a chunk that are compared by coding pieces of it.
struct SampleWays {
  enum Kind : uint8_t { ROWS, SCALED, FORM };
  static constexpr size_t kKinds = 3;
  struct Way {
    Kind kind = FORM;
    SampleForm form;    ///< of samples of one layout
    uint64_t size = 0;  ///< bytes of the pieces so far
  };
  static constexpr size_t kForms = 2;

  RowForm rows;
  FieldCodings codings;
  ScaledForm scaled;
  std::array<Way, 2 + kForms> all;
  size_t count = 0;

  size_t phase(const Way& way) const;
  size_t frame_size(const Way& way) const;
};

class SamplesModel final : public ChunkModel {
 public:
  SamplesModel(GlyphBufferPool& pool, LaneEncoder& lanes) : pool_(pool), lanes_(lanes) {}

  static MemoryNeed memory(const ModelSettings& settings);

  Status configure(const ModelSettings& settings) override;
  Result<CodedBody> encode(const ChunkInput& chunk, GroupState* state,
                           MutableByteSpan scratch) override;
  void release_memory() override { pool_.release(std::move(part_)); }

 private:
  /// Samples of all channels in a block.
  static constexpr size_t kMaxResiduals = 8192;

  /// What the memory of the lane encoder is used for.
  struct Memory {
    PredictorSearch search;
    alignas(8) std::array<uint8_t, kMaxResiduals * sizeof(int64_t)> residuals;
    alignas(8) std::array<uint8_t, (kMaxPredictorOrder + PredictorSearch::kMaxBlock) *
                                       sizeof(int64_t)> samples;
  };
  /// What codes one plane of bytes best.
  struct PlaneForm {
    SymbolContext context;
    bool is_summed = false;  ///< as differences
    bool is_dense = false;   ///< bytes as they are take no more
    uint64_t bits = 0;       ///< of a byte, in 1/256
  };

  Status use_memory();
  Result<CodedBody> encode_found_rows(const ChunkInput& chunk, const SampleForms& forms,
                                      MutableByteSpan scratch);
  Result<CodedBody> encode_found_form(const ChunkInput& chunk, const SampleForms& forms,
                                      MutableByteSpan scratch);
  size_t least_size(ByteSpan chunk, const SampleForm& form) const;
  Result<uint64_t> lane_size(ByteSpan chunk);
  bool are_smaller(ByteSpan chunk, const SampleForm& form, uint64_t lane, MutableByteSpan scratch);
  Result<bool> choose_rows(ByteSpan chunk, const RowForm& rows, const SampleForms& forms,
                           FieldCodings& codings);
  Status settle(const ChunkInput& chunk, CodedBody& body);
  SampleForm choose_form(ByteSpan chunk, const SampleForms& forms);
  uint64_t sample_bits(ByteSpan bytes, const SampleLayout& layout);
  uint64_t forms_bits(ByteSpan chunk, const SampleForms& forms);
  uint64_t form_bits(ByteSpan chunk, const SampleForm& form);
  Status settle_form(const ChunkInput& chunk, const SampleForm& form, bool is_sure,
                     CodedBody& body);
  // samples_trial.cpp
  Status find_ways(const ChunkInput& chunk, const SampleForms& forms, SampleWays& ways);
  Result<CodedBody> encode_way(ByteSpan bytes, const SampleWays& ways, const SampleWays::Way& way,
                               size_t phase, MutableByteSpan scratch);
  Result<uint64_t> added_size(ByteSpan piece, const SampleWays& ways, const SampleWays::Way& way,
                              MutableByteSpan scratch);
  Status sort_ways(ByteSpan chunk, SampleWays& ways, MutableByteSpan scratch);
  Result<bool> encode_smaller(ByteSpan chunk, const SampleWays& ways, const SampleWays::Way& way,
                              const SampleWays::Way& best_way, CodedBody& best,
                              MutableByteSpan scratch);
  Result<CodedBody> encode_best_way(const ChunkInput& chunk, const SampleForms& forms,
                                    MutableByteSpan scratch);
  // samples_rows.cpp
  Result<CodedBody> encode_rows(ByteSpan chunk, const RowForm& form, const FieldCodings& codings,
                                MutableByteSpan scratch);
  uint64_t choose_fields(ByteSpan chunk, const RowForm& form, FieldCodings& codings);
  FieldCoding choose_field(const FieldForm& form, ByteSpan field, unsigned width);
  bool find_field_integers(const FloatScale& scale, ByteSpan field);
  MutableByteSpan behind(ByteSpan field, unsigned width);
  bool write_field(const FieldForm& form, FieldCoding coding, ByteSpan field, TreeWriter& tree);
  bool write_planes(ByteSpan field, unsigned width, TreeWriter& tree);
  bool write_plane(ByteSpan plane, TreeWriter& tree);
  PlaneForm choose_plane(ByteSpan plane);
  uint64_t planes_bits(ByteSpan field, unsigned width);

  // samples_values.cpp
  Result<CodedBody> encode_values(ByteSpan chunk, const SampleForms& forms,
                                  MutableByteSpan scratch);
  uint64_t values_bits(ByteSpan chunk);

  // samples_palette.cpp
  static size_t palette_memory(size_t chunk_size);
  Result<ByteSpan> take_palette(const SampleLayout& layout, ByteSpan numbers, MutableByteSpan room);
  Result<CodedBody> encode_palette(ByteSpan chunk, const SampleForms& forms, size_t most,
                                   MutableByteSpan scratch);
  Result<CodedBody> encode_found_palette(ByteSpan chunk, const SampleForms& forms, size_t most,
                                         MutableByteSpan scratch);
  Result<CodedBody> prefer_palette(ByteSpan chunk, const SampleForms& forms, const CodedBody& best,
                                   size_t most, MutableByteSpan scratch);
  Result<CodedBody> encode_ranks(ByteSpan chunk, const SampleForm& form, size_t most,
                                 MutableByteSpan scratch);
  Result<bool> write_ranks(const SampleLayout& layout, ByteSpan numbers, MutableByteSpan room,
                           TreeWriter& tree);

  // samples_adaptation.cpp
  static size_t filter_count(const ModelSettings& settings);
  static AdaptiveForm form_of_filters(const SampleLayout& layout, size_t number, unsigned down);
  void choose_adaptation(const SampleLayout& layout, ByteSpan bytes);
  template <typename T>
  AdaptiveForm find_adaptation(const SampleLayout& layout, ByteSpan bytes);
  template <typename T, typename Use>
  void for_each_tried(const SampleLayout& layout, ByteSpan bytes, Use use);
  template <typename T>
  void filter_residuals(const SampleLayout& layout, size_t count);

  // samples_writer.cpp
  Result<CodedBody> encode_form(ByteSpan chunk, const SampleForm& form, MutableByteSpan scratch);
  Result<CodedBody> encode_scaled(ByteSpan chunk, const ScaledForm& scaled,
                                  MutableByteSpan scratch);
  bool write_scaled(const ScaledForm& scaled, const SampleLayout& layout, ByteSpan numbers,
                    const ExceptedForm& excepted, size_t exceptions, TreeWriter& tree);
  size_t most_exceptions(const FloatScale& scale, size_t numbers) const;
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
  LaneParameters lane_;  ///< of bytes by themselves
  unsigned max_order_ = 12;
  bool is_patient_ = false;
  size_t filter_count_ = 0;
  size_t coder_size_ = 0;
  size_t staging_size_ = 0;
  Buffer part_;           ///< numbers as integers
  size_t part_size_ = 0;  ///< most tokens of a part
  size_t max_tables_ = 0;
  size_t table_limit_ = 0;   ///< of the lanes being made
  SymbolContext context_;    ///< of the chunk being made
  AdaptiveForm adaptation_;  ///< of the samples being written; no stages: none
  AdaptiveFilter* filters_ = nullptr;
  Memory* memory_ = nullptr;
  MutableByteSpan tokens_;
  MutableByteSpan coder_memory_;
};

extern const ModelEntry kSamplesModel;

}  // namespace sigma
