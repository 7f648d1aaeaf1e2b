/* Where in an input its streams and their key chunks lie.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/access/end_search.hpp"
#include "gst/sigma/access/index_search.hpp"
#include "gst/sigma/access/joined_stream.hpp"
#include "gst/sigma/access/packet_walker.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/decode/stream_tracker.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/memory/pooled_array.hpp"
#include "gst/sigma/sought_texts.hpp"

namespace sigma {

/// Finds streams from their end packets, the last one first, and keys in their indexes. What has
/// no end packet or no index is walked through, header by header. Each function can give AGAIN, if
/// the source does, and is then to be called again; it goes on where it was.
class StreamMap {
 public:
  /// `source` and `pool` must outlive the map.
  StreamMap(ByteSource& source, GlyphBufferPool& pool, OnError on_error);

  /// Finds all streams. Only what cannot be told from damage is an error: NOT_SIGMA, AGAIN, IO,
  /// NO_MEMORY.
  Status open();

  /// As far as open() goes without walking: true if it is done then.
  Result<bool> open_from_ends();

  /// After open(): whether the first stream has framing.
  bool is_framed() const;

  /// After open(): the number of streams.
  size_t streams() const { return streams_.size(); }

  /// What is known of one of them, but for the memory that decoding takes. INVALID_ARGUMENT if
  /// there is none of that number.
  Result<StreamInfo> stream_info(uint64_t number);
  /// The head of that one, which there must be.
  Status read_head(uint64_t number, Head& head) const;

  /// Decoded bytes of all streams, as far as they are known.
  uint64_t decoded_size() const { return decoded_size_; }

  /// What reading behind decoded_size() must say: OK at the end of a complete stream.
  Status end_status() const { return end_status_; }

  /// The key chunk whose group holds decoded byte `position`, which is less than decoded_size();
  /// or an earlier one of the same stream, if no later one can be found; or the stream's first
  /// packet behind its head, if damage is skipped and no key is found.
  Result<EntryPoint> locate(uint64_t position);

  /// From `position` on, at which a group begins, the first decoded bytes that may have one of the
  /// texts, as far as the index tells: whole groups. Nothing is said of what is not indexed. At the
  /// end the range is empty.
  Result<TextRange> find_texts(const SoughtTexts& texts, uint64_t position);

  /// The last group before which there are fewer than `lines` line feeds, as far as the index
  /// tells; the first one if there is none.
  Result<LinePoint> locate_line(uint64_t lines);

  /// After open(): how long all streams are, in ns, one behind the other; each from its first
  /// buffer that can be entered at to its end. kNoTime if an index does not tell, which is the case
  /// where a stream has none, has no times, or had to be walked through.
  Result<uint64_t> duration();

  /// The last key chunk whose group can be entered at `time` or before; see IndexEntry. If there is
  /// none, the first one of the stream; behind the end, the last one. 0 is where the first stream
  /// begins. INVALID_ARGUMENT if duration() is not known.
  Result<TimePoint> locate_time(uint64_t time);

 private:
  /// A key chunk met while walking.
  struct Key {
    uint64_t position = 0;
    uint64_t offset = 0;  ///< of its tag
    uint64_t sequence = 0;
    uint64_t stream = 0;
  };

  Status follow_ends();
  Status walk_streams();
  Status see(const FoundPacket& packet);
  Result<StreamTracker::Verdict> ask(const FoundPacket& packet);
  Status see_chunk(const FoundPacket& packet);
  Status finish_walk();
  Status note_ended();
  Status complete();
  Status no_stream();
  Key* key_behind(uint64_t position);
  Status add_key(const Key& key);

  size_t stream_at(uint64_t position) const;
  Status find_texts_in(const JoinedStream& stream, const SoughtTexts& texts, TextRange& range);
  Status tell_text(const JoinedStream& stream, uint64_t raw, IndexSearch::GroupText& group);
  Status find_line(const JoinedStream& stream, uint64_t before, uint64_t lines, uint64_t& position,
                   LinePoint& point);

  Result<EntryPoint> locate_by_walking(size_t number, uint64_t position);
  Result<EntryPoint> behind_head(size_t number);
  Result<EntryPoint> indexed_point(size_t number, const IndexEntry& entry) const;
  Result<EntryPoint> entry_point(size_t number, const Key& key) const;

  ByteSource& source_;
  GlyphBufferPool& pool_;
  OnError on_error_;
  PacketWalker walker_;
  EndSearch ends_;
  IndexSearch index_;
  PooledArray<JoinedStream> streams_;  ///< in order, once the map is open
  PooledArray<JoinedStream> ended_;    ///< those found from their ends, the last one first
  PooledArray<Key> keys_;              ///< those met while walking, in order; not all, if many

  bool is_open_ = false;
  Status open_status_;  ///< then: whether there is any stream
  bool ends_followed_ = false;
  bool walking_ = false;
  StreamTracker tracker_;    ///< of what is walked through
  uint64_t raw_seen_ = 0;    ///< decoded bytes of its stream up to the last whole chunk
  FoundPacket packet_;       ///< the one being looked at,
  bool has_packet_ = false;  ///< again, as it gave trouble
  uint64_t decoded_size_ = 0;
  Status end_status_;

  bool seeking_ = false;        ///< locate_by_walking() is under way
  uint64_t seek_position_ = 0;  ///< to here,
  Key best_;                    ///< with this key as the last one before it
};

}  // namespace sigma
