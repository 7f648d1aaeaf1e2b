/* What a user asks of an encoder, and the plan that serves it best within the memory allowed.
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
#include <string_view>

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

constexpr unsigned kMaxLevel = 9;
constexpr unsigned kDefaultLevel = 3;
constexpr uint32_t kMinChunkSize = 64 * 1024;
constexpr uint32_t kMaxChunkSize = 4 * 1024 * 1024;
constexpr uint64_t kDefaultEncoderMemory = 6 * 1024 * 1024;
constexpr uint64_t kDefaultDecoderMemory = 64 * 1024 * 1024;
constexpr uint32_t kDefaultKeyInterval = 8;
/// Chunks in a row each of which may refer to the bytes of the one before: damage to one costs
/// those behind it.
constexpr uint32_t kDefaultChain = 4;
constexpr unsigned kMaxThreads = 64;

/// Resident pages of code and data of this library, libzstd and libxxhash, in bytes: measured as
/// what an encoder adds to a process less what the codec owns (docs/levels.md).
constexpr uint64_t kCodeMemory = 448 * 1024;

/// Bytes of max-memory that are left free for what no plan can foresee: holes in the heap, packets
/// that a sink keeps.
constexpr uint64_t kHeadroom = 416 * 1024;

/// Templates and strings that the chunks of a group share, in bytes.
constexpr uint32_t kSharedSize = 128 * 1024;
/// Bytes that finding records takes at least: tables, and fields.
constexpr uint32_t kRecordsMemory = 1280 * 1024;
/// Bytes that lanes and tree of a chunk of records have, where chunks of bytes may have less.
constexpr uint32_t kRecordRoom = 1024 * 1024;
constexpr uint32_t kMinRecordChunk = 512 * 1024;
constexpr unsigned kFirstRecordLevel = 2;

/// The same for a decoder.
constexpr uint64_t kDecoderHeadroom = 224 * 1024;

/// How chunks are looked at.
enum class Model : uint8_t {
  AUTO,     ///< as the level has time for
  BYTES,    ///< as bytes
  RECORDS,  ///< as text records where that is smaller, at any level but 0
};

/// `auto`, `bytes` or `records`; false if there is no such model.
SIGMA_API bool model_by_name(std::string_view name, Model& model);

struct EncoderSettings {
  unsigned level = kDefaultLevel;  ///< 0 stores, 1 fastest, 9 smallest
  uint32_t chunk_size = 0;         ///< bytes, 64 KiB to 4 MiB; 0 = automatic
  uint64_t max_memory = 0;  ///< bytes, code included; 0 = automatic: kDefaultEncoderMemory, and for
                            ///< more threads than one what so many need
  uint32_t key_interval = kDefaultKeyInterval;  ///< chunks from key to key, at most
  uint32_t chain = kDefaultChain;               ///< chunks that need one another, at most
  bool index = true;                            ///< write index packets
  bool verify = false;                          ///< decode every chunk before it leaves
  unsigned threads = 1;  ///< that code chunks; 0 = one per core; at most kMaxThreads are used
  Model model = Model::AUTO;
};

/// What an encoder reserves, in bytes, part by part.
struct MemoryEstimate {
  uint64_t window = 0;  ///< chunk and history
  uint64_t output = 0;  ///< the packet being made
  uint64_t coder = 0;   ///< tables of the entropy coder
  uint64_t filter = 0;  ///< half a dense chunk, filtered
  uint64_t verify = 0;  ///< decoder and its output, if chunks are verified
  uint64_t tables = 0;  ///< index and small packets
  uint64_t shared = 0;  ///< what chunks of a group share
  uint64_t held = 0;    ///< what a sink still holds of the packet before, beyond 1 MiB
  /// Bytes that the codec owns.
  uint64_t codec() const { return window + output + coder + filter + verify + tables + shared; }
  /// Bytes that an encoder may add to a process.
  uint64_t total() const { return codec() + held + kCodeMemory + kHeadroom; }
};

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

/// The chunk size the ancestor recommends for a file: 64 KiB below 10 MiB, 256 KiB below 100 MiB,
/// 1 MiB below 1 GiB, else 4 MiB. A help for who sets chunk_size; automatic sizes never depend on
/// the input.
SIGMA_API uint32_t optimal_chunk_size(uint64_t file_size);

/// The limits that a stream of these settings declares.
SIGMA_API Head make_head(const EncoderSettings& settings, const EncoderPlan& plan);

/// The same for a stream with framing trees.
SIGMA_API Head make_framed_head(const EncoderSettings& settings, const EncoderPlan& plan);

}  // namespace sigma
