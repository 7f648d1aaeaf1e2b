/* Groups that are decoded in threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/decode/group_queue.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace sigma {

void GroupQueue::reset() {
  for (Slot& slot : slots_) {
    slot.is_used = false;
    slot.turn = Turn::NONE;
    if (slot.group == nullptr) continue;
    slot.group->wait();
    slot.group->release();
  }
  used_ = waiting_count_ = under_way_ = limit_ = 0;
}

void GroupQueue::drop() {
  for (Slot& slot : slots_) {
    if (slot.is_used) release(slot.group.get());
    slot.group.reset();
  }
}

GroupDecoder* GroupQueue::use_free() {
  for (Slot& slot : slots_) {
    if (slot.is_used) continue;
    if (slot.group == nullptr) slot.group.reset(new (std::nothrow) GroupDecoder(pool_));
    if (slot.group == nullptr) return nullptr;
    slot.is_used = true;
    used_++;
    return slot.group.get();
  }
  return nullptr;
}

GroupQueue::Slot& GroupQueue::slot_of(const GroupDecoder* group) {
  return *std::find_if(slots_.begin(), slots_.end(),
                       [group](const Slot& slot) { return slot.group.get() == group; });
}

void GroupQueue::dispatch(GroupDecoder* group) {
  if (group == nullptr) return;
  Slot& slot = slot_of(group);
  if (slot.turn == Turn::NONE) {
    slot.turn = Turn::WAITS;
    waiting_[waiting_count_++] = &slot;
    return run_waiting();
  }
  if (slot.turn == Turn::WAITS) return;
  group->wait();
  if (group->done() < group->size() && !group->has_failed()) group->run_in(tasks_);
}

void GroupQueue::run_waiting() {
  size_t begun = 0;
  for (; begun < waiting_count_ && under_way_ < limit_; begun++, under_way_++) {
    waiting_[begun]->turn = Turn::HAS;
    waiting_[begun]->group->run_in(tasks_);
  }
  std::copy(waiting_.begin() + begun, waiting_.begin() + waiting_count_, waiting_.begin());
  waiting_count_ -= begun;
}

void GroupQueue::release(GroupDecoder* group) {
  Slot& slot = slot_of(group);
  group->wait();
  time_ns_ += group->time();
  if (slot.turn == Turn::HAS) under_way_--;
  if (slot.turn == Turn::WAITS)
    waiting_count_ -= static_cast<size_t>(
        waiting_.begin() + waiting_count_ -
        std::remove(waiting_.begin(), waiting_.begin() + waiting_count_, &slot));
  slot.turn = Turn::NONE;
  group->release();
  if (std::exchange(slot.is_used, false)) used_--;
  run_waiting();
}

}  // namespace sigma
