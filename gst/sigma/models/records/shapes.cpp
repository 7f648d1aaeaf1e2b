/* Counting the words at each place of a shape.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/shapes.hpp"

#include <algorithm>
#include <bit>

#include "gst/sigma/models/records/text_hash.hpp"

namespace sigma {
namespace {

/// New texts of a shape from which on it is known.
constexpr uint32_t kTexts = 8;
/// Different words at a place, of these, that make it a value's.
constexpr int kDifferentWords = 4;

}  // namespace

void ShapeTable::set_memory(Arena& arena) {
  watched_ = arena.take<Watched>(kShapes);
  std::fill_n(watched_, kShapes, Watched{});
}

uint32_t ShapeTable::watch(const RecordReader& record) {
  const uint8_t* const end = record.bytes().data() + record.bytes().size();
  uint64_t hash = 1;
  record.each_literal([&](const uint8_t* literal, size_t size, size_t) {
    hash = mix_text(hash, literal, size, end);
    return true;
  });
  const uint32_t shape = fold_hash(hash) | 1;
  const size_t place = (shape >> 8) % kShapes;
  Values& values = known_[place];
  Watched& watched = watched_[place];
  if (watched.shape != shape) {
    // Shapes that come often keep their place.
    if (watched.texts > 1) {
      watched.texts--;
      return values.shape == shape ? values.words : 0;
    }
    watched = {};
    watched.shape = shape;
  }
  const size_t count = std::min(record.size(), kWords);
  for (size_t i = 0; i < count; i++) {
    const uint8_t* const word = record.bytes().data() + record[i].begin;
    watched.words[i] |= uint32_t{1} << fold_hash(mix_text(0, word, record[i].size, end)) % 32;
  }
  if (++watched.texts % kTexts == 0) {
    if (values.shape != shape) values = {shape, 0};
    for (size_t i = 0; i < count; i++)
      if (std::popcount(watched.words[i]) >= kDifferentWords) values.words |= uint32_t{1} << i;
  }
  return values.shape == shape ? values.words : 0;
}

}  // namespace sigma
