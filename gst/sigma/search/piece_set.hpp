/* A text against the pieces that others are put together from.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <cstdint>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/search/number_range.hpp"

namespace sigma {

/// What a piece is: what templates say, or a value between two texts of them.
enum class PieceKind : uint8_t { TEXT, VALUE };

/// Pieces of which rows are made, in an order that is not known but that texts and values take
/// turns: whether some row can have the text that is sought. What is not known counts as possible.
class PieceSet {
 public:
  /// `text` has 1 to 64 bytes, and stays where it is.
  explicit PieceSet(ByteSpan text);
  PieceSet() = default;

  /// A piece of any size.
  void add(ByteSpan piece, PieceKind kind);
  /// The same in two steps, of which the first may be for all pieces that lie in some bytes.
  void add_insides(ByteSpan bytes) { is_inside_ = is_inside_ || is_inside(bytes); }
  void add_ends(ByteSpan piece, PieceKind kind) {
    if (!piece.empty()) add_ends(piece, kinds_[static_cast<size_t>(kind)]);
  }
  /// Values that all end with `end`, which the text has not.
  void add_values(ByteSpan values, uint8_t end);
  /// All numbers of a range, as values.
  void add_numbers(const NumberRange& numbers);
  /// Whether that would add something.
  bool can_use(const NumberRange& numbers) const;
  /// Pieces of a kind can follow each other.
  void join(PieceKind kind) { kinds_[static_cast<size_t>(kind)].are_joined = true; }

  /// Whether a row of the pieces can have the text.
  bool is_possible() const;

 private:
  /// Bit i stands for the place before byte i of the text.
  struct Pieces {
    uint64_t heads = 0;                  ///< a piece ends with what is before
    uint64_t tails = 0;                  ///< a piece begins with what is behind
    std::array<uint64_t, 64> middles{};  ///< at i: a piece is what is from i to there
    bool are_joined = false;
  };

  /// Where the text may go on behind the piece, or has begun before it. By two bytes at each end
  /// few pieces need a closer look.
  void add_ends(ByteSpan piece, Pieces& pieces) const {
    const size_t size = piece.size();
    uint64_t heads = before_[piece[size - 1]] & ~pieces.heads;
    uint64_t begins = behind_[piece[0]];
    if (size > 1) {
      heads &= before_[piece[size - 2]] << 1 | first_place_;
      begins &= behind_[piece[1]] >> 1 | last_place_;
    }
    if ((heads | begins) != 0) add_ends(piece, heads, begins, pieces);
  }
  void add_ends(ByteSpan piece, uint64_t heads, uint64_t begins, Pieces& pieces) const;
  bool find_numbers(const NumberRange& numbers, Pieces& pieces) const;
  bool is_inside(ByteSpan bytes) const;

  ByteSpan text_;
  uint64_t first_place_ = 0;  ///< inside it,
  uint64_t last_place_ = 0;   ///< if there is any
  bool is_inside_ = false;    ///< of one piece
  std::array<Pieces, 2> kinds_;
  std::array<uint64_t, 256> before_{};  ///< places behind that byte
  std::array<uint64_t, 256> behind_{};  ///< places before that byte
};

}  // namespace sigma
