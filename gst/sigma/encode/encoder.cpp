/* The encoder: chunks to packets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/encoder.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "gst/sigma/encode/stream_head.hpp"
#include "gst/sigma/framing/tree.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {

Status StreamingEncoder::configure(const EncoderSettings& settings, TaskPool* tasks) {
  EncoderSettings usable = settings;
  if (tasks == nullptr) usable.threads = 1;
  const Result<EncoderPlan> plan = plan_encoder(usable);
  if (!plan.ok()) return plan.status;
  reset();
  settings_ = usable;
  plan_ = plan.value;
  tasks_ = tasks;
  head_ = make_head(settings_, plan_);
  job_slots_ = std::max<size_t>(plan_.jobs(), 1);
  pool_.set_recycled(job_slots_);
  for (size_t i = 0; i < kMaxJobs; i++) {
    if (i >= job_slots_) jobs_[i].reset();
    if (i < job_slots_ && jobs_[i] == nullptr) jobs_[i].reset(new (std::nothrow) Job(pool_));
    if (i >= job_slots_) continue;
    if (jobs_[i] == nullptr)
      return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(Job));
    if (const Status status = jobs_[i]->encoder.configure(plan_, head_, settings_.verify);
        !status.ok())
      return status;
    jobs_[i]->configured_level = settings_.level;
  }
  return chunker_.configure(plan_, settings_.key_interval);
}

void StreamingEncoder::reset() {
  for (; job_count_ > 0; job_count_--) {
    Job& job = *jobs_[first_job_];
    job.task.wait();
    job.group->users--;
    pool_.release(std::move(job.body.block));
    pool_.release(std::move(job.framing));
    first_job_ = (first_job_ + 1) % job_slots_;
  }
  first_job_ = 0;
  for (Packet& packet : waiting_)
    Packet dropped = std::move(packet);
  waiting_first_ = waiting_count_ = 0;
  failed_ = {};
  chunk_spans_inputs_ = false;
  forget_stream();
  stats_.start();
  stats_.peak_memory = pool_.peak();
}

void StreamingEncoder::forget_stream() {
  chunker_.reset();
  framing_.start_stream();
  framing_begun_ = false;
  index_.reset();
  in_stream_ = false;
  sequence_ = 0;
  raw_offset_ = 0;
  stream_size_ = 0;
  head_sequence_ = 0;
}

Result<size_t> StreamingEncoder::push(ByteSpan input, bool is_lent) {
  if (!failed_.ok()) return failed_;
  if (waiting_count_ != 0 || input.empty()) return size_t{0};
  if (is_framed() && input.size() > framing_.left())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "bytes belong to no buffer");
  if (is_lent && !is_framed() && chunker_.is_empty() && input.size() >= plan_.dense_size) {
    const ByteSpan chunk = input.first(plan_.dense_size);
    if (chunker_.is_key()) apply_level();
    // What holds packet headers must be cut, which takes a copy.
    if (is_stored(chunk) && find_packet_header(chunk) == chunk.size()) {
      stats_.bytes_in += chunk.size();
      if (const Status status = store_lent(chunk); !status.ok()) return fail(status);
      return chunk.size();
    }
  }
  const bool continues = !chunker_.is_empty();
  bool ends = false;
  Result<size_t> part = append_to_look(input, ends);
  size_t taken = part.value;
  if (part.ok() && !ends) {
    part = append_to_look(input.subspan(taken), ends);
    taken += part.value;
  }
  if (!part.ok()) return fail(part.status);
  if (continues && taken != 0) chunk_spans_inputs_ = true;
  stats_.bytes_in += taken;
  if (is_framed()) framing_.take(taken);
  if (ends)
    if (const Status status = end_chunk(false); !status.ok()) return fail(status);
  return taken;
}

/// Takes what fits into the chunk, or up to where it is looked at; gives how much that was.
Result<size_t> StreamingEncoder::append_to_look(ByteSpan input, bool& ends) {
  const size_t before = chunker_.chunk().size();
  const size_t to_look = before < plan_.dense_size ? plan_.dense_size - before : SIZE_MAX;
  const size_t taken = chunker_.append(input.first(std::min(input.size(), to_look)));
  ends = chunker_.is_full();
  if (ends || taken != to_look) return taken;
  const Result<bool> at_look = ends_at_look();
  ends = at_look.ok() && at_look.value;
  return at_look.ok() ? Result<size_t>(taken) : at_look.status;
}

/// Whether the chunk, of dense_size bytes, ends there. If only wanted ones go on, models are asked,
/// who know the group when its key chunk is coded.
Result<bool> StreamingEncoder::ends_at_look() {
  const ByteSpan chunk = chunker_.chunk();
  if (plan_.stores || looks_dense(chunk)) return true;
  if (!plan_.only_wanted_go_on) return false;
  const std::span<const ModelEntry> models = model_set();
  for (size_t i = 0; i < models.size(); i++) {
    if (models[i].goes_on == nullptr || !models[i].serves(plan_.models)) continue;
    while (!chunker_.is_key() && job_count_ > 0 && !group_->ready())
      if (const Status status = collect_job(); !status.ok()) return status;
    const GroupState* const state = chunker_.is_key() ? nullptr : group_->states[i];
    if (!models[i].goes_on(chunk, chunker_.is_key(), state)) continue;
    chunker_.drop_history();
    return false;
  }
  return true;
}

/// Ends a full chunk where a model wants it cut.
void StreamingEncoder::cut_chunk() {
  for (const ModelEntry& model : model_set())
    if (model.cut != nullptr && model.serves(plan_.models))
      chunker_.cut(model.cut(chunker_.chunk()));
}

bool StreamingEncoder::take(Packet& packet) {
  if (waiting_count_ == 0) return false;
  packet = std::move(waiting_[waiting_first_]);
  waiting_first_ = (waiting_first_ + 1) % kMaxWaiting;
  waiting_count_--;
  return true;
}

Status StreamingEncoder::fail(const Status& status) {
  if (failed_.ok()) failed_ = status;
  return status;
}

Status StreamingEncoder::set_framing(bool is_framed, bool joins) {
  if (in_stream_ || sequence_ != 0 || job_count_ != 0 || !chunker_.is_empty() || framing_begun_)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "a stream has framing from its beginning");
  head_ = is_framed ? make_framed_head(settings_, plan_) : make_head(settings_, plan_);
  if (joins) head_.flags |= kHeadJoin;
  return {};
}

/// Before something is added: ends the chunk if that has no room left.
Status StreamingEncoder::prepare_item(size_t size) {
  if (!is_framed() || waiting_count_ != 0)
    return Status::error(ErrorCode::INVALID_ARGUMENT,
                         "no framing, or packets wait to be taken before there is more");
  if (!failed_.ok()) return failed_;
  Status status;
  if (!std::exchange(framing_begun_, true)) status = framing_.start_chunk(chunker_.is_key());
  if (!status.ok() || framing_.left() != 0 || !framing_.is_full(size)) return status;
  return chunker_.is_empty() ? emit_framing() : end_chunk(false);
}

Status StreamingEncoder::end_item(const Status& status) {
  return status.ok() || status.code == ErrorCode::INVALID_ARGUMENT ? status : fail(status);
}

Status StreamingEncoder::add_event(FramedEvent kind, ByteSpan payload) {
  const Status status = prepare_item(payload.size());
  return end_item(status.ok() ? framing_.add_event(kind, payload) : status);
}

Status StreamingEncoder::add_meta(uint64_t kind, ByteSpan payload) {
  const Status status = prepare_item(payload.size());
  return end_item(status.ok() ? framing_.add_meta(kind, payload) : status);
}

Status StreamingEncoder::begin_buffer(const FramedBuffer& buffer, const BufferTime& time) {
  Status status = prepare_item(0);
  // Who enters a stream at its keys shall find whole buffers there, and files that take turns at
  // keys shall not share one. What is larger than a chunk lies in several anyway.
  const bool would_span = !chunker_.is_empty() && buffer.size > chunker_.room() &&
                          buffer.size <= plan_.chunk_size && framing_.left() == 0;
  if (status.ok() && would_span && chunker_.ends_group() && (head_.flags & kHeadJoin) != 0)
    status = end_chunk(false);
  return end_item(status.ok() ? framing_.begin_buffer(buffer, time) : status);
}

/// Writes what comes between chunks as a packet.
Status StreamingEncoder::emit_framing() {
  if (const Status status = collect_all(); !status.ok()) return status;
  const Result<ByteSpan> script = framing_.finish_without_bytes();
  if (!script.ok()) return script.status;
  Result<Buffer> tree = pool_.acquire(framing_tree_max(script.value.size()) + kFramingCutRoom);
  if (!tree.ok()) return tree.status;
  const MutableByteSpan room(tree.value.block(), tree.value.capacity());
  Result<size_t> size = jobs_[0]->encoder.encode_framing(script.value, room);
  if (size.ok() && find_packet_header(room.first(size.value)) != size.value)
    if (const size_t cut = write_cut_framing_tree(script.value, room); cut != 0) size.value = cut;
  Status status = size.status;
  if (size.ok()) {
    const ByteSpan body(tree.value.block(), size.value);
    if (!in_stream_) status = start_stream(nullptr, hash_bytes(body));
    if (status.ok())
      status =
          emit_small(new_header(GlyphType::PRIMITIVE, Primitive::ATTRIBUTE, kFlagCritical), body);
  }
  pool_.release(std::move(tree.value));
  return status.ok() ? framing_.start_chunk(chunker_.is_key()) : status;
}

bool StreamingEncoder::is_holding() const {
  const bool has_items = framing_begun_ && !framing_.is_empty() && framing_.left() == 0;
  return !chunker_.is_empty() || job_count_ != 0 || has_items;
}

Status StreamingEncoder::flush() {
  if (!failed_.ok()) return failed_;
  Status status;
  if (!chunker_.is_empty()) status = end_chunk(false);
  if (status.ok()) status = collect_all();
  if (status.ok() && framing_begun_ && !framing_.is_empty() && framing_.left() == 0)
    status = emit_framing();
  return status.ok() ? status : fail(status);
}

Status StreamingEncoder::repeat_head() {
  if (waiting_count_ != 0)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "packets wait to be taken before a copy");
  if (!failed_.ok()) return failed_;
  const Status status = in_stream_ ? emit_head(true) : Status();
  return status.ok() ? status : fail(status);
}

Status StreamingEncoder::finish() {
  // There is room for one stream's end, not for that of a second one behind it.
  if (waiting_count_ != 0)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "packets wait to be taken before the end");
  if (!failed_.ok()) return failed_;
  Status status;
  if (is_framed() && framing_.left() != 0)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "the last buffer is not complete");
  if (!chunker_.is_empty()) status = end_chunk(true);
  if (status.ok()) status = collect_all();
  if (status.ok() && framing_begun_ && !framing_.is_empty()) status = emit_framing();
  if (status.ok() && !in_stream_) status = start_stream(nullptr);
  if (status.ok() && settings_.index && !index_.is_empty()) status = emit_index();
  if (status.ok()) status = emit_end();
  if (!status.ok()) return fail(status);
  forget_stream();
  return {};
}

Status StreamingEncoder::set_level(unsigned level) {
  const Result<EncoderPlan> plan = plan_level(settings_, plan_, level);
  if (!plan.ok()) return plan.status;
  next_level_plan_ = plan.value;
  next_level_ = level;
  level_changes_ = true;
  return {};
}

void StreamingEncoder::apply_level() {
  if (!std::exchange(level_changes_, false)) return;
  plan_ = next_level_plan_;
  settings_.level = next_level_;
}

/// Whether the chunk, next in turn, is stored as it is; one that goes on after its beginning was
/// found not to be dense is not. Nothing refers to such a chunk, so that it
/// need not be kept: what comes behind it begins without history, also if it was kept.
bool StreamingEncoder::is_stored(ByteSpan chunk) {
  if (plan_.stores) return true;
  return chunk.size() <= plan_.dense_size && looks_incompressible(chunk, chunker_.history());
}

/// Queues a chunk that lies in the input, after all that came before.
Status StreamingEncoder::store_lent(ByteSpan chunk) {
  if (const Status status = collect_all(); !status.ok()) return status;
  Job& job = *jobs_[first_job_];
  const uint64_t began = monotonic_ns();
  prepare_header(job, chunk, false);
  if (const Status status = join_group(job); !status.ok()) return status;
  job.group->users--;
  if (chunker_.is_key()) {
    job.group->states.forget();
    job.group->set_ready();
  }
  PacketHeader& header = job.header;
  header.raw_size = header.body_size = static_cast<uint32_t>(chunk.size());
  header.raw_hash = header.body_hash = hash_bytes(chunk);
  Result<Buffer> front = pool_.acquire(kPacketFront);
  if (!front.ok()) return front.status;
  front.value.set_filled(kPacketFront, 0);
  job.body = {std::move(front.value), {}, 0};
  const Status status = queue_chunk(job, chunk);
  chunker_.pass_over(chunk.size());
  stats_.codec_time_ns += monotonic_ns() - began;
  return status;
}

/// Has the chunk coded, here or in a thread, and begins the next one. If there is no place for
/// another, waits for the oldest one's.
Status StreamingEncoder::end_chunk(bool is_last) {
  if (job_count_ == job_slots_)
    if (const Status status = collect_job(); !status.ok()) return status;
  Job& job = *jobs_[(first_job_ + job_count_) % job_slots_];
  // With framing, what begins in the end of the chunk would have to move, too.
  if (!is_framed() && !is_last && chunker_.is_full()) cut_chunk();
  if (const Status status = prepare_job(job, is_last); !status.ok()) return status;
  job_count_++;
  const bool has_threads = plan_.jobs() != 0;
  const bool keeps_history = !job.is_stored;
  job.task.start(has_threads ? tasks_ : nullptr, run_job, &job);
  const Status status = has_threads ? Status{} : collect_job();
  chunker_.advance(keeps_history);
  if (is_framed() && status.ok()) return framing_.start_chunk(chunker_.is_key());
  return status;
}

void StreamingEncoder::prepare_header(Job& job, ByteSpan chunk, bool is_last) {
  job.chunk = chunk;
  job.level = settings_.level;
  job.header = {};
  job.header.primitive = Primitive::BLOCK;
  job.header.flags = chunker_.is_key() ? kFlagKey : 0;
  job.header.sequence = chunker_.sequence();
  job.header.raw_offset = chunker_.raw_offset();
  job.time = is_framed() ? framing_.first_time() : kNoTime;
  job.entry_time = is_framed() ? framing_.entry_time() : kNoTime;
  job.end_time = is_framed() ? framing_.end_time() : kNoTime;
  job.spans_inputs = std::exchange(chunk_spans_inputs_, false);
  job.is_short_end = is_last && !chunker_.is_full();
}

/// What the chunk may refer to. A chain of chunks that need one another ends before its group does,
/// so that damage costs less. With framing it would cost the group all the same.
ByteSpan StreamingEncoder::next_history() {
  const ByteSpan history = chunker_.history();
  const bool ends = !is_framed() && chained_ >= settings_.chain;
  chained_ = history.empty() || ends ? 1 : chained_ + 1;
  return ends ? ByteSpan() : history;
}

Status StreamingEncoder::prepare_job(Job& job, bool is_last) {
  if (chunker_.is_key()) apply_level();
  if (std::exchange(job.configured_level, settings_.level) != settings_.level)
    if (const Status status = job.encoder.configure(plan_, head_, settings_.verify); !status.ok())
      return status;
  prepare_header(job, chunker_.chunk(), is_last);
  job.is_stored = is_stored(job.chunk);
  job.history = next_history();
  if (job.framing) job.framing.set_filled(0, 0);
  if (is_framed()) {
    const Result<ByteSpan> script = framing_.finish_chunk();
    if (!script.ok()) return script.status;
    if (const Status status = pool_.reserve(job.framing, script.value.size()); !status.ok())
      return status;
    job.framing.append(script.value);
  }
  return join_group(job);
}

void StreamingEncoder::GroupContext::wait() {
  std::unique_lock guard(lock);
  done.wait(guard, [this] { return is_ready; });
}

bool StreamingEncoder::GroupContext::ready() {
  const std::lock_guard guard(lock);
  return is_ready;
}

void StreamingEncoder::GroupContext::set_ready() {
  const std::lock_guard guard(lock);
  is_ready = true;
  done.notify_all();
}

/// A key begins a group, in a context that no job uses: there are more than jobs.
Status StreamingEncoder::join_group(Job& job) {
  if (chunker_.is_key() || group_ == nullptr) {
    const auto free = std::find_if(groups_.begin(), groups_.end(), [](const auto& group) {
      return group == nullptr || group->users == 0;
    });
    if (*free == nullptr) free->reset(new (std::nothrow) GroupContext());
    if (*free == nullptr)
      return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(GroupContext));
    group_ = free->get();
    if (const Status status = group_->states.make(model_set()); !status.ok()) return status;
    group_->is_ready = false;
  }
  job.group = group_;
  group_->users++;
  return {};
}

/// Runs in any thread; nothing else touches the job meanwhile. The key's job began before those
/// that wait for it: some thread has it, or will when it is the oldest and waited for.
void StreamingEncoder::run_job(void* data) {
  Job& job = *static_cast<Job*>(data);
  if (!job.header.is_key()) job.group->wait();
  const uint64_t began = monotonic_ns();
  job.status = job.encoder.encode(job.chunk, job.history, job.framing.bytes(), job.is_stored,
                                  job.header, job.group->states, job.body);
  job.time_ns = monotonic_ns() - began;
  if (job.header.is_key()) job.group->set_ready();
}

/// Queues what the oldest job made.
Status StreamingEncoder::collect_job() {
  Job& job = *jobs_[first_job_];
  first_job_ = (first_job_ + 1) % job_slots_;
  job_count_--;
  job.task.wait();
  job.group->users--;
  stats_.codec_time_ns += job.time_ns;
  Status status = job.status;
  if (!status.ok()) status.offset = job.header.raw_offset;
  return status.ok() ? queue_chunk(job) : status;
}

Status StreamingEncoder::collect_all() {
  while (job_count_ > 0)
    if (const Status status = collect_job(); !status.ok()) return status;
  return {};
}

Status StreamingEncoder::queue_chunk(Job& job, ByteSpan lent) {
  if (!in_stream_)
    if (const Status status = start_stream(&job); !status.ok()) return status;
  if (job.header.is_key())
    if (const Status status = emit_group_start(); !status.ok()) return status;
  if (settings_.index) index_.add_times(job.entry_time, job.end_time);
  PacketHeader& header = job.header;
  header.stream_id = stream_id_;
  // The header's size is known only now: it is put right before the body.
  Buffer& block = job.body.block;
  const size_t front = packet_front_size(header);
  const size_t begin = block.begin() - front;
  write_packet_front(block.block() + begin, header);
  block.set_filled(begin, front + block.size());
  queue(std::move(block), header, lent, job.time);
  count_chunk(job);
  sequence_++;
  raw_offset_ += header.raw_size;
  return {};
}

/// The id tells streams apart and depends on nothing but the settings and the first chunk. A copy
/// of the head right behind it keeps the first group alive when the head is lost; a stream that
/// ends with its first chunk, one that is not full, does without.
Status StreamingEncoder::start_stream(const Job* first, uint64_t hash) {
  uint8_t named[kHeadBodySize + 16] = {};
  uint8_t body[kHeadBodySize];
  write_head(body, head_);
  std::copy(std::begin(body), std::end(body), named);
  named[kHeadBodySize] = static_cast<uint8_t>(first != nullptr ? first->level : settings_.level);
  named[kHeadBodySize + 1] = settings_.index ? 1 : 0;
  store_le(named + kHeadBodySize + 8, first != nullptr ? first->header.raw_hash : hash);
  stream_id_ = hash_bytes(named);
  in_stream_ = true;
  stream_size_ = 0;
  const Status status = emit_head(false);
  const bool has_copy = first != nullptr && !first->is_short_end;
  return status.ok() && has_copy ? emit_head(true) : status;
}

Status StreamingEncoder::emit_group_start() {
  if (settings_.index && index_.is_full())
    if (const Status status = emit_index(); !status.ok()) return status;
  if (sequence_ - head_sequence_ >= kHeadCopyInterval)
    if (const Status status = emit_head(true); !status.ok()) return status;
  if (settings_.index) index_.add({sequence_, raw_offset_, stream_size_});
  return {};
}

void StreamingEncoder::count_chunk(const Job& job) {
  stats_.chunks++;
  stats_.glyphs += job.body.glyphs;
  if (job.header.is_stored()) stats_.chunks_stored++;
  for (const ModelEntry& model : model_set())
    if (!job.header.is_stored() && model.id == job.body.model) (stats_.*model.chunks)++;
  if (job.spans_inputs) stats_.boundary_crossings++;
}

PacketHeader StreamingEncoder::new_header(GlyphType type, Primitive primitive,
                                          uint8_t flags) const {
  PacketHeader header;
  header.type = type;
  header.primitive = primitive;
  header.flags = flags;
  header.stream_id = stream_id_;
  header.sequence = sequence_;
  header.raw_offset = raw_offset_;
  return header;
}

Status StreamingEncoder::emit_head(bool copy) {
  uint8_t body[kHeadBodySize];
  write_head(body, head_);
  head_sequence_ = sequence_;
  return emit_small(new_header(GlyphType::PRIMITIVE, Primitive::STREAM, copy ? kFlagCopy : 0),
                    body);
}

Status StreamingEncoder::emit_index() {
  Result<Buffer> body = pool_.acquire(kMaxIndexBody);
  if (!body.ok()) return body.status;
  const size_t size = index_.take_body({body.value.block(), kMaxIndexBody}, stream_size_);
  const Status status =
      emit_small(new_header(GlyphType::REFERENCE, Primitive::LIST, 0), {body.value.block(), size});
  pool_.release(std::move(body.value));
  return status;
}

Status StreamingEncoder::emit_end() {
  const PacketHeader header = new_header(GlyphType::PRIMITIVE, Primitive::BOUNDARY, 0);
  PacketHeader sized = header;
  sized.body_size = kEndBodySize;
  EndTotals totals;
  totals.raw_size = raw_offset_;
  totals.chunks = sequence_;
  totals.stream_size = stream_size_ + packet_front_size(sized) + kEndBodySize;
  totals.last_index = index_.last_offset();
  uint8_t body[kEndBodySize];
  write_end(body, totals, head_);
  return emit_small(header, body);
}

Status StreamingEncoder::emit_small(PacketHeader header, ByteSpan body) {
  header.body_size = static_cast<uint32_t>(body.size());
  header.body_hash = hash_bytes(body);
  const size_t front = packet_front_size(header);
  Result<Buffer> out = pool_.acquire(front + body.size());
  if (!out.ok()) return out.status;
  write_packet_front(out.value.block(), header);
  out.value.set_filled(0, front);
  out.value.append(body);
  // A queue that counts its bytes must not hold a larger block that the pool had kept.
  out.value.shrink_to_fit();
  queue(std::move(out.value), header);
  return {};
}

void StreamingEncoder::queue(Buffer&& bytes, const PacketHeader& header, ByteSpan lent,
                             uint64_t time) {
  Packet& packet = waiting_[(waiting_first_ + waiting_count_) % kMaxWaiting];
  waiting_count_++;
  packet.kind = header.kind();
  packet.key = header.is_key();
  packet.stream_offset = stream_size_;
  packet.time = time;
  packet.bytes = std::move(bytes);
  packet.lent = lent;
  stream_size_ += packet.size();
  stats_.bytes_out += packet.size();
  stats_.glyphs++;
  stats_.peak_memory = std::max<uint64_t>(stats_.peak_memory, pool_.peak());
  stats_.touch();
}

}  // namespace sigma
