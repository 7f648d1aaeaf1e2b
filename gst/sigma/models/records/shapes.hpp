/* Which words of records are values, though they hold no digit: those that change.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/records/field_reader.hpp"

namespace sigma {

/// Watches records that have no template. Records with the same bytes between their words have one
/// shape; when many texts of a shape are new, the words that change among them are values.
class ShapeTable {
 public:
  static constexpr size_t kShapes = 256;
  static constexpr size_t kWords = 32;  ///< of a record that are watched, at most

  /// Which words of a shape are values: a bit for each of the first ones.
  struct Values {
    uint32_t shape = 0;
    uint32_t words = 0;
  };
  using Known = std::array<Values, kShapes>;

  /// Bytes of memory that a table takes.
  static constexpr size_t memory_size() { return sizeof(Watched) * kShapes; }
  /// Takes it from `arena`; what is known stays.
  void set_memory(Arena& arena);

  /// Forgets all but what is `known`.
  void learn(const Known& known) { known_ = known; }
  const Known& known() const { return known_; }

  /// Watches a record, which was read as TEXT. Gives a bit for each word that is a value; none as
  /// long as nothing is known of its shape.
  uint32_t watch(const RecordReader& record);

 private:
  struct Watched {
    uint32_t shape;
    uint32_t texts;                      ///< new ones
    std::array<uint32_t, kWords> words;  ///< bits, by hash, of those that were there
  };

  Known known_ = {};
  Watched* watched_ = nullptr;
};

}  // namespace sigma
