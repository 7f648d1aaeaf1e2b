/* Reading records: the bytes of a window are told apart all at once, fields are found by bits.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/field_reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "gst/sigma/base/text_masks.hpp"

namespace sigma {
namespace {

bool is_joiner(uint8_t byte) {
  return byte == '.' || byte == '_' || byte == '-';
}

/// What the masks tell of sixteen bytes.
struct Classes {
  Bytes16 starts;
  Bytes16 inside;
  Bytes16 words;
  Bytes16 joined;
  Bytes16 quotes;
};

/// What records of any format may be read again by.
Classes classify_text(Bytes16 bytes) {
  const Bytes16 words = digit_bytes(bytes) | letter_bytes(bytes);
  const Bytes16 joiners =
      equal_bytes(bytes, '.') | equal_bytes(bytes, '_') | equal_bytes(bytes, '-');
  return {words, words | joiners, words, words | joiners, Bytes16{}};
}
constexpr auto kClassifyWords = [](Bytes16 bytes) {
  Classes classes = classify_text(bytes);
  const Bytes16 doubles = equal_bytes(bytes, '"');
  const Bytes16 quotes = doubles | equal_bytes(bytes, '\'');
  classes.quotes = doubles | equal_bytes(bytes, '\n');
  classes.starts = digit_bytes(bytes) | quotes;
  classes.words |= quotes;
  return classes;
};
constexpr auto kClassifyPieces = [](Bytes16 bytes) {
  const Bytes16 digits = digit_bytes(bytes);
  const Bytes16 words = digits | letter_bytes(bytes);
  return Classes{digits, words, words, words, Bytes16{}};
};
constexpr auto kClassifyJson = [](Bytes16 bytes) {
  Classes classes = classify_text(bytes);
  const Bytes16 quotes = equal_bytes(bytes, '"');
  classes.starts = classes.words | quotes;
  classes.inside =
      classes.words | equal_bytes(bytes, '.') | equal_bytes(bytes, '-') | equal_bytes(bytes, '+');
  classes.quotes = quotes | equal_bytes(bytes, '\\') | equal_bytes(bytes, '\n');
  return classes;
};

size_t position_of(ByteSpan bytes, const void* found) {
  return found == nullptr ? bytes.size()
                          : static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes.data());
}

}  // namespace

bool RecordReader::next() {
  before_ = continues_ ? before_ + count_ : 0;
  count_ = 0;
  begin_ = end_;
  if (begin_ == bytes_.size()) return false;
  const ByteSpan rest = bytes_.subspan(begin_, std::min(bytes_.size() - begin_, kMaxRecordSize));
  const size_t size = position_of(rest, std::memchr(rest.data(), format_.end, rest.size()));
  end_ = begin_ + std::min(size + 1, rest.size());
  is_long_ = size == rest.size() && end_ != bytes_.size();
  read_fields(format_.syntax);
  cut();
  return true;
}

void RecordReader::read_again(RecordSyntax syntax) {
  count_ = 0;
  read_fields(syntax);
  cut();
}

void RecordReader::keep_fields(uint64_t words) {
  size_t kept = 0;
  for (size_t i = 0; i < count_; i++) {
    const bool is_wanted = i < 64 && (words >> i & 1) != 0;
    if (is_wanted || is_of_format(fields_[i])) fields_[kept++] = fields_[i];
  }
  count_ = kept;
  syntax_ = format_.syntax;
}

/// Whether a field of TEXT is one of the format, too.
bool RecordReader::is_of_format(const Field& field) const {
  const ByteSpan text = bytes_.subspan(field.begin, field.size);
  const size_t end = field.begin + size_t{field.size};
  const uint8_t before = field.begin > begin_ ? bytes_[field.begin - 1] : uint8_t{0};
  const bool is_string = (before == '"' || before == '\'') && end < end_ && bytes_[end] == before;
  if (format_.syntax == RecordSyntax::JSON) return !is_string || !is_key(end + 1);
  const bool has_prefix =
      field.begin > begin_ + 1 && bytes_[field.begin - 1] == 'x' && bytes_[field.begin - 2] == '0';
  return is_string || has_prefix || std::any_of(text.begin(), text.end(), is_digit);
}

/// Ends a record with its last field if it may have no more.
void RecordReader::cut() {
  continues_ = is_full() || is_long_;
  if (is_full()) end_ = fields_[count_ - 1].begin + size_t{fields_[count_ - 1].size};
}

bool RecordReader::read(size_t begin, size_t end) {
  before_ = count_ = 0;
  begin_ = begin;
  end_ = end;
  load(begin, end - begin);
  read_fields(format_.syntax);
  return !is_full();
}

void RecordReader::read_fields(RecordSyntax syntax) {
  syntax_ = syntax;
  switch (syntax) {
    case RecordSyntax::WORDS:
    case RecordSyntax::PIECES:
      return read_words<STARTS, INSIDE>();
    case RecordSyntax::TEXT:
      return format_.syntax == RecordSyntax::JSON ? read_json() : read_words<WORDS, JOINED>();
    case RecordSyntax::JSON:
      return read_json();
    case RecordSyntax::DELIMITED:
      return read_delimited();
    case RecordSyntax::WHOLE:
      return read_lines();
    case RecordSyntax::NONE:
      return;
  }
}

/// Makes the masks those of so many bytes from `at` on, but not of more than a window has.
void RecordReader::load(size_t at, size_t size) {
  window_ = at;
  size = std::min(size, kWindow);
  window_size_ = (size + 63) / 64 * 64;
  switch (format_.syntax) {
    case RecordSyntax::WORDS:
      return load_with(at, size, kClassifyWords);
    case RecordSyntax::PIECES:
      return load_with(at, size, kClassifyPieces);
    case RecordSyntax::JSON:
      return load_with(at, size, kClassifyJson);
    default:
      return load_with(at, size, [this](Bytes16 bytes) {
        Classes classes = classify_text(bytes);
        if (format_.syntax == RecordSyntax::DELIMITED)
          classes.starts = equal_bytes(bytes, format_.delimiter);
        return classes;
      });
  }
}

/// Makes them those of the bytes that are looked at next, not of many that a template may match.
void RecordReader::load_more(size_t at) {
  constexpr size_t kAhead = 512;
  load(at, std::min(bytes_.size() - at, kAhead));
}

template <typename Classify>
void RecordReader::load_with(size_t at, size_t size, Classify classify) {
  for (size_t block = 0; block * 64 < size; block++) {
    const uint8_t* from = bytes_.data() + at + block * 64;
    uint8_t padded[64];
    if (bytes_.size() - at < (block + 1) * 64) {
      const size_t left = bytes_.size() - at - block * 64;
      std::memcpy(padded, from, left);
      std::memset(padded + left, 0, sizeof padded - left);
      from = padded;
    }
    std::array<uint64_t, kMasks> bits = {};
    for (unsigned i = 0; i < 4; i++) {
      const Classes classes = classify(load_bytes16(from + 16 * i));
      bits[STARTS] |= uint64_t{bits_of(classes.starts)} << 16 * i;
      bits[INSIDE] |= uint64_t{bits_of(classes.inside)} << 16 * i;
      bits[WORDS] |= uint64_t{bits_of(classes.words)} << 16 * i;
      bits[JOINED] |= uint64_t{bits_of(classes.joined)} << 16 * i;
      bits[QUOTES] |= uint64_t{bits_of(classes.quotes)} << 16 * i;
    }
    for (size_t i = 0; i < kMasks; i++)
      masks_[i][block] = bits[i];
  }
}

/// The first byte from `at` on whose bit is set; `end` if there is none before.
template <RecordReader::Mask mask>
size_t RecordReader::find(size_t at, size_t end) {
  while (at < end) {
    // Places before the window wrap.
    if (at - window_ >= window_size_) load_more(at);
    const size_t place = at - window_;
    const uint64_t bits = masks_[mask][place / 64] >> place % 64;
    if (bits != 0) return std::min(at + static_cast<size_t>(std::countr_zero(bits)), end);
    at += 64 - place % 64;
  }
  return end;
}

/// The first byte from `at` on that does not go on with a field.
template <RecordReader::Mask mask>
size_t RecordReader::run_end(size_t at, size_t end) {
  while (at < end) {
    if (at - window_ >= window_size_) load_more(at);
    const size_t place = at - window_;
    const unsigned left = 64 - place % 64;
    const auto run = static_cast<unsigned>(std::countr_one(masks_[mask][place / 64] >> place % 64));
    if (run < left) return std::min(at + run, end);
    at += left;
  }
  return end;
}

/// The first byte of the run that goes on at `at`, where masks are, not before `low`.
template <RecordReader::Mask mask>
size_t RecordReader::run_begin(size_t at, size_t low) const {
  const size_t place = at - window_;
  const size_t before = place % 64;
  const auto run = static_cast<size_t>(std::countl_one(masks_[mask][place / 64] << (63 - before)));
  size_t begin = at + 1 - run;
  if (run == before + 1)
    while (begin > low && is_inside(bytes_[begin - 1]))
      begin--;
  return std::max(begin, low);
}

bool RecordReader::is_inside(uint8_t byte) const {
  return is_word(byte) || (syntax_ != RecordSyntax::PIECES && is_joiner(byte));
}

/// Adds a field; false when there is no room for another.
inline bool RecordReader::add(size_t begin, size_t end) {
  if (end - begin > kMaxFieldSize) return add_long(begin, end);
  fields_[count_++] = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end - begin)};
  return !is_full();
}

bool RecordReader::add_long(size_t begin, size_t end) {
  do {
    const size_t size = std::min(end - begin, kMaxFieldSize);
    fields_[count_++] = {static_cast<uint32_t>(begin), static_cast<uint32_t>(size)};
    begin += size;
  } while (begin < end && !is_full());
  return !is_full();
}

void RecordReader::read_lines() {
  for (size_t i = begin_; i < end_;) {
    const ByteSpan rest = bytes_.subspan(i, end_ - i);
    const size_t end = i + position_of(rest, std::memchr(rest.data(), '\n', rest.size()));
    if (end > i && !add(i, end)) return;
    i = end + 1;
  }
}

/// Runs that hold one of the bytes that begin a field, from their first word on to their last;
/// strings in quotes.
template <RecordReader::Mask starts, RecordReader::Mask inside>
void RecordReader::read_words() {
  for (size_t i = begin_;;) {
    i = find<starts>(i, end_);
    if (i == end_) return;
    if (bytes_[i] == '"' || bytes_[i] == '\'') {
      const bool is_double = bytes_[i] == '"';
      const size_t close = is_double ? find<QUOTES>(i + 1, end_) : single_end(i + 1, end_);
      // No field holds a line feed, whatever ends records.
      const bool is_closed = close != end_ && bytes_[close] != '\n';
      if (is_closed && !add(i + 1, close)) return;
      i = is_closed ? close + 1 : i + 1;
      continue;
    }
    const size_t low =
        count_ != 0 ? fields_[count_ - 1].begin + size_t{fields_[count_ - 1].size} : begin_;
    size_t begin = run_begin<inside>(i, low);
    while (!is_word(bytes_[begin]))
      begin++;
    i = run_end<inside>(i, end_);
    size_t end = i;
    while (!is_word(bytes_[end - 1]))
      end--;
    if (syntax_ != RecordSyntax::PIECES) begin = number_begin(begin, end);
    if (!add(begin, end)) return;
  }
}

/// Where the string ends whose text begins at `at`, behind a single quote; `end` if there is none.
/// An apostrophe is no quote.
size_t RecordReader::single_end(size_t at, size_t end) const {
  const uint8_t* const bytes = bytes_.data();
  if (at >= 2 && is_word(bytes[at - 2])) return end;
  size_t last = std::min(end, at + kMaxFieldSize);
  if (format_.end != '\n') {
    const ByteSpan line = bytes_.subspan(at, std::max(last, at) - at);
    last = at + position_of(line, std::memchr(line.data(), '\n', line.size()));
  }
  constexpr unsigned kTries = 4;
  size_t i = at;
  for (unsigned tries = 0; i < last && tries < kTries; tries++, i++) {
    const void* const found = std::memchr(bytes + i, '\'', last - i);
    if (found == nullptr) return end;
    i = static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes);
    const bool is_inside = i + 1 < end && is_word(bytes[i + 1]);
    if (!is_inside && (i == at || bytes[i - 1] != '\\')) return i;
  }
  return end;
}

/// Where the number begins that the word from `begin` to `end` may be: behind 0x, or at its sign.
size_t RecordReader::number_begin(size_t begin, size_t end) const {
  const uint8_t* const bytes = bytes_.data();
  if (end - begin > 2 && bytes[begin] == '0' && bytes[begin + 1] == 'x') return begin + 2;
  const bool is_negative = begin > begin_ && bytes[begin - 1] == '-' && is_digit(bytes[begin]) &&
                           (begin - 1 == begin_ || !is_word(bytes[begin - 2]));
  return is_negative ? begin - 1 : begin;
}

/// The closing quote of the string whose text begins at `at`; the record's end if it is not closed
/// in the same line.
size_t RecordReader::string_end(size_t at) {
  for (;;) {
    at = find<QUOTES>(at, end_);
    if (at == end_ || bytes_[at] == '"') return at;
    if (bytes_[at] == '\n') return end_;
    at += at + 1 < end_ && bytes_[at + 1] != '\n' ? 2 : 1;
  }
}

/// Whether a string that ends before `at` is a key.
bool RecordReader::is_key(size_t at) const {
  while (at < end_ && bytes_[at] == ' ')
    at++;
  return at < end_ && bytes_[at] == ':';
}

void RecordReader::read_json() {
  const uint8_t* const bytes = bytes_.data();
  const bool takes_keys = syntax_ == RecordSyntax::TEXT;
  for (size_t i = begin_;;) {
    const size_t before = i;
    i = find<STARTS>(i, end_);
    if (i == end_) return;
    if (bytes[i] != '"') {
      const bool has_sign = i > before && bytes[i - 1] == '-' && is_digit(bytes[i]);
      const size_t begin = has_sign ? i - 1 : i;
      i = run_end<INSIDE>(i, end_);
      if (!add(begin, i)) return;
      continue;
    }
    const size_t close = string_end(i + 1);
    if (close == end_) return;
    if ((takes_keys || !is_key(close + 1)) && !add(i + 1, close)) return;
    i = close + 1;
  }
}

void RecordReader::read_delimited() {
  const uint8_t* const bytes = bytes_.data();
  size_t last = end_;
  while (last > begin_ && (bytes[last - 1] == '\n' || bytes[last - 1] == '\r'))
    last--;
  for (size_t i = begin_;; i++) {
    const size_t begin = i;
    const bool is_quoted = i < last && bytes[i] == '"';
    i = find<STARTS>(std::min(i + (is_quoted ? 1 : 0), last), last);
    // A quote is doubled inside; one that closes is followed by a delimiter.
    while (is_quoted && i < last && (bytes[i - 1] != '"'))
      i = find<STARTS>(i + 1, last);
    if (!add(begin, i) || i >= last) return;
  }
}

}  // namespace sigma
