/* The three syntaxes, byte by byte.
 *
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/record_reader.hpp"
#include "gst/sigma/tree.hpp"

#include <algorithm>
#include <cstring>

namespace sigma {
namespace {

// Classes of bytes.
constexpr uint8_t kLetter = 1;
constexpr uint8_t kDigit = 2;
constexpr uint8_t kJoiner = 4;
constexpr uint8_t kQuote = 8;

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> classes = {};
  for (unsigned c = 'a'; c <= 'z'; c++)
    classes[c] = classes[c - 'a' + 'A'] = kLetter;
  for (unsigned c = '0'; c <= '9'; c++)
    classes[c] = kDigit;
  classes['.'] = classes['_'] = classes['-'] = kJoiner;
  classes['"'] = kQuote;
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

bool is_word(uint8_t byte) {
  return (kClasses[byte] & (kLetter | kDigit)) != 0;
}
bool is_digit(uint8_t byte) {
  return (kClasses[byte] & kDigit) != 0;
}

}  // namespace

bool RecordReader::next() {
  before_ = continues_ ? before_ + count_ : 0;
  count_ = 0;
  begin_ = end_;
  if (begin_ == bytes_.size()) return false;
  const void* found = std::memchr(bytes_.data() + begin_, format_.end, bytes_.size() - begin_);
  end_ = found == nullptr
             ? bytes_.size()
             : static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes_.data()) + 1;
  read_fields(format_.syntax);
  cut();
  return true;
}

void RecordReader::read_again(RecordSyntax syntax) {
  count_ = 0;
  read_fields(syntax);
  cut();
}

/// Ends a record with its last field if it may have no more.
void RecordReader::cut() {
  continues_ = is_full();
  if (continues_) end_ = fields_[count_ - 1].begin + size_t{fields_[count_ - 1].size};
}

bool RecordReader::read(size_t begin, size_t end) {
  before_ = count_ = 0;
  begin_ = begin;
  end_ = end;
  read_fields(format_.syntax);
  return !is_full();
}

void RecordReader::read_fields(RecordSyntax syntax) {
  constexpr uint8_t kWord = kLetter | kDigit;
  syntax_ = syntax;
  switch (syntax) {
    case RecordSyntax::WORDS:
      read_words(kWord | kJoiner, kWord | kQuote, kDigit);
      break;
    case RecordSyntax::PIECES:
      read_words(kWord, kWord, kDigit);
      break;
    case RecordSyntax::TEXT:
      read_words(kWord | kJoiner, kWord, kWord);
      break;
    case RecordSyntax::JSON:
      read_json();
      break;
    case RecordSyntax::DELIMITED:
      read_delimited();
      break;
    case RecordSyntax::WHOLE:
      read_lines();
      break;
    case RecordSyntax::NONE:
      break;
  }
}

/// Adds a field; false when there is no room for another.
bool RecordReader::add(size_t begin, size_t end) {
  do {
    const size_t size = std::min(end - begin, kMaxFieldSize);
    fields_[count_++] = {static_cast<uint32_t>(begin), static_cast<uint32_t>(size)};
    begin += size;
  } while (begin < end && !is_full());
  return !is_full();
}

/// The end of the string that begins behind the quote at `at`, without escapes; `at` if none does.
size_t RecordReader::skip_quoted(size_t at) const {
  const void* found = std::memchr(bytes_.data() + at + 1, '"', end_ - at - 1);
  if (found == nullptr) return at;
  return static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes_.data());
}

void RecordReader::read_lines() {
  for (size_t i = begin_; i < end_;) {
    const void* found = std::memchr(bytes_.data() + i, '\n', end_ - i);
    const size_t end =
        found == nullptr ? end_
                         : static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes_.data());
    if (end > i && !add(i, end)) return;
    i = end + 1;
  }
}

/// Runs of `inside` that begin with one of `begins` and hold one of `needs`.
void RecordReader::read_words(uint8_t inside, uint8_t begins, uint8_t needs) {
  const uint8_t* const bytes = bytes_.data();
  for (size_t i = begin_; i < end_;) {
    const uint8_t type = kClasses[bytes[i]];
    if ((type & begins) == 0) {
      i++;
      continue;
    }
    if (type == kQuote) {
      const size_t close = skip_quoted(i);
      if (close != i && !add(i + 1, close)) return;
      i = close + 1;
      continue;
    }
    size_t begin = i;
    uint8_t types = 0;
    for (uint8_t next = type; (next & inside) != 0;) {
      types |= next;
      i++;
      if (i == end_) break;
      next = kClasses[bytes[i]];
    }
    if ((types & needs) == 0) continue;
    size_t end = i;
    while (kClasses[bytes[end - 1]] == kJoiner)
      end--;
    if ((inside & kJoiner) != 0) begin = number_begin(begin, end);
    if (!add(begin, end)) return;
  }
}

/// Where the number begins that the word from `begin` to `end` may be: behind 0x, or at its sign.
size_t RecordReader::number_begin(size_t begin, size_t end) const {
  const uint8_t* const bytes = bytes_.data();
  if (end - begin > 2 && bytes[begin] == '0' && bytes[begin + 1] == 'x') return begin + 2;
  const bool is_negative = begin > begin_ && bytes[begin - 1] == '-' && is_digit(bytes[begin]) &&
                           (begin - 1 == begin_ || !is_word(bytes[begin - 2]));
  return is_negative ? begin - 1 : begin;
}

void RecordReader::read_json() {
  const uint8_t* const bytes = bytes_.data();
  for (size_t i = begin_; i < end_;) {
    const uint8_t byte = bytes[i];
    if (byte == '"') {
      size_t close = i + 1;
      while (close < end_ && bytes[close] != '"' && bytes[close] != '\n')
        close += bytes[close] == '\\' && close + 1 < end_ && bytes[close + 1] != '\n' ? 2 : 1;
      if (close >= end_ || bytes[close] != '"') return;
      size_t next = close + 1;
      while (next < end_ && bytes[next] == ' ')
        next++;
      const bool is_key = next < end_ && bytes[next] == ':';
      if (!is_key && !add(i + 1, close)) return;
      i = close + 1;
      continue;
    }
    const bool is_number = is_word(byte) || (byte == '-' && i + 1 < end_ && is_digit(bytes[i + 1]));
    if (!is_number) {
      i++;
      continue;
    }
    const size_t begin = i++;
    while (i < end_ && (is_word(bytes[i]) || bytes[i] == '.' || bytes[i] == '-' || bytes[i] == '+'))
      i++;
    if (!add(begin, i)) return;
  }
}

void RecordReader::read_delimited() {
  const uint8_t* const bytes = bytes_.data();
  size_t last = end_;
  while (last > begin_ && (bytes[last - 1] == '\n' || bytes[last - 1] == '\r'))
    last--;
  for (size_t i = begin_;; i++) {
    const size_t begin = i;
    if (i < last && bytes[i] == '"') {
      // A quote is doubled inside; one that closes is followed by a delimiter.
      for (i++; i < last; i++)
        if (bytes[i] == format_.delimiter && bytes[i - 1] == '"') break;
    } else if (i < last) {
      const void* found = std::memchr(bytes + i, format_.delimiter, last - i);
      i = found == nullptr ? last : static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes);
    }
    if (!add(begin, i) || i >= last) return;
  }
}

}  // namespace sigma
