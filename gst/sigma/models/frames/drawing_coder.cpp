/* Drawings: distances, steps, and what is new, predicted or as a lane.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/frames/drawing_coder.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/operators/frame_taps.hpp"
#include "gst/sigma/operators/lane_writer.hpp"

namespace sigma {
namespace {

constexpr size_t kMinPart = 65536;
constexpr size_t kMinLiterals = 65536;  ///< bytes for which there has to be room
constexpr int kMinWindowLog = 16;
constexpr int kMaxWindowLog = 18;
/// So many tables at most: what is new is a small part of a picture.
constexpr size_t kMaxTables = 8;

/// Of new bytes: matches may be pixels of three. All of a lane's bytes are in its window.
LaneParameters literal_lane(unsigned level, int window_log) {
  LaneParameters lane;
  lane.base_level = 17;
  lane.strategy = level < 6 ? strategy::BTOPT : strategy::BTULTRA2;
  lane.window_log = window_log;
  lane.hash_log = 14;
  lane.chain_log = 15;
  lane.search_log = 4;
  lane.min_match = 3;
  lane.target_length = 64;
  return lane;
}

size_t step_limit(const ModelSettings& settings) {
  return settings.chunk_size / 24;
}

/// Tokens that are coded together: of what is new, or of all long steps.
size_t part_limit(const ModelSettings& settings) {
  return workspace_units(std::max<size_t>(kMinPart, step_limit(settings)));
}

}  // namespace

size_t DrawingCoder::staging(const ModelSettings& settings) {
  return settings.room_size / 2;
}

/// Steps and lengths lie there while what is new is made.
size_t DrawingCoder::workspace(const ModelSettings& settings) {
  const size_t steps = step_limit(settings);
  return workspace_units(steps) + workspace_units(2 * steps) + part_limit(settings) +
         kMaxTables * kTansDecoderTable;
}

bool DrawingCoder::configure(const ModelSettings& settings, size_t coder_size) {
  coder_size_ = coder_size;
  max_steps_ = step_limit(settings);
  part_size_ = part_limit(settings);
  int window_log = kMaxWindowLog;
  const auto lane_memory = [&] {
    lane_ = literal_lane(settings.level, window_log);
    return lane_encoder_memory(lane_, size_t{1} << window_log);
  };
  while (lane_memory() > coder_size)
    if (window_log-- == kMinWindowLog) return false;
  const size_t steps = workspace_units(max_steps_) + workspace_units(2 * max_steps_);
  return sizeof(DistanceVotes) <= coder_size &&
         workspace_units(part_size_) + TansEncoder::memory(part_size_, kMaxTables) <= coder_size &&
         staging(settings) >= steps + kMinLiterals;
}

Status DrawingCoder::use_memory() {
  const Result<MutableByteSpan> lent = lanes_.lend_memory(coder_size_);
  if (!lent.ok()) return lent.status;
  votes_ = Arena(lent.value).take<DistanceVotes>(1);
  Arena arena(lent.value);
  tokens_ = {arena.take<uint8_t>(part_size_), part_size_};
  coder_memory_ = arena.rest();
  return {};
}

CopyRoom DrawingCoder::room_in(MutableByteSpan staging) const {
  Arena arena(staging);
  CopyRoom room;
  room.steps = {arena.take<uint8_t>(max_steps_), max_steps_};
  room.lengths = {arena.take<uint8_t>(2 * max_steps_), 2 * max_steps_};
  room.literals = arena.rest();
  return room;
}

Result<DrawingShape> DrawingCoder::find_shape(ByteSpan bytes, MutableByteSpan staging) {
  if (const Status status = use_memory(); !status.ok()) return status;
  return sigma::find_shape(bytes, *votes_, room_in(staging));
}

Result<size_t> DrawingCoder::estimate(const DrawingShape& shape, const FrameBytes& bytes,
                                      MutableByteSpan staging, bool looks_for_distances) {
  CopiesForm form = form_of(shape, bytes.value.size());
  if (looks_for_distances) {
    if (const Status status = use_memory(); !status.ok()) return status;
    add_voted(bytes, form);
  }
  return estimate_copies(form, bytes, room_in(staging));
}

/// Adds the distances at which edges repeat most often.
void DrawingCoder::add_voted(const FrameBytes& bytes, CopiesForm& form) {
  constexpr size_t kMinDistance = 5;
  constexpr uint32_t kMinVotes = 32;
  for (const DistanceVotes::Vote& vote : votes_->count(bytes, kMinDistance, kMaxCopyDistance))
    if (vote.count >= kMinVotes) add_distance(form, vote.distance);
}

bool DrawingCoder::find(const DrawingShape& shape, const FrameBytes& bytes, MutableByteSpan staging,
                        Found& found) {
  const CopyRoom room = room_in(staging);
  found.form = form_of(shape, bytes.value.size());
  add_voted(bytes, found.form);
  const FoundCopies made = find_copies(found.form, bytes, room);
  if (made.steps == 0) return false;
  found.steps = {room.steps.first(made.steps), room.lengths.first(made.lengths)};
  found.literals = room.literals.first(made.literals);
  choose_literal_prediction(found.form, shape.row, bytes, found.steps);
  return true;
}

Status DrawingCoder::write_lanes(ByteSpan literals, TreeWriter& tree) {
  const size_t most = size_t{1} << lane_.window_log;
  const size_t count = (literals.size() + most - 1) / most;
  if (const Status status = lanes_.configure(lane_); !status.ok()) return status;
  if (count > 1) tree.concatenate(count);
  for (; !literals.empty(); literals = literals.subspan(std::min(literals.size(), most))) {
    const ByteSpan part = literals.first(std::min(literals.size(), most));
    if (const Status status = write_lane(lanes_, part, tree); !status.ok()) return status;
  }
  return {};
}

/// What is left of new bytes takes their place.
void DrawingCoder::take_residuals(const FrameBytes& bytes, Found& found) const {
  const FrameLayout layout;  // of bytes
  ReadyPredictor predictor;
  predictor.prepare(literal_predictor(found.form), found.form.unit, layout.width, 0, true);
  uint8_t* to = found.literals.data();
  for_each_literal(found.form, found.steps, [&](size_t begin, size_t count) {
    for_each_literal_run(found.form, begin, count, [&](const FrameRun& run) {
      int32_t predictions[FrameRun::kMost];
      predict_run(layout, predictor, run, bytes, predictions);
      for (size_t i = 0; i < run.count; i++) {
        const auto residual = static_cast<int8_t>(bytes.value[run.begin + i] - predictions[i]);
        *to++ = static_cast<uint8_t>(residual * 2 ^ residual >> 7);
      }
    });
  });
}

/// Makes tokens of some residuals; gives how many bits they leave open.
size_t DrawingCoder::split(ByteSpan residuals, TokenBits& bits) {
  size_t open = 0;
  for (size_t i = 0; i < residuals.size(); i++) {
    const uint32_t token = token_of(residuals[i]);
    tokens_[i] = static_cast<uint8_t>(token);
    bits.put(residuals[i], token_bits(token));
    open += token_bits(token);
  }
  return open;
}

/// About the bits that residuals take in the best context, which is kept.
uint64_t DrawingCoder::measure_residuals(const Found& found) {
  uint64_t least = UINT64_MAX;
  TansEncoder encoder(coder_memory_, kMaxTables);
  for (const SymbolContext& tried :
       {SymbolContext{found.form.unit, 2, 0}, SymbolContext{1, 1, 0}, SymbolContext{1, 2, 0}}) {
    uint64_t bits = 0;
    for (ByteSpan rest = found.literals; !rest.empty();) {
      const ByteSpan part = rest.first(std::min(rest.size(), part_size_));
      TokenBits none({});
      bits += split(part, none) + encoder.estimate(tokens_.first(part.size()), tried) / 256;
      rest = rest.subspan(part.size());
    }
    if (bits >= least) continue;
    least = bits;
    context_ = tried;
  }
  return least;
}

bool DrawingCoder::write_symbols(ByteSpan symbols, const SymbolContext& context, TreeWriter& tree) {
  TansEncoder encoder(coder_memory_, kMaxTables);
  const size_t coded = encoder.encode(symbols, context, tree.payload_room());
  if (coded == 0) return false;
  tree.payload_made(GlyphType::PRIMITIVE, Primitive::EXPRESSION, coded);
  return !tree.overflowed();
}

bool DrawingCoder::write_lengths(ByteSpan lengths, TreeWriter& tree) {
  if (lengths.empty()) {
    tree.literal({});
    return !tree.overflowed();
  }
  tree.integers(2);
  const MutableByteSpan room = tree.payload_room();
  TokenBits bits(room);
  const size_t count = lengths.size() / 2;
  for (size_t i = 0; i < count; i++) {
    const uint32_t length = load_le<uint16_t>(lengths.data() + 2 * i);
    const uint32_t token = token_of(length);
    tokens_[i] = static_cast<uint8_t>(token);
    bits.put(length, token_bits(token));
  }
  const size_t size = bits.finish();
  if (size > room.size()) return false;
  tree.payload_made(GlyphType::PRIMITIVE, Primitive::LITERAL, size);
  return write_symbols(tokens_.first(count), {}, tree);
}

bool DrawingCoder::write_residuals(const Found& found, TreeWriter& tree) {
  const size_t parts = (found.literals.size() + part_size_ - 1) / part_size_;
  if (parts > 1) tree.concatenate(parts);
  for (ByteSpan rest = found.literals; !rest.empty();) {
    const ByteSpan part = rest.first(std::min(rest.size(), part_size_));
    rest = rest.subspan(part.size());
    tree.integers(1);
    const MutableByteSpan room = tree.payload_room();
    TokenBits bits(room);
    split(part, bits);
    const size_t size = bits.finish();
    if (size > room.size()) return false;
    tree.payload_made(GlyphType::PRIMITIVE, Primitive::LITERAL, size);
    if (!write_symbols(tokens_.first(part.size()), context_, tree)) return false;
  }
  return true;
}

/// `lanes`: of what is new; empty if that is predicted.
bool DrawingCoder::write(const FrameBytes& bytes, const Found& found, const CodedBody& lanes,
                         TreeWriter& tree) {
  const size_t payload = write_copies(found.form, tree.payload_room());
  if (payload == 0) return false;
  tree.payload_made(GlyphType::COMPOSITE, Primitive::EQUALS, payload);
  if (bytes.reference.empty())
    tree.literal({});
  else
    tree.history(bytes.reference.size(), bytes.reference.size());
  TansEncoder encoder(coder_memory_, kMaxTables);
  constexpr SymbolContext kBefore = {1, 1, 0};
  const bool has_context =
      encoder.estimate(found.steps.steps, kBefore) < encoder.estimate(found.steps.steps, {});
  if (!write_symbols(found.steps.steps, has_context ? kBefore : SymbolContext{}, tree) ||
      !write_lengths(found.steps.lengths, tree))
    return false;
  if (found.literals.empty())
    tree.literal({});
  else if (!lanes.bytes.empty())
    tree.add(lanes.bytes, lanes.glyphs);
  else
    return write_residuals(found, tree);
  return !tree.overflowed();
}

/// What is new as a lane is made first, in the second half of the scratch, as both need the memory
/// of the lane encoder.
Result<CodedBody> DrawingCoder::encode(const DrawingShape& shape, const FrameBytes& bytes,
                                       MutableByteSpan staging, MutableByteSpan scratch) {
  const size_t whole = bytes.value.size() / shape.unit * shape.unit;
  const FrameBytes units = {bytes.reference, bytes.value.first(whole)};
  Found found;
  if (const Status status = use_memory(); !status.ok()) return status;
  if (whole == 0 || !find(shape, units, staging, found)) return CodedBody{};
  const size_t half = scratch.size() / 2;
  TreeWriter lanes(scratch.subspan(half));
  if (!found.literals.empty()) {
    if (const Status status = write_lanes(found.literals, lanes); !status.ok()) return status;
    if (const Status status = use_memory(); !status.ok()) return status;
  }
  CodedBody lane;
  if (!lanes.overflowed()) lane = {lanes.bytes(), lanes.glyphs()};
  if (!found.literals.empty() && found.form.above != 0) {
    take_residuals(units, found);
    // Contexts are chosen there, too.
    if (measure_residuals(found) < 8 * lane.bytes.size() || lane.bytes.empty()) lane = {};
  }
  if (!lane.bytes.empty()) found.form.above = 0;
  if (found.form.above == 0 && lane.bytes.empty() && !found.literals.empty()) return CodedBody{};
  TreeWriter tree(scratch.first(half));
  const ByteSpan tail = bytes.value.subspan(whole);
  if (!tail.empty()) tree.concatenate(2);
  if (!write(units, found, lane, tree)) return CodedBody{};
  if (!tail.empty()) tree.literal(tail);
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

}  // namespace sigma
