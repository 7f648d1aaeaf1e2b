/* The model `frames`, where samples are made of others first: pixels of planes, values of ranks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/frames/frames_state.hpp"

namespace sigma {

namespace {

/// Bytes from a place in the stream to where the next whole pixel begins.
size_t bytes_to_pixel(uint64_t offset, const FoundFrames& found) {
  const size_t unit = found.format.planes[0].period;
  const size_t into = (static_cast<size_t>(offset % unit) + unit - found.shift % unit) % unit;
  return (unit - into) % unit;
}

}  // namespace

/// How the pixels of a group are made: told from a piece of its key chunk.
Status FramesModel::choose_colours(const ChunkInput& chunk, State& state, MutableByteSpan scratch) {
  constexpr size_t kPiece = size_t{128} << 10;
  state.has_colours = false;
  if (colour_size_ == 0 || !is_frame_of_pixels(state.frames.format)) return {};
  const size_t unit = state.frames.format.planes[0].period;
  const size_t before = bytes_to_pixel(chunk.offset, state.frames);
  if (chunk.bytes.size() < before + unit) return {};
  const ColourForms forms = find_colours(chunk.bytes.subspan(before), unit);
  ChunkInput piece = chunk;
  const size_t begin = chunk.bytes.size() > kPiece ? (chunk.bytes.size() - kPiece) / 2 : 0;
  piece.bytes = chunk.bytes.subspan(begin, std::min(kPiece, chunk.bytes.size()));
  piece.history = {};
  piece.offset += begin;
  const Result<CodedBody> whole = encode_frames(piece, state.frames, scratch);
  if (!whole.ok()) return whole.status;
  size_t least = whole.value.bytes.empty() ? piece.bytes.size() : whole.value.bytes.size();
  for (size_t i = 0; i < forms.count; i++) {
    const Result<CodedBody> body = encode_colours(piece, state.frames, forms.all[i], scratch);
    if (!body.ok()) return body.status;
    if (body.value.bytes.empty() || body.value.bytes.size() >= least) continue;
    least = body.value.bytes.size();
    state.colours = forms.all[i];
    state.has_colours = true;
  }
  return {};
}

namespace {

/// Whether so few values occur that their ranks are nearer to each other, but for bits that none of
/// them has.
bool are_few(const RankTable& table, size_t samples, unsigned unused) {
  const auto most = static_cast<size_t>(table.value(table.count() - 1) - table.value(0));
  const size_t range = (most >> unused) + 1;
  return 2 * table.count() <= range && 16 * table.count() <= samples;
}

}  // namespace

/// Whether samples of a group are coded as ranks: told from a piece of its key chunk.
Status FramesModel::choose_ranks(const ChunkInput& chunk, State& state, MutableByteSpan scratch) {
  constexpr size_t kPiece = size_t{128} << 10;
  state.has_ranks = false;
  RankTable table;
  if (colour_size_ == 0 || !is_frame_of_words(state.frames.format) ||
      !table.find(chunk.bytes, state.frames.format.big_endian) ||
      !are_few(table, chunk.bytes.size() / 2, state.frames.format.unused))
    return {};
  ChunkInput piece = chunk;
  const size_t begin = chunk.bytes.size() > kPiece ? (chunk.bytes.size() - kPiece) / 4 * 2 : 0;
  piece.bytes = chunk.bytes.subspan(begin, std::min(kPiece, chunk.bytes.size()));
  piece.history = {};
  piece.offset += begin;
  const Result<CodedBody> plain = encode_frames(piece, state.frames, scratch);
  if (!plain.ok()) return plain.status;
  const size_t size = plain.value.bytes.empty() ? piece.bytes.size() : plain.value.bytes.size();
  const Result<CodedBody> ranked = encode_frames(piece, state.frames, scratch, true);
  if (!ranked.ok()) return ranked.status;
  state.has_ranks = !ranked.value.bytes.empty() && ranked.value.bytes.size() < size;
  return {};
}

/// Puts ranks in the place of samples, and of those before.
bool FramesModel::rank(const RankTable& table, FrameLayout& layout, FrameBytes& bytes) {
  if (!pool_.reserve(staging_, colour_size_).ok()) return false;
  const size_t known =
      std::min({bytes.reference.size(), max_known_, 8 * bytes.value.size()}) / 2 * 2;
  Arena arena({staging_.block(), colour_size_});
  uint8_t* const before = arena.take<uint8_t>(known);
  uint8_t* const value = arena.take<uint8_t>(bytes.value.size());
  if (before == nullptr || value == nullptr) return false;
  rank_samples(table, layout.big_endian, bytes.reference.last(known), {before, known});
  rank_samples(table, layout.big_endian, bytes.value, {value, bytes.value.size()});
  bytes = {{before, known}, {value, bytes.value.size()}};
  layout.big_endian = false;
  layout.unused = 0;
  return true;
}

/// Bytes before the first whole pixel, and behind the last one, are as they are.
Result<CodedBody> FramesModel::encode_colours(const ChunkInput& chunk, const FoundFrames& found,
                                              const ColourForm& form, MutableByteSpan scratch) {
  const size_t unit = form.unit;
  const FramePlane& plane = found.format.planes[0];
  const uint64_t frame = uint64_t{plane.row} * plane.rows;
  const uint64_t place = chunk.offset % frame + frame - found.shift;
  const size_t before = bytes_to_pixel(chunk.offset, found);
  if (chunk.bytes.size() < before + unit) return CodedBody{};
  const ByteSpan head = chunk.bytes.first(before);
  const ByteSpan rest = chunk.bytes.subspan(before);
  const ByteSpan whole = rest.first(rest.size() / unit * unit);
  const ByteSpan tail = rest.subspan(whole.size());
  FrameLayout layout;
  layout.plane_count = unit;
  layout.planes.fill({plane.row / unit, plane.rows, 1, false});
  layout.is_apart = true;
  layout.position = static_cast<size_t>((place + before) % frame) / unit;
  const FrameLayout of_plane = layout.of_plane(0);
  if (of_plane.blocks_in_row(0) > kMaxBlocksInRow || layout.planes[0].row > part_size_ ||
      layout.count_blocks(whole.size()) > max_blocks_)
    return CodedBody{};
  // What was before, as whole pixels, of which the last one may go on in the chunk. A decoder has
  // no work left for more than some times the chunk.
  size_t known =
      std::min({chunk.history.size() + before, max_known_, 4 * whole.size()}) / unit * unit;
  if (chunk.history.empty() || known <= before) known = 0;
  const Reference reference = {known == 0 ? 0 : known - before, &form, head};
  if (const Status status = pool_.reserve(staging_, colour_size_); !status.ok()) return status;
  Arena arena({staging_.block(), colour_size_});
  uint8_t* const before_planes = arena.take<uint8_t>(known);
  uint8_t* const planes = arena.take<uint8_t>(whole.size());
  if (before_planes == nullptr || planes == nullptr) return CodedBody{};
  const FrameBytes bytes = {{before_planes, known}, {planes, whole.size()}};
  ColourExceptions exceptions;
  if (!separate_chunk(form, whole, bytes.value, arena.rest(), exceptions)) return CodedBody{};
  if (known != 0)
    separate_colours(form, chunk.history.last(reference.history), head, {before_planes, known});
  if (const Status status = use_memory(); !status.ok()) return status;
  TreeWriter tree(scratch.first(std::min({scratch.size(), chunk.most, chunk.bytes.size() - 1})));
  const size_t parts = 1 + (head.empty() ? 0 : 1) + (tail.empty() ? 0 : 1);
  if (parts > 1) tree.concatenate(parts);
  if (!head.empty()) tree.literal(head);
  tree.payload_made(GlyphType::COMPOSITE, Primitive::COMBINE,
                    write_combined(form, exceptions.mark, tree.payload_room()));
  if (!write_tree(layout, bytes, reference, tree) || !write_exceptions(exceptions.colours, tree))
    return CodedBody{};
  if (!tail.empty()) tree.literal(tail);
  if (tree.overflowed()) return CodedBody{};
  return CodedBody{tree.bytes(), tree.glyphs()};
}

bool FramesModel::write_exceptions(ByteSpan exceptions, TreeWriter& tree) {
  constexpr size_t kFew = 256;  // bytes, for which a table does not pay
  if (exceptions.size() < kFew || exceptions.size() > part_size_) {
    tree.literal(exceptions);
    return !tree.overflowed();
  }
  TansEncoder encoder(coder_memory_, max_tables_);
  const size_t coded = encoder.encode(exceptions, {kMinPixel, 1, 0}, tree.payload_room());
  if (coded == 0) return false;
  tree.payload_made(GlyphType::PRIMITIVE, Primitive::EXPRESSION, coded);
  return !tree.overflowed();
}

}  // namespace sigma
