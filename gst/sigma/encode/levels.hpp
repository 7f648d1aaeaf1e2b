/* What levels do: sizes, and parameters of zstd.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <span>

#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/lanes/match_lane.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"

namespace sigma {

/// Bytes with which a dense chunk ends: GStreamer's sources read no more at
/// once as a rule, and what is stored can go out in the memory that it came in.
constexpr uint32_t kDenseChunk = 1024 * 1024;
constexpr uint32_t kLongChunk = 1472 * 1024;

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
  /// Bytes of chunks that no model wants longer, if those are shorter.
  uint32_t look_size = 0;
};

/// A level's choices, best first; the first that fits is taken.
std::span<const LevelChoice> level_choices(unsigned level);

/// For levels whose matches are coded in context; others have none.
MatchParameters match_parameters(unsigned level, const LaneParameters& lane);

/// Parameters for the bytes of a chunk.
LaneParameters lane_parameters(const LevelChoice& choice, uint32_t window_size);

}  // namespace sigma
