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

/// Texts of templates, one after the other, each with the number of the column behind it; 0: none,
/// the template ends. They are many and short, so that counting bytes in each would cost more than
/// counting in all, and taking off what is not in texts.
class TemplateTexts {
 public:
  explicit TemplateTexts(ByteSpan definitions)
      : at_(definitions.data()),
        end_(at_ + definitions.size()),
        zeros_(count_of(definitions, 0)),
        feeds_(count_of(definitions, '\n')) {}

  bool at_end() const { return at_ == end_; }
  /// The next text; false: it is malformed.
  bool read() {
    if (end_ - at_ < kMostUsual || *at_ >= 0x80) return read_any();
    const uint8_t* const number = at_ + 1 + *at_;
    const bool is_long = number[0] >= 0x80;
    const uint8_t last = number[is_long ? 1 : 0];
    if (is_long && (last >= 0x80 || last == 0)) return read_any();
    text_ = {at_ + 1, *at_};
    column_ = is_long ? number[0] - 0x80U + last * 0x80U : last;
    take_off(*at_);
    take_off(last);
    feeds_ -= ends_line() ? 1 : 0;
    at_ = number + (is_long ? 2 : 1);
    return true;
  }
  ByteSpan text() const { return text_; }
  uint64_t column() const { return column_; }
  bool ends_line() const { return !text_.empty() && text_.back() == '\n'; }

  // At the end: whether there were such bytes in texts.
  bool had_zeros() const { return zeros_ != 0; }
  bool had_inner_feeds() const { return feeds_ != 0; }

 private:
  /// Bytes of a text below 128 bytes, and of a column of two.
  static constexpr ptrdiff_t kMostUsual = 1 + 127 + 2;

  bool read_any() {
    uint64_t size = 0;
    if (!read_number(size) || size > static_cast<size_t>(end_ - at_)) return false;
    text_ = {at_, static_cast<size_t>(size)};
    at_ += size;
    feeds_ -= ends_line() ? 1 : 0;
    return read_number(column_);
  }
  bool read_number(uint64_t& number) {
    VarintReader in({at_, static_cast<size_t>(end_ - at_)});
    if (!in.read(number)) return false;
    for (const uint8_t* const behind = in.rest().data(); at_ != behind; at_++)
      take_off(*at_);
    return true;
  }
  void take_off(uint8_t byte) {
    zeros_ -= byte == 0 ? 1 : 0;
    feeds_ -= byte == '\n' ? 1 : 0;
  }

  const uint8_t* at_;
  const uint8_t* end_;
  uint32_t zeros_;
  uint32_t feeds_;  ///< that do not end a text
  ByteSpan text_;
  uint64_t column_ = 0;
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
  // Folded, sizes are others, but texts lie at the same places.
  ByteSpan folded = definitions;
  if (!fold(folded)) return false;
  for (PieceSet& set : sets())
    set.add_insides(folded);
  if (!is_split) start_templates();
  const std::span<PieceSet> all = sets();
  TemplateTexts texts(definitions);
  Feeds feeds;
  for (bool is_first = true; !texts.at_end(); is_first = texts.column() == 0) {
    if (!texts.read()) return false;
    const ByteSpan text = texts.text();
    const ByteSpan piece(folded.data() + (text.data() - definitions.data()), text.size());
    for (PieceSet& set : all)
      set.add_ends(piece, PieceKind::TEXT);
    // With nothing between them, values follow each other.
    if (text.empty() && !is_first && texts.column() != 0) join(PieceKind::VALUE);
    feeds.add(texts.ends_line() ? 1 : 0, texts.ends_line());
    if (!is_split && texts.column() == 0 && !end_template(feeds)) return false;
  }
  if (texts.had_zeros()) return false;
  if (is_split) return feeds.count == 0 && !texts.had_inner_feeds();
  return !texts.had_inner_feeds() || count_feeds(definitions);
}

/// Where line feeds stand within texts, too.
bool RecordPieces::count_feeds(ByteSpan definitions) {
  start_templates();
  Feeds feeds;
  for (TemplateTexts texts(definitions); !texts.at_end();) {
    if (!texts.read()) return false;
    feeds.add(count_of(texts.text(), '\n'), texts.ends_line());
    if (texts.column() == 0 && !end_template(feeds)) return false;
  }
  return true;
}

void RecordPieces::start_templates() {
  templates_.clear();
  are_lines_ = true;
}

/// Notes what a template has, and begins with the next. False: there is no room for more.
bool RecordPieces::end_template(Feeds& feeds) {
  if (!feeds.is_last) {
    join(PieceKind::TEXT);
    join(PieceKind::VALUE);
  }
  are_lines_ = are_lines_ && feeds.count == 1 && feeds.is_last;
  if (templates_.size() == kMaxTemplates || !templates_.push_back(feeds).ok()) return false;
  feeds = {};
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
