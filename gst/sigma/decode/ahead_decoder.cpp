/* A decoder that lets threads go ahead.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/decode/ahead_decoder.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <thread>
#include <utility>

#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/base/stats.hpp"

namespace sigma {
namespace {

/// Bytes for packets that wait, at least, and of blocks that are kept for others.
constexpr uint64_t kMinForPackets = 6 * 1024 * 1024;

}  // namespace

AheadDecoder::AheadDecoder(uint64_t max_memory, OnError on_error)
    : max_memory_(max_memory), decoder_(max_memory, on_error) {
  decoder_.set_ahead(this);
}

AheadDecoder::~AheadDecoder() {
  forget();
}

namespace {

Status has_begun() {
  return Status::error(ErrorCode::INVALID_ARGUMENT, "this must be set before the first byte");
}

}  // namespace

Status AheadDecoder::set_chunk_memory(ChunkMemory* memory) {
  if (has_begun_) return has_begun();
  memory_ = memory;
  decoder_.set_chunk_memory(memory);
  return {};
}

Status AheadDecoder::set_sought(const SoughtTexts* texts) {
  if (has_begun_) return has_begun();
  sought_ = texts;
  return decoder_.set_sought(texts);
}

Status AheadDecoder::set_examiner(ChunkExaminer* examiner) {
  if (has_begun_) return has_begun();
  examiner_ = examiner;
  return {};
}

Status AheadDecoder::set_threads(TaskPool* tasks, unsigned threads) {
  if (has_begun_) return has_begun();
  tasks_ = tasks;
  groups_.set_tasks(tasks);
  threads_ = threads != 0 ? threads : std::max(std::thread::hardware_concurrency(), 1U);
  threads_ = std::min(threads_, kMaxThreads);
  return {};
}

void AheadDecoder::reset() {
  forget();
  decoder_.reset();
  groups_.reset_time();
  waited_ns_ = 0;
}

Status AheadDecoder::start_at(const EntryPoint& point) {
  forget();
  has_begun_ = true;
  if (parse_head(point.head, point.stream_start, head_).ok()) {
    stream_id_ = point.stream_id;
    has_head_ = true;
    plan_groups();
  }
  failed_ = decoder_.start_at(point);
  return failed_;
}

void AheadDecoder::forget() {
  groups_.reset();
  while (first_ != nullptr)
    first_ = std::move(first_->next);
  last_ = nullptr;
  fed_.reset();
  unit_.reset();
  filling_ = taken_ = passed_ = nullptr;
  units_size_ = 0;
  drains_ = ends_ = has_begun_ = is_lost_ = has_ended_ = has_head_ = is_new_ = false;
  groups_ahead_ = 0;
  front_size_ = 0;
  input_ = {};
  failed_ = {};
}

/// How many groups memory has room for, beside what decoding in order takes.
void AheadDecoder::plan_groups() {
  // Of streams before, the decoder may have more.
  const uint64_t has = decoder_.memory() - packets_.owned() - chunks_.owned();
  const uint64_t needs = std::max(ChunkDecoder::needs(head_), has);
  budget_ = max_memory_ - std::min(max_memory_, needs);
  const uint64_t room = budget_ - std::min(budget_, kMinForPackets);
  const uint64_t groups = GroupDecoder::can_decode(head_) ? room / GroupDecoder::needs(head_) : 0;
  groups_ahead_ = static_cast<size_t>(std::min<uint64_t>(groups, threads_ + 1));
  // Going ahead by one group is what decoding in order does anyway.
  if (groups_ahead_ < 2) groups_ahead_ = 0;
  groups_.set_limit(groups_ahead_);
  // Blocks that come back are for the groups and packets that follow.
  const auto for_groups = static_cast<size_t>(groups_ahead_ * GroupDecoder::needs(head_));
  chunks_.set_recycled(for_groups != 0 ? GlyphBufferPool::kMaxRecycled : 0, for_groups);
  packets_.set_recycled(GlyphBufferPool::kMaxRecycled, room_for_packets());
}

Status AheadDecoder::push(ByteSpan input) {
  if (ends_) return Status::error(ErrorCode::INVALID_ARGUMENT, "the input has ended already");
  has_begun_ = has_begun_ || !input.empty();
  if (!is_parallel()) return decoder_.push(input);
  if (!failed_.ok()) return failed_;
  if (!input_.empty())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "the input before is not used up");
  input_ = input;
  return {};
}

void AheadDecoder::end_input() {
  ends_ = true;
  if (!is_parallel()) decoder_.end_input();
}

Result<bool> AheadDecoder::next(DecodedChunk& chunk) {
  if (!is_parallel()) return decoder_.next(chunk);
  for (;;) {
    if (!failed_.ok()) return failed_;
    const Result<bool> more = decoder_.next(chunk);
    if (more.ok() && more.value) hand_over(chunk);
    if (!more.ok() || more.value) return more;
    drop_fed();
    if (failed_ = collect_packets(); !failed_.ok()) continue;
    const bool all_came = input_.empty() && (drains_ || ends_);
    if (all_came && ends_)
      if (failed_ = give_up_looking(); !failed_.ok()) continue;
    if (all_came) groups_.dispatch(filling_);
    if (first_ == nullptr && ends_) {
      decoder_.end_input();
      return decoder_.next(chunk);
    }
    if (first_ == nullptr) drains_ = false;
    if (first_ == nullptr || !(all_came || is_full())) return false;
    if (may_release_taken()) {
      release(std::exchange(taken_, nullptr));
      continue;
    }
    // A new stream's head, when all before it are done with.
    if (is_new_ && first_.get() == last_) drop_groups();
    feed();
  }
}

size_t AheadDecoder::room_for_packets() const {
  return static_cast<size_t>(budget_ - groups_ahead_ * GroupDecoder::needs(head_));
}

bool AheadDecoder::is_full() const {
  if (first_ == nullptr) return false;
  if (is_new_) return true;
  const size_t whole = groups_.used() - (filling_ != nullptr ? 1 : 0);
  return !may_go_ahead() || whole > groups_ahead_ || units_size_ > room_for_packets();
}

/// Collects packets, and has groups decoded, as far as may be.
Status AheadDecoder::collect_packets() {
  if (first_ == nullptr && std::exchange(is_new_, false)) plan_groups();
  while (!input_.empty() && !is_full()) {
    if (is_lost_ || (has_head_ && groups_ahead_ == 0))
      return queue_bytes(std::exchange(input_, {}));
    if (unit_ == nullptr) {
      const bool is_padding = has_ended_ && front_size_ == 0 && input_.front() == 0;
      const Status status = is_padding ? queue_padding() : begin_unit();
      if (!status.ok()) return status;
      continue;
    }
    Buffer& bytes = unit_->bytes;
    const ByteSpan part = input_.first(std::min(input_.size(), unit_size_ - bytes.size()));
    bytes.append(part);
    input_ = input_.subspan(part.size());
    if (bytes.size() == unit_size_)
      if (const Status status = finish_unit(); !status.ok()) return status;
  }
  return {};
}

/// Takes bytes up to the end of a packet's header, and makes room for the packet.
Status AheadDecoder::begin_unit() {
  front_[front_size_++] = input_.front();
  input_ = input_.subspan(1);
  const ByteSpan front(front_.data(), front_size_);
  GlyphHeader glyph;
  const GlyphParse parsed = parse_glyph_header(front, glyph);
  if (parsed == GlyphParse::INCOMPLETE && front_size_ < kMaxGlyphHeader) return {};
  if (parsed != GlyphParse::COMPLETE || !glyph.has_payload ||
      glyph.payload_size < kPacketHeaderSize)
    return give_up_looking();
  if (front_size_ < glyph.header_size + kPacketHeaderSize) return {};
  header_ = {};
  const Status status = parse_packet_header(glyph, front.first(glyph.header_size),
                                            front.subspan(glyph.header_size), 0, header_);
  const PacketKind kind = header_.kind();
  if (!status.ok() || header_.body_size > largest_body(kind, head_) ||
      (kind != PacketKind::HEAD && !has_head_ && header_.body_size != 0))
    return give_up_looking();
  unit_.reset(new (std::nothrow) Unit());
  if (unit_ == nullptr)
    return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(Unit));
  unit_size_ = glyph.header_size + static_cast<size_t>(glyph.payload_size);
  Result<Buffer> room = packets_.acquire(unit_size_);
  if (!room.ok()) return room.status;
  room.value.recycle_when_dropped();
  unit_->bytes = std::move(room.value);
  unit_->bytes.append(front);
  front_size_ = 0;
  return unit_->bytes.size() == unit_size_ ? finish_unit() : Status{};
}

Status AheadDecoder::finish_unit() {
  const ByteSpan body = unit_->bytes.bytes().last(header_.body_size);
  has_ended_ = header_.kind() == PacketKind::END;
  if (header_.kind() == PacketKind::HEAD) see_head(body);
  if (header_.kind() == PacketKind::CHUNK && may_go_ahead()) add_to_group(body);
  queue_unit();
  return {};
}

/// Another stream, if it has other limits. A head that does not begin one, or has the id of the one
/// before, may be passed over by the decoder, and the group before it go on.
void AheadDecoder::see_head(ByteSpan body) {
  const uint64_t id_before = std::exchange(stream_id_, header_.stream_id);
  const bool begins = begins_stream(header_) && header_.sequence == 0 && header_.raw_offset == 0 &&
                      header_.stream_id != id_before;
  Head head;
  if (hash_bytes(body) != header_.body_hash || !parse_head(body, 0, head).ok() ||
      (has_head_ && head != head_ && !begins)) {
    is_lost_ = true;
    return;
  }
  if (has_head_ && head == head_) return;
  groups_.dispatch(std::exchange(filling_, nullptr));
  head_ = head;
  has_head_ = is_new_ = true;
}

/// With their memory: the groups of another stream may be others in size.
void AheadDecoder::drop_groups() {
  groups_.drop();
  chunks_.set_recycled(0);
  taken_ = passed_ = nullptr;
}

void AheadDecoder::add_to_group(ByteSpan body) {
  if (header_.is_key()) {
    groups_.dispatch(filling_);
    filling_ = groups_.use_free();
    if (filling_ != nullptr) filling_->start(head_, sought_, examiner_);
  }
  if (filling_ == nullptr) return;
  filling_->wait();                     // part of it may have been asked for
  if (!filling_->add(header_, body)) {  // what it is the decoder will tell
    if (filling_->size() == 0) release(std::exchange(filling_, nullptr));
    return;
  }
  unit_->group = filling_;
  unit_->index = filling_->size() - 1;
}

/// With the last chunk of a group given, and the next group's key sound and right behind it, there
/// is room for another group, which is to be under way before anybody waits for the next one.
bool AheadDecoder::may_release_taken() const {
  const GroupDecoder* next = first_->group;
  return taken_ != nullptr && next != nullptr && next != taken_ && next->follows(*taken_);
}

void AheadDecoder::release(GroupDecoder* group) {
  if (passed_ == group) passed_ = nullptr;
  groups_.release(group);
}

/// What is collected of a packet goes to the decoder as it is, and so does all that follows.
Status AheadDecoder::give_up_looking() {
  is_lost_ = true;
  if (unit_ != nullptr) queue_unit();
  const ByteSpan front(front_.data(), std::exchange(front_size_, 0));
  return front.empty() ? Status{} : queue_bytes(front);
}

Status AheadDecoder::queue_bytes(ByteSpan bytes) {
  unit_.reset(new (std::nothrow) Unit());
  if (unit_ == nullptr)
    return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(Unit));
  Result<Buffer> room = packets_.acquire(bytes.size());
  if (!room.ok()) return room.status;
  unit_->bytes = std::move(room.value);
  unit_->bytes.append(bytes);
  queue_unit();
  return {};
}

/// Zeros between streams.
Status AheadDecoder::queue_padding() {
  const ByteSpan zeros = input_.first(count_zeros(input_));
  input_ = input_.subspan(zeros.size());
  return queue_bytes(zeros);
}

void AheadDecoder::queue_unit() {
  Unit* unit = unit_.get();
  units_size_ += unit->bytes.capacity();
  (first_ == nullptr ? first_ : last_->next) = std::move(unit_);
  last_ = unit;
}

/// Lets the decoder have the next packet.
void AheadDecoder::feed() {
  fed_ = std::move(first_);
  first_ = std::move(fed_->next);
  units_size_ -= fed_->bytes.capacity();
  if (fed_->group != nullptr) {
    // Of the group before, no chunk may have been of use.
    GroupDecoder* before = std::exchange(passed_, fed_->group);
    if (before != nullptr && before != passed_ && before != taken_ && before != filling_)
      release(before);
  }
  failed_ = decoder_.push(fed_->bytes.bytes());
}

/// A chunk that lies in a block of a group goes out in it.
void AheadDecoder::hand_over(const DecodedChunk& chunk) {
  if (memory_ == nullptr || taken_ == nullptr) return;
  Buffer& block = taken_->block(taken_index_);
  if (block && block.block() == chunk.bytes.data()) block = memory_->adopt(std::move(block));
}

/// Frees the packet that the decoder had. It may have passed it over: then it is decoded for
/// nobody, while its body is still there.
void AheadDecoder::drop_fed() {
  if (fed_ != nullptr && fed_->group != nullptr) {
    if (fed_->group == filling_) groups_.dispatch(filling_);
    fed_->group->wait_for(fed_->index);
  }
  fed_.reset();
}

/// What a chunk gave; null if nobody will know.
const AheadChunk* AheadDecoder::wait_for(GroupDecoder* group, size_t index) {
  const uint64_t began = monotonic_ns();
  if (group == filling_) groups_.dispatch(filling_);
  const AheadChunk* chunk = group->wait_for(index);
  waited_ns_ += monotonic_ns() - began;
  return chunk;
}

bool AheadDecoder::is_sound(ByteSpan body) {
  if (fed_ == nullptr || fed_->group == nullptr || fed_->group->is_resumed()) return false;
  const AheadChunk* chunk = wait_for(fed_->group, fed_->index);
  return chunk != nullptr && chunk->status.ok() &&
         fed_->group->body(fed_->index).data() == body.data();
}

/// Whether the packet that was fed has the chunk, and its group was decoded up to it as the decoder
/// has found it: it may find another packet, inside that which was fed, or pass one over.
bool AheadDecoder::is_ahead(const PacketHeader& header, bool goes_on) const {
  const GroupDecoder* group = fed_ != nullptr ? fed_->group : nullptr;
  if (group == nullptr || group->is_resumed() || group->header(fed_->index) != header) return false;
  return fed_->index == 0 || (group == taken_ && goes_on && fed_->index == taken_index_ + 1);
}

const AheadChunk* AheadDecoder::find(const Head& head, const PacketHeader& header, ByteSpan body,
                                     bool goes_on) {
  const bool is_found = is_ahead(header, goes_on);
  // What is not, but belongs to the group of the chunk before, is decoded behind that.
  GroupDecoder* group = is_found ? fed_->group : header.is_key() ? nullptr : taken_;
  const AheadChunk* chunk = nullptr;
  if (group != nullptr && group->head() == head) {
    chunk = is_found ? wait_for(group, fed_->index) : decode_next(group, header, body, goes_on);
    taken_index_ = is_found ? fed_->index : group->size() - 1;
  }
  // What is not found the decoder decodes itself, and the group before has ended then, too.
  GroupDecoder* before = std::exchange(taken_, chunk != nullptr ? group : nullptr);
  if (before != nullptr && before != taken_ && before != passed_) release(before);
  return chunk;
}

const AheadChunk* AheadDecoder::decode_next(GroupDecoder* group, const PacketHeader& header,
                                            ByteSpan body, bool goes_on) {
  const uint64_t began = monotonic_ns();
  const AheadChunk* chunk = group->resume(taken_index_ + 1, header, body, goes_on);
  waited_ns_ += monotonic_ns() - began;
  return chunk;
}

StreamStats AheadDecoder::stats() const {
  StreamStats stats = decoder_.stats();
  stats.codec_time_ns +=
      groups_.time() - std::min(groups_.time() + stats.codec_time_ns, waited_ns_);
  return stats;
}

}  // namespace sigma
