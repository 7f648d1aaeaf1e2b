/* Pieces of a large file, each encoded by a job of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>
#include <string_view>

#include "gst/tool/inputs.hpp"
#include "gst/tool/options.hpp"

namespace tool {

/// N/M
bool parse_piece(std::string_view text, Piece& piece);

/// Restricts the input to the piece. Pieces begin at lines' beginnings where these are not too far
/// apart, so that each job finds its own without the others.
sigma::Status restrict_to(const Piece& piece, Input& input);

/// Looks whether pieces that are put together again were cut by these rules from one file, as what
/// was cut while it grew, or is of another file, was not.
class CutCheck {
 public:
  /// Of the piece that begins at `begin` in a file of `total` bytes and has `size` of them.
  CutCheck(const Piece& piece, uint64_t total, uint64_t begin, uint64_t size);
  /// The piece's bytes at `position` in it.
  void see(uint64_t position, sigma::ByteSpan bytes);
  /// Whether its end is a right one, by what was seen.
  bool is_right() const { return is_right_; }

 private:
  uint64_t from_ = 0;      ///< where the end was looked for
  uint64_t last_ = 0;      ///< place of the last byte
  bool has_feed_ = false;  ///< that byte must be one
  bool is_right_ = true;
};

/// access.log, piece 3 of 16: access.log.03-of-16
std::string piece_name(const std::string& path, const Piece& piece);

/// The other way round: false if `name` is none of these.
bool parse_piece_name(const std::string& name, std::string& path, Piece& piece);

}  // namespace tool
