/* Words, counted and chosen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/text/word_counter.hpp"

#include <algorithm>

namespace sigma {
namespace {

/// With fewer marks, or words, nothing is gained.
constexpr size_t kMinMarks = 24;
constexpr size_t kMinWords = 32;

/// A mark may come so seldom, of so many bytes: it costs an escape each time.
constexpr size_t kRare = 8192;

/// Bytes of the text that a word's codes save to pay for its own in the dictionary, which is
/// compressed.
constexpr size_t kEntryCost = 6;

}  // namespace

void WordCounter::start() {
  bytes_.fill(0);
  size_ = words_ = 0;
  places_.fill(0);
}

void WordCounter::see(const WordToken& token) {
  size_t place = hash_word(token.bytes) % kPlaces;
  for (; places_[place] != 0; place = (place + 1) % kPlaces) {
    Word& word = all_[places_[place] - 1];
    if (!same_word(load_bytes16(word.bytes.data()), token.bytes)) continue;
    word.count++;
    return;
  }
  if (words_ == kMostCounted) return;
  Word& word = all_[words_++];
  std::memcpy(word.bytes.data(), &token.bytes, kMaxWord);
  word.count = 1;
  word.size = static_cast<uint32_t>(token.size);
  places_[place] = static_cast<uint32_t>(words_);
}

void WordCounter::count(ByteSpan text) {
  for (const uint8_t byte : text)
    bytes_[byte]++;
  size_ += text.size();
  for (size_t i = 0; text.size() - i >= kTokenReach;) {
    const WordToken token = read_token(text.data() + i);
    // What reaches to the end of what is looked at may be longer.
    const bool is_whole = token.size < kTokenReach;
    if (token.is_word && token.size > 1 && is_whole && token.form != WordForm::MIXED) see(token);
    i += token.size;
  }
}

/// Byte values that are no printable text, and come never or seldom.
void WordCounter::find_marks() {
  marks_ = {};
  for (unsigned value = 0; value < 256; value++) {
    const bool is_ascii = (value >= ' ' && value <= '~') || (value >= '\t' && value <= '\r');
    if (!is_ascii && bytes_[value] <= size_ / kRare)
      marks_.values[marks_.count++] = static_cast<uint8_t>(value);
  }
}

int64_t WordCounter::gain(const Word& word, size_t code) {
  const auto saved = static_cast<int64_t>(word.size) - static_cast<int64_t>(code);
  return saved * word.count - static_cast<int64_t>(word.size / 2 + kEntryCost);
}

/// An order of words that does not depend on where they are: that of their bytes.
bool WordCounter::is_before(uint32_t a, uint32_t b) const {
  return all_[a].bytes < all_[b].bytes;
}

/// Those that gain most by one byte get it; of the others, those that two bytes pay for, the most
/// frequent first.
size_t WordCounter::choose_words() {
  size_t count = 0;
  for (uint32_t i = 0; i < words_; i++)
    if (all_[i].count > 2 && gain(all_[i], 1) > 0) chosen_[count++] = i;
  const auto by_gain = [this](uint32_t a, uint32_t b) {
    const int64_t x = gain(all_[a], 1);
    const int64_t y = gain(all_[b], 1);
    return x != y ? x > y : is_before(a, b);
  };
  const auto begin = chosen_.begin();
  const size_t singles = std::min(count, marks_.codes());
  std::partial_sort(begin, begin + static_cast<ptrdiff_t>(singles),
                    begin + static_cast<ptrdiff_t>(count), by_gain);
  const auto pays = [this](uint32_t i) { return gain(all_[i], 2) > 0; };
  const auto rest = begin + static_cast<ptrdiff_t>(singles);
  const auto last = std::partition(rest, begin + static_cast<ptrdiff_t>(count), pays);
  std::sort(rest, last, [this](uint32_t a, uint32_t b) {
    return all_[a].count != all_[b].count ? all_[a].count > all_[b].count : is_before(a, b);
  });
  count = std::min<size_t>(static_cast<size_t>(last - begin), kMostWords);
  // As few marks begin codes of two bytes as there can be; the words that lose theirs come first
  // of the others.
  marks_.ones = singles;
  while (marks_.ones > 0 && marks_.most_words() < count)
    marks_.ones--;
  return std::min(count, marks_.most_words());
}

/// Words that are as frequent as each other in the order of their bytes, so that the dictionary is
/// small: those of one byte, then those of a few first bytes together.
void WordCounter::order_words(size_t words) {
  const auto before = [this](uint32_t a, uint32_t b) { return is_before(a, b); };
  const size_t step = 8 * marks_.codes();
  for (size_t begin = 0; begin < words;) {
    const size_t end = begin == 0 && marks_.ones != 0 ? marks_.ones : std::min(words, begin + step);
    std::sort(chosen_.begin() + static_cast<ptrdiff_t>(begin),
              chosen_.begin() + static_cast<ptrdiff_t>(end), before);
    begin = end;
  }
}

/// Bytes that chosen word `i` shares with the one before it; one is always its own.
size_t WordCounter::shared_size(size_t i) const {
  if (i == 0) return 0;
  const Word& word = all_[chosen_[i]];
  const Word& before = all_[chosen_[i - 1]];
  const size_t most = std::min(before.size, word.size - 1);
  size_t shared = 0;
  while (shared < most && before.bytes[shared] == word.bytes[shared])
    shared++;
  return shared;
}

/// How many of the chosen words fit into a dictionary of so many bytes.
size_t WordCounter::fitting_words(size_t words, size_t room) const {
  size_t size = kTextFront;
  for (size_t i = 0; i < words; i++) {
    size += 1 + all_[chosen_[i]].size - shared_size(i);
    if (size > room) return i;
  }
  return words;
}

size_t WordCounter::write_dictionary(MutableByteSpan out) {
  find_marks();
  if (marks_.count < kMinMarks) return 0;
  size_t words = choose_words();
  if (words < kMinWords) return 0;
  order_words(words);
  words = fitting_words(words, out.size());
  if (words < std::max(kMinWords, marks_.ones)) return 0;
  std::fill_n(out.begin(), kMarkBitmap, uint8_t{0});
  for (size_t i = 0; i < marks_.count; i++)
    out[marks_.values[i] / 8] |= static_cast<uint8_t>(1U << marks_.values[i] % 8);
  out[kMarkBitmap] = static_cast<uint8_t>(marks_.ones);
  store_le(out.data() + kMarkBitmap + 1, static_cast<uint16_t>(words));
  uint8_t* shape = out.data() + kTextFront;
  uint8_t* text = shape + words;
  for (size_t i = 0; i < words; i++) {
    const Word& word = all_[chosen_[i]];
    const size_t shared = shared_size(i);
    const size_t own = word.size - shared;
    *shape++ = static_cast<uint8_t>(shared << 4 | (own - 1));
    std::memcpy(text, word.bytes.data() + shared, own);
    text += own;
  }
  return static_cast<size_t>(text - out.data());
}

}  // namespace sigma
