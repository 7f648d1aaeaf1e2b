/* Chunks in the making.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/job_ring.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace sigma {

Status JobRing::configure(const EncoderPlan& plan, const Head& head,
                          const EncoderSettings& settings, TaskPool* tasks) {
  tasks_ = plan.jobs() != 0 ? tasks : nullptr;
  verifies_ = settings.verify;
  size_ = std::max<size_t>(plan.jobs(), 1);
  pool_.set_recycled(size_);
  for (size_t i = 0; i < kMaxJobs; i++) {
    if (i >= size_) slots_[i].reset();
    if (i < size_ && slots_[i] == nullptr) slots_[i].reset(new (std::nothrow) Slot(pool_));
    if (i >= size_) continue;
    if (slots_[i] == nullptr)
      return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(Slot));
    if (const Status status = slots_[i]->encoder.configure(plan, head, verifies_); !status.ok())
      return status;
    slots_[i]->level = plan.models.level;
    if (const Status status = slots_[i]->set_search(settings.search_index); !status.ok())
      return status;
  }
  return {};
}

Status JobRing::Slot::set_search(bool has_search) {
  if (!has_search) text.reset();
  if (has_search && text == nullptr) text.reset(new (std::nothrow) TextSummary());
  if (has_search && text == nullptr)
    return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(TextSummary));
  job.made.summary = has_search ? text.get() : nullptr;
  return {};
}

void JobRing::reset() {
  for (; count_ > 0; count_--) {
    Slot& slot = *slots_[first_];
    slot.task.wait();
    slot.group->users--;
    pool_.release(std::move(slot.job.made.body.block));
    pool_.release(std::move(slot.job.framing));
    first_ = (first_ + 1) % size_;
  }
  first_ = 0;
}

Status JobRing::set_level(const EncoderPlan& plan, const Head& head) {
  Slot& slot = next_slot();
  const unsigned level = plan.models.level;
  if (std::exchange(slot.level, level) == level) return {};
  return slot.encoder.configure(plan, head, verifies_);
}

Status JobRing::start() {
  Slot& slot = next_slot();
  if (const Status status = join_group(slot); !status.ok()) return status;
  count_++;
  slot.task.start(tasks_, run, &slot);
  return {};
}

Status JobRing::pass() {
  Slot& slot = next_slot();
  if (const Status status = join_group(slot); !status.ok()) return status;
  slot.group->users--;
  if (slot.job.made.header.is_key()) {
    slot.group->states.forget();
    slot.group->set_ready();
  }
  return {};
}

Job& JobRing::collect() {
  Slot& slot = *slots_[first_];
  first_ = (first_ + 1) % size_;
  count_--;
  slot.task.wait();
  slot.group->users--;
  return slot.job;
}

/// A key begins a group, in a context that no job uses: there are more than jobs.
Status JobRing::join_group(Slot& slot) {
  if (slot.job.made.header.is_key() || group_ == nullptr) {
    const auto free = std::find_if(groups_.begin(), groups_.end(), [](const auto& group) {
      return group == nullptr || group->users == 0;
    });
    if (*free == nullptr) free->reset(new (std::nothrow) Group());
    if (*free == nullptr)
      return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(Group));
    group_ = free->get();
    if (const Status status = group_->states.make(model_set()); !status.ok()) return status;
    group_->has_key = false;
  }
  slot.group = group_;
  group_->users++;
  return {};
}

/// Runs in any thread; nothing else touches the job meanwhile. The key's job began before those
/// that wait for it: some thread has it, or will when it is the oldest and waited for.
void JobRing::run(void* data) {
  Slot& slot = *static_cast<Slot*>(data);
  Job& job = slot.job;
  PacketHeader& header = job.made.header;
  if (!header.is_key()) slot.group->wait();
  const uint64_t began = monotonic_ns();
  const ChunkSource source = {job.chunk,
                              job.history,
                              {job.repeats.begin(), job.repeats.size()},
                              job.framing.bytes(),
                              job.is_stored};
  job.status = slot.encoder.encode(source, header, slot.group->states, job.made.body);
  if (slot.text != nullptr) summarize_text(job.chunk, *slot.text);
  job.time_ns = monotonic_ns() - began;
  if (header.is_key()) slot.group->set_ready();
}

void JobRing::Group::wait() {
  std::unique_lock guard(lock);
  done.wait(guard, [this] { return has_key; });
}

bool JobRing::Group::is_ready() {
  const std::lock_guard guard(lock);
  return has_key;
}

void JobRing::Group::set_ready() {
  const std::lock_guard guard(lock);
  has_key = true;
  done.notify_all();
}

}  // namespace sigma
