/* Chunk and group boundaries.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/encode/chunker.hpp"

namespace sigma {

Status Chunker::configure(const EncoderPlan& plan, uint32_t key_interval) {
  key_interval_ = key_interval;
  reset();
  window_.configure(plan.chunk_size, key_interval > 1 ? plan.history_size : 0,
                    plan.window_size() + plan.window_slack());
  return window_.reserve();
}

void Chunker::reset() {
  window_.cut(window_.chunk().size());
  window_.start_group();
  chunks_in_group_ = 0;
  sequence_ = 0;
  raw_offset_ = 0;
}

void Chunker::advance(bool keeps_history) {
  count(window_.chunk().size(), keeps_history);
}

void Chunker::count(size_t size, bool keeps_history) {
  raw_offset_ += size;
  sequence_++;
  if (++chunks_in_group_ == key_interval_) chunks_in_group_ = 0;
  if (chunks_in_group_ != 0 && keeps_history)
    window_.advance();
  else
    window_.start_group();
}

}  // namespace sigma
