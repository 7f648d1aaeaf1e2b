/* Index packets: where the groups of a stream begin. docs/format.md, "Index", is normative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <span>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"

namespace sigma {

/// A key chunk: how many chunks, decoded bytes and stream bytes come before it. And the greatest
/// time, in ns + 1, at which its group or one before can be entered: where one begins with the
/// first buffer of the group that can be played without those before it. 0: there is none.
struct IndexEntry {
  uint64_t sequence = 0;
  uint64_t raw_offset = 0;
  uint64_t stream_offset = 0;
  uint64_t time = 0;
};

/// An earlier index packet: its stream offset, and the decoded offset and the time of its first
/// entry.
struct IndexLink {
  uint64_t stream_offset = 0;
  uint64_t raw_offset = 0;
  uint64_t time = 0;
};

constexpr size_t kIndexEntries = 256;  ///< most entries in one packet
constexpr size_t kIndexLinks = 64;     ///< most links in one packet

/// The content of one index packet. Links go from the nearest packet back: i−1, then for each power
/// of two the last packet before i whose number is a multiple of it, where that is another one.
struct IndexPacket {
  uint64_t number = 0;  ///< index packets before this one
  std::array<IndexEntry, kIndexEntries> entries;
  size_t entry_count = 0;
  std::array<IndexLink, kIndexLinks> links;
  size_t link_count = 0;
  uint64_t end_time = 0;  ///< ns + 1 where the latest buffer so far ends; 0: there are no times

  // For searches, if has_search: what text_filter.hpp and search_columns.hpp write.
  bool has_search = false;
  uint64_t groups_before = 0;                   ///< entries of all packets before
  std::array<ByteSpan, kIndexEntries> filters;  ///< in the body; empty: the group may hold anything
  std::array<uint64_t, kIndexEntries + 1> lines;  ///< before each entry, and behind the last group
};

/// Most bytes of an index packet's body: in each of four columns, whose sums are below 2^64, one
/// number at most has more than 9.
constexpr size_t kMaxIndexBody =
    9 * 8 + 4 * (9 * kIndexEntries + 1) + 9 + kMaxVarintSize * (3 * kIndexLinks + 2);

/// Collects the keys of a stream in constant memory and writes them as packet bodies.
class IndexBuilder {
 public:
  void reset();
  /// A key chunk, but for its time.
  void add(const IndexEntry& entry);
  /// Of each chunk, behind add(): where one can enter, and the greatest end of a buffer so far, in
  /// ns; kNoTime where that is not known.
  void add_times(uint64_t entry_time, uint64_t end_time);
  bool is_empty() const { return entry_count_ == 0; }
  bool is_full() const { return entry_count_ == kIndexEntries; }

  /// Writes the entries as the body of a packet that will lie at `stream_offset`, and forgets them.
  /// `out` has kMaxIndexBody bytes. Gives the body's size.
  size_t take_body(MutableByteSpan out, uint64_t stream_offset);

  /// Stream offset of the packet written last, 0 if there is none.
  uint64_t last_offset() const { return last_offset_; }

 private:
  std::span<const IndexLink> collect_links(std::span<IndexLink, kIndexLinks> links) const;
  size_t put_times(MutableByteSpan out, std::span<const IndexLink> links) const;
  std::span<const IndexEntry> entries() const { return std::span(entries_).first(entry_count_); }

  uint64_t number_ = 0;  ///< of the next packet
  std::array<IndexEntry, kIndexEntries> entries_;
  size_t entry_count_ = 0;
  std::array<IndexLink, kIndexLinks> last_multiple_;  ///< of 2^k, for each k
  uint64_t last_offset_ = 0;
  uint64_t time_ = 0;           ///< of the latest entry
  uint64_t end_time_ = 0;       ///< IndexPacket::end_time
  bool is_entry_known_ = true;  ///< no later buffer of the group counts
};

/// Reads a body. Unknown columns are passed over. DAMAGED: malformed, out of order, or over a
/// limit.
Status parse_index(ByteSpan body, uint64_t offset, IndexPacket& packet);

}  // namespace sigma
