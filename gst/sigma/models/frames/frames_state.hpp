/* What the model `frames` keeps of a group, and where it looks before a value.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/frames/frames_model.hpp"

namespace sigma {

/// How a group is coded as frames, if it is.
struct FramesModel::State final : GroupState {
  void forget() override { *this = {}; }
  /// What is no smaller than bytes is not tried again before the next key.
  void key_coded_by(Model model) override { is_smaller = model == Model::FRAMES; }

  FoundFrames frames;
  DrawingShape drawing;
  ColourForm colours;  ///< how pixels are made of planes, if they are
  bool has_colours = false;
  bool has_ranks = false;  ///< samples are ranks of the values that occur
  bool is_smaller = false;
  bool drawing_lost = false;  ///< frames were smaller than copies in the key chunk
  uint64_t key_size = 0;      ///< bytes of the key chunk, and of what it became
  uint64_t key_coded = 0;

  /// Frames are smaller than copies. Where they do much worse than in the key chunk, pictures may
  /// have ended.
  void keep(const ChunkInput& chunk, CodedBody& body) {
    if (chunk.is_key) {
      drawing_lost = true;
      key_size = chunk.bytes.size();
      key_coded = body.bytes.size();
    }
    body.is_settled = !chunk.is_key && body.bytes.size() * key_size / 4 * 3 <=
                                           uint64_t{key_coded} * chunk.bytes.size();
  }
};

/// Where what lies before a value is: in the history, of which pixels may be separated.
struct FramesModel::Reference {
  size_t history = 0;  ///< the last bytes of it
  const ColourForm* colours = nullptr;
  ByteSpan rest;  ///< of a pixel that goes on in the chunk
  const RankTable* ranks = nullptr;
  bool is_big = false;

  void write(TreeWriter& tree) const {
    if (history == 0) return tree.literal({});
    if (colours != nullptr) {
      const size_t size = write_separated(*colours, rest, tree.payload_room());
      tree.payload_made(GlyphType::DELTA, Primitive::SEPARATE, size);
    }
    if (ranks != nullptr)
      tree.payload_made(GlyphType::DELTA, Primitive::SEARCH,
                        write_ranks(*ranks, is_big, tree.payload_room()));
    tree.history(history, history);
  }
};

}  // namespace sigma
