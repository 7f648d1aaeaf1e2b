/* Columns of the index for searches: filters and lines of groups. docs/format.md, "Search", is
 * normative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/wire/index.hpp"
#include "gst/sigma/wire/text_filter.hpp"

namespace sigma {

/// Bytes that both columns take in a packet at most, beside those of its other columns.
constexpr size_t kMaxSearchColumns = 32768;
static_assert(kMaxIndexBody + kMaxSearchColumns <= 65536);

/// Collects what groups hold, in constant memory, and writes it as columns of the packets that list
/// them.
class SearchColumns {
 public:
  void reset();

  /// A chunk of the group, whose packet has `coded` bytes.
  void add(const TextSummary& chunk, size_t coded);
  void add(ByteSpan chunk, size_t coded);
  /// The group is whole, if one has begun.
  void end_group();
  /// Whether the packet has to be written before another group ends.
  bool is_full() const { return filters_size_ > kRoom - kMaxFilter - kMaxVarintSize; }

  /// Writes the columns of the groups that have ended, and forgets them. `out` has
  /// kMaxSearchColumns bytes. Gives the size.
  size_t take(MutableByteSpan out);

 private:
  /// Glyph headers, and a column of lines, whose sum is below 2^64.
  static constexpr size_t kRoom =
      kMaxSearchColumns - 2 * 8 - 2 * kMaxVarintSize - 9 * kIndexEntries;

  TextSummary group_;
  TextSummary chunk_;
  size_t coded_ = 0;            ///< bytes of the group's packets; 0: none has begun
  bool is_text_ = true;         ///< the group consists of whole lines without zero bytes
  bool begins_line_ = true;     ///< so the next chunk does
  uint64_t lines_ = 0;          ///< before the group
  uint64_t groups_before_ = 0;  ///< of the packet
  std::array<uint64_t, kIndexEntries + 1> entry_lines_{};  ///< before each, and behind the last
  size_t entry_count_ = 0;
  std::array<uint8_t, kRoom> filters_;
  size_t filters_size_ = 0;
};

}  // namespace sigma
