/* Which words are frequent, and the dictionary of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/models/sampling/text.hpp"
#include "gst/sigma/models/text/word_coder.hpp"

namespace sigma {

/// Most bytes of a dictionary that this encoder makes.
constexpr size_t kDictionaryRoom = size_t{24} << 10;

/// Counts words of a sample. Large: it lies in memory that is lent.
class WordCounter {
 public:
  void start();
  void count(ByteSpan text);

  /// Writes the dictionary of what was counted, with as many words as there is room for; 0 if there
  /// are not enough words, or byte values that are free, to gain anything.
  size_t write_dictionary(MutableByteSpan out);

 private:
  static constexpr size_t kPlaces = size_t{1} << 15;
  static constexpr size_t kMostCounted = kPlaces / 4 * 3;  ///< words; those that come later are not

  struct Word {
    std::array<uint8_t, kMaxWord> bytes;
    uint32_t count;
    uint32_t size;
  };

  /// What codes of `code` bytes save, less what the word takes in the dictionary.
  static int64_t gain(const Word& word, size_t code);
  void see(const WordToken& token);
  void find_marks();
  size_t choose_words();
  void order_words(size_t words);
  size_t shared_size(size_t i) const;
  size_t fitting_words(size_t words, size_t room) const;
  bool is_before(uint32_t a, uint32_t b) const;

  ByteCounts bytes_;
  size_t size_;   ///< bytes counted
  size_t words_;  ///< different ones
  TextMarks marks_;
  std::array<uint32_t, kPlaces> places_;  ///< by hash: number of a word, from 1 on
  std::array<Word, kMostCounted> all_;
  std::array<uint32_t, kMostCounted> chosen_;  ///< numbers of words, best first
};

}  // namespace sigma
