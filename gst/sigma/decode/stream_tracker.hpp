/* The rules of a stream: which packet may come, what it is good for, and what is missing before it.
 * docs/format.md, sections 4 and 15.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <optional>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/decode/packet_rules.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

/// Follows the packets of streams, one or several joined, and says what to do with each. It reads
/// headers, and the bodies of heads, indexes and end packets; chunks are decoded by others.
///
///     parse the header of a packet at `offset`;
///     tracker.admit(header, offset);   // which stream it is of,
///     tracker.check();                 // and whether it can stand there
///     check the hash of its body;      // lose_body() if it does not match
///     switch (tracker.see(body, end)) {
///       NEW_STREAM: tracker.start_stream();
///       DECODE:     tracker.decoded(it could be);
///       END:        tracker.end_stream();
///     }
///
/// With OnError::SKIP, what cannot be used goes to leave_out(), and the next packet is asked about.
class StreamTracker {
 public:
  enum class State : uint8_t {
    BETWEEN,   ///< no stream has begun, or the one before has ended
    HEADLESS,  ///< packets of a stream came without its head
    JOINING,   ///< entered a stream with JOIN, before its first key
    INSIDE,    ///< a stream
  };

  enum class Verdict : uint8_t {
    DECODE,         ///< a chunk, or framing between chunks, that comes next or behind missing ones
    PASS,           ///< nothing to do
    REPEATED,       ///< its place was passed already
    NEW_STREAM,     ///< next_head() begins a stream, or is where one is entered
    REPEATED_HEAD,  ///< the same stream may begin again: the next chunk tells
    END,            ///< of the stream
    HELD_END,       ///< an end packet before chunks that it counts: the next packet tells
  };

  /// Where a packet stands, compared with what is due.
  enum class Place : uint8_t { NEXT, PASSED, AHEAD, IMPOSSIBLE };

  /// A stream that is over.
  struct EndedStream {
    uint64_t begin = 0;     ///< offset of its head, or behind the stream before if that is lost
    uint64_t end = 0;       ///< offset behind its end packet, or where it is cut
    uint64_t base = 0;      ///< decoded bytes of the streams before
    uint64_t raw_size = 0;  ///< its decoded bytes, as far as headers tell
    uint64_t id = 0;
    std::array<uint8_t, kHeadBodySize> head{};
  };

  explicit StreamTracker(OnError on_error) : on_error_(on_error) {}

  OnError on_error() const { return on_error_; }
  void set_on_error(OnError on_error) { on_error_ = on_error; }
  /// Damage is reported there; may be null.
  void set_listener(DamageListener* listener) { listener_ = listener; }

  /// The next packet is the first of a stream.
  void reset();
  /// The next packet is that key chunk, of a stream with that head.
  void start_at(const EntryPoint& point, const Head& head);

  /// A packet whose header is sound. DAMAGED if it is not of the stream that is due.
  Status admit(const PacketHeader& packet, uint64_t offset);
  /// Whether the packet admitted is one of the stream's: DAMAGED, or UNSUPPORTED_PACKET.
  Status check();
  /// The packet's body does not match its hash. True if what follows has lost its key.
  bool lose_body();

  /// Whether see() reads the body of the packet, so that a reader of headers has to read it, too.
  bool needs_body() const;
  /// What to do with the packet. `body` matches its hash; `end` is the offset behind it.
  Result<Verdict> see(ByteSpan body, uint64_t end);
  /// The same by the header alone, of a packet with !needs_body().
  Result<Verdict> see_header(uint64_t end);

  // The caller's answer to a verdict.
  const Head& next_head() const { return next_.head; }
  void start_stream() { start_stream(next_, packet_.body_hash); }
  void decoded(bool is_ok);
  void end_stream();

  /// A text for bytes in which there is no packet.
  Status no_packet(uint64_t offset) const;
  /// Something at cause.offset cannot be used. Until the stream goes on all belongs to it.
  void leave_out(const Status& cause);

  /// What follows is another stream, or the end of the input: an end packet that is held was right.
  void settle_end(std::optional<uint64_t> next_id);
  /// The stream has no end packet, and is over at `end` with `raw_size` decoded bytes.
  void cut_stream(uint64_t end, uint64_t raw_size);
  /// The end of the input, with `pending` bytes of a packet from `offset` on. OK if the last stream
  /// is complete; with OnError::SKIP, if there was one.
  Status finish(uint64_t offset, uint64_t pending);

  const PacketHeader& packet() const { return packet_; }
  uint64_t packet_offset() const { return packet_offset_; }
  State state() const { return state_; }
  bool in_stream() const { return state_ >= State::JOINING; }
  /// Whether zeros that come next are no damage: those behind a stream.
  bool may_be_padding() const { return !in_stream() && streams_ != 0 && !damage_open_; }

  const Head& head() const { return head_; }
  uint64_t streams() const { return streams_; }  ///< that have ended
  const EndedStream& ended() const { return ended_; }
  uint64_t base() const { return base_; }  ///< decoded bytes of the streams before
  uint64_t sequence() const { return sequence_; }
  uint64_t raw_offset() const { return raw_offset_; }
  uint64_t raw_told() const { return raw_told_; }  ///< decoded bytes that the stream has at least

  /// Whether the packet comes right behind the chunk that was decoded last.
  bool goes_on() const { return packet_.sequence == sequence_; }
  /// Whether the last key chunk was decoded.
  bool has_key() const { return group_ == Group::WHOLE || group_ == Group::GAPPED; }
  /// Whether chunks are missing since the last key chunk, or it is.
  bool is_broken() const { return group_ == Group::GAPPED || group_ == Group::KEYLESS; }
  /// Whether the packet may refer to what is missing.
  bool may_lack() const { return is_broken() && !packet_.is_key(); }
  /// Whether decoding enters the stream at the packet, so that nothing of it is known.
  bool is_entry() const { return packet_.is_key() && !(all_decoded_ && goes_on() && !is_broken()); }

 private:
  enum class Group : uint8_t {
    NONE,     ///< has not begun
    WHOLE,    ///< its key chunk was decoded, and all behind it
    GAPPED,   ///< its key chunk was decoded, but not all behind it
    KEYLESS,  ///< its key chunk is missing
  };

  /// A head as it came.
  struct NextHead {
    Head head;
    std::array<uint8_t, kHeadBodySize> bytes{};
  };

  /// The same head again, where a stream goes on or begins again.
  struct RepeatedHead {
    uint64_t offset = 0;
    uint64_t raw_told = 0;  ///< before it
  };

  /// An end packet that came before chunks that it counts: a head or the end of the input must
  /// follow, or it stands in a wrong place.
  struct HeldEnd {
    EndTotals totals;
    uint64_t id = 0;
    uint64_t offset = 0;  ///< of its tag,
    uint64_t end = 0;     ///< and behind it
    std::array<uint8_t, kHeadBodySize> head{};
  };

  /// Null: the header alone is known.
  using Body = std::optional<ByteSpan>;

  Status damaged(const char* text) const;
  Status unsupported(const char* text) const;
  Status cut_by_head() const;
  bool is_copy() const { return (packet_.flags & kFlagCopy) != 0; }
  bool is_of_stream() const { return in_stream() && packet_.stream_id == stream_id_; }
  Place place() const;
  Status check_headless();
  Status check_kind() const;
  Status check_place() const;
  Status check_group() const;

  Result<Verdict> see_packet(const Body& body, uint64_t end);
  Result<Verdict> see_head(const Body& body);
  Result<Verdict> see_same_head();
  Result<Verdict> see_copy(const Body& body);
  Result<Verdict> see_new_head(ByteSpan body);
  Result<Verdict> see_chunk();
  Result<Verdict> see_index(const Body& body);
  Result<Verdict> see_end(const Body& body, uint64_t end);
  Status check_end(const EndTotals& totals, ByteSpan head, uint64_t end);
  bool is_due();
  void pass();

  void start_stream(const NextHead& next, uint64_t hash);
  void begin_again();
  void break_group();
  void lose_key();
  void end_stream(uint64_t end, uint64_t raw_size);
  void settle_end(bool begins, uint64_t next_id);
  void close_damage(uint64_t stream_end, uint64_t position_end, uint64_t chunks);
  uint64_t position() const { return base_ + raw_offset_; }

  OnError on_error_;
  DamageListener* listener_ = nullptr;
  State state_ = State::BETWEEN;

  // The packet admitted last.
  PacketHeader packet_;
  uint64_t packet_offset_ = 0;
  NextHead next_;
  EndTotals totals_;         ///< of an end packet,
  uint64_t end_offset_ = 0;  ///< which ends there

  // The stream.
  Head head_;
  std::array<uint8_t, kHeadBodySize> head_bytes_{};  ///< as they came
  uint64_t head_hash_ = 0;                           ///< of the whole body; 0: not known
  uint64_t stream_id_ = 0;
  uint64_t stream_start_ = 0;  ///< offset of its head
  uint64_t streams_ = 0;
  uint64_t base_ = 0;
  uint64_t sequence_ = 0;    ///< chunks of this stream so far
  uint64_t raw_offset_ = 0;  ///< decoded bytes of this stream so far
  uint64_t raw_told_ = 0;
  uint64_t index_packets_ = 0;   ///< of this stream so far
  uint64_t last_index_ = 0;      ///< stream offset of the latest, 0 if none
  bool all_came_ = false;        ///< nothing of it was skipped: what counts its bytes must fit
  bool is_misnumbered_ = false;  ///< an index packet had not the number that was due
  bool all_decoded_ = false;     ///< all chunks before
  EndedStream ended_;            ///< the one before

  // The group.
  Group group_ = Group::NONE;
  uint64_t group_chunks_ = 0;  ///< that were decoded
  uint64_t key_sequence_ = 0;

  // What the next packet decides.
  std::optional<RepeatedHead> repeated_head_;
  std::optional<HeldEnd> held_end_;

  // What is being skipped.
  Damage damage_;
  bool damage_open_ = false;
};

}  // namespace sigma
