/* What a model is: what it is given, takes and makes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/lanes/match_lane.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"

namespace sigma {

/// What an encoder's plan leaves to models: all of it follows from settings, nothing from the
/// input.
struct ModelSettings {
  unsigned level = 0;
  Model asked = Model::AUTO;           ///< how the user wants chunks to be looked at
  LaneParameters lane;                 ///< the level's, for a chunk of bytes
  MatchParameters matches;             ///< likewise; without places: it has none
  uint32_t chunk_size = 0;             ///< bytes of the longest chunk
  uint32_t dense_size = 0;             ///< bytes of the longest one that hardly shrinks
  uint32_t room_size = 0;              ///< bytes in which a chunk is coded at first
  FrameFormat frames;                  ///< that the user says, if any
  uint32_t lane_history = UINT32_MAX;  ///< bytes of the history that bytes refer to at most
  bool has_repeats = false;            ///< chunks may repeat what came long before
  bool has_colours = false;            ///< there is memory for planes of pixels, or ranks
};

/// Bytes that a model takes to code a chunk, and a decoder to evaluate it.
struct MemoryNeed {
  size_t room = 0;       ///< for the body, at first
  size_t coder = 0;      ///< of the coder of lanes, which all models share
  size_t staging = 0;    ///< for what is made on the way to lanes
  size_t workspace = 0;  ///< of a decoder
  size_t slots = 0;      ///< that the chunks of a group share in a decoder
  size_t shared = 0;     ///< that they share here; 0: as much as slots
};

/// What the coder of lanes takes, by zstd's parameters and by those of matches.
inline size_t coder_memory(const LaneParameters& lane, const ModelSettings& settings) {
  const size_t matches = settings.matches.is_used() ? MatchEncoder::memory(settings.matches) : 0;
  return std::max(lane_encoder_memory(lane, settings.chunk_size), matches);
}

/// Matches whose tables take no more than a workspace that decoders have anyway, at any level;
/// without places, if that is too little.
inline MatchParameters fitting_matches(MatchParameters matches, size_t workspace) {
  matches.tables = std::min(MatchEncoder::kMostTables, workspace / kTansDecoderTable);
  return matches.tables < kMinMatchTables ? MatchParameters{} : matches;
}

/// Bytes of a chunk that came so far before, in its history or in itself; longer ago than lanes
/// look.
struct FarRepeat {
  uint32_t begin = 0;  ///< in the chunk
  uint32_t size = 0;
  uint32_t distance = 0;
};

struct ChunkInput {
  ByteSpan bytes;
  ByteSpan history;                         ///< that a body may refer to
  uint32_t position = 0;                    ///< of the first byte in the stream, modulo 2^32
  bool is_key = false;                      ///< the chunk begins a group
  size_t most = SIZE_MAX;                   ///< bytes from which on a body is of no use
  uint64_t offset = 0;                      ///< of the first byte in the stream
  std::span<const FarRepeat> repeats = {};  ///< in their order; none overlaps another
};

/// Bytes of the chunk that are in its repeats.
inline size_t repeated_bytes(const ChunkInput& chunk) {
  size_t size = 0;
  for (const FarRepeat& repeat : chunk.repeats)
    size += repeat.size;
  return size;
}

/// A chunk's tree, made inside the memory that the model was given.
struct CodedBody {
  ByteSpan bytes;  ///< empty: the chunk does not shrink so
  uint64_t glyphs = 0;
  bool is_settled = false;     ///< no other model needs to be asked
  size_t handicap = 0;         ///< bytes that another body may have more and is taken
  Model model = Model::BYTES;  ///< that made it
};

/// What a model knows of a group since its key chunk; read by several threads at once once that is
/// coded.
class GroupState {
 public:
  virtual ~GroupState() = default;
  virtual void forget() = 0;
  /// Which model coded the key chunk, once all were asked.
  virtual void key_coded_by(Model) {}
  /// Bytes that a decoder has in a slot after the key chunk, for slots from 0 on.
  virtual size_t slot_count() const { return 0; }
  virtual ByteSpan slot(size_t) const { return {}; }
};

/// Finds one kind of structure in chunks and writes trees for it. One instance codes one chunk at a
/// time.
class ChunkModel {
 public:
  virtual ~ChunkModel() = default;
  virtual Status configure(const ModelSettings& settings) = 0;
  /// Codes the chunk somewhere in `scratch`, all of which it may use. A key chunk sets `state`,
  /// that of the group, others use it. NO_MEMORY if there is none; what is not of the model's kind
  /// is no error, but an empty body.
  virtual Result<CodedBody> encode(const ChunkInput& chunk, GroupState* state,
                                   MutableByteSpan scratch) = 0;
  /// Gives back to the pool what is held between chunks, for other models to use.
  virtual void release_memory() {}
};

/// A line of the list of models. The functions depend on their arguments alone; null where a model
/// has no use for one.
struct ModelEntry {
  Model id;
  uint64_t StreamStats::*chunks;  ///< counts its chunks
  size_t least_room;              ///< bytes of scratch without which it makes no body
  /// Whether it looks at chunks with these settings.
  bool (*serves)(const ModelSettings&);
  /// All zero: it can't work with chunks of these sizes, whatever the level.
  MemoryNeed (*memory)(const ModelSettings&);
  /// Null: out of memory.
  std::unique_ptr<ChunkModel> (*make)(GlyphBufferPool&, LaneEncoder&);
  std::unique_ptr<GroupState> (*make_state)();
  /// Whether a chunk that begins with `begin`, dense_size bytes, is better coded in one that is
  /// longer, without history. The state is known unless the chunk is a key.
  bool (*goes_on)(ByteSpan begin, bool is_key, const GroupState* state);
  /// Bytes after which a full chunk is best cut.
  size_t (*cut)(ByteSpan chunk);
  /// The minor version of the format that its trees need.
  uint8_t minor = 2;
  /// Bytes of history that it has use for where it serves; 0, or null: what the level has.
  uint64_t (*history)(const ModelSettings&) = nullptr;
  /// Bytes after which a chunk that begins with `begin`, dense_size bytes, is best ended; 0, or
  /// null: it may go on.
  size_t (*ends)(ByteSpan begin) = nullptr;
};

constexpr size_t kMaxModels = 8;

/// What models know of one group, in the order of the list.
class GroupStates {
 public:
  /// NO_MEMORY if a state can't be made.
  Status make(std::span<const ModelEntry> models);
  void forget();
  GroupState* operator[](size_t model) const { return states_[model].get(); }

 private:
  std::array<std::unique_ptr<GroupState>, kMaxModels> states_;
};

}  // namespace sigma
