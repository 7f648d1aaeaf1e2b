/* Chunk and group boundaries.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/chunker.hpp"

namespace sigma {

Status Chunker::configure(const EncoderPlan& plan) {
  key_interval_ = plan.key_interval;
  group_size_ = plan.group_size;
  reset();
  window_.configure(plan.chunk_size, key_interval_ > 1 ? plan.history_size : 0,
                    plan.window_size() + plan.window_slack());
  return window_.reserve();
}

void Chunker::reset() {
  window_.cut(window_.chunk().size());
  window_.start_group();
  chunks_in_group_ = 0;
  group_bytes_ = 0;
  sequence_ = 0;
  raw_offset_ = 0;
}

void Chunker::advance(bool keeps_history) {
  count(window_.chunk().size(), keeps_history);
}

void Chunker::count(size_t size, bool keeps_history) {
  raw_offset_ += size;
  sequence_++;
  const bool ends = ends_group_with(size);
  chunks_in_group_ = ends ? 0 : chunks_in_group_ + 1;
  group_bytes_ = ends ? 0 : group_bytes_ + size;
  if (chunks_in_group_ != 0 && keeps_history)
    window_.advance();
  else
    window_.start_group();
}

}  // namespace sigma
