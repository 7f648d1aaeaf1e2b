/* Operators by their glyphs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string_view>

#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {

/// What is said of a tree that breaks a rule which is not one of its operators'.
struct TreeTexts {
  const char* malformed = "a glyph inside a chunk is malformed";
  const char* payload = "an operator's payload is missing or unexpected";
  const char* too_long = "a value is too long";
  const char* unknown = nullptr;  ///< null: an operator of a later version
};

/// The operators that a tree may have, at most kMaxOperators.
class OperatorTable {
 public:
  /// Code points of entries do not overlap.
  OperatorTable(std::initializer_list<const OperatorEntry*> entries, const TreeTexts& texts = {});

  /// Puts an entry in the place of the one that has its code points.
  void replace(const OperatorEntry& entry);

  /// Null if there is none.
  const OperatorEntry* find(GlyphType type, Primitive primitive) const {
    return entries_[place_of(type, primitive)];
  }
  std::span<const OperatorEntry* const> entries() const {
    return std::span(entries_).subspan(1, count_);
  }
  const TreeTexts& texts() const { return texts_; }

 private:
  size_t place_of(GlyphType type, Primitive primitive) const {
    return places_[static_cast<size_t>(type) << 8 | static_cast<uint8_t>(primitive)];
  }

  static constexpr size_t kMaxOperators = 31;

  TreeTexts texts_;
  size_t count_ = 0;
  std::array<const OperatorEntry*, 1 + kMaxOperators> entries_{};  ///< the first is none
  std::array<uint8_t, 4 * 256> places_{};                          ///< in entries_, by code point
};

/// The operators of chunks. Entries are the library's own, not exported: a table of other operators
/// finds the ones that it keeps here.
const OperatorTable& chunk_operators();
/// One of them by its name in docs/format.md, which there must be.
const OperatorEntry& chunk_operator(std::string_view name);

/// Whether a chunk's tree has a records operator; what is malformed is not looked at further.
bool has_records(ByteSpan tree);
/// The same for frames, text, and predicted samples.
bool has_frames(ByteSpan tree);
bool has_text(ByteSpan tree);
bool has_samples(ByteSpan tree);
/// The same for bytes of the group before the chunk.
bool has_history(ByteSpan tree);
/// Whether it begins with a statement.
bool has_statements(ByteSpan tree);

}  // namespace sigma
