/* Drawings and screens: trees of copies, in which most pixels equal others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/lanes/tans_lane.hpp"
#include "gst/sigma/models/frames/drawing_shape.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/operators/integers.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

class DrawingCoder {
 public:
  explicit DrawingCoder(LaneEncoder& lanes) : lanes_(lanes) {}

  /// Of a buffer for what is found, and of a decoder's workspace.
  static size_t staging(const ModelSettings& settings);
  static size_t workspace(const ModelSettings& settings);
  /// False if there is not enough of the coder's memory, or of the buffer: there are no drawings.
  bool configure(const ModelSettings& settings, size_t coder_size);

  /// The shape of bytes of which nothing is said. `staging`: of that size.
  Result<DrawingShape> find_shape(ByteSpan bytes, MutableByteSpan staging);

  /// About the bytes that copies of some bytes take at least, all of them if they do not help.
  /// Distances are looked for in the memory of the lane encoder.
  Result<size_t> estimate(const DrawingShape& shape, const FrameBytes& bytes,
                          MutableByteSpan staging, bool looks_for_distances);
  /// Makes a tree somewhere in `scratch`; an empty one if copies do not help. Uses the memory of
  /// the lane encoder.
  Result<CodedBody> encode(const DrawingShape& shape, const FrameBytes& bytes,
                           MutableByteSpan staging, MutableByteSpan scratch);

 private:
  struct Found {
    CopiesForm form;
    CopySteps steps;
    MutableByteSpan literals;  ///< later on, what is left of them when they are predicted
  };

  Status use_memory();
  CopyRoom room_in(MutableByteSpan staging) const;
  void add_voted(const FrameBytes& bytes, CopiesForm& form);
  bool find(const DrawingShape& shape, const FrameBytes& bytes, MutableByteSpan staging,
            Found& found);
  void take_residuals(const FrameBytes& bytes, Found& found) const;
  uint64_t measure_residuals(const Found& found);
  size_t split(ByteSpan residuals, TokenBits& bits);
  bool write(const FrameBytes& bytes, const Found& found, const CodedBody& lanes, TreeWriter& tree);
  Status write_lanes(ByteSpan literals, TreeWriter& tree);
  bool write_lengths(ByteSpan lengths, TreeWriter& tree);
  bool write_residuals(const Found& found, TreeWriter& tree);
  bool write_symbols(ByteSpan symbols, const SymbolContext& context, TreeWriter& tree);

  LaneEncoder& lanes_;
  size_t coder_size_ = 0;
  LaneParameters lane_;  ///< of what is new
  size_t max_steps_ = 0;
  size_t part_size_ = 0;
  SymbolContext context_;  ///< of the residuals being made
  DistanceVotes* votes_ = nullptr;
  MutableByteSpan tokens_;
  MutableByteSpan coder_memory_;
};

}  // namespace sigma
