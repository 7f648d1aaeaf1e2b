/* Frames: whether a chunk is coded as these, as a drawing or as planes of pixels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/frames_model.hpp"

#include <algorithm>
#include <new>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/frames/frames_state.hpp"
#include "gst/sigma/models/frames/moved_predictors.hpp"
#include "gst/sigma/operators/integers.hpp"

namespace sigma {
namespace {

constexpr uint8_t kFramesMinor = 10;
static_assert(kFramesMinor < kColoursMinor);
constexpr size_t kMaxPart = 256 * 1024;  ///< samples
constexpr size_t kMinFrameChunk = kMinChunkSize;
/// Levels below look for no frames by themselves: they take ten times the time of bytes, which a
/// recording of large pictures may not have.
constexpr unsigned kFirstLevel = 3;

/// Percent of the places looked at that repeat what lies near, or a frame before, from which on a
/// shape that was found is coded as copies.
constexpr unsigned kKnownPercent = 12;

/// Copies that seem to take such a part of a key chunk come first, as predictors may be needless.
constexpr size_t kMostEstimated = 48;

bool serves_frames(const ModelSettings& settings) {
  const bool is_wanted = settings.asked == Model::FRAMES
                             ? settings.level >= 1
                             : settings.asked == Model::AUTO && settings.level >= kFirstLevel;
  return is_wanted && settings.chunk_size >= kMinFrameChunk;
}

/// What holds a frame and is near its samples.
uint64_t frame_history(const ModelSettings& settings) {
  size_t row = 0;
  for (size_t i = 0; i < settings.frames.plane_count; i++)
    row = std::max(row, settings.frames.planes[i].row);
  return uint64_t{settings.frames.width} * (settings.frames.frame_size() + 4 * row);
}

/// Beside tokens and modes a decoder has no more room for tables than samples take.
size_t table_limit(const ModelSettings& settings) {
  return std::clamp<size_t>(settings.chunk_size / 65536, 2, 24);
}

size_t part_limit(const ModelSettings& settings) {
  return std::min<size_t>(settings.chunk_size / 4, kMaxPart);
}

size_t block_limit(const ModelSettings& settings) {
  return settings.chunk_size / 32;
}

/// Nothing is written there: predictors and operators read samples alike.
MutableByteSpan writable(ByteSpan bytes) {
  return {const_cast<uint8_t*>(bytes.data()), bytes.size()};
}

/// Whether the low bits of samples of two bytes that are said to be unused are 0.
bool are_unused(const FrameLayout& layout, ByteSpan samples) {
  uint32_t bits = 0;
  for (size_t i = 0; i < samples.size(); i += 2)
    bits |= samples[layout.big_endian ? i + 1 : i] | samples[layout.big_endian ? i : i + 1] << 8;
  return (bits & ((uint32_t{1} << layout.unused) - 1)) == 0;
}

}  // namespace

namespace {

/// What of a buffer is behind a body in it.
MutableByteSpan behind(const CodedBody& body, MutableByteSpan scratch) {
  if (body.bytes.empty()) return scratch;
  return scratch.subspan(static_cast<size_t>(body.bytes.data() - scratch.data()) +
                         body.bytes.size());
}

}  // namespace

namespace {

/// Patient levels do where there is memory for it, as chunks of frames have.
bool looks_for_motion(const ModelSettings& settings) {
  constexpr size_t kMinMotionChunk = size_t{512} << 10;
  return settings.level >= 6 && settings.chunk_size >= kMinMotionChunk;
}

/// What finds predictors, and then what chooses among them, has the same memory.
size_t search_memory(const ModelSettings& settings) {
  const size_t fixed = std::max(sizeof(FrameTrainer), sizeof(FrameChoice));
  return workspace_units(looks_for_motion(settings) ? std::max(fixed, sizeof(MotionRoom)) : fixed);
}

}  // namespace

namespace {

/// What the planes of a chunk's pixels take, or the ranks of its samples, and those of what lies
/// before.
struct ColourMemory {
  explicit ColourMemory(const ModelSettings& settings) {
    if (!settings.has_colours) return;
    known = static_cast<size_t>(frame_history(settings));
    if (is_frame_of_words(settings.frames)) {
      staging = workspace_units(settings.chunk_size) + workspace_units(known);
      planes = workspace_units(known);
      return;
    }
    const size_t unit = settings.frames.planes[0].period;
    const size_t pixels = settings.chunk_size / unit;
    known = known / unit * unit;
    planes = workspace_units(pixels * unit) + workspace_units(known);
    staging = planes + workspace_units(ColourExceptions::memory(pixels));
  }
  size_t known = 0;  ///< bytes of what lies before
  size_t planes = 0;
  size_t staging = 0;
};

}  // namespace

const ModelEntry kFramesModel = {
    Model::FRAMES,
    &StreamStats::chunks_frames,
    0,
    serves_frames,
    [](const ModelSettings& settings) { return FramesModel::memory(settings); },
    [](GlyphBufferPool& pool, LaneEncoder& lanes) -> std::unique_ptr<ChunkModel> {
      return std::unique_ptr<ChunkModel>(new (std::nothrow) FramesModel(pool, lanes));
    },
    FramesModel::make_state,
    nullptr,
    nullptr,
    kFramesMinor,
    frame_history,
};

MemoryNeed FramesModel::memory(const ModelSettings& settings) {
  if (settings.chunk_size < kMinFrameChunk) return {};
  const size_t part = workspace_units(part_limit(settings) + kFrameLanes);
  const size_t tables = table_limit(settings);
  const size_t modes = workspace_units(block_limit(settings));
  // Predictors are found before there are tokens.
  const size_t own = workspace_units(sizeof(ReadyPredictors)) + modes +
                     std::max(workspace_units(sizeof(FramePredictors)) + search_memory(settings),
                              part + TansEncoder::memory(part, tables));
  const size_t lane = lane_encoder_memory(settings.lane, settings.chunk_size);
  MemoryNeed need;
  need.room = settings.room_size;
  need.coder = std::max(lane, own);
  const ColourMemory colours(settings);
  need.staging = std::max(DrawingCoder::staging(settings), colours.staging);
  need.workspace = std::max(colours.planes + modes + part + tables * kTansDecoderTable,
                            DrawingCoder::workspace(settings));
  return need;
}

Status FramesModel::configure(const ModelSettings& settings) {
  said_ = settings.frames;
  lane_ = settings.lane;
  effort_ = {};
  if (settings.level <= 2) effort_ = {1024, 1, 0};
  if (settings.level >= 6)
    effort_ = {FrameTrainer::kMost, 4, 3, true, false, looks_for_motion(settings)};
  search_size_ = search_memory(settings);
  coder_size_ = memory(settings).coder;
  staging_size_ = DrawingCoder::staging(settings);
  const ColourMemory colours(settings);
  colour_size_ = colours.staging;
  max_known_ = colours.known;
  has_drawings_ = drawings_.configure(settings, coder_size_);
  part_size_ = part_limit(settings);
  max_tables_ = table_limit(settings);
  max_blocks_ = block_limit(settings);
  return {};
}

/// The memory of the lane encoder, which has nothing to do meanwhile.
Status FramesModel::use_memory() {
  const Result<MutableByteSpan> lent = lanes_.lend_memory(coder_size_);
  if (!lent.ok()) return lent.status;
  Arena arena(lent.value);
  modes_ = {arena.take<uint8_t>(max_blocks_), max_blocks_};
  predictors_ = new (arena.take<FramePredictors>(1)) FramePredictors;
  search_memory_ = {arena.take<uint8_t>(search_size_), search_size_};
  return {};
}

std::unique_ptr<GroupState> FramesModel::make_state() {
  return std::unique_ptr<GroupState>(new (std::nothrow) State);
}

/// Whether a piece of the chunk is smaller in frames that were only found than as it is: machine
/// code in an archive, too, has rows at some distance.
Result<bool> FramesModel::are_smaller(const ChunkInput& chunk, const FoundFrames& found,
                                      MutableByteSpan scratch) {
  constexpr size_t kPiece = size_t{64} << 10;
  const size_t size = std::min(kPiece, chunk.bytes.size());
  const size_t begin = (chunk.bytes.size() - size) / 2;
  ChunkInput piece = chunk;
  piece.bytes = chunk.bytes.subspan(begin, size);
  piece.history = {};
  piece.offset += begin;
  const Result<CodedBody> frames = encode_frames(piece, found, scratch);
  if (!frames.ok()) return frames.status;
  if (frames.value.bytes.empty()) return false;
  if (const Status status = lanes_.configure(lane_); !status.ok()) return status;
  const size_t room = frames.value.bytes.size();
  const Result<size_t> coded =
      lanes_.encode(piece.bytes, {}, scratch.first(std::min(scratch.size(), room)));
  return coded.ok() ? Result<bool>(coded.value == 0) : Result<bool>(coded.status);
}

/// Of bytes of which nothing is said: four fifths of a drawing are even, a third or less of
/// programs, in which a search takes half the time of bytes.
Result<DrawingShape> FramesModel::find_drawing(ByteSpan bytes) {
  constexpr unsigned kEvenPercent = 50;
  if (!has_drawings_ || !may_be_drawing(bytes) ||
      !is_like_drawing({{}, writable(bytes)}, 0, kEvenPercent))
    return DrawingShape{};
  if (const Status status = pool_.reserve(staging_, staging_size_); !status.ok()) return status;
  return drawings_.find_shape(bytes, {staging_.block(), staging_size_});
}

/// The drawing that a chunk may be. A key chunk sets that of its group, and the frames: those that
/// are said, or else what is found.
Result<DrawingShape> FramesModel::find_kind(const ChunkInput& chunk, State& state,
                                            MutableByteSpan scratch) {
  if (chunk.is_key) {
    state.frames =
        said_.plane_count != 0 ? FoundFrames{said_, 0} : find_frames(chunk.bytes, chunk.offset);
    state.drawing = shape_of(state.frames.format);
    if (said_.plane_count == 0 && state.frames.format.plane_count != 0) {
      const Result<bool> smaller = are_smaller(chunk, state.frames, scratch);
      if (!smaller.ok()) return smaller.status;
      if (!smaller.value) state.frames = {};
    }
  }
  if (chunk.is_key)
    for (const auto choose : {&FramesModel::choose_colours, &FramesModel::choose_ranks})
      if (const Status status = (this->*choose)(chunk, state, scratch); !status.ok()) return status;
  // A drawing may begin with an even surface, of which nothing can be told.
  if (state.drawing.unit != 0) return state.drawing;
  const Result<DrawingShape> found = find_drawing(chunk.bytes);
  if (found.ok() && chunk.is_key) state.drawing = found.value;
  return found;
}

Result<CodedBody> FramesModel::encode(const ChunkInput& chunk, GroupState* group,
                                      MutableByteSpan scratch) {
  auto& state = *static_cast<State*>(group);
  const Result<DrawingShape> shape = find_kind(chunk, state, scratch);
  if (!shape.ok()) return shape.status;
  if (chunk.is_key ? state.frames.format.plane_count != 0
                   : state.is_smaller && state.drawing_lost) {
    const Result<size_t> copied = estimate_drawing(chunk, shape.value);
    if (!copied.ok()) return copied.status;
    if (!chunk.is_key || copied.value > chunk.bytes.size() / kMostEstimated)
      return encode_frames_first(chunk, shape.value, copied.value, state, scratch);
  }
  return encode_drawing_first(chunk, shape.value, state, scratch);
}

/// Where nearly all is copied, there is little to predict.
Result<CodedBody> FramesModel::encode_drawing_first(const ChunkInput& chunk,
                                                    const DrawingShape& shape, State& state,
                                                    MutableByteSpan scratch) {
  constexpr size_t kMostCopied = 32;
  const Result<CodedBody> drawing = encode_drawing(chunk, shape, scratch);
  const size_t size = drawing.value.bytes.size();
  const bool is_copied = size != 0 && size <= chunk.bytes.size() / kMostCopied;
  const bool has_frames = chunk.is_key || state.is_smaller;
  if (!drawing.ok() || is_copied || !has_frames) return drawing;
  ChunkInput wanted = chunk;
  if (size != 0) wanted.most = std::min(chunk.most, size);
  Result<CodedBody> body = encode_pictures(wanted, state, behind(drawing.value, scratch));
  if (!body.ok()) return body;
  if (body.value.bytes.empty()) return drawing;
  state.keep(chunk, body.value);
  return body;
}

/// Copies are tried if they promise to be smaller: they take 1.3 to 2.4 times their estimate, and
/// mostly 1.6 where they win a key chunk. If they lost there, they have to promise more.
Result<CodedBody> FramesModel::encode_frames_first(const ChunkInput& chunk,
                                                   const DrawingShape& shape, size_t copied,
                                                   State& state, MutableByteSpan scratch) {
  Result<CodedBody> body = encode_pictures(chunk, state, scratch);
  if (!body.ok()) return body;
  const size_t size = body.value.bytes.size();
  const size_t promised = chunk.is_key ? copied / 2 * 3 : copied * 2;
  if (size == 0 || promised < size) {
    ChunkInput wanted = chunk;
    if (size != 0) wanted.most = std::min(chunk.most, size);
    // Copies that may set the model of a group have all the room that they need.
    const bool has_room = !chunk.is_key || 3 * size <= scratch.size();
    const Result<CodedBody> drawing =
        encode_drawing(wanted, shape, has_room ? behind(body.value, scratch) : scratch);
    if (!drawing.ok() || size == 0 || !drawing.value.bytes.empty()) return drawing;
    if (!has_room) body = encode_pictures(chunk, state, scratch);
    if (!body.ok()) return body;
  }
  state.keep(chunk, body.value);
  return body;
}

/// About the bytes of a drawing, or all if it is none. Distances are only looked for in key chunks.
Result<size_t> FramesModel::estimate_drawing(const ChunkInput& chunk, const DrawingShape& shape) {
  const FrameBytes bytes = {chunk.history, writable(chunk.bytes)};
  if (!has_drawings_ || shape.unit == 0 || !is_like_drawing(bytes, shape.frame, kKnownPercent))
    return chunk.bytes.size();
  if (const Status status = pool_.reserve(staging_, staging_size_); !status.ok()) return status;
  return drawings_.estimate(shape, bytes, {staging_.block(), staging_size_}, chunk.is_key);
}

Result<CodedBody> FramesModel::encode_drawing(const ChunkInput& chunk, const DrawingShape& shape,
                                              MutableByteSpan scratch) {
  const FrameBytes bytes = {chunk.history, writable(chunk.bytes)};
  if (!has_drawings_ || shape.unit == 0 || !is_like_drawing(bytes, shape.frame, kKnownPercent))
    return CodedBody{};
  if (const Status status = pool_.reserve(staging_, staging_size_); !status.ok()) return status;
  Result<CodedBody> body =
      drawings_.encode(shape, bytes, {staging_.block(), staging_size_}, scratch);
  if (body.value.bytes.size() >= std::min(chunk.most, chunk.bytes.size())) body.value = {};
  return body;
}

namespace {

/// The palette of ranks; false if there is no room.
bool write_values(const RankTable& ranks, bool is_big, TreeWriter& tree) {
  const size_t size = 2 * ranks.count();
  const MutableByteSpan room = tree.payload_room();
  if (room.size() < size) return false;
  ranks.write(is_big, room.first(size));
  tree.payload_made(GlyphType::PRIMITIVE, Primitive::LITERAL, size);
  return !tree.overflowed();
}

}  // namespace

/// Bytes before the first whole sample, and behind the last one, are as they are.
Result<CodedBody> FramesModel::encode_frames(const ChunkInput& chunk, const FoundFrames& found,
                                             MutableByteSpan scratch, bool has_ranks) {
  if (found.format.plane_count == 0) return CodedBody{};
  FrameLayout layout;
  static_cast<FrameFormat&>(layout) = found.format;
  const size_t frame = layout.frame_size() * layout.width;
  const uint64_t place = chunk.offset % frame + frame - found.shift;
  const size_t before = place % layout.width == 0 ? 0 : 1;
  layout.position = static_cast<size_t>((place + before) / layout.width) % layout.frame_size();
  const ByteSpan head = chunk.bytes.first(before);
  const ByteSpan rest = chunk.bytes.subspan(before);
  const ByteSpan whole = rest.first(rest.size() / layout.width * layout.width);
  const ByteSpan tail = rest.subspan(whole.size());
  for (size_t i = 0; i < layout.plane_count; i++)
    if (layout.blocks_in_row(i) > kMaxBlocksInRow || layout.planes[i].row > part_size_)
      return CodedBody{};
  if (whole.empty() || layout.count_blocks(whole.size() / layout.width) > max_blocks_)
    return CodedBody{};
  if (const Status status = use_memory(); !status.ok()) return status;
  scratch = scratch.first(std::min({scratch.size(), chunk.most, chunk.bytes.size() - 1}));
  TreeWriter tree(scratch);
  const size_t parts = 1 + (head.empty() ? 0 : 1) + (tail.empty() ? 0 : 1);
  if (parts > 1) tree.concatenate(parts);
  if (!head.empty()) tree.literal(head);
  // What lies right before the value is no history then.
  const ByteSpan reference = head.empty() ? chunk.history : ByteSpan();
  if (layout.unused != 0 && !are_unused(layout, whole)) layout.unused = 0;
  FrameBytes bytes = {reference, writable(whole)};
  Reference before_value = {reference.size(), nullptr, {}};
  RankTable ranks;
  if (has_ranks && ranks.find(whole, layout.big_endian)) {
    before_value.is_big = layout.big_endian;
    if (!rank(ranks, layout, bytes)) return CodedBody{};
    before_value.history = bytes.reference.size();
    before_value.ranks = &ranks;
    tree.palette({2, 2});
  }
  if (!write_tree(layout, bytes, before_value, tree)) return CodedBody{};
  if (before_value.ranks != nullptr && !write_values(ranks, before_value.is_big, tree))
    return CodedBody{};
  if (!tail.empty()) tree.literal(tail);
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

/// By planes where pixels are made of these, if that is not larger than pixels allow.
Result<CodedBody> FramesModel::encode_pictures(const ChunkInput& chunk, const State& state,
                                               MutableByteSpan scratch) {
  if (state.has_colours) {
    const Result<CodedBody> body = encode_colours(chunk, state.frames, state.colours, scratch);
    if (!body.ok() || !body.value.bytes.empty()) return body;
  }
  return encode_frames(chunk, state.frames, scratch, state.has_ranks);
}

}  // namespace sigma
