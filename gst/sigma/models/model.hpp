/* What all models are given, and give.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"

namespace sigma {

/// What the plan of an encoder leaves to models: how they code, and the memory that they may take.
struct ModelSettings {
  LaneParameters lane;           ///< for bytes
  LaneParameters plane_lane;     ///< for planes of integers
  LaneParameters record_lane;    ///< for the lanes of records
  LaneParameters compared_lane;  ///< that tells how long a chunk is as bytes, beside records
  bool filters_code = false;     ///< machine code is looked for
  unsigned record_percent = 0;   ///< of its size as bytes that a sample may have as records
  size_t plane_size = 0;         ///< bytes of a plane, at most
  size_t filter_size = 0;        ///< bytes that are filtered at once, at most
  size_t staging_size = 0;       ///< bytes of the lanes of records that are made at once
  size_t workspace_size = 0;     ///< bytes, of a decoder
  size_t slots_size = 0;         ///< bytes that chunks of a group share; 0: no records
  size_t record_coder_size = 0;  ///< bytes of the coder where chunks of records are coded
};

/// A chunk's tree, made inside the memory that the model was given.
struct CodedBody {
  ByteSpan bytes;  ///< empty: the chunk does not shrink and is better stored
  uint64_t glyphs = 0;
};

}  // namespace sigma
