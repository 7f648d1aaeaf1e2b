/* Text: bytes in which frequent words are codes of one or two bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"

namespace sigma {

constexpr size_t kMaxWord = 16;                 ///< bytes
constexpr size_t kMaxWords = size_t{1} << 15;   ///< of a dictionary
constexpr size_t kMarkBitmap = 32;              ///< bytes at its front
constexpr size_t kTextFront = kMarkBitmap + 3;  ///< and its other numbers

/// A word, at the front of what lies around it.
struct TextWord {
  std::array<uint8_t, kMaxWord> bytes;
  uint8_t size;
};

/// Which byte values are marks: those that are no text. The first three change what follows, the
/// next are words of their own, all others begin a code of two bytes.
struct TextMarks {
  std::array<uint8_t, 256> values{};  ///< in order
  size_t count = 0;                   ///< at least kForms, if there are any
  size_t ones = 0;                    ///< marks that are words of their own

  static constexpr size_t kForms = 3;
  uint8_t capital() const { return values[0]; }  ///< the next word begins with a capital
  uint8_t upper() const { return values[1]; }    ///< the next word is in capitals
  uint8_t escape() const { return values[2]; }   ///< the next byte is text
  size_t codes() const { return count - kForms; }
  uint8_t code(size_t rank) const { return values[kForms + rank]; }
  /// Words that there are codes for.
  size_t most_words() const { return ones + (codes() - ones) * codes(); }
};

/// Goes through a dictionary: word after word, each as the end of the one before is replaced.
class DictionaryReader {
 public:
  /// False if its front, or its size, breaks a rule.
  bool start(ByteSpan dictionary);
  const TextMarks& marks() const { return marks_; }
  size_t words() const { return words_; }
  /// The next of words(); false if its sizes break a rule.
  bool next(TextWord& word);
  /// Whether nothing follows the last word.
  bool at_end() const { return texts_.empty(); }

 private:
  TextMarks marks_;
  size_t words_ = 0;
  ByteSpan shapes_;  ///< a byte for each word that is left
  ByteSpan texts_;
};

/// Bytes of tables for as many words.
constexpr size_t text_tables_size(size_t words) {
  return 24 * (256 + words);
}

/// Words of a dictionary of a kind that a decoder looks up by codes.
class TextDecoder {
 public:
  /// Parses a dictionary into `memory`, of text_tables_size() bytes, aligned for integers.
  bool start(DictionaryReader& dictionary, MutableByteSpan memory);
  /// Fills `out` with the text of all codes, or fails.
  bool decode(ByteSpan codes, MutableByteSpan out) const;

 private:
  /// What a code stands for: a byte of text, or a word.
  struct Entry {
    std::array<uint8_t, kMaxWord> bytes;
    uint64_t size;
  };
  struct Cursor;

  static constexpr uint32_t kIndex = 0xFFFF;
  static constexpr uint32_t kIsLong = uint32_t{1} << 16;  ///< a second byte follows
  static constexpr uint32_t kIsText = uint32_t{1} << 17;  ///< the byte stands for itself
  static constexpr uint32_t kIsForm = uint32_t{1} << 18;

  bool decode_most(Cursor& at) const;
  bool decode_form(Cursor& at) const;
  bool decode_one(Cursor& at) const;

  const Entry* entries_ = nullptr;
  uint32_t count_ = 0;
  std::array<uint32_t, 256>
      starts_{};  ///< by byte: the first entry that a code may mean, and flags
  std::array<uint16_t, 256> seconds_{};  ///< by second byte: what is added
  uint8_t capital_ = 0;
  uint8_t escape_ = 0;
};

struct OperatorEntry;
extern const OperatorEntry kText;

}  // namespace sigma
