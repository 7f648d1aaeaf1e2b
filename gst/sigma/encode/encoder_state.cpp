/* The encoder: bytes to chunks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/encoder_state.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/encode/stream_head.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {

namespace {

Status not_configured() {
  return Status::error(ErrorCode::INVALID_ARGUMENT, "no settings were accepted before this call");
}

}  // namespace

EncoderState::EncoderState()
    : framing_(pool_),
      chunker_(pool_),
      repeats_(pool_),
      jobs_(pool_),
      writer_(pool_, stats_),
      failed_(not_configured()) {}

Status EncoderState::configure(const EncoderSettings& settings, TaskPool* tasks) {
  is_configured_ = false;
  reset();
  EncoderSettings usable = settings;
  if (tasks == nullptr) usable.threads = 1;
  const Result<EncoderPlan> plan = plan_encoder(usable);
  if (!plan.ok()) return plan.status;
  settings_ = usable;
  plan_ = plan.value;
  writer_.set_head(make_head(plan_));
  writer_.set_index(settings_.index);
  if (const Status status = writer_.set_search(settings_.search_index); !status.ok()) return status;
  if (const Status status = jobs_.configure(plan_, writer_.head(), settings_, tasks); !status.ok())
    return status;
  if (const Status status = chunker_.configure(plan_); !status.ok()) return status;
  const size_t repeated = plan_.has_repeats ? plan_.history_size : 0;
  if (const Status status = repeats_.configure(repeated, plan_.models.lane_history); !status.ok())
    return status;
  is_configured_ = true;
  failed_ = {};
  return {};
}

void EncoderState::reset() {
  jobs_.reset();
  writer_.drop_packets();
  failed_ = is_configured_ ? Status{} : not_configured();
  chunk_spans_inputs_ = false;
  forget_stream();
  stats_.start();
  stats_.peak_memory = pool_.peak();
}

void EncoderState::forget_stream() {
  chunker_.reset();
  repeats_.start_stream();
  framing_.start_stream();
  framing_begun_ = false;
  writer_.forget_stream();
}

Result<size_t> EncoderState::push(ByteSpan input, bool is_lent) {
  if (!failed_.ok()) return failed_;
  if (writer_.has_packets() || input.empty()) return size_t{0};
  if (is_framed() && input.size() > framing_.left())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "bytes belong to no buffer");
  if (is_lent && !is_framed() && !plan_.has_repeats && chunker_.is_empty() &&
      input.size() >= plan_.dense_size) {
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
Result<size_t> EncoderState::append_to_look(ByteSpan input, bool& ends) {
  const size_t before = chunker_.chunk().size();
  const size_t to_look = before < plan_.dense_size ? plan_.dense_size - before : SIZE_MAX;
  const ByteSpan wanted = input.first(std::min(input.size(), to_look));
  if (plan_.has_repeats && chunker_.moves_with(wanted.size()))
    if (const Status status = collect_all(); !status.ok()) return status;
  const size_t taken = chunker_.append(wanted);
  ends = chunker_.is_full();
  if (ends || taken != to_look) return taken;
  const Result<bool> at_look = ends_at_look();
  ends = at_look.ok() && at_look.value;
  return at_look.ok() ? Result<size_t>(taken) : at_look.status;
}

/// Whether the chunk, of dense_size bytes, ends there. If only wanted ones go on, models are asked;
/// they know the group once its key chunk is coded.
Result<bool> EncoderState::ends_at_look() {
  const ByteSpan chunk = chunker_.chunk();
  if (plan_.stores || looks_dense(chunk)) return true;
  const std::span<const ModelEntry> models = model_set();
  for (const ModelEntry& model : models) {
    const bool may_end = model.ends != nullptr && model.serves(plan_.models);
    const size_t size = may_end ? model.ends(chunk) : 0;
    if (size != 0 && !is_framed()) chunker_.cut(size);
    if (size != 0) return true;
  }
  if (!plan_.only_wanted_go_on) return false;
  for (size_t i = 0; i < models.size(); i++) {
    if (models[i].goes_on == nullptr || !models[i].serves(plan_.models)) continue;
    while (!chunker_.is_key() && !jobs_.is_group_known())
      if (const Status status = collect_job(); !status.ok()) return status;
    const GroupState* const state = chunker_.is_key() ? nullptr : jobs_.states()[i];
    if (!models[i].goes_on(chunk, chunker_.is_key(), state)) continue;
    chunker_.drop_history();
    return false;
  }
  return true;
}

/// Ends a full chunk where a model wants it cut.
void EncoderState::cut_chunk() {
  for (const ModelEntry& model : model_set())
    if (model.cut != nullptr && model.serves(plan_.models))
      chunker_.cut(model.cut(chunker_.chunk()));
}

bool EncoderState::take(Packet& packet) {
  return writer_.take(packet);
}

Status EncoderState::fail(const Status& status) {
  if (failed_.ok()) failed_ = status;
  return status;
}

bool EncoderState::is_holding() const {
  const bool has_items = framing_begun_ && !framing_.is_empty() && framing_.left() == 0;
  return !chunker_.is_empty() || !jobs_.is_empty() || has_items;
}

Status EncoderState::flush() {
  if (!failed_.ok()) return failed_;
  Status status;
  if (!chunker_.is_empty()) status = end_chunk(false);
  if (status.ok()) status = collect_all();
  if (status.ok() && framing_begun_ && !framing_.is_empty() && framing_.left() == 0)
    status = emit_framing();
  return status.ok() ? status : fail(status);
}

Status EncoderState::repeat_head() {
  if (writer_.has_packets())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "packets wait to be taken before a copy");
  if (!failed_.ok()) return failed_;
  const Status status = writer_.repeat_head();
  return status.ok() ? status : fail(status);
}

Status EncoderState::finish() {
  // There is room for one stream's end, not for that of a second one behind it.
  if (writer_.has_packets())
    return Status::error(ErrorCode::INVALID_ARGUMENT, "packets wait to be taken before the end");
  if (!failed_.ok()) return failed_;
  Status status;
  if (is_framed() && framing_.left() != 0)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "the last buffer is not complete");
  if (!chunker_.is_empty()) status = end_chunk(true);
  if (status.ok()) status = collect_all();
  if (status.ok() && framing_begun_ && !framing_.is_empty()) status = emit_framing();
  if (status.ok()) status = writer_.finish(settings_.level);
  if (!status.ok()) return fail(status);
  forget_stream();
  return {};
}

Status EncoderState::set_level(unsigned level) {
  if (!is_configured_) return not_configured();
  const Result<EncoderPlan> plan = plan_level(settings_, plan_, level);
  if (!plan.ok()) return plan.status;
  next_level_plan_ = plan.value;
  next_level_ = level;
  level_changes_ = true;
  return {};
}

void EncoderState::apply_level() {
  if (!std::exchange(level_changes_, false)) return;
  plan_ = next_level_plan_;
  settings_.level = next_level_;
}

/// True if the next chunk is stored uncompressed: at level 0, or when it looks incompressible. A
/// chunk that went on because its beginning was not dense never is. The chunk after it starts
/// without history, so a stored chunk need not be copied.
bool EncoderState::is_stored(ByteSpan chunk) {
  if (plan_.stores) return true;
  return chunk.size() <= plan_.dense_size && looks_incompressible(chunk, chunker_.history());
}

/// Queues a chunk that lies in the input, after all that came before.
Status EncoderState::store_lent(ByteSpan chunk) {
  if (const Status status = collect_all(); !status.ok()) return status;
  EncodedChunk& made = jobs_.next().made;
  const uint64_t began = monotonic_ns();
  prepare_header(made, false);
  if (const Status status = jobs_.pass(); !status.ok()) return status;
  PacketHeader& header = made.header;
  header.raw_size = header.body_size = static_cast<uint32_t>(chunk.size());
  header.raw_hash = header.body_hash = hash_bytes(chunk);
  Result<Buffer> front = pool_.acquire(kPacketFront);
  if (!front.ok()) return front.status;
  front.value.set_filled(kPacketFront, 0);
  made.body = {std::move(front.value), {}, 0};
  const Status status = writer_.write_chunk(made, chunk);
  chunker_.pass_over(chunk.size());
  stats_.codec_time_ns += monotonic_ns() - began;
  return status;
}

/// Has the chunk coded, here or in a thread, and begins the next one. If the ring is full, waits
/// for the oldest job.
Status EncoderState::end_chunk(bool is_last) {
  if (jobs_.is_full())
    if (const Status status = collect_job(); !status.ok()) return status;
  // With framing, what begins in the end of the chunk would have to move, too.
  if (!is_framed() && !is_last && chunker_.is_full()) cut_chunk();
  Job& job = jobs_.next();
  if (const Status status = prepare_job(job, is_last); !status.ok()) return status;
  const bool keeps_history = !job.is_stored || plan_.has_repeats;
  if (const Status status = jobs_.start(); !status.ok()) return status;
  const Status status = jobs_.has_threads() ? Status{} : collect_job();
  chunker_.advance(keeps_history);
  if (is_framed() && status.ok()) return framing_.start_chunk(chunker_.is_key());
  return status;
}

void EncoderState::prepare_header(EncodedChunk& made, bool is_last) {
  made.level = settings_.level;
  made.header = {};
  made.header.primitive = Primitive::BLOCK;
  made.header.flags = chunker_.is_key() ? kFlagKey : 0;
  made.header.sequence = chunker_.sequence();
  made.header.raw_offset = chunker_.raw_offset();
  made.time = is_framed() ? framing_.first_time() : kNoTime;
  made.entry_time = is_framed() ? framing_.entry_time() : kNoTime;
  made.end_time = is_framed() ? framing_.end_time() : kNoTime;
  made.spans_inputs = std::exchange(chunk_spans_inputs_, false);
  made.is_short_end = is_last && !chunker_.is_full();
}

/// What the chunk may refer to. A chain of chunks that need one another ends before its group does,
/// so that damage costs less. With framing it would cost the group all the same.
ByteSpan EncoderState::next_history() {
  const ByteSpan history = chunker_.history();
  const bool ends = !is_framed() && chained_ >= plan_.chain;
  chained_ = history.empty() || ends ? 1 : chained_ + 1;
  return ends ? ByteSpan() : history;
}

/// What the chunk repeats of its group.
Status EncoderState::find_repeats(Job& job) {
  return repeats_.find(chunker_.recent(), job.chunk.size(), chunker_.raw_offset(), job.repeats);
}

Status EncoderState::prepare_job(Job& job, bool is_last) {
  if (chunker_.is_key()) apply_level();
  if (const Status status = jobs_.set_level(plan_, writer_.head()); !status.ok()) return status;
  prepare_header(job.made, is_last);
  job.chunk = chunker_.chunk();
  if (const Status status = find_repeats(job); !status.ok()) return status;
  job.is_stored = plan_.stores || (job.repeats.empty() && is_stored(job.chunk));
  job.history = next_history();
  if (job.framing) job.framing.set_filled(0, 0);
  if (is_framed()) {
    const Result<ByteSpan> script = framing_.finish_chunk();
    if (!script.ok()) return script.status;
    if (const Status status = pool_.reserve(job.framing, script.value.size()); !status.ok())
      return status;
    job.framing.append(script.value);
  }
  return {};
}

/// Queues what the oldest job made.
Status EncoderState::collect_job() {
  Job& job = jobs_.collect();
  stats_.codec_time_ns += job.time_ns;
  Status status = job.status;
  if (!status.ok()) status.offset = job.made.header.raw_offset;
  return status.ok() ? writer_.write_chunk(job.made) : status;
}

Status EncoderState::collect_all() {
  while (!jobs_.is_empty())
    if (const Status status = collect_job(); !status.ok()) return status;
  return {};
}

}  // namespace sigma
