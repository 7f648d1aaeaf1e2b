/* Templates, texts of columns and kinds of numbers, as pieces.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/search/record_pieces.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/base/counting.hpp"
#include "gst/sigma/operators/records/layout.hpp"
#include "gst/sigma/operators/records/records.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {
namespace {

bool has_byte(ByteSpan bytes, uint8_t byte) {
  return !bytes.empty() && std::memchr(bytes.data(), byte, bytes.size()) != nullptr;
}

uint8_t small_letter(uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<uint8_t>(byte + 'a' - 'A') : byte;
}

/// What numbers of a column may look like.
bool digits_of(const Glyph& glyph, Digits& digits) {
  VarintReader in(glyph.payload);
  uint64_t kind = 0;
  if (!in.read(kind) || kind >= kNumberKinds) return false;
  switch (static_cast<NumberKind>(kind)) {
    case NumberKind::DECIMAL:
    case NumberKind::PADDED:
      digits = Digits::DECIMAL;
      return true;
    case NumberKind::SIGNED:
      digits = Digits::SIGNED;
      return true;
    case NumberKind::HEX:
      digits = Digits::HEX;
      return true;
    case NumberKind::HEX_UPPER:
      digits = Digits::HEX_UPPER;
      return true;
    case NumberKind::SCALED:
      digits = Digits::SCALED;
      return true;
  }
  return false;
}

}  // namespace

bool RecordPieces::take_texts(const SoughtTexts& texts) {
  if (texts.texts.empty() || texts.texts.size() > kMaxSoughtTexts) return false;
  any_case_ = texts.any_case;
  set_count_ = 0;
  for (const ByteSpan text : texts.texts) {
    if (text.empty()) return false;
    sets_[set_count_++] = PieceSet(text.first(std::min(text.size(), kMaxSoughtText)));
  }
  return true;
}

bool RecordPieces::lack(const SoughtTexts& texts, Operands& operands, const Node& node,
                        uint64_t& size, uint64_t& lines) {
  if (!parse_records(node.payload, size, lines) || lines > size || !take_texts(texts)) return false;
  const WorkspaceScope scope(operands);
  return look(operands, lines);
}

/// Of the lanes, those that hold texts, and if lines are not records, what counts them.
bool RecordPieces::look(Operands& operands, uint64_t& lines) {
  const Result<ByteSpan> templates = operands.view();
  if (!templates.ok() || !add_templates(templates.value, false)) return false;
  const Result<ByteSpan> script = operands.view();
  if (!script.ok() || !add_script(script.value) || is_possible()) return false;
  ByteSpan ids;
  ByteSpan lows;
  for (auto lane = static_cast<size_t>(RecordLane::IDS);
       lane < static_cast<size_t>(RecordLane::STRINGS); lane++) {
    const bool is_id = lane == static_cast<size_t>(RecordLane::IDS);
    if (are_lines_ || !(is_id || lane == static_cast<size_t>(RecordLane::LOWS))) {
      if (!operands.measure().ok()) return false;
      continue;
    }
    const Result<ByteSpan> codes = operands.view();
    if (!codes.ok()) return false;
    (is_id ? ids : lows) = codes.value;
  }
  if (!are_lines_ && (ids.size() != lines || !count_lines(ids, lows, lines))) return false;
  const Result<ByteSpan> strings = operands.view();
  return strings.ok() && add_strings(strings.value) && !is_possible();
}

/// False: the last one is not whole, or a code has no template.
bool RecordPieces::count_lines(ByteSpan ids, ByteSpan lows, uint64_t& lines) const {
  const Feeds* last = nullptr;
  lines = 0;
  for (const uint8_t code : ids) {
    uint32_t id = code;
    if (code >= kFirstWide) {
      if (lows.empty()) return false;
      id = kFirstWide + (code - uint32_t{kFirstWide}) * 256 + lows.front();
      lows = lows.subspan(1);
    }
    if (id >= templates_.size()) return false;
    last = &templates_[id];
    lines += last->count;
  }
  return last == nullptr || last->is_last;
}

bool RecordPieces::is_possible() const {
  return std::any_of(sets_.begin(), sets_.begin() + set_count_,
                     [](const PieceSet& set) { return set.is_possible(); });
}

/// The bytes in small letters, if case does not count. False: there is no memory for them.
bool RecordPieces::fold(ByteSpan& bytes) {
  if (!any_case_) return true;
  if (!pool_.reserve(folded_, bytes.size()).ok()) return false;
  std::transform(bytes.begin(), bytes.end(), folded_.block(), small_letter);
  bytes = {folded_.block(), bytes.size()};
  return true;
}

/// Texts of templates, or of those of a split column, which have no line feeds.
bool RecordPieces::add_templates(ByteSpan definitions, bool is_split) {
  if (!fold(definitions)) return false;
  if (!is_split) {
    templates_.clear();
    are_lines_ = true;
  }
  bool is_first = true;  // text of a template
  for (Feeds feeds; !definitions.empty();) {
    VarintReader front(definitions);
    uint64_t size = 0;
    if (!front.read(size) || size > front.rest().size()) return false;
    const ByteSpan text = front.rest().first(static_cast<size_t>(size));
    VarintReader behind(front.rest().subspan(text.size()));
    uint64_t column = 0;
    if (!behind.read(column) || !add_text(text, is_split, feeds)) return false;
    definitions = behind.rest();
    // With nothing between them, values follow each other.
    if (text.empty() && !is_first && column != 0) join(PieceKind::VALUE);
    is_first = column == 0;
    if (is_split || column != 0) continue;
    if (!feeds.is_last) {
      join(PieceKind::TEXT);
      join(PieceKind::VALUE);
    }
    are_lines_ = are_lines_ && feeds.count == 1 && feeds.is_last;
    if (templates_.size() == kMaxTemplates || !templates_.push_back(feeds).ok()) return false;
    feeds = {};
  }
  return true;
}

bool RecordPieces::add_text(ByteSpan text, bool is_split, Feeds& feeds) {
  const size_t count =
      count_bytes(text.data(), text.size(), [](uint8_t byte) { return byte == '\n'; });
  feeds.count += static_cast<uint32_t>(count);
  feeds.is_last = !text.empty() && text.back() == '\n';
  if (has_byte(text, 0) || (is_split && count != 0)) return false;
  for (PieceSet& set : std::span(sets_).first(set_count_))
    set.add(text, PieceKind::TEXT);
  return true;
}

void RecordPieces::join(PieceKind kind) {
  for (PieceSet& set : std::span(sets_).first(set_count_))
    set.join(kind);
}

/// What the glyphs of columns say, whichever columns those are.
bool RecordPieces::add_script(ByteSpan script) {
  Glyph glyph;
  for (size_t size = 0; !script.empty(); script = script.subspan(size)) {
    if (parse_glyph(script, glyph, size) != GlyphParse::COMPLETE) return false;
    if (glyph.primitive == Primitive::NUMBER) {
      Digits digits = Digits::DECIMAL;
      if (!digits_of(glyph, digits)) return false;
      for (PieceSet& set : std::span(sets_).first(set_count_))
        set.add_numbers(digits);
    } else if (glyph.primitive == Primitive::RECORD) {
      // Its first and last texts lie beside those around the column.
      join(PieceKind::TEXT);
      if (!add_templates(glyph.payload, true)) return false;
    } else if (glyph.primitive != Primitive::STRING && glyph.primitive != Primitive::DICT) {
      return false;
    }
  }
  return true;
}

bool RecordPieces::add_strings(ByteSpan strings) {
  if (has_byte(strings, 0) || !fold(strings)) return false;
  for (PieceSet& set : std::span(sets_).first(set_count_))
    set.add_values(strings, kStringEnd);
  return true;
}

}  // namespace sigma
