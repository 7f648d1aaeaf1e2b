/* Words to codes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/models/text/word_token.hpp"
#include "gst/sigma/operators/text.hpp"

namespace sigma {

/// Words that this encoder gives a dictionary, at most: more take more of the processor's cache
/// than they save.
constexpr size_t kMostWords = 4096;

/// Room that codes need where text is left: an escape before each byte of a token.
constexpr size_t kMinCodeRoom = 2 * kTokenReach;

/// What part of a text became.
struct CodedWords {
  size_t taken = 0;  ///< bytes of the text, from its front
  size_t size = 0;   ///< of their codes
};

/// A dictionary, as words are looked up in it. Lies in memory that is aligned for it; read by
/// several threads at once.
class WordIndex {
 public:
  /// Takes a dictionary that this encoder made.
  void start(ByteSpan dictionary);

  /// Codes of the text, as far as there is room.
  CodedWords code(ByteSpan text, MutableByteSpan out) const;

 private:
  static constexpr size_t kPlaces = 2 * kMostWords;

  /// The number of a word, from 1 on, and bits of its hash.
  struct Place {
    uint16_t number;
    uint16_t tag;
  };

  uint32_t find(const WordToken& token) const;
  size_t write_word(WordForm form, uint32_t word, uint8_t* out) const;
  size_t write_bytes(ByteSpan bytes, uint8_t* out) const;

  std::array<std::array<uint8_t, kMaxWord>, kMostWords> words_;
  std::array<uint16_t, kMostWords> codes_;  ///< the first byte lowest
  std::array<Place, kPlaces> places_;       ///< by hash
  TextMarks marks_;
  std::array<bool, 256> is_mark_;
};

}  // namespace sigma
