/* Threads of the library's own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/export.hpp"
#include "gst/sigma/base/task_pool.hpp"

namespace sigma {

/// A TaskPool for applications that have none: threads are made when there is work for them, stay
/// until the pool is destroyed, and are never more than `threads`. It must outlive the encoders and
/// decoders that use it; several may do so at once.
class ThreadPool : public TaskPool {
 public:
  /// 0: as many as the machine has cores. At most kMaxThreads.
  explicit ThreadPool(unsigned threads = 0) : state_(make(threads)) {}
  /// Waits until all that was pushed is done.
  ~ThreadPool() override { destroy(state_); }
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  bool push(void (*run)(void*), void* data) override { return push_to(state_, run, data); }

 private:
  // The library has no virtual functions, so that applications with and without run-time type
  // information link with it.
  struct State;
  SIGMA_API static State* make(unsigned threads);
  SIGMA_API static void destroy(State* state);
  SIGMA_API static bool push_to(State* state, void (*run)(void*), void* data);

  State* state_;  ///< null: there was no memory for it, and it takes no work
};

}  // namespace sigma
