/* Lanes for bytes of any kind.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/bytes/bytes_model.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <new>

#include "gst/sigma/models/bytes/repeat_steps.hpp"
#include "gst/sigma/models/sampling/code.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/operators/array.hpp"

namespace sigma {
namespace {

/// Most bytes of the reference to the history: tag, primitive, length and two varints of 2^27.
constexpr size_t kHistoryGlyph = 3 + 2 * 4;

/// Bytes in as few parts of at most `most` bytes as there can be, all but the last one as long as
/// each other and a multiple of `unit`.
class Parts {
 public:
  Parts(ByteSpan bytes, size_t most, size_t unit) : bytes_(bytes) {
    most -= most % unit;
    const size_t count = (bytes.size() + most - 1) / most;
    const size_t even = (bytes.size() + count - 1) / count;
    size_ = (even + unit - 1) / unit * unit;
  }
  size_t count() const { return (bytes_.size() + size_ - 1) / size_; }
  ByteSpan operator[](size_t i) const {
    return bytes_.subspan(i * size_, std::min(size_, bytes_.size() - i * size_));
  }

 private:
  ByteSpan bytes_;
  size_t size_ = 0;
};

/// Bytes from which on a match costs next to nothing.
constexpr size_t kLongMatch = 32;

/// Bytes of machine code that a match has at least where a parse weighs them.
constexpr unsigned kHashedCode = 4;
/// Whoever waits for so many parses waits for zstd's, too, which makes short programs smaller.
constexpr unsigned kParsesWithBoth = 2;

/// How far back a lane's matches go as a rule: the quick strategy soon forgets what it saw.
size_t lane_reach(const LaneParameters& lane) {
  return lane.strategy == strategy::FAST ? size_t{4} << lane.hash_log : SIZE_MAX;
}

/// Branches that a filter has to win in 64 KiB, two to three bytes each, so that it is worth the
/// history, which the filtered chunk cannot refer to, and being coded in halves.
uint32_t least_branches(const LaneParameters& lane, ByteSpan history) {
  return history.empty() || lane.strategy == strategy::FAST ? 128 : 400;
}

/// Whether much of the chunk repeats what only the history has.
bool needs_history(const LaneParameters& lane, ByteSpan chunk, ByteSpan history) {
  const uint32_t from_all = find_repeats(chunk, history, lane_reach(lane), kLongMatch);
  const uint32_t from_itself = find_repeats(chunk, {}, lane_reach(lane), kLongMatch);
  return std::popcount(from_all & ~from_itself) >= 3;
}

/// The quick levels look for nothing but runs in planes, with a table of 256 places and in steps of
/// 32 bytes: in noise there are no matches, and what repeats in small numbers costs less as
/// entropy.
LaneParameters plane_parameters(const LaneParameters& lane) {
  if (lane.strategy > strategy::DFAST) return lane;
  LaneParameters plane = lane;
  plane.base_level = 1;
  plane.strategy = strategy::FAST;
  plane.hash_log = plane.chain_log = 8;
  plane.min_match = 7;
  plane.target_length = 31;
  return plane;
}

/// Bytes of a plane, at most: a decoder has so much workspace for it.
size_t plane_size(const ModelSettings& settings) {
  return settings.dense_size / 4;
}

/// Bytes that are filtered at once.
size_t filtered_size(const ModelSettings& settings) {
  return settings.room_size / 2;
}

/// Steps that make a chunk of its repeats, which decoders keep while they do.
constexpr size_t kMostSteps = size_t{16} << 10;

/// What is in none of the repeats is a prefix's worth of so many times its size.
constexpr size_t kPrefixTimes = 16;

/// Percent of a chunk that repeats must have to be copied.
constexpr size_t kLeastRepeated = 5;

/// Bytes for steps and literals.
size_t repeats_room(const ModelSettings& settings) {
  return settings.has_repeats ? 3 * kMostSteps + settings.chunk_size : 0;
}

size_t staging_size(const ModelSettings& settings) {
  return std::max(filtered_size(settings), repeats_room(settings));
}

/// Bytes that a decoder needs.
size_t workspace_size(const ModelSettings& settings) {
  return std::max(plane_size(settings), settings.has_repeats ? 3 * kMostSteps : 0);
}

/// The tables of less could take more of a decoder's work than it may, part by part.
constexpr size_t kMinMatched = 8192;

/// Matches refer to a history right before the bytes: that of a part of a chunk need not be.
bool lies_behind(ByteSpan chunk, ByteSpan history) {
  return history.empty() || history.data() + history.size() == chunk.data();
}

}  // namespace

const ModelEntry kBytesModel = {
    Model::BYTES,
    &StreamStats::chunks_bytes,
    0,
    [](const ModelSettings&) { return true; },
    [](const ModelSettings& settings) {
      return MemoryNeed{settings.room_size, coder_memory(settings.lane, settings),
                        staging_size(settings), workspace_size(settings), 0};
    },
    [](GlyphBufferPool& pool, LaneEncoder& lanes) -> std::unique_ptr<ChunkModel> {
      return std::unique_ptr<ChunkModel>(new (std::nothrow) BytesModel(pool, lanes));
    },
    nullptr,
    nullptr,
    nullptr,
};

Status BytesModel::configure(const ModelSettings& settings) {
  lane_ = settings.lane;
  lane_history_ = settings.lane_history;
  plane_ = plane_parameters(lane_);
  coding_ = {coder_memory(lane_, settings), fitting_matches(settings.matches, plane_size(settings)),
             lane_};
  // The filter takes a fifth of the quickest level's time for a twentieth of the size.
  filters_code_ = settings.level > 1;
  plane_size_ = plane_size(settings);
  part_size_ = filtered_size(settings);
  repeats_room_ = repeats_room(settings);
  return lanes_.configure(lane_);
}

Result<CodedBody> BytesModel::encode(const ChunkInput& whole, GroupState*,
                                     MutableByteSpan scratch) {
  if (repeated_bytes(whole) * 100 >= whole.bytes.size() * kLeastRepeated) {
    const Result<CodedBody> body = encode_repeats(whole, scratch);
    if (!body.ok() || !body.value.bytes.empty()) return body;
  }
  ChunkInput chunk = whole;
  chunk.history = chunk.history.last(std::min<size_t>(chunk.history.size(), lane_history_));
  scratch = scratch.first(std::min(scratch.size(), chunk.most));
  const ByteSpan bytes = chunk.bytes;
  const Architecture code = find_code(bytes, chunk.history, chunk.position);
  if (code != Architecture::NONE) return encode_code(bytes, code, chunk.position, scratch);
  if (const IntegerForm form = find_integers(bytes); !form.is_plain()) {
    const Result<bool> pays = integers_pay(bytes, chunk.history, form, scratch);
    if (!pays.ok()) return pays.status;
    if (pays.value) return encode_integers(bytes, form, scratch);
  }
  return encode_best(bytes, chunk.history, scratch);
}

/// Whose code the chunk holds, if the filter is worth what it costs.
Architecture BytesModel::find_code(ByteSpan chunk, ByteSpan history, uint32_t position) const {
  if (!filters_code_) return Architecture::NONE;
  const Architecture code = find_machine_code(chunk, position, least_branches(lane_, history));
  const bool gives_up_more = code != Architecture::NONE && needs_history(lane_, chunk, history);
  return gives_up_more ? Architecture::NONE : code;
}

/// Matches or a frame, if the level has matches.
Result<CodedBody> BytesModel::encode_best(ByteSpan chunk, ByteSpan history,
                                          MutableByteSpan scratch) {
  if (!coding_.matches.is_used() || chunk.size() < kMinMatched || !lies_behind(chunk, history))
    return encode_lane(chunk, history, scratch);
  TreeWriter tree(scratch.first(std::min(scratch.size(), chunk.size() - 1)));
  const Result<bool> has_room = write_best_lane(lanes_, coding_, chunk, history, tree);
  if (!has_room.ok() || !has_room.value) return has_room.status;
  if (!history.empty()) tree.history(history.size(), history.size());
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

Result<CodedBody> BytesModel::encode_lane(ByteSpan chunk, ByteSpan history,
                                          MutableByteSpan scratch) {
  if (const Status status = lanes_.configure(lane_); !status.ok()) return status;
  const size_t overhead = kMaxGlyphHeader + (history.empty() ? 0 : kHistoryGlyph);
  if (chunk.size() <= overhead || scratch.size() <= overhead) return CodedBody{};
  // The frame is made behind the longest glyph header, and its actual one then put right before it,
  // so that no byte of the frame moves.
  const MutableByteSpan room = scratch.subspan(
      kMaxGlyphHeader, std::min(scratch.size() - kMaxGlyphHeader, chunk.size()) - overhead);
  const Result<size_t> frame = lanes_.encode(chunk, history, room);
  if (!frame.ok()) return frame.status;
  if (frame.value == 0) return CodedBody{};
  const GlyphHeader lane = {history.empty() ? GlyphType::PRIMITIVE : GlyphType::DELTA,
                            Primitive::ABSTRACT, true, frame.value, 0};
  const size_t start = kMaxGlyphHeader - glyph_header_size(lane);
  write_glyph_header(scratch.data() + start, lane);
  const size_t end = kMaxGlyphHeader + frame.value;
  TreeWriter tail(scratch.subspan(end));
  if (!history.empty()) tail.history(history.size(), history.size());
  return CodedBody{scratch.subspan(start, end - start + tail.bytes().size()), 1 + tail.glyphs()};
}

/// The bytes that are no copies, which may repeat the end of the history.
Status BytesModel::write_literals(ByteSpan literals, ByteSpan history, TreeWriter& tree) {
  const size_t most = std::min<size_t>(kPrefixTimes * literals.size(), lane_history_);
  const ByteSpan prefix = history.last(std::min(history.size(), most));
  if (literals.size() < kMinProbed || prefix.empty()) return write_lane(literals, tree);
  const MutableByteSpan room = tree.lane_room();
  const Result<size_t> frame =
      lanes_.encode(literals, prefix, room.first(std::min(room.size(), literals.size())));
  if (!frame.ok()) return frame.status;
  if (frame.value == 0) {
    tree.literal(literals);
    return {};
  }
  tree.lane_made(frame.value, true);
  tree.history(prefix.size(), prefix.size());
  return {};
}

/// Copies from all of the history, and what is new as a lane.
Result<CodedBody> BytesModel::encode_repeats(const ChunkInput& chunk, MutableByteSpan scratch) {
  if (const Status status = pool_.reserve(part_, repeats_room_); !status.ok()) return status;
  if (const Status status = lanes_.configure(lane_); !status.ok()) return status;
  const MutableByteSpan memory(part_.block(), repeats_room_);
  CopyRoom room;
  room.steps = memory.first(kMostSteps);
  room.lengths = memory.subspan(kMostSteps, 2 * kMostSteps);
  room.literals = memory.subspan(3 * kMostSteps);
  CopiesForm form;
  const FoundCopies made = copy_repeats(chunk.bytes, chunk.repeats, form, room);
  if (made.steps == 0) return CodedBody{};
  TreeWriter tree(scratch.first(std::min({scratch.size(), chunk.most, chunk.bytes.size() - 1})));
  const size_t payload = write_copies(form, tree.payload_room());
  if (payload == 0) return CodedBody{};
  tree.payload_made(GlyphType::COMPOSITE, Primitive::EQUALS, payload);
  write_history(chunk.history, tree);
  for (const ByteSpan lane :
       {ByteSpan(room.steps.first(made.steps)), ByteSpan(room.lengths.first(made.lengths))})
    if (const Status status = sigma::write_lane(lanes_, lane, tree); !status.ok()) return status;
  if (const Status status = write_literals(room.literals.first(made.literals), chunk.history, tree);
      !status.ok())
    return status;
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

/// Adds all of the history.
void BytesModel::write_history(ByteSpan history, TreeWriter& tree) {
  if (history.empty())
    tree.literal({});
  else
    tree.history(history.size(), history.size());
}

/// Adds a lane, or a literal where that is no larger.
Status BytesModel::write_lane(ByteSpan bytes, TreeWriter& tree) {
  if (!looks_incompressible(bytes, {})) return sigma::write_lane(lanes_, bytes, tree);
  tree.literal(bytes);
  return {};
}

/// Adds `bytes` as planes of integers, or as their differences where they are no wider than a byte.
Status BytesModel::write_integers(ByteSpan bytes, const IntegerLayout& layout, TreeWriter& tree) {
  if (layout.distance != 0) tree.sum(layout);
  if (layout.width > 1) tree.interleave(layout.width);
  for (size_t k = 0; k < layout.width; k++) {
    const size_t size = plane_size(bytes.size(), layout.width, k);
    if (const Status status = pool_.reserve(part_, part_size_); !status.ok()) return status;
    const MutableByteSpan plane(part_.block(), size);
    subtract_to_plane(layout, bytes, k, plane);
    if (const Status status = write_lane(plane, tree); !status.ok()) return status;
  }
  return {};
}

/// Whether the chunk gets smaller as integers than as it is. Where nothing repeats, entropy
/// decides, of which the form is known to take less. Else a few places are tried both ways, but for
/// those that cost a lane next to nothing, because they repeat what came long before.
Result<bool> BytesModel::integers_pay(ByteSpan chunk, ByteSpan history, const IntegerForm& form,
                                      MutableByteSpan scratch) {
  if (find_repeats(chunk, history, SIZE_MAX, sizeof(uint64_t)) == 0) return true;
  const uint32_t repeats = find_repeats(chunk, history, lane_reach(lane_), kLongMatch);
  std::array<uint8_t, kPlaces * kPlaceSize> places;
  const auto gather = [&](bool with_repeats) {
    size_t size = 0;
    for (size_t i = 0; i < kPlaces; i++) {
      if (!with_repeats && (repeats >> i & 1) != 0) continue;
      const size_t begin = place_begin(chunk, i) + form.phase;
      std::memcpy(places.data() + size, chunk.data() + begin, kPlaceSize);
      size += kPlaceSize;
    }
    return ByteSpan(places.data(), size);
  };
  const ByteSpan unseen = gather(false);
  if (unseen.empty()) return false;
  const Result<CodedBody> plain = encode_lane(unseen, {}, scratch);
  if (!plain.ok()) return plain.status;
  const size_t plain_size = plain.value.bytes.empty() ? unseen.size() : plain.value.bytes.size();
  if (const Status status = lanes_.configure(plane_); !status.ok()) return status;
  TreeWriter tree(scratch);
  if (const Status status = write_integers(gather(true), form.layout, tree); !status.ok())
    return status;
  return !tree.overflowed() && tree.bytes().size() < plain_size - plain_size / 16;
}

Result<CodedBody> BytesModel::encode_integers(ByteSpan chunk, const IntegerForm& form,
                                              MutableByteSpan scratch) {
  if (const Status status = lanes_.configure(plane_); !status.ok()) return status;
  TreeWriter tree(scratch.first(std::min(scratch.size(), chunk.size() - 1)));
  // So many that there is room for a plane of each.
  const size_t width = form.layout.width;
  const Parts parts(chunk.subspan(form.phase), plane_size_ * width, width);
  const size_t count = parts.count() + (form.phase != 0 ? 1 : 0);
  if (count > 1) tree.concatenate(count);
  if (form.phase != 0) tree.literal(chunk.first(form.phase));
  for (size_t i = 0; i < parts.count(); i++)
    if (const Status status = write_integers(parts[i], form.layout, tree); !status.ok())
      return status;
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

Result<CodedBody> BytesModel::encode_code(ByteSpan chunk, Architecture architecture,
                                          uint32_t position, MutableByteSpan scratch) {
  if (const Status status = lanes_.configure(lane_); !status.ok()) return status;
  TreeWriter tree(scratch.first(std::min(scratch.size(), chunk.size() - 1)));
  constexpr size_t kInstruction = 4;
  const Parts parts(chunk, part_size_, kInstruction);
  if (parts.count() > 1) tree.concatenate(parts.count());
  if (const Status status = pool_.reserve(part_, part_size_); !status.ok()) return status;
  for (size_t i = 0; i < parts.count(); i++) {
    const ByteSpan part = parts[i];
    const MutableByteSpan filtered(part_.block(), part.size());
    std::memcpy(filtered.data(), part.data(), part.size());
    const auto at = static_cast<uint32_t>(position + (part.data() - chunk.data()));
    branches_to_absolute(architecture, at, filtered);
    tree.branches(architecture, at);
    if (const Status status = write_code(filtered, tree); !status.ok()) return status;
  }
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

/// Adds what was filtered, as matches if the level has them.
Status BytesModel::write_code(ByteSpan bytes, TreeWriter& tree) {
  if (!coding_.matches.is_used() || looks_incompressible(bytes, {})) return write_lane(bytes, tree);
  LaneCoding coding = coding_;
  if (coding.matches.parses != 0) coding.matches.hashed = kHashedCode;
  coding.tries_both = coding.matches.parses >= kParsesWithBoth;
  const Result<bool> has_room = write_best_lane(lanes_, coding, bytes, {}, tree);
  if (!has_room.ok()) return has_room.status;
  if (!has_room.value) tree.literal(bytes);
  return {};
}

}  // namespace sigma
