/* Bits for the places of a text: one that can be reached from its begin by pieces, and from which
 * its end can, is one where pieces meet.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/search/piece_set.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sigma {
namespace {

constexpr uint64_t bit(size_t place) {
  return uint64_t{1} << place;
}

}  // namespace

PieceSet::PieceSet(ByteSpan text) : text_(text) {
  if (text.size() > 1) first_place_ = bit(1);
  if (text.size() > 1) last_place_ = bit(text.size() - 1);
  for (size_t i = 1; i < text.size(); i++) {
    before_[text[i - 1]] |= bit(i);
    behind_[text[i]] |= bit(i);
  }
}

bool PieceSet::is_inside(ByteSpan bytes) const {
  return bytes.size() >= text_.size() &&
         memmem(bytes.data(), bytes.size(), text_.data(), text_.size()) != nullptr;
}

void PieceSet::add(ByteSpan piece, PieceKind kind) {
  add_insides(piece);
  add_ends(piece, kind);
}

void PieceSet::add_values(ByteSpan values, uint8_t end) {
  add_insides(values);
  if (is_inside_) return;
  Pieces& pieces = kinds_[static_cast<size_t>(PieceKind::VALUE)];
  while (!values.empty()) {
    const void* const found = std::memchr(values.data(), end, values.size());
    const size_t size =
        found != nullptr ? static_cast<size_t>(static_cast<const uint8_t*>(found) - values.data())
                         : values.size();
    if (size != 0) add_ends(values.first(size), pieces);
    values = values.subspan(std::min(size + 1, values.size()));
  }
}

/// Of places that may be reached, `heads` by the end of the piece, which is behind a place's bytes,
/// `begins` by its begin, those that are.
void PieceSet::add_ends(ByteSpan piece, uint64_t heads, uint64_t begins, Pieces& pieces) const {
  const size_t size = piece.size();
  const auto is_text = [&](size_t from, size_t place, size_t count) {
    return piece[from] == text_[place] && piece[from + count - 1] == text_[place + count - 1] &&
           std::memcmp(piece.data() + from, text_.data() + place, count) == 0;
  };
  for (uint64_t open = heads; open != 0; open &= open - 1) {
    const auto place = static_cast<size_t>(std::countr_zero(open));
    if (place > size) break;
    if (is_text(size - place, 0, place)) pieces.heads |= bit(place);
  }
  for (uint64_t open = begins & ~pieces.tails; open != 0; open &= open - 1) {
    const auto place = static_cast<size_t>(std::countr_zero(open));
    const size_t rest = text_.size() - place;
    if (rest <= size && is_text(0, place, rest)) pieces.tails |= bit(place);
  }
  if (size + 1 >= text_.size()) return;
  for (uint64_t open = begins; open != 0; open &= open - 1) {
    const auto place = static_cast<size_t>(std::countr_zero(open));
    if (place + size >= text_.size()) break;
    if (is_text(0, place, size)) pieces.middles[place] |= bit(place + size);
  }
}

/// What numbers of the range can be of the text; true: they can have all of it.
bool PieceSet::find_numbers(const NumberRange& numbers, Pieces& pieces) const {
  const auto run_end = [&](size_t from) {
    while (from < text_.size() && numbers.has_digit(text_[from]))
      from++;
    return from;
  };
  const size_t last = text_.size() - 1;
  const size_t head = run_end(0);
  for (size_t i = 1; i <= std::min(head, last); i++)
    if (numbers.has_end(text_.first(i))) pieces.heads |= bit(i);
  for (size_t i = 1; i <= last; i++) {
    const size_t end = run_end(i);
    if (end > last && numbers.has_begin(text_.subspan(i))) pieces.tails |= bit(i);
    for (size_t k = i + 1; k <= std::min(end, last); k++)
      if (numbers.has(text_.subspan(i, k - i))) pieces.middles[i] |= bit(k);
  }
  return head > last && numbers.has_part(text_);
}

void PieceSet::add_numbers(const NumberRange& numbers) {
  Pieces found;
  is_inside_ = find_numbers(numbers, found) || is_inside_;
  Pieces& pieces = kinds_[static_cast<size_t>(PieceKind::VALUE)];
  pieces.heads |= found.heads;
  pieces.tails |= found.tails;
  for (size_t i = 0; i < text_.size(); i++)
    pieces.middles[i] |= found.middles[i];
}

bool PieceSet::can_use(const NumberRange& numbers) const {
  if (std::none_of(text_.begin(), text_.end(), [&](uint8_t b) { return numbers.has_digit(b); }))
    return false;
  Pieces found;
  if (find_numbers(numbers, found) && !is_inside_) return true;
  const Pieces& pieces = kinds_[static_cast<size_t>(PieceKind::VALUE)];
  uint64_t fresh = (found.heads & ~pieces.heads) | (found.tails & ~pieces.tails);
  for (size_t i = 0; i < text_.size(); i++)
    fresh |= found.middles[i] & ~pieces.middles[i];
  return fresh != 0;
}

bool PieceSet::is_possible() const {
  if (is_inside_) return true;
  const auto& [texts, values] = kinds_;
  // Places that are reached by a row that ends with a text, or with a value.
  uint64_t behind_text = texts.heads;
  uint64_t behind_value = values.heads;
  for (size_t i = 1; i < text_.size(); i++) {
    const bool may_be_value =
        (behind_text & bit(i)) != 0 || (values.are_joined && (behind_value & bit(i)) != 0);
    const bool may_be_text =
        (behind_value & bit(i)) != 0 || (texts.are_joined && (behind_text & bit(i)) != 0);
    if ((may_be_value && (values.tails & bit(i)) != 0) ||
        (may_be_text && (texts.tails & bit(i)) != 0))
      return true;
    if (may_be_value) behind_value |= values.middles[i];
    if (may_be_text) behind_text |= texts.middles[i];
  }
  return false;
}

}  // namespace sigma
