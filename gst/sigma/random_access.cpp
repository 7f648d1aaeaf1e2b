/* The random access decoder's calls, handed on to its state.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/random_access.hpp"

#include <new>

#include "gst/sigma/access/access_state.hpp"
#include "gst/sigma/misuse.hpp"

namespace sigma {

RandomAccessDecoder::RandomAccessDecoder(ByteSource& source, uint64_t max_memory, OnError on_error)
    : state_(new (std::nothrow) AccessState(source, max_memory, on_error)) {}

RandomAccessDecoder::~RandomAccessDecoder() {
  delete state_;
}

void RandomAccessDecoder::set_listener(DamageListener* listener) {
  if (state_ != nullptr) state_->set_listener(listener);
}

Status RandomAccessDecoder::open() {
  return state_ != nullptr ? state_->open() : no_state(sizeof(AccessState));
}

Result<bool> RandomAccessDecoder::open_from_ends() {
  if (state_ == nullptr) return no_state(sizeof(AccessState));
  return state_->map().open_from_ends();
}

bool RandomAccessDecoder::is_framed() {
  return open().ok() && state_->map().is_framed();
}

uint64_t RandomAccessDecoder::size() const {
  return state_ != nullptr ? state_->size() : 0;
}

uint64_t RandomAccessDecoder::streams() const {
  return state_ != nullptr ? state_->map().streams() : 0;
}

Result<StreamInfo> RandomAccessDecoder::stream_info(uint64_t number) {
  const Status status = open();
  return status.ok() ? state_->stream_info(number) : status;
}

Status RandomAccessDecoder::end_status() const {
  return state_ != nullptr ? state_->end_status() : no_state(sizeof(AccessState));
}

Result<size_t> RandomAccessDecoder::read(uint64_t position, MutableByteSpan out) {
  if (state_ == nullptr) return no_state(sizeof(AccessState));
  if (is_null(out)) return null_bytes();
  return state_->read(position, out);
}

Result<uint64_t> RandomAccessDecoder::duration() {
  const Status status = open();
  return status.ok() ? state_->map().duration() : status;
}

Result<EntryPoint> RandomAccessDecoder::locate(uint64_t position) {
  const Status status = open();
  return status.ok() ? state_->map().locate(position) : status;
}

Result<TextRange> RandomAccessDecoder::find_texts(const SoughtTexts& texts, uint64_t position) {
  const Status status = open();
  return status.ok() ? state_->map().find_texts(texts, position) : status;
}

Result<LinePoint> RandomAccessDecoder::locate_line(uint64_t lines) {
  const Status status = open();
  return status.ok() ? state_->map().locate_line(lines) : status;
}

Result<TimePoint> RandomAccessDecoder::locate_time(uint64_t time) {
  const Status status = open();
  return status.ok() ? state_->map().locate_time(time) : status;
}

StreamStats RandomAccessDecoder::stats() const {
  return state_ != nullptr ? state_->stats() : StreamStats{};
}

}  // namespace sigma
