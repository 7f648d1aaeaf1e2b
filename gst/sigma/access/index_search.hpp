/* Places in a stream, found by its index packets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/access/joined_stream.hpp"
#include "gst/sigma/base/source.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/wire/index.hpp"

namespace sigma {

/// Reads the index packets of streams that have some (last_index is not 0), backwards from the last
/// one. DAMAGED, or what another packet's body gives, if an index cannot be relied on; AGAIN, IO
/// and NO_MEMORY say nothing about it. The packet read last is kept for the next call.
class IndexSearch {
 public:
  /// An entry whose key chunk is where it says.
  struct TimedEntry {
    IndexEntry entry;
    bool enters = false;  ///< one can enter at the time asked for, or before it
  };

  /// What the index says of the text in a group.
  struct GroupText {
    IndexEntry entry;
    uint64_t raw_end = 0;    ///< decoded bytes of the stream before the group listed next
    bool is_known = false;   ///< else nothing of what follows is
    uint64_t lines = 0;      ///< line feeds before the group,
    uint64_t lines_end = 0;  ///< and before the one listed next
    ByteSpan filter;         ///< empty: it may hold anything; valid until the next call
  };

  IndexSearch(ByteSource& source, GlyphBufferPool& pool) : source_(source), pool_(pool) {}

  /// The last key chunk at decoded byte `raw` of the stream or before; the one before that, if its
  /// packet is damaged.
  Result<IndexEntry> find_byte(const JoinedStream& stream, uint64_t raw);

  /// The last key chunk whose group can be entered at `time` or before. If there is none, the first
  /// one of the stream.
  Result<TimedEntry> find_time(const JoinedStream& stream, uint64_t time);

  /// The last listed group at decoded byte `raw` of the stream or before. Whether its key chunk is
  /// where it says was not looked at.
  Result<GroupText> find_text(const JoinedStream& stream, uint64_t raw);

  /// Key chunks that the index lists, if all packets before the last one are full.
  Result<uint64_t> count_groups(const JoinedStream& stream);

  /// Sets origin and duration, unless the index has no times.
  Status read_times(JoinedStream& stream);

 private:
  /// Index packets looked at on the way to one: links halve the distance, so this is never reached
  /// in a sound stream.
  static constexpr int kMaxSteps = 200;

  /// How entries are looked for: by decoded byte, or by time.
  struct Order {
    uint64_t IndexEntry::*entry;
    uint64_t IndexLink::*link;
  };

  Result<bool> read(const JoinedStream& stream, const Order& order, uint64_t value);
  Status load(const JoinedStream& stream, uint64_t offset);
  Status read_packet(const JoinedStream& stream, uint64_t offset);
  Result<bool> confirm(const JoinedStream& stream, const IndexEntry& entry);
  size_t first_of_time(uint64_t bound) const;
  Result<uint64_t> first_time(const JoinedStream& stream);

  ByteSource& source_;
  GlyphBufferPool& pool_;
  size_t last_at(uint64_t raw) const;

  IndexPacket packet_;    ///< the one read last,
  Buffer body_;           ///< its body, if it has filters,
  uint64_t raw_end_ = 0;  ///< decoded bytes of the stream before it,
  uint64_t offset_ = 0;   ///< from here; 0 if none
};

}  // namespace sigma
