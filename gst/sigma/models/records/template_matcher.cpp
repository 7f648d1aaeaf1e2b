/* Reading a record by a template: where its texts are, fields lie between them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <bit>
#include <cstring>

#include "gst/sigma/base/text_masks.hpp"
#include "gst/sigma/models/records/field_reader.hpp"
#include "gst/sigma/models/records/text_hash.hpp"

namespace sigma {
namespace {

/// The first of the bytes that `test` does not hold for, `end` if there is none. `test` takes 16
/// bytes at once.
template <typename Test>
const uint8_t* skip_while(const uint8_t* at, const uint8_t* end, Test test) {
  for (; end - at >= 16; at += 16) {
    const uint32_t others = ~bits_of(test(load_bytes16(at))) & 0xffff;
    if (others != 0) return at + std::countr_zero(others);
  }
  if (at == end) return end;
  uint8_t padded[16] = {};
  std::memcpy(padded, at, static_cast<size_t>(end - at));
  const uint32_t others = ~bits_of(test(load_bytes16(padded))) & 0xffff;
  return std::min(at + std::countr_zero(others | 0x10000), end);
}

constexpr auto kWords = [](Bytes16 bytes) { return digit_bytes(bytes) | letter_bytes(bytes); };

/// What may join the characters of a word.
template <RecordSyntax syntax>
Bytes16 joiners(Bytes16 bytes) {
  return bytes_between(bytes, '-', '.') |
         equal_bytes(bytes, syntax == RecordSyntax::JSON ? '+' : '_');
}

/// Bytes of a word that begins here, if it is one of those that nearly all are: of fewer than 16
/// bytes, no hexadecimal number, and without joiners at its ends but for a sign; otherwise 0.
template <RecordSyntax syntax>
unsigned usual_word(const uint8_t* from) {
  const Bytes16 bytes = load_bytes16(from);
  const Bytes16 words = kWords(bytes);
  const uint32_t in_words = bits_of(words);
  const uint32_t others = ~bits_of(words | joiners<syntax>(bytes)) & 0xffff;
  const auto size = static_cast<unsigned>(std::countr_zero(others));
  const bool begins = (in_words & 1) != 0 || (*from == '-' && (in_words & 2) != 0);
  if (others == 0 || !begins || (from[0] == '0' && from[1] == 'x')) return 0;
  return syntax == RecordSyntax::JSON || (in_words >> (size - 1) & 1) != 0 ? size : 0;
}

}  // namespace

bool RecordReader::next_like(const uint8_t* definition, const uint8_t* definitions_end,
                             uint16_t* columns) {
  if (continues_) return false;
  size_t count = 0;
  const size_t end = match(definition, definitions_end, end_, bytes_.size(), columns, count);
  if (end == SIZE_MAX || end == end_) return false;
  if (end != bytes_.size() && bytes_[end - 1] != format_.end) return false;
  take_record(end_, end, count);
  return true;
}

bool RecordReader::again_like(const uint8_t* definition, const uint8_t* definitions_end,
                              uint16_t* columns) {
  if (continues_ || before_ != 0) return false;
  size_t count = 0;
  const size_t end = match(definition, definitions_end, begin_, bytes_.size(), columns, count);
  if (end == SIZE_MAX || end == begin_) return false;
  if (end != bytes_.size() && bytes_[end - 1] != format_.end) return false;
  take_record(begin_, end, count);
  return true;
}

bool RecordReader::read_like(const uint8_t* definition, const uint8_t* definitions_end,
                             uint16_t* columns, size_t begin, size_t end) {
  size_t count = 0;
  if (match(definition, definitions_end, begin, end, columns, count) != end) return false;
  take_record(begin, end, count);
  return true;
}

/// The record is what was matched.
void RecordReader::take_record(size_t begin, size_t end, size_t count) {
  begin_ = begin;
  end_ = end;
  before_ = 0;
  count_ = count;
  syntax_ = format_.syntax;
}

/// Finds the texts of a template from `at` on, and the fields between them, before `limit`. Gives
/// where they end, SIZE_MAX if they are not there.
size_t RecordReader::match(const uint8_t* definition, const uint8_t* definitions_end, size_t at,
                           size_t limit, uint16_t* columns, size_t& count) {
  switch (format_.syntax) {
    case RecordSyntax::PIECES:
      return match_as<RecordSyntax::PIECES>(definition, definitions_end, at, limit, columns, count);
    case RecordSyntax::JSON:
      return match_as<RecordSyntax::JSON>(definition, definitions_end, at, limit, columns, count);
    case RecordSyntax::DELIMITED:
      return match_delimited(definition, definitions_end, at, columns, count);
    default:
      return match_as<RecordSyntax::WORDS>(definition, definitions_end, at, limit, columns, count);
  }
}

/// What a field of delimited text ends with.
inline Bytes16 RecordReader::delimited_ends(Bytes16 bytes) const {
  return equal_bytes(bytes, format_.delimiter) | equal_bytes(bytes, '\n');
}

/// The same as match_as(), of delimited text.
size_t RecordReader::match_delimited(const uint8_t* definition, const uint8_t* definitions_end,
                                     size_t at, uint16_t* columns, size_t& count) {
  const uint8_t* const bytes = bytes_.data();
  const uint8_t* const end = bytes + bytes_.size();
  const uint8_t* from = bytes + at;
  Field* field = fields_.data();
  for (;; field++) {
    const uint32_t size = read_known_varint(definition);
    // A delimiter, mostly.
    const bool is_there = size <= 1 ? size == 0 || (from != end && *from == *definition)
                                    : size <= static_cast<size_t>(end - from) &&
                                          same_text(definition, definitions_end, from, end, size);
    if (!is_there) return SIZE_MAX;
    from += size;
    definition += size;
    const uint32_t column = read_known_varint(definition);
    if (column == 0) break;
    // Most fields are short, without quotes.
    const bool is_usual = static_cast<size_t>(end - from) >= sizeof(Bytes16) && *from != '"';
    const uint32_t ends = is_usual ? bits_of(delimited_ends(load_bytes16(from))) : 0;
    const uint8_t* to = from + std::countr_zero(ends | 0x10000);
    if (ends == 0 || (*to == '\n' && to != from && to[-1] == '\r'))
      to = bytes + like_delimited_end(static_cast<size_t>(from - bytes));
    const auto field_size = static_cast<size_t>(to - from);
    if (field_size > kMaxFieldSize) return SIZE_MAX;
    *columns++ = static_cast<uint16_t>(column - 1);
    *field = {static_cast<uint32_t>(from - bytes), static_cast<uint32_t>(field_size)};
    from = to;
  }
  count = static_cast<size_t>(field - fields_.data());
  return static_cast<size_t>(from - bytes);
}

template <RecordSyntax syntax>
size_t RecordReader::match_as(const uint8_t* definition, const uint8_t* definitions_end, size_t at,
                              size_t limit, uint16_t* columns, size_t& count) {
  const uint8_t* const bytes = bytes_.data();
  const uint8_t* const end = bytes + bytes_.size();
  Field* field = fields_.data();
  for (;;) {
    const uint32_t size = read_known_varint(definition);
    if (size > limit - at || !same_text(definition, definitions_end, bytes + at, end, size))
      return SIZE_MAX;
    at += size;
    definition += size;
    const uint32_t column = read_known_varint(definition);
    if (column == 0) break;
    const size_t field_end = like_field_end<syntax>(at);
    // A template's fields are fewer than a record may have.
    if (field_end > limit || field_end - at > kMaxFieldSize) return SIZE_MAX;
    *columns++ = static_cast<uint16_t>(column - 1);
    *field++ = {static_cast<uint32_t>(at), static_cast<uint32_t>(field_end - at)};
    at = field_end;
  }
  count = static_cast<size_t>(field - fields_.data());
  return at;
}

/// The end of the field that begins at `at`; SIZE_MAX if none can begin there.
template <RecordSyntax syntax>
size_t RecordReader::like_field_end(size_t at) const {
  const uint8_t* const bytes = bytes_.data();
  if constexpr (syntax == RecordSyntax::PIECES) {
    const uint8_t* const to = skip_while(bytes + at, bytes + bytes_.size(), kWords);
    return to != bytes + at ? static_cast<size_t>(to - bytes) : SIZE_MAX;
  }
  const uint8_t before = at != 0 ? bytes[at - 1] : uint8_t{0};
  if (before == '"') return like_string_end(at);
  if (syntax == RecordSyntax::JSON || before != '\'') {
    const unsigned size = bytes_.size() - at >= 16 ? usual_word<syntax>(bytes + at) : 0;
    return size != 0 ? at + size : like_word_end<syntax>(at);
  }
  const size_t line_end = find_line_end(at);
  const size_t close = single_end(at, line_end);
  return close != line_end ? close : like_word_end<syntax>(at);
}

/// Where the line ends, if a field that begins at `at` may reach so far.
size_t RecordReader::find_line_end(size_t at) const {
  const size_t most = std::min(bytes_.size() - at, kMaxFieldSize + 1);
  const auto* found = static_cast<const uint8_t*>(std::memchr(bytes_.data() + at, '\n', most));
  return found == nullptr ? at + most : static_cast<size_t>(found - bytes_.data());
}

template <RecordSyntax syntax>
size_t RecordReader::like_word_end(size_t at) const {
  constexpr bool is_json = syntax == RecordSyntax::JSON;
  const uint8_t* const bytes = bytes_.data();
  const uint8_t* const end = bytes + bytes_.size();
  const uint8_t* const from = bytes + at;
  const uint8_t* to =
      skip_while(from, end, [](Bytes16 part) { return kWords(part) | joiners<syntax>(part); });
  if (!is_json)
    while (to > from && !is_word(to[-1]))
      to--;
  if (to == from) return SIZE_MAX;
  if (!is_word(*from)) {
    // A sign, but no other joiner.
    if (*from != '-' || to - from == 1 || !is_word(from[1])) return SIZE_MAX;
  } else if (*from == '0' && to - from > 2 && from[1] == 'x') {
    return SIZE_MAX;
  }
  return static_cast<size_t>(to - bytes);
}

/// Where the closing quote is.
size_t RecordReader::like_string_end(size_t at) const {
  const uint8_t* const bytes = bytes_.data();
  const uint8_t* const end = bytes + bytes_.size();
  const uint8_t escape = format_.syntax == RecordSyntax::JSON ? '\\' : '"';
  for (const uint8_t* to = bytes + at;; to += 2) {
    to = skip_while(to, end, [escape](Bytes16 part) {
      return ~(equal_bytes(part, '"') | equal_bytes(part, '\n') | equal_bytes(part, escape));
    });
    if (to == end || *to == '\n') return SIZE_MAX;
    if (*to == '"') return static_cast<size_t>(to - bytes);
    if (end - to < 2 || to[1] == '\n') return SIZE_MAX;
  }
}

size_t RecordReader::like_delimited_end(size_t at) const {
  const uint8_t* const bytes = bytes_.data();
  const uint8_t* const end = bytes + bytes_.size();
  const auto is_other = [this](Bytes16 part) { return ~delimited_ends(part); };
  const bool is_quoted = bytes + at < end && bytes[at] == '"';
  const uint8_t* to = skip_while(bytes + at + (is_quoted ? 1 : 0), end, is_other);
  // A quote that closes is followed by a delimiter.
  while (is_quoted && to != end && *to != '\n' && to[-1] != '"')
    to = skip_while(to + 1, end, is_other);
  if (to != end && *to == '\n')
    while (to > bytes + at && to[-1] == '\r')
      to--;
  return static_cast<size_t>(to - bytes);
}

}  // namespace sigma
