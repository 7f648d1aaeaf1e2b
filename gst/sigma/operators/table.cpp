/* The list of operators.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/table.hpp"

#include <algorithm>
#include <cassert>

#include "gst/sigma/operators/adapted.hpp"
#include "gst/sigma/operators/array.hpp"
#include "gst/sigma/operators/branches.hpp"
#include "gst/sigma/operators/colours.hpp"
#include "gst/sigma/operators/concatenate.hpp"
#include "gst/sigma/operators/copies.hpp"
#include "gst/sigma/operators/excepted.hpp"
#include "gst/sigma/operators/fields.hpp"
#include "gst/sigma/operators/frames.hpp"
#include "gst/sigma/operators/integers.hpp"
#include "gst/sigma/operators/lane.hpp"
#include "gst/sigma/operators/matches.hpp"
#include "gst/sigma/operators/palette.hpp"
#include "gst/sigma/operators/predicted.hpp"
#include "gst/sigma/operators/ranked.hpp"
#include "gst/sigma/operators/records/records.hpp"
#include "gst/sigma/operators/scaled.hpp"
#include "gst/sigma/operators/slots.hpp"
#include "gst/sigma/operators/sum.hpp"
#include "gst/sigma/operators/symbols.hpp"
#include "gst/sigma/operators/text.hpp"
#include "gst/sigma/operators/values.hpp"

namespace sigma {

const OperatorTable& chunk_operators() {
  static const OperatorTable table = {
      &kLiteral,       // values.cpp
      &kRun,           // values.cpp
      &kHistory,       // values.cpp
      &kLane,          // lane.cpp
      &kPrefixedLane,  // lane.cpp
      &kMatches,       // matches.cpp
      &kConcatenate,   // concatenate.cpp
      &kArray,         // array.cpp
      &kFields,        // fields.cpp
      &kSum,           // sum.cpp
      &kBranches,      // branches.cpp
      &kRecords,       // records/records.cpp
      &kSymbols,       // symbols.cpp
      &kIntegers,      // integers.cpp
      &kPredicted,     // predicted.cpp
      &kAdapted,       // adapted.cpp
      &kScaled,        // scaled.cpp
      &kExcepted,      // excepted.cpp
      &kPalette,       // palette.cpp
      &kFrames,        // frames.cpp
      &kCopies,        // copies.cpp
      &kSeparated,     // colours.cpp
      &kCombined,      // colours.cpp
      &kRanked,        // ranked.cpp
      &kText,          // text.cpp
      &kSlot,          // slots.cpp
      &kSetSlot,       // slots.cpp
      &kStoreSlot,     // slots.cpp
      &kAppendSlot,    // slots.cpp
  };
  return table;
}

OperatorTable::OperatorTable(std::initializer_list<const OperatorEntry*> entries,
                             const TreeTexts& texts)
    : texts_(texts) {
  assert(entries.size() <= kMaxOperators);
  for (const OperatorEntry* entry : entries) {
    entries_[++count_] = entry;
    const size_t type = static_cast<size_t>(entry->type) << 8;
    for (size_t point = static_cast<uint8_t>(entry->first);
         point <= static_cast<uint8_t>(entry->last); point++)
      places_[type | point] = static_cast<uint8_t>(count_);
  }
}

void OperatorTable::replace(const OperatorEntry& entry) {
  entries_[place_of(entry.type, entry.first)] = &entry;
}

const OperatorEntry& chunk_operator(std::string_view name) {
  const auto entries = chunk_operators().entries();
  return **std::find_if(entries.begin(), entries.end(),
                        [&](const OperatorEntry* entry) { return name == entry->name; });
}

namespace {

bool has_operator(ByteSpan tree, const OperatorEntry& entry) {
  const OperatorTable& table = chunk_operators();
  Glyph glyph;
  for (size_t size = 0; parse_glyph(tree, glyph, size) == GlyphParse::COMPLETE;
       tree = tree.subspan(size))
    if (table.find(glyph.type, glyph.primitive) == &entry) return true;
  return false;
}

}  // namespace

bool has_records(ByteSpan tree) {
  return has_operator(tree, kRecords);
}

bool has_frames(ByteSpan tree) {
  return has_operator(tree, kFrames) || has_operator(tree, kCopies);
}

bool has_text(ByteSpan tree) {
  return has_operator(tree, kText);
}

bool has_history(ByteSpan tree) {
  return has_operator(tree, kHistory);
}

bool has_statements(ByteSpan tree) {
  Glyph glyph;
  size_t size = 0;
  if (parse_glyph(tree, glyph, size) != GlyphParse::COMPLETE) return false;
  const OperatorEntry* const entry = chunk_operators().find(glyph.type, glyph.primitive);
  return entry != nullptr && entry->run != nullptr;
}

bool has_samples(ByteSpan tree) {
  return has_operator(tree, kPredicted) || has_operator(tree, kFields) ||
         has_operator(tree, kSymbols);
}

}  // namespace sigma
