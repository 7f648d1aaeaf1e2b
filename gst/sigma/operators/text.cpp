/* Words by codes: the dictionary, and one pass over codes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/text.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

constexpr uint16_t kNoSecond = UINT16_MAX;

bool parse_text(ByteSpan payload, uint64_t& size) {
  VarintReader in(payload);
  return in.read(size) && in.at_end();
}

uint8_t capital_of(uint8_t byte) {
  return byte >= 'a' && byte <= 'z' ? static_cast<uint8_t>(byte - 'a' + 'A') : byte;
}

}  // namespace

bool DictionaryReader::start(ByteSpan dictionary) {
  if (dictionary.size() < kTextFront) return false;
  marks_ = {};
  for (unsigned value = 0; value < 256; value++)
    if ((dictionary[value / 8] >> value % 8 & 1) != 0)
      marks_.values[marks_.count++] = static_cast<uint8_t>(value);
  marks_.ones = dictionary[kMarkBitmap];
  words_ = load_le<uint16_t>(dictionary.data() + kMarkBitmap + 1);
  const ByteSpan rest = dictionary.subspan(kTextFront);
  if (marks_.count < TextMarks::kForms || marks_.ones > marks_.codes()) return false;
  if (words_ < marks_.ones || words_ > std::min(marks_.most_words(), kMaxWords)) return false;
  if (rest.size() < words_) return false;
  shapes_ = rest.first(words_);
  texts_ = rest.subspan(words_);
  return true;
}

/// `word` is the one before, or of no bytes.
bool DictionaryReader::next(TextWord& word) {
  const size_t shared = shapes_[0] >> 4;
  const size_t own = (shapes_[0] & 15U) + 1;
  shapes_ = shapes_.subspan(1);
  if (shared > word.size || shared + own > kMaxWord || own > texts_.size()) return false;
  std::fill(word.bytes.begin() + static_cast<ptrdiff_t>(shared), word.bytes.end(), uint8_t{0});
  std::memcpy(word.bytes.data() + shared, texts_.data(), own);
  texts_ = texts_.subspan(own);
  word.size = static_cast<uint8_t>(shared + own);
  return true;
}

bool TextDecoder::start(DictionaryReader& dictionary, MutableByteSpan memory) {
  static_assert(sizeof(Entry) * 256 == text_tables_size(0));
  auto* entries = reinterpret_cast<Entry*>(memory.data());
  entries_ = entries;
  count_ = static_cast<uint32_t>(256 + dictionary.words());
  seconds_.fill(kNoSecond);
  for (unsigned value = 0; value < 256; value++) {
    *entries++ = {{static_cast<uint8_t>(value)}, 1};
    starts_[value] = value | kIsText;
  }
  const TextMarks& marks = dictionary.marks();
  capital_ = marks.capital();
  escape_ = marks.escape();
  for (size_t form = 0; form < TextMarks::kForms; form++)
    starts_[marks.values[form]] = kIsForm;
  for (size_t rank = 0; rank < marks.codes(); rank++) {
    seconds_[marks.code(rank)] = static_cast<uint16_t>(rank);
    const size_t word = rank < marks.ones ? rank : marks.ones + (rank - marks.ones) * marks.codes();
    // Where there are no words any more, none is found.
    const auto start = static_cast<uint32_t>(256 + std::min(word, kMaxWords));
    starts_[marks.code(rank)] = rank < marks.ones ? start : start | kIsLong;
  }
  TextWord word = {};
  for (size_t i = 0; i < dictionary.words(); i++) {
    if (!dictionary.next(word)) return false;
    *entries++ = {word.bytes, word.size};
  }
  return dictionary.at_end();
}

struct TextDecoder::Cursor {
  const uint8_t* in;
  const uint8_t* in_end;
  uint8_t* out;
  uint8_t* out_end;
  size_t in_left() const { return static_cast<size_t>(in_end - in); }
  size_t room() const { return static_cast<size_t>(out_end - out); }
};

/// A code, where the ends of both may be near.
bool TextDecoder::decode_one(Cursor& at) const {
  const uint32_t start = starts_[*at.in];
  if ((start & kIsForm) != 0) return decode_form(at);
  const bool is_long = (start & kIsLong) != 0;
  if (is_long && at.in_left() < 2) return false;
  const uint32_t index = (start & kIndex) + (is_long ? seconds_[at.in[1]] : 0U);
  if (index >= count_) return false;
  const Entry& entry = entries_[index];
  if (entry.size > at.room()) return false;
  std::memcpy(at.out, entry.bytes.data(), entry.size);
  at.in += is_long ? 2 : 1;
  at.out += entry.size;
  return true;
}

/// What changes the next byte or word, and that.
bool TextDecoder::decode_form(Cursor& at) const {
  const uint8_t form = *at.in++;
  if (at.in_left() == 0) return false;
  if (form == escape_) {
    if (at.room() == 0) return false;
    *at.out++ = *at.in++;
    return true;
  }
  const uint32_t next = starts_[*at.in];
  if ((next & (kIsForm | kIsText)) != 0) return false;
  uint8_t* const begin = at.out;
  if (!decode_one(at)) return false;
  // A space belongs to the word behind it.
  uint8_t* const first = begin + (*begin == ' ' ? 1 : 0);
  uint8_t* const end = form == capital_ ? std::min(first + 1, at.out) : at.out;
  for (uint8_t* p = first; p < end; p++)
    *p = capital_of(*p);
  return true;
}

/// All codes but for forms, while neither end is near: a word is written with what lies around it,
/// and a second byte read whether it belongs to the code, is text itself, or begins the next code.
bool TextDecoder::decode_most(Cursor& at) const {
  // Not in the cursor, which lies in memory.
  const uint8_t* in = at.in;
  uint8_t* out = at.out;
  while (at.in_end - in >= 2 && at.out_end - out > static_cast<ptrdiff_t>(kMaxWord)) {
    const uint32_t start = starts_[in[0]];
    if ((start & kIsForm) != 0) break;
    const uint8_t second = in[1];
    const uint32_t is_long = start / kIsLong & 1;
    const uint32_t is_text = (starts_[second] / kIsText & 1) & ~is_long;
    const uint32_t index = (start & kIndex) + (seconds_[second] & (0U - is_long));
    if (index >= count_) return false;
    const Entry& entry = entries_[index];
    std::memcpy(out, entry.bytes.data(), kMaxWord);
    out[entry.size] = second;
    in += 1 + (is_long | is_text);
    out += entry.size + is_text;
  }
  at.in = in;
  at.out = out;
  return true;
}

bool TextDecoder::decode(ByteSpan codes, MutableByteSpan out) const {
  Cursor at = {codes.data(), codes.data() + codes.size(), out.data(), out.data() + out.size()};
  while (at.in_left() != 0)
    if (!decode_most(at) || (at.in_left() != 0 && !decode_one(at))) return false;
  return at.room() == 0;
}

namespace {

Result<uint64_t> measure_text(Operands& operands, const Node& node) {
  uint64_t size = 0;
  if (!parse_text(node.payload, size)) return malformed("a text's size is malformed");
  if (const Result<size_t> dictionary = operands.measure(); !dictionary.ok())
    return dictionary.status;
  const Result<size_t> codes = operands.measure();
  if (!codes.ok()) return codes.status;
  if (size > uint64_t{kMaxWord} * codes.value) return malformed("a text is longer than its codes");
  return size;
}

Status write_text(Operands& operands, const Node&, MutableByteSpan out) {
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> words = operands.view();
  if (!words.ok()) return words.status;
  const Result<ByteSpan> codes = operands.view();
  if (!codes.ok()) return codes.status;
  DictionaryReader dictionary;
  if (!dictionary.start(words.value)) return malformed("a dictionary of words is malformed");
  const size_t tables = text_tables_size(dictionary.words());
  const Result<MutableByteSpan> rest = operands.rest_of_workspace();
  if (!rest.ok()) return rest.status;
  if (rest.value.size() < tables)
    return malformed("the tables of words need more workspace than the head or the work allows");
  if (const Status status = operands.admit_work(tables); !status.ok()) return status;
  TextDecoder decoder;
  if (!decoder.start(dictionary, rest.value.first(tables)))
    return malformed("a dictionary of words is malformed");
  if (!decoder.decode(codes.value, out)) return malformed("codes of words are malformed");
  return {};
}

}  // namespace

constinit const OperatorEntry kText = {
    .name = "text",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::MAP,
    .last = Primitive::MAP,
    .since_minor = 6,
    .has_payload = true,
    .measure = measure_text,
    .write = write_text,
};

}  // namespace sigma
