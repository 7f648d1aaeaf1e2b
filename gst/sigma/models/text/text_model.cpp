/* Text: the key chunk's words, then codes part by part.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/text/text_model.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/models/sampling/pieces.hpp"
#include "gst/sigma/models/text/word_counter.hpp"

namespace sigma {

constexpr size_t kDictionarySlot = 0;
constexpr size_t kContextSlot = 1;

/// A group's words.
struct TextState final : GroupState {
  Buffer dictionary;
  Buffer context;      ///< the first codes of the key chunk
  Buffer index;        ///< a WordIndex of the dictionary
  size_t percent = 0;  ///< of its bytes that the key chunk's codes take
  bool is_text = false;

  void forget() override { is_text = false; }
  /// What is no smaller than bytes is not tried again before the next key.
  void key_coded_by(Model model) override { is_text = model == Model::TEXT; }
  size_t slot_count() const override { return is_text ? 2 : 0; }
  ByteSpan slot(size_t index_of) const override {
    return index_of == kDictionarySlot ? dictionary.bytes() : context.bytes();
  }
  const WordIndex& words() const { return *reinterpret_cast<const WordIndex*>(index.block()); }
};

namespace {

constexpr uint8_t kTextMinor = 6;

constexpr unsigned kFirstLevel = 3;         ///< that looks for text by itself
constexpr unsigned kFirstPatientLevel = 5;  ///< whose bytes are matches in context

/// A shorter chunk has no room for tables and dictionary.
constexpr size_t kMinTextChunk = size_t{512} << 10;

/// Bytes of codes that a match has at least; a parse finds shorter ones apart.
constexpr unsigned kHashedCodes = 4;
constexpr unsigned kParsedCodes = 5;

/// Longer chunks are for users with memory to spare.
constexpr size_t kLongTextChunk = size_t{1536} << 10;

/// What is looked at before all words of a chunk are counted: words of pieces, and another piece
/// that is tried.
constexpr size_t kCounted = size_t{128} << 10;
constexpr size_t kTrial = size_t{32} << 10;

/// Of a chunk with a history, what is coded both ways, and the places that it is from.
constexpr size_t kCompared = size_t{64} << 10;
constexpr size_t kComparedPieces = 4;

constexpr size_t kPieces = 8;
constexpr size_t kPiece = 4096;  ///< bytes of those that tell whether a chunk is like the key chunk

/// Percent of what the key chunk's codes take that those of another may, and of their text.
constexpr size_t kAlikePercent = 130;
constexpr size_t kMaxPercent = 92;

/// Bytes of codes that all chunks of a group refer to: with the dictionary no more than what
/// records share, so that 6 MiB are enough for a decoder.
size_t context_size(const ModelSettings& settings) {
  return settings.chunk_size / (settings.chunk_size > kLongTextChunk ? 2 : 15);
}

/// Bytes of codes that a decoder has room for beside its tables.
size_t part_size(const ModelSettings& settings) {
  return size_t{settings.chunk_size} * 4 / 15;
}

/// Codes repeat in fewer bytes than what they stand for, and need smaller tables. Three bytes would
/// take a table more, for which there is no room.
LaneParameters text_parameters(const LaneParameters& lane) {
  LaneParameters text = lane;
  text.min_match = 4;
  if (lane.strategy > strategy::DFAST) text.hash_log = std::min(lane.hash_log, 17);
  if (lane.strategy == strategy::BTOPT) text.hash_log = std::min(lane.hash_log, 16);
  if (lane.strategy > strategy::LAZY2) text.chain_log = std::min(lane.chain_log, 18);
  return text;
}

bool serves_text(const ModelSettings& settings) {
  const bool is_asked = settings.asked == Model::TEXT && settings.level >= 1;
  const bool may_be = settings.asked == Model::AUTO && settings.level >= kFirstLevel;
  return (is_asked || may_be) && settings.chunk_size >= kMinTextChunk;
}

/// Whether much of the chunk repeats what only the history has, which codes do not refer to.
bool repeats_history(const ChunkInput& chunk) {
  constexpr size_t kLong = 32;
  const uint32_t from_all = find_repeats(chunk.bytes, chunk.history, SIZE_MAX, kLong);
  const uint32_t from_itself = find_repeats(chunk.bytes, {}, SIZE_MAX, kLong);
  return std::popcount(from_all & ~from_itself) >= 1;
}

/// Whether most of the chunk repeats long texts of its own, of which words make nothing smaller. A
/// trial does not show them, as they lie far apart. Short chunks take little time.
bool repeats_itself(ByteSpan chunk) {
  constexpr size_t kLong = 256;
  return chunk.size() >= kMinTextChunk &&
         std::popcount(find_repeats(chunk, {}, SIZE_MAX, kLong)) >= static_cast<int>(kPlaces / 2);
}

/// Quick levels want much for their time. Patient ones compare a sample of each chunk with matches
/// in the history.
TextWorth find_worth(const ModelSettings& settings) {
  const bool is_patient = settings.level >= kFirstPatientLevel;
  if (settings.asked == Model::TEXT) return {0, 0, is_patient};
  return is_patient ? TextWorth{3, 2, is_patient} : TextWorth{8, 8, is_patient};
}

}  // namespace

const ModelEntry kTextModel = {
    Model::TEXT,
    &StreamStats::chunks_text,
    0,
    serves_text,
    [](const ModelSettings& settings) { return TextModel::memory(settings); },
    [](GlyphBufferPool& pool, LaneEncoder& lanes) -> std::unique_ptr<ChunkModel> {
      return std::unique_ptr<ChunkModel>(new (std::nothrow) TextModel(pool, lanes));
    },
    []() -> std::unique_ptr<GroupState> {
      return std::unique_ptr<GroupState>(new (std::nothrow) TextState);
    },
    nullptr,
    nullptr,
    kTextMinor,
};

MemoryNeed TextModel::memory(const ModelSettings& settings) {
  if (settings.chunk_size < kMinTextChunk) return {};
  MemoryNeed need;
  need.room = settings.room_size;
  need.coder =
      std::max(coder_memory(text_parameters(settings.lane), settings), sizeof(WordCounter));
  need.staging = context_size(settings) + part_size(settings);
  need.workspace = workspace_units(part_size(settings)) + text_tables_size(kMostWords);
  need.slots = kDictionaryRoom + context_size(settings);
  need.shared = need.slots + sizeof(WordIndex);
  return need;
}

Status TextModel::configure(const ModelSettings& settings) {
  plain_ = settings.lane;
  lane_history_ = settings.lane_history;
  lane_ = text_parameters(settings.lane);
  // They are there before the tables of words are.
  coder_size_ = memory(settings).coder;
  coding_ = {coder_size_, fitting_matches(settings.matches, text_tables_size(kMostWords)), lane_};
  coding_.matches.hashed = coding_.matches.parses != 0 ? kParsedCodes : kHashedCodes;
  worth_ = find_worth(settings);
  context_size_ = context_size(settings);
  part_size_ = part_size(settings);
  return {};
}

Result<CodedBody> TextModel::encode(const ChunkInput& chunk, GroupState* state,
                                    MutableByteSpan scratch) {
  TextState& text = *static_cast<TextState*>(state);
  if (chunk.is_key) text.is_text = false;
  scratch = scratch.first(std::min({scratch.size(), chunk.most, chunk.bytes.size() - 1}));
  if (chunk.is_key) return encode_key(chunk.bytes, text, scratch);
  return text.is_text ? encode_dependent(chunk, text, scratch) : CodedBody{};
}

/// Makes the group's dictionary of so many pieces of the chunk, or of all of it; false if it has no
/// words. The memory is the lane encoder's, which has nothing to
/// do meanwhile.
Result<bool> TextModel::learn(ByteSpan chunk, size_t pieces, TextState& state) {
  const Result<MutableByteSpan> lent = lanes_.lend_memory(coder_size_);
  if (!lent.ok()) return lent.status;
  auto& counter = *new (lent.value.data()) WordCounter;
  counter.start();
  if (pieces == 1)
    counter.count(chunk);
  else
    for_each_piece(chunk, pieces, kCounted / pieces, [&](ByteSpan piece) { counter.count(piece); });
  if (const Status status = pool_.reserve(state.dictionary, kDictionaryRoom); !status.ok())
    return status;
  const size_t size = counter.write_dictionary({state.dictionary.block(), kDictionaryRoom});
  if (size == 0) return false;
  state.dictionary.set_filled(0, size);
  if (const Status status = pool_.reserve(state.index, sizeof(WordIndex)); !status.ok())
    return status;
  (new (state.index.block()) WordIndex)->start(state.dictionary.bytes());
  return true;
}

/// Bytes of a lane.
Result<size_t> TextModel::lane_size(const LaneParameters& lane, ByteSpan bytes, ByteSpan prefix,
                                    MutableByteSpan scratch) {
  if (const Status status = lanes_.configure(lane); !status.ok()) return status;
  const Result<size_t> size = lanes_.encode(bytes, prefix, scratch);
  return size.ok() && size.value == 0 ? Result<size_t>(bytes.size()) : size;
}

/// Whether a piece of the chunk is smaller by words of another.
Result<bool> TextModel::promises(ByteSpan chunk, TextState& state, MutableByteSpan scratch) {
  if (chunk.size() < kCounted + kTrial) return false;
  const Result<bool> learnt = learn(chunk, kPieces, state);
  if (!learnt.ok() || !learnt.value) return learnt;
  const ByteSpan piece = chunk.subspan(chunk.size() / 16 * 7, kTrial);
  const MutableByteSpan room(staging_.block(), context_size_ + part_size_);
  const CodedWords coded = state.words().code(piece, room);
  if (coded.taken != piece.size()) return false;
  const Result<size_t> plain = lane_size(plain_, piece, {}, scratch);
  if (!plain.ok()) return plain.status;
  const Result<size_t> codes = lane_size(lane_, room.first(coded.size), {}, scratch);
  if (!codes.ok()) return codes.status;
  return codes.value * 100 <= plain.value * (100 - worth_.trial) && !repeats_itself(chunk);
}

Result<CodedBody> TextModel::encode_key(ByteSpan chunk, TextState& state, MutableByteSpan scratch) {
  if (const Status status = pool_.reserve(staging_, context_size_ + part_size_); !status.ok())
    return status;
  const Result<bool> is_likely = promises(chunk, state, scratch);
  if (!is_likely.ok() || !is_likely.value) return is_likely.status;
  const Result<bool> learnt = learn(chunk, 1, state);
  if (!learnt.ok() || !learnt.value) return learnt.status;
  if (const Status status = lanes_.configure(lane_); !status.ok()) return status;
  TreeWriter tree(scratch);
  tree.store_slot(kDictionarySlot);
  const Result<bool> has_room = write_lane(state.dictionary.bytes(), {}, tree);
  if (!has_room.ok() || !has_room.value) return has_room.status;
  const Result<size_t> taken = write_context(chunk, state, tree);
  if (!taken.ok() || taken.value == 0) return taken.status;
  Result<CodedBody> body = write_parts(chunk, taken.value, state, tree);
  const size_t size = body.value.bytes.size();
  if (!body.ok() || size == 0) return body.status;
  body.value.handicap = size * worth_.percent / 100;
  return body;
}

/// The first codes go to a slot, for all chunks of the group. Gives the bytes that they stand for;
/// 0 if there is no room.
Result<size_t> TextModel::write_context(ByteSpan chunk, TextState& state, TreeWriter& tree) {
  if (const Status status = pool_.reserve(state.context, context_size_); !status.ok())
    return status;
  const CodedWords coded =
      state.words().code(chunk, MutableByteSpan(state.context.block(), context_size_));
  state.context.set_filled(0, coded.size);
  state.percent = coded.size * 100 / coded.taken + 1;
  tree.store_slot(kContextSlot);
  const Result<bool> has_room = write_lane(state.context.bytes(), {}, tree);
  if (!has_room.ok()) return has_room.status;
  return has_room.value ? coded.taken : 0;
}

/// Whether the key chunk's words are those of this one, by pieces of it.
bool TextModel::looks_alike(ByteSpan chunk, const TextState& state) {
  if (chunk.size() < kPieces * kPiece) return false;
  CodedWords all;
  for_each_piece(chunk, kPieces, kPiece, [&](ByteSpan piece) {
    const CodedWords coded = state.words().code(piece, {staging_.block(), 2 * kPiece});
    all.taken += coded.taken;
    all.size += coded.size;
  });
  return all.size * 10000 <= all.taken * std::min(state.percent * kAlikePercent, kMaxPercent * 100);
}

/// Whether a sample takes less as words behind the group's context than as bytes behind the
/// history.
Result<bool> TextModel::words_take_less(const ChunkInput& chunk, const TextState& state,
                                        MutableByteSpan scratch) {
  if (scratch.size() < 2 * kCompared) return true;
  uint8_t* end = scratch.data();
  for_each_piece(chunk.bytes, kComparedPieces, kCompared / kComparedPieces,
                 [&](ByteSpan piece) { end = std::copy(piece.begin(), piece.end(), end); });
  const ByteSpan sample(scratch.data(), end);
  const MutableByteSpan room = scratch.subspan(sample.size());
  const ByteSpan history =
      chunk.history.last(std::min<size_t>(chunk.history.size(), lane_history_));
  const Result<size_t> plain = lane_size(plain_, sample, history, room);
  if (!plain.ok()) return plain.status;
  const MutableByteSpan codes(staging_.block() + context_size_, part_size_);
  const CodedWords coded = state.words().code(sample, codes);
  if (coded.taken != sample.size()) return true;
  const Result<size_t> words = lane_size(lane_, codes.first(coded.size), put_context(state), room);
  return words.ok() ? Result<bool>(words.value <= plain.value) : Result<bool>(words.status);
}

/// The group's context as a prefix, right before the room for codes.
ByteSpan TextModel::put_context(const TextState& state) {
  const ByteSpan context = state.context.bytes();
  const MutableByteSpan prefix(staging_.block() + context_size_ - context.size(), context.size());
  copy_bytes(context, prefix);
  return prefix;
}

/// What is not as the key chunk is, or repeats what only the history has, is smaller otherwise.
Result<CodedBody> TextModel::encode_dependent(const ChunkInput& chunk, const TextState& state,
                                              MutableByteSpan scratch) {
  if (const Status status = pool_.reserve(staging_, context_size_ + part_size_); !status.ok())
    return status;
  if (!looks_alike(chunk.bytes, state) || repeats_history(chunk)) return CodedBody{};
  if (worth_.compares_history && !chunk.history.empty()) {
    const Result<bool> is_less = words_take_less(chunk, state, scratch);
    if (!is_less.ok() || !is_less.value) return is_less.status;
  }
  if (const Status status = lanes_.configure(lane_); !status.ok()) return status;
  TreeWriter tree(scratch);
  Result<CodedBody> body = write_parts(chunk.bytes, 0, state, tree);
  body.value.is_settled = true;
  return body;
}

/// The chunk as parts whose codes there is room for; the first `shared` bytes are in a slot
/// already. Each lane refers to that slot.
Result<CodedBody> TextModel::write_parts(ByteSpan chunk, size_t shared, const TextState& state,
                                         TreeWriter& tree) {
  const ByteSpan prefix = put_context(state);
  const MutableByteSpan room(staging_.block() + context_size_, part_size_);
  const TreeWriter::Count count = tree.concatenate_some();
  uint8_t parts = 0;
  if (shared != 0) {
    tree.text(shared);
    tree.slot(kDictionarySlot);
    tree.slot(kContextSlot);
    parts++;
  }
  for (ByteSpan rest = chunk.subspan(shared); !rest.empty(); parts++) {
    const CodedWords coded = state.words().code(rest, room);
    tree.text(coded.taken);
    tree.slot(kDictionarySlot);
    const Result<bool> has_room = write_codes(room.first(coded.size), prefix, tree);
    if (!has_room.ok() || !has_room.value) return has_room.status;
    tree.slot(kContextSlot);
    rest = rest.subspan(coded.taken);
  }
  tree.set_count(count, parts);
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

/// Adds a part's codes, as matches if the level has them. False if there is no room.
Result<bool> TextModel::write_codes(ByteSpan codes, ByteSpan prefix, TreeWriter& tree) {
  return coding_.matches.is_used() ? write_best_lane(lanes_, coding_, codes, prefix, tree)
                                   : write_lane(codes, prefix, tree);
}

/// False if there is no room.
Result<bool> TextModel::write_lane(ByteSpan bytes, ByteSpan prefix, TreeWriter& tree) {
  const Result<size_t> frame = lanes_.encode(bytes, prefix, tree.lane_room());
  if (!frame.ok()) return frame.status;
  if (frame.value == 0) return false;
  tree.lane_made(frame.value, !prefix.empty());
  return true;
}

}  // namespace sigma
