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

/// access.log, piece 3 of 16: access.log.03-of-16
std::string piece_name(const std::string& path, const Piece& piece);

/// The other way round: false if `name` is none of these.
bool parse_piece_name(const std::string& name, std::string& path, Piece& piece);

}  // namespace tool
