/* Filters of text: which words may be in the bytes of a group. docs/format.md, "Search", is
 * normative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kMaxFilter = 8192;  ///< bytes
constexpr size_t kMinFilter = 32;

/// What a filter says, at its full size.
using FilterBits = std::array<uint8_t, kMaxFilter>;

/// What searches need to know of a chunk.
struct TextSummary {
  FilterBits bits{};
  uint64_t feeds = 0;      ///< line feeds
  bool has_zeros = false;  ///< zero bytes
  bool ends_line = false;  ///< a line feed is the last byte
};

/// Makes the summary of a chunk.
void summarize_text(ByteSpan chunk, TextSummary& summary);

/// Writes the bits as a filter of at most `most` bytes to `out`, which has kMaxFilter. Gives its
/// size; 0 if it would tell nothing.
size_t write_filter(const FilterBits& bits, size_t most, MutableByteSpan out);

/// A filter's size is one of these, or 0.
bool is_filter_size(uint64_t size);

/// Whether bytes with that filter, which has one, can have the text.
bool may_hold(ByteSpan filter, ByteSpan text);

}  // namespace sigma
