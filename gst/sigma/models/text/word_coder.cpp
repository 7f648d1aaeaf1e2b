/* Words, looked up and replaced.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/text/word_coder.hpp"

namespace sigma {
namespace {

constexpr uint32_t kNoWord = UINT32_MAX;

uint16_t tag_of(uint32_t hash) {
  return static_cast<uint16_t>(hash >> 16);
}

}  // namespace

void WordIndex::start(ByteSpan dictionary) {
  DictionaryReader reader;
  reader.start(dictionary);
  marks_ = reader.marks();
  is_mark_.fill(false);
  for (size_t i = 0; i < marks_.count; i++)
    is_mark_[marks_.values[i]] = true;
  places_.fill({});
  TextWord word = {};
  for (size_t i = 0; i < reader.words() && reader.next(word); i++) {
    words_[i] = word.bytes;
    if (i < marks_.ones) {
      codes_[i] = marks_.code(i);
    } else {
      const size_t rank = i - marks_.ones;
      const uint8_t first = marks_.code(marks_.ones + rank / marks_.codes());
      codes_[i] = static_cast<uint16_t>(first | marks_.code(rank % marks_.codes()) << 8);
    }
    const uint32_t hash = hash_word(load_bytes16(words_[i].data()));
    size_t place = hash % kPlaces;
    while (places_[place].number != 0)
      place = (place + 1) % kPlaces;
    places_[place] = {static_cast<uint16_t>(i + 1), tag_of(hash)};
  }
}

uint32_t WordIndex::find(const WordToken& token) const {
  const uint32_t hash = hash_word(token.bytes);
  for (size_t at = hash % kPlaces;; at = (at + 1) % kPlaces) {
    const Place place = places_[at];
    if (place.number == 0) return kNoWord;
    if (place.tag != tag_of(hash)) continue;
    const size_t word = size_t{place.number} - 1;
    if (same_word(load_bytes16(words_[word].data()), token.bytes))
      return static_cast<uint32_t>(word);
  }
}

size_t WordIndex::write_word(WordForm form, uint32_t word, uint8_t* out) const {
  *out = form == WordForm::UPPER ? marks_.upper() : marks_.capital();
  const size_t size = form == WordForm::LOWER ? 0 : 1;
  store_le(out + size, codes_[word]);
  return size + (word < marks_.ones ? 1 : 2);
}

/// Bytes of which some may be marks.
size_t WordIndex::write_bytes(ByteSpan bytes, uint8_t* out) const {
  size_t size = 0;
  for (const uint8_t byte : bytes) {
    if (is_mark_[byte]) out[size++] = marks_.escape();
    out[size++] = byte;
  }
  return size;
}

CodedWords WordIndex::code(ByteSpan text, MutableByteSpan out) const {
  const uint8_t* from = text.data();
  const uint8_t* const end = from + text.size();
  uint8_t* to = out.data();
  const uint8_t* const stop = to + out.size();
  while (static_cast<size_t>(stop - to) >= kMinCodeRoom) {
    const auto left = static_cast<size_t>(end - from);
    if (left < kTokenReach) {
      // What is read together may not lie behind the end.
      to += write_bytes({from, left}, to);
      from = end;
      break;
    }
    const WordToken token = read_token(from);
    if (token.is_word && token.form != WordForm::MIXED) {
      if (const uint32_t word = find(token); word != kNoWord) {
        to += write_word(token.form, word, to);
        from += token.size;
        continue;
      }
    }
    if (token.is_plain) {
      std::memcpy(to, from, kTokenReach);
      to += token.size;
    } else {
      to += write_bytes({from, token.size}, to);
    }
    from += token.size;
  }
  return {static_cast<size_t>(from - text.data()), static_cast<size_t>(to - out.data())};
}

}  // namespace sigma
