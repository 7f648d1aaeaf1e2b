/* Groups that are decoded in threads, in order, as many at once as memory has room for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <memory>

#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/task.hpp"
#include "gst/sigma/decode/group_decoder.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"

namespace sigma {

/// Groups from use_free() to release().
class GroupQueue {
 public:
  static constexpr size_t kMaxGroups = kMaxThreads + 4;  // one waits, one is filled, one is taken

  explicit GroupQueue(GlyphBufferPool& pool) : pool_(pool) {}

  void set_tasks(TaskPool* tasks) { tasks_ = tasks; }
  /// Groups that may have memory at once.
  void set_limit(size_t groups) { limit_ = groups; }

  size_t used() const { return used_; }
  /// Time in groups that were released, in ns.
  uint64_t time() const { return time_ns_; }
  void reset_time() { time_ns_ = 0; }

  /// An empty group; null if there is none.
  GroupDecoder* use_free();
  /// Has the chunks of a group decoded, those that are not yet, as soon as there is memory for it.
  /// One whose packets are being fed has memory at once: but for the one taken, all before it are
  /// released.
  void dispatch(GroupDecoder* group);
  void release(GroupDecoder* group);
  /// Releases all, with their memory: the groups of another stream may be others in size.
  void drop();
  /// Waits for all and forgets what they were to do, without counting their time.
  void reset();

 private:
  enum class Turn : uint8_t { NONE, WAITS, HAS };
  struct Slot {
    std::unique_ptr<GroupDecoder> group;
    bool is_used = false;
    Turn turn = Turn::NONE;  ///< whether it has memory
  };

  Slot& slot_of(const GroupDecoder* group);
  void run_waiting();

  GlyphBufferPool& pool_;
  TaskPool* tasks_ = nullptr;
  std::array<Slot, kMaxGroups> slots_;
  size_t used_ = 0;
  /// Those that memory has no room for before others are released, in order.
  std::array<Slot*, kMaxGroups> waiting_;
  size_t waiting_count_ = 0;
  size_t limit_ = 0;
  size_t under_way_ = 0;  ///< groups that have memory
  uint64_t time_ns_ = 0;
};

}  // namespace sigma
