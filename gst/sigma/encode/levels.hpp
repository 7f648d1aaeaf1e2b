/* What levels do: sizes, and parameters of zstd.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <span>

#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"

namespace sigma {

/// Bytes with which a dense chunk ends: GStreamer's sources read no more at
/// once as a rule, and what is stored can go out in the memory that it came in.
constexpr uint32_t kDenseChunk = 1024 * 1024;
constexpr uint32_t kLongChunk = 1472 * 1024;

/// From here on whatever may be smaller as records is tried.
constexpr unsigned kPatientLevel = 6;

/// One way to serve a level: larger sizes and tables where memory allows.
struct LevelChoice {
  uint32_t chunk_size;
  uint32_t history_size;
  int base_level;
  int strategy;
  int hash_log;
  int chain_log;
  int search_log;
  int min_match;
  int target_length;
  /// Bytes of chunks that hold no records, if those are shorter.
  uint32_t bytes_size = 0;
};

/// A level's choices, best first; the first that fits is taken.
std::span<const LevelChoice> level_choices(unsigned level);

/// Parameters for the bytes of a chunk.
LaneParameters lane_parameters(const LevelChoice& choice, uint32_t window_size);
/// The quick levels look for nothing but runs in planes, with a table of 256 places and in steps of
/// 32 bytes: in noise there are no matches, and what repeats in small numbers costs less as
/// entropy.
LaneParameters plane_parameters(const LaneParameters& lane);
/// Lanes of records are a small part of what they are made from: there is time to search them
/// better than bytes.
LaneParameters record_parameters(const LaneParameters& lane);
/// Lanes that tell what a chunk takes as bytes: not the best search for bytes, which takes more
/// time or memory than a comparison is worth. All levels that take only what promises much as
/// records take the same.
LaneParameters compared_parameters(const LaneParameters& lane, const LaneParameters& record);

}  // namespace sigma
