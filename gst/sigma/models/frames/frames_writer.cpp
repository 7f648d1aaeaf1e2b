/* Frames as a tree: predictors, modes, then the bits and tokens of what is left, part by part.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <new>
#include <optional>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/frames/byte_residuals.hpp"
#include "gst/sigma/models/frames/frame_tokens.hpp"
#include "gst/sigma/models/frames/frames_state.hpp"
#include "gst/sigma/models/frames/moved_predictors.hpp"
#include "gst/sigma/operators/integers.hpp"

namespace sigma {

/// Finds predictors, and which of them each block takes.
void FramesModel::find_modes(const FrameLayout& layout, const FrameBytes& bytes,
                             const FrameEffort& effort, FramePredictors& predictors,
                             MutableByteSpan modes) {
  const size_t samples = bytes.value.size() / layout.width;
  // A few samples that have a frame before do not tell what suits the others.
  const size_t reach = samples + bytes.reference.size() / layout.width;
  const bool has_before = reach > layout.frame_size() + samples / 16;
  auto* const trainer = new (Arena(search_memory_).take<FrameTrainer>(1)) FrameTrainer;
  for (size_t i = 0; i < layout.plane_count; i++)
    find_predictors(layout, i, bytes, has_before, effort, *trainer, predictors.planes[i]);
  if (has_before && effort.has_motion) {
    auto* const room = new (Arena(search_memory_).take<MotionRoom>(1)) MotionRoom;
    add_moved(layout, bytes, *room, predictors);
  }
  auto* const choice = new (Arena(search_memory_).take<FrameChoice>(1)) FrameChoice;
  choose_modes(layout, bytes, effort, *choice, predictors, modes);
}

namespace {

/// Parts are counted in one byte.
constexpr size_t kMaxParts = 100;

/// Whether what is left of two planes is coded together, one behind the other.
bool belong_together(const FramePlane& a, const FramePlane& b) {
  return a.row == b.row && a.period == b.period;
}

/// Parts that end where planes do, and so many samples at most.
size_t count_parts(const FrameLayout& layout, size_t samples, size_t most) {
  size_t parts = 0;
  size_t filled = most;
  size_t plane = 0;
  FrameRow row;
  for (FrameRows rows(layout, samples); rows.next(row);) {
    if (filled + row.count > most ||
        !belong_together(layout.planes[row.plane], layout.planes[plane])) {
      parts++;
      filled = 0;
    }
    filled += row.count;
    plane = row.plane;
  }
  return parts;
}

/// What of a value is coded by itself: a plane that is apart, or all planes that take turns.
class FrameViews {
 public:
  FrameViews(const FrameLayout& layout, const FrameBytes& bytes)
      : layout_(layout), bytes_(bytes), count_(layout.is_apart ? layout.plane_count : 1) {}
  size_t count() const { return count_; }
  FrameLayout layout(size_t i) const { return layout_.is_apart ? layout_.of_plane(i) : layout_; }
  FrameBytes bytes(size_t i) const {
    return layout_.is_apart ? bytes_.of_plane(i, count_) : bytes_;
  }
  size_t samples() const { return bytes_.value.size() / layout_.width / count_; }

 private:
  const FrameLayout& layout_;
  const FrameBytes& bytes_;
  size_t count_;
};

}  // namespace

bool FramesModel::write_tree(const FrameLayout& layout, const FrameBytes& bytes,
                             const Reference& reference, TreeWriter& tree) {
  const FrameViews views(layout, bytes);
  const MutableByteSpan modes =
      modes_.first(layout.count_blocks(bytes.value.size() / layout.width));
  FramePredictors kept;
  size_t blocks = 0;
  for (size_t i = 0; i < views.count(); i++) {
    const FrameLayout view = views.layout(i);
    const size_t count = view.count_blocks(views.samples());
    // Differences of colours may have been as few as half as many rows.
    FrameEffort effort = effort_;
    effort.has_twins = layout.is_apart && i > 0;
    find_modes(view, views.bytes(i), effort, *predictors_, modes.subspan(blocks, count));
    blocks += count;
    if (layout.is_apart)
      kept.planes[i] = predictors_->planes[0];
    else
      kept = *predictors_;
  }
  const size_t payload = write_frames(layout, kept, tree.payload_room());
  if (payload == 0) return false;
  tree.payload_made(GlyphType::COMPOSITE, Primitive::MATRIX, payload);
  reference.write(tree);
  if (tree.overflowed()) return false;
  // From here on only predictors and modes are needed.
  Arena arena(
      {modes_.data() + workspace_units(max_blocks_), coder_size_ - workspace_units(max_blocks_)});
  auto* const ready = new (arena.take<ReadyPredictors>(1)) ReadyPredictors;
  ready->prepare(layout, kept, true);
  tokens_ = {arena.take<uint8_t>(part_size_ + kFrameLanes), part_size_};
  coder_memory_ = arena.rest();
  if (!write_modes(modes, tree)) return false;
  size_t parts = 0;
  for (size_t i = 0; i < views.count(); i++)
    parts += count_parts(views.layout(i), views.samples(), part_size_);
  if (parts > kMaxParts) return false;
  if (parts > 1) tree.concatenate(parts);
  blocks = 0;
  for (size_t i = 0; i < views.count(); i++) {
    const FrameLayout view = views.layout(i);
    const std::span<const ReadyPlane> planes = std::span(ready->planes).subspan(i);
    if (!write_residuals(view, views.bytes(i), planes, modes.subspan(blocks), tree)) return false;
    blocks += view.count_blocks(views.samples());
  }
  return true;
}

bool FramesModel::write_modes(ByteSpan modes, TreeWriter& tree) {
  if (std::all_of(modes.begin(), modes.end(), [&](uint8_t mode) { return mode == modes[0]; })) {
    tree.run(modes.size(), modes.first(1));
    return !tree.overflowed();
  }
  TansEncoder encoder(coder_memory_, max_tables_);
  const size_t coded = encoder.encode(modes, {1, 1, 0}, tree.payload_room());
  if (coded == 0) return false;
  tree.payload_made(GlyphType::PRIMITIVE, Primitive::EXPRESSION, coded);
  return !tree.overflowed();
}

namespace {

/// Writes the tokens of a row, and the bits that they leave open.
void split_row(const FrameLayout& layout, const FrameBytes& bytes, const FrameRow& row,
               std::span<const ReadyPredictor> predictors, ByteSpan modes, uint8_t* tokens,
               TokenBits& bits) {
  for_each_run(layout, row, modes, [&](const FrameRun& run, uint8_t mode) {
    int32_t predictions[FrameRun::kMost];
    predict_run(layout, predictors[mode], run, bytes, predictions);
    split_frame_run(layout, bytes, run, predictions, tokens, bits);
    tokens += run.count;
  });
}

}  // namespace

/// Parts end with rows.
bool FramesModel::write_residuals(const FrameLayout& layout, const FrameBytes& bytes,
                                  std::span<const ReadyPlane> predictors, ByteSpan modes,
                                  TreeWriter& tree) {
  const size_t samples = bytes.value.size() / layout.width;
  FrameRows rows(layout, samples);
  FrameRow row;
  bool has_row = rows.next(row);
  const bool are_bytes = has_byte_residuals(layout);
  // Parts of one plane are alike.
  std::array<std::optional<SymbolContext>, kMaxFramePlanes> context;
  while (has_row) {
    const size_t plane = row.plane;
    const TreeWriter before = tree;
    tree.integers(layout.width);
    const MutableByteSpan room = tree.payload_room();
    TokenBits bits(room);
    size_t filled = 0;
    do {
      const ReadyPlane& of_plane = predictors[row.plane];
      if (are_bytes)
        fold_byte_row(layout, bytes, row, of_plane, modes, tokens_.data() + filled);
      else
        split_row(layout, bytes, row, of_plane, modes, tokens_.data() + filled, bits);
      filled += row.count;
      has_row = rows.next(row);
    } while (has_row && filled + row.count <= part_size_ &&
             belong_together(layout.planes[row.plane], layout.planes[plane]));
    if (are_bytes) split_byte_tokens(tokens_.first(filled), bits);
    const ByteSpan tokens = tokens_.first(filled);
    if (count_zeros(tokens) == filled) {
      tree = before;
      tree.run(filled * layout.width, tokens.first(1));
      continue;
    }
    const size_t size = bits.finish();
    if (size > room.size()) return false;
    tree.payload_made(GlyphType::PRIMITIVE, Primitive::LITERAL, size);
    TansEncoder encoder(coder_memory_, max_tables_);
    if (!context[plane]) context[plane] = choose_context(layout.planes[plane], tokens);
    const size_t coded = encoder.encode(tokens, *context[plane], tree.payload_room());
    if (coded == 0) return false;
    tree.payload_made(GlyphType::PRIMITIVE, Primitive::EXPRESSION, coded);
    if (tree.overflowed()) return false;
  }
  return !tree.overflowed();
}

namespace {

/// So many tokens from the middle.
ByteSpan middle(ByteSpan tokens, size_t most) {
  if (tokens.size() <= most) return tokens;
  return tokens.subspan((tokens.size() - most) / 2, most);
}

}  // namespace

/// The context in which some tokens of a part take least. Levels that are not fine are tried with
/// few: these seem to have no use for many tables.
SymbolContext FramesModel::choose_context(const FramePlane& plane, ByteSpan tokens) {
  constexpr size_t kFew = 16384;
  constexpr size_t kMore = 65536;
  const size_t row = plane.row * (plane.is_skewed ? 2 : 1);
  const size_t distance = plane.period;
  SymbolContext best = {distance, 3, 0};
  if (row > kMaxSymbolRow || row <= distance) return best;
  TansEncoder encoder(coder_memory_, max_tables_);
  const auto find_best = [&](ByteSpan some, std::initializer_list<SymbolContext> contexts) {
    uint64_t least = UINT64_MAX;
    for (const SymbolContext& context : contexts) {
      if (context.row <= (context.is_fine ? 2 : 1) * context.distance) continue;
      const uint64_t bits = encoder.estimate(some, context);
      if (bits >= least) continue;
      least = bits;
      best = context;
    }
  };
  // Of samples of several kinds also those that are next to each other; else that was tried.
  const size_t near_row = distance == 1 ? 0 : plane.row;
  find_best(middle(tokens, kFew),
            {{distance, 1, row}, {distance, 2, row}, {distance, 4, row}, {1, 2, near_row}});
  find_best(middle(tokens, kMore),
            {best, {distance, 1, row, true}, {distance, 2, row, true}, {1, 2, near_row, true}});
  return best;
}

}  // namespace sigma
