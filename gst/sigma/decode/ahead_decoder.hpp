/* A decoder that lets threads go ahead.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <memory>

#include "gst/sigma/decode/decoder_state.hpp"
#include "gst/sigma/decode/group_queue.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/wire/head.hpp"

namespace sigma {

/// What a StreamingDecoder is inside: a DecoderState that gives the same chunks, damage and errors,
/// in the same order, but has groups decoded in threads before their turn. It collects packets
/// until so many groups are under way as memory has room for, one more than there are threads at
/// most, and another waits; then they go through the DecoderState, which finds their bytes ready.
/// After the first unexpected packet it stops decoding ahead: the rest is decoded, and its damage
/// reported, in order.
///
/// With one thread, or where memory has room for fewer than two groups beside what the stream
/// needs, all calls are passed on.
class AheadDecoder : private DecoderState::Ahead {
 public:
  AheadDecoder(uint64_t max_memory, OnError on_error);
  ~AheadDecoder() override;

  Status set_threads(TaskPool* tasks, unsigned threads);
  void set_listener(DamageListener* listener) { decoder_.set_listener(listener); }
  void set_on_error(OnError on_error) { decoder_.set_on_error(on_error); }
  Status set_chunk_memory(ChunkMemory* memory);
  Status set_sought(const SoughtTexts* texts);
  Status set_examiner(ChunkExaminer* examiner);

  Status push(ByteSpan input);
  Result<bool> next(DecodedChunk& chunk);
  void end_input();
  Status finish() { return decoder_.finish(); }
  void reset();
  Status start_at(const EntryPoint& point);
  uint64_t position() const { return decoder_.position(); }

  void flush() { drains_ = true; }

  StreamStats stats() const;

 private:
  /// A packet, or bytes in which there is none.
  struct Unit {
    Buffer bytes;
    GroupDecoder* group = nullptr;
    size_t index = 0;  ///< in the group
    std::unique_ptr<Unit> next;
  };

  const AheadChunk* find(const Head& head, const PacketHeader& header, ByteSpan body,
                         bool goes_on) override;
  bool is_sound(ByteSpan body) override;
  const AheadChunk* wait_for(GroupDecoder* group, size_t index);
  bool is_ahead(const PacketHeader& header, bool goes_on) const;
  const AheadChunk* decode_next(GroupDecoder* group, const PacketHeader& header, ByteSpan body,
                                bool goes_on);

  bool is_parallel() const { return tasks_ != nullptr && threads_ > 1; }
  bool may_go_ahead() const { return groups_ahead_ > 0 && !is_lost_; }
  size_t room_for_packets() const;
  bool is_full() const;
  Status collect_packets();
  Status begin_unit();
  Status finish_unit();
  void see_head(ByteSpan body);
  void drop_groups();
  void add_to_group(ByteSpan body);
  bool may_release_taken() const;
  void release(GroupDecoder* group);
  Status give_up_looking();
  Status queue_bytes(ByteSpan bytes);
  Status queue_padding();
  void queue_unit();
  void feed();
  void hand_over(const DecodedChunk& chunk);
  void drop_fed();
  void plan_groups();
  void forget();

  uint64_t max_memory_;
  DecoderState decoder_;
  ChunkMemory* memory_ = nullptr;
  const SoughtTexts* sought_ = nullptr;
  ChunkExaminer* examiner_ = nullptr;
  TaskPool* tasks_ = nullptr;
  unsigned threads_ = 1;

  GlyphBufferPool packets_{decoder_.pool()};  ///< that wait
  GlyphBufferPool chunks_{
      decoder_.pool()};  ///< of groups; apart, or a packet would take the memory of a group
  GroupQueue groups_{chunks_};
  GroupDecoder* filling_ = nullptr;  ///< gets the chunks that come
  GroupDecoder* taken_ = nullptr;    ///< gave the last chunk,
  size_t taken_index_ = 0;           ///< this one
  GroupDecoder* passed_ = nullptr;   ///< whose packets are being fed
  std::unique_ptr<Unit> first_;      ///< of those that wait, in order
  Unit* last_ = nullptr;
  uint64_t units_size_ = 0;    ///< bytes of those that wait
  std::unique_ptr<Unit> fed_;  ///< that the decoder has now
  bool drains_ = false;
  bool ends_ = false;
  bool has_begun_ = false;  ///< a byte came, or the place where the first one lies

  // The input, and the packet that is being collected.
  ByteSpan input_;
  std::array<uint8_t, kMaxGlyphHeader + kPacketHeaderSize> front_;
  size_t front_size_ = 0;
  std::unique_ptr<Unit> unit_;
  size_t unit_size_ = 0;
  PacketHeader header_;     ///< of unit_
  bool is_lost_ = false;    ///< no packets are looked for any more
  bool has_ended_ = false;  ///< an end packet was the last one

  // The stream.
  Head head_;
  uint64_t stream_id_ = 0;  ///< in the head's packet
  bool has_head_ = false;
  bool is_new_ = false;      ///< head_ came, and packets of the stream before are to go first
  size_t groups_ahead_ = 0;  ///< that may be under way; 0, or two at least
  uint64_t budget_ = 0;      ///< bytes for groups and packets

  Status failed_;
  uint64_t waited_ns_ = 0;
};

}  // namespace sigma
