/* Work that may be done in other threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/task_pool.hpp"

namespace sigma {

/// One piece of work at a time. It runs on a thread of the pool, or on the waiting thread if no
/// pool thread has started it: so a pool whose threads are all busy, or that has none, costs time
/// but never blocks.
class Task {
 public:
  Task() = default;
  ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  /// Begins run(data), in a thread of `pool`, or in wait() if that is null or takes no work. What
  /// was begun before must have been waited for.
  void start(TaskPool* pool, void (*run)(void*), void* data);

  /// Returns when the work is done; at once if there is none.
  void wait();

  /// Does the work if nobody has begun with it; otherwise returns at once.
  void help();

 private:
  struct Ticket;
  static void run_from_pool(void* ticket);

  Ticket* ticket_ = nullptr;
  void (*run_)(void*) = nullptr;  ///< for wait() to run, if there is no ticket
  void* data_ = nullptr;
};

}  // namespace sigma
