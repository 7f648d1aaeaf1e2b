/* The plan that serves what a user asks of an encoder best within the memory allowed.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#pragma once

#include <algorithm>

#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/models/records/limits.hpp"

namespace sigma {

/// Sizes and parameters that follow from settings alone, never from the input. Nothing that the
/// stream depends on follows from the threads.
struct EncoderPlan {
  uint32_t chunk_size = 0;
  /// A chunk whose bytes look dense, if they are so many, ends with them; at most chunk_size. The
  /// quick levels need longer chunks only where loading the history takes as long as coding does.
  uint32_t dense_size = 0;
  /// Bytes in which a chunk is coded at first: what is longer than dense_size is known to shrink.
  /// Should it need more, headroom is used.
  uint32_t room_size = 0;
  uint32_t history_size = 0;
  /// Only chunks that look like records get longer than dense_size, and those have no history: they
  /// take its place.
  bool only_records_go_on = false;
  bool stores = false;   ///< level 0: nothing is compressed
  unsigned threads = 1;  ///< as many of those asked for as memory allows
  LaneParameters lane;
  LaneParameters plane_lane;     ///< for planes of integers, in which matches are rare
  LaneParameters record_lane;    ///< for the lanes of records, which are short
  LaneParameters compared_lane;  ///< that tells how long a chunk is as bytes, beside records
  bool filters_code = false;     ///< looks for machine code
  bool finds_records = false;    ///< looks for text records
  /// Percent of a sample's size as bytes that it may have as records: where time counts, only those
  /// are coded that promise much, as bytes gain more from the rest of the chunk and the history.
  unsigned record_percent = 0;
  MemoryEstimate memory;

  /// Bytes that an encoder filters at once.
  uint32_t filter_size() const { return room_size / 2; }
  /// Workspace of a chunk that is decoded: its longest plane, or its lanes with their tables, for
  /// which decoders of long chunks have less memory.
  uint32_t workspace_size() const {
    if (!has_records()) return plane_size();
    return chunk_size > dense_size ? chunk_size / 3 : chunk_size / 2;
  }
  uint32_t plane_size() const { return dense_size / 4; }
  /// Bytes of the lanes of records that are made at once.
  uint32_t staging_size() const { return std::min(record_room() / 2, workspace_size()); }
  /// Bytes in which a chunk of records is coded at first.
  uint32_t record_room() const { return std::max(room_size, std::min(chunk_size, kRecordRoom)); }
  /// Bytes of the coder where chunks of records are coded; what is found lies there meanwhile.
  size_t record_coder_size() const {
    return std::max<size_t>(lane_encoder_memory(record_lane, chunk_size), kRecordsMemory);
  }
  /// Whether a stream may have text records, now or at a level that comes later: tables for them
  /// are too large for small chunks.
  bool has_records() const { return chunk_size >= kMinRecordChunk; }
  /// Bytes of slots that chunks of a group share.
  uint32_t slots_size() const { return has_records() ? kSharedSize : 0; }
  /// Chunks that may be in the making while the next one is filled; 0: each is made by who fills
  /// it.
  size_t jobs() const { return threads > 1 ? threads + 1 : 0; }
  /// Bytes that a chunk and its history have at most.
  uint32_t window_size() const {
    if (!only_records_go_on) return chunk_size + history_size;
    return std::max(chunk_size, dense_size + history_size);
  }
  /// What models need to know of it.
  ModelSettings model_settings() const {
    ModelSettings settings;
    settings.lane = lane;
    settings.plane_lane = plane_lane;
    settings.record_lane = record_lane;
    settings.compared_lane = compared_lane;
    settings.filters_code = filters_code;
    settings.record_percent = record_percent;
    settings.plane_size = plane_size();
    settings.filter_size = filter_size();
    settings.staging_size = staging_size();
    settings.workspace_size = workspace_size();
    settings.slots_size = slots_size();
    settings.record_coder_size = record_coder_size();
    return settings;
  }
  /// Bytes of the window that holds them, beyond one chunk and its history: so many that a history
  /// which moves to the front meets none of them.
  size_t window_slack() const {
    return jobs() == 0 ? 0 : size_t{history_size} + (jobs() + 1) * size_t{chunk_size};
  }
};

/// The best plan for the settings. INVALID_SETTINGS (value: the least max_memory that would do) if
/// max_memory cannot hold them, INVALID_ARGUMENT if a setting is out of its range.
SIGMA_API Result<EncoderPlan> plan_encoder(const EncoderSettings& settings);

/// Like plan_encoder(), for a `level` that must live with chunk and history sizes fixed before.
SIGMA_API Result<EncoderPlan> plan_level(const EncoderSettings& settings, const EncoderPlan& fixed,
                                         unsigned level);

/// What an encoder with these settings reserves. All zero if plan_encoder() refuses them.
SIGMA_API MemoryEstimate estimate_memory_usage(const EncoderSettings& settings);

}  // namespace sigma
