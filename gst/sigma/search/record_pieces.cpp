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

bool view_lane(Operands& operands, ByteSpan& lane) {
  const Result<ByteSpan> value = operands.view();
  lane = value.value;
  return value.ok();
}

bool has_byte(ByteSpan bytes, uint8_t byte) {
  return !bytes.empty() && std::memchr(bytes.data(), byte, bytes.size()) != nullptr;
}

uint8_t small_letter(uint8_t byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<uint8_t>(byte + 'a' - 'A') : byte;
}

uint32_t count_of(ByteSpan bytes, uint8_t sought) {
  return static_cast<uint32_t>(
      count_bytes(bytes.data(), bytes.size(), [sought](uint8_t byte) { return byte == sought; }));
}

/// A text of a template, and the number of the column behind it; 0: none, the template ends.
struct TemplateText {
  ByteSpan text;
  uint64_t column = 0;

  bool read(VarintReader& in) {
    uint64_t size = 0;
    if (!in.read(size) || size > in.rest().size()) return false;
    text = in.rest().first(static_cast<size_t>(size));
    in = VarintReader(in.rest().subspan(text.size()));
    return in.read(column);
  }
  bool ends_line() const { return !text.empty() && text.back() == '\n'; }
};

/// Bytes in the texts of templates. These are many and short, so that counting in each would cost
/// more than counting in all, and taking off what is not in texts.
struct SeparateBytes {
  uint32_t zeros = 0;
  uint32_t inner_feeds = 0;  ///< line feeds that do not end a text

  /// False: the definitions are malformed.
  bool count(ByteSpan definitions) {
    zeros = count_of(definitions, 0);
    inner_feeds = count_of(definitions, '\n');
    TemplateText part;
    for (VarintReader in(definitions); !in.at_end();) {
      const ByteSpan before = in.rest();
      if (!part.read(in)) return false;
      const auto size_bytes = static_cast<size_t>(part.text.data() - before.data());
      take_off(before.first(size_bytes));
      take_off(before.subspan(size_bytes + part.text.size(),
                              before.size() - size_bytes - part.text.size() - in.rest().size()));
      if (part.ends_line()) inner_feeds--;
    }
    return true;
  }

 private:
  void take_off(ByteSpan number) {
    for (const uint8_t byte : number) {
      zeros -= byte == 0 ? 1 : 0;
      inner_feeds -= byte == '\n' ? 1 : 0;
    }
  }
};

/// How the numbers of a column are written.
bool read_kind(const Glyph& glyph, NumberKind& kind) {
  VarintReader in(glyph.payload);
  uint64_t number = 0;
  if (!in.read(number) || number >= kNumberKinds) return false;
  kind = static_cast<NumberKind>(number);
  return true;
}

}  // namespace

