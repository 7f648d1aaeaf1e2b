/* The encoder's calls, handed on to its state.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encoder.hpp"

#include <new>

#include "gst/sigma/encode/encoder_state.hpp"
#include "gst/sigma/misuse.hpp"

namespace sigma {

StreamingEncoder::StreamingEncoder() : state_(new (std::nothrow) EncoderState()) {}

StreamingEncoder::~StreamingEncoder() {
  delete state_;
}

Status StreamingEncoder::configure(const EncoderSettings& settings, TaskPool* tasks) {
  if (state_ == nullptr) return no_state(sizeof(EncoderState));
  return state_->configure(settings, tasks);
}

Result<size_t> StreamingEncoder::push(ByteSpan input) {
  if (state_ == nullptr) return no_state(sizeof(EncoderState));
  if (is_null(input)) return null_bytes();
  return state_->push(input, false);
}

Result<size_t> StreamingEncoder::push_lent(ByteSpan input) {
  if (state_ == nullptr) return no_state(sizeof(EncoderState));
  if (is_null(input)) return null_bytes();
  return state_->push(input, true);
}

Status StreamingEncoder::set_framing(bool is_framed, bool joins) {
  return state_ != nullptr ? state_->set_framing(is_framed, joins) : no_state(sizeof(EncoderState));
}

bool StreamingEncoder::is_framed() const {
  return state_ != nullptr && state_->is_framed();
}

Status StreamingEncoder::add_event(FramedEvent kind, ByteSpan payload) {
  if (state_ == nullptr) return no_state(sizeof(EncoderState));
  if (is_null(payload)) return null_bytes();
  const auto number = static_cast<uint8_t>(kind);
  if (number == 0 || number > kLastFramedEvent)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "there is no such kind of event");
  return state_->add_event(kind, payload);
}

Status StreamingEncoder::add_meta(uint64_t kind, ByteSpan payload) {
  if (state_ == nullptr) return no_state(sizeof(EncoderState));
  return is_null(payload) ? null_bytes() : state_->add_meta(kind, payload);
}

Status StreamingEncoder::begin_buffer(const FramedBuffer& buffer, const BufferTime& time) {
  return state_ != nullptr ? state_->begin_buffer(buffer, time) : no_state(sizeof(EncoderState));
}

uint64_t StreamingEncoder::left() const {
  return state_ != nullptr ? state_->left() : 0;
}

void StreamingEncoder::set_rate(uint32_t rate, uint32_t step) {
  if (state_ != nullptr) state_->set_rate(rate, step);
}

bool StreamingEncoder::take(Packet& packet) {
  return state_ != nullptr && state_->take(packet);
}

bool StreamingEncoder::is_holding() const {
  return state_ != nullptr && state_->is_holding();
}

Status StreamingEncoder::flush() {
  return state_ != nullptr ? state_->flush() : no_state(sizeof(EncoderState));
}

Status StreamingEncoder::repeat_head() {
  return state_ != nullptr ? state_->repeat_head() : no_state(sizeof(EncoderState));
}

Status StreamingEncoder::finish() {
  return state_ != nullptr ? state_->finish() : no_state(sizeof(EncoderState));
}

void StreamingEncoder::reset() {
  if (state_ != nullptr) state_->reset();
}

Status StreamingEncoder::set_level(unsigned level) {
  return state_ != nullptr ? state_->set_level(level) : no_state(sizeof(EncoderState));
}

unsigned StreamingEncoder::threads() const {
  return state_ != nullptr ? state_->plan().threads : 0;
}

StreamStats StreamingEncoder::stats() const {
  return state_ != nullptr ? state_->stats() : StreamStats{};
}

MemoryEstimate estimate_memory_usage(const EncoderSettings& settings) {
  const Result<EncoderPlan> plan = plan_encoder(settings);
  return plan.ok() ? plan.value.memory : MemoryEstimate{};
}

}  // namespace sigma