bool RecordPieces::take_texts(const SoughtTexts& texts) {
  if (texts.texts.empty() || texts.texts.size() > kMaxSoughtTexts) return false;
  any_case_ = texts.any_case;
  set_count_ = 0;
  has_numbers_ = {};
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

/// Of the lanes, those that hold texts, what counts lines if they are not records, and numbers if
/// it is for them that a text is possible.
bool RecordPieces::look(Operands& operands, uint64_t& lines) {
  RecordLanes lanes;
  ByteSpan& templates = lanes[static_cast<size_t>(RecordLane::TEMPLATES)];
  ByteSpan& script = lanes[static_cast<size_t>(RecordLane::SCRIPT)];
  if (!view_lane(operands, templates) || !add_templates(templates, false)) return false;
  if (!view_lane(operands, script) || !add_script(script) || is_possible()) return false;
  const bool needs_numbers = is_possible_with_numbers();
  if (!view_lanes(operands, needs_numbers, lanes)) return false;
  const uint64_t records = lines;
  const ByteSpan ids = lanes[static_cast<size_t>(RecordLane::IDS)];
  const ByteSpan lows = lanes[static_cast<size_t>(RecordLane::LOWS)];
  if (!are_lines_ && (ids.size() != records || !count_lines(ids, lows, lines))) return false;
  if (!add_strings(lanes[static_cast<size_t>(RecordLane::STRINGS)]) || is_possible()) return false;
  if (!needs_numbers) return !is_possible_with_numbers();
  return add_numbers(operands, lanes, records) && !is_possible();
}

/// Passes the lanes behind the script, and gives those that are needed.
bool RecordPieces::view_lanes(Operands& operands, bool needs_numbers, RecordLanes& lanes) {
  for (auto i = static_cast<size_t>(RecordLane::IDS); i < kRecordLanes; i++) {
    const auto lane = static_cast<RecordLane>(i);
    const bool counts_lines = lane == RecordLane::IDS || lane == RecordLane::LOWS;
    const bool is_needed =
        needs_numbers || lane == RecordLane::STRINGS || (counts_lines && !are_lines_);
    if (is_needed ? !view_lane(operands, lanes[i]) : !operands.measure().ok()) return false;
  }
  return true;
}

/// The values of columns, as far as they matter.
bool RecordPieces::add_numbers(Operands& operands, const RecordLanes& lanes, uint64_t records) {
  const Result<MutableByteSpan> workspace = operands.rest_of_workspace();
  if (!workspace.ok()) return false;
  numbers_.start(sets(), any_case_, lanes[static_cast<size_t>(RecordLane::BITS)]);
  RecordPreparer preparer(lanes, workspace.value, &numbers_);
  return preparer.prepare(records).ok() && numbers_.is_sound();
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

/// With any numbers of the kinds that columns have.
bool RecordPieces::is_possible_with_numbers() const {
  return std::any_of(sets_.begin(), sets_.begin() + set_count_, [&](PieceSet set) {
    for (size_t kind = 0; kind < kNumberKinds; kind++)
      if (has_numbers_[kind]) set.add_numbers(NumberRange(static_cast<NumberKind>(kind)));
    return set.is_possible();
  });
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
  if (!is_split) {
    templates_.clear();
    are_lines_ = true;
  }
  SeparateBytes bytes;
  if (!bytes.count(definitions) || bytes.zeros != 0) return false;
  // Folded, sizes are others, but texts lie at the same places.
  ByteSpan folded = definitions;
  if (!fold(folded)) return false;
  for (PieceSet& set : sets())
    set.add_insides(folded);
  TemplateText part;
  VarintReader in(definitions);
  for (Feeds feeds; !in.at_end();) {
    const bool is_first = part.column == 0;
    if (!part.read(in)) return false;
    const size_t begin = static_cast<size_t>(part.text.data() - definitions.data());
    for (PieceSet& set : sets())
      set.add_ends(folded.subspan(begin, part.text.size()), PieceKind::TEXT);
    // With nothing between them, values follow each other.
    if (part.text.empty() && !is_first && part.column != 0) join(PieceKind::VALUE);
    feeds.is_last = part.ends_line();
    feeds.count += bytes.inner_feeds != 0 ? count_of(part.text, '\n') : feeds.is_last ? 1 : 0;
    if (is_split && feeds.count != 0) return false;
    if (is_split || part.column != 0) continue;
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

void RecordPieces::join(PieceKind kind) {
  for (PieceSet& set : sets())
    set.join(kind);
}

/// What the glyphs of columns say, whichever columns those are.
bool RecordPieces::add_script(ByteSpan script) {
  Glyph glyph;
  for (size_t size = 0; !script.empty(); script = script.subspan(size)) {
    if (parse_glyph(script, glyph, size) != GlyphParse::COMPLETE) return false;
    if (glyph.primitive == Primitive::NUMBER) {
      NumberKind kind = NumberKind::DECIMAL;
      if (!read_kind(glyph, kind)) return false;
      has_numbers_[static_cast<size_t>(kind)] = true;
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
  for (PieceSet& set : sets())
    set.add_values(strings, kStringEnd);
  return true;
}

}  // namespace sigma
