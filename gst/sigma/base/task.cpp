/* A task is claimed once, by a thread of the pool or by the thread that waits for it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/task.hpp"

#include <condition_variable>
#include <mutex>
#include <new>
#include <utility>

// A pool may hand its work over by locks that the thread sanitizer does not see, such as GLib's.
#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#else
static void __tsan_acquire(void*) {}
static void __tsan_release(void*) {}
#endif

namespace sigma {

/// What task and pool both know. The pool may call long after the task was done, or was dropped, by
/// its owner: the last of the two to leave deletes it.
struct Task::Ticket {
  enum class State { WAITING, RUNNING, DONE };

  std::mutex lock;
  std::condition_variable done;
  State state = State::DONE;
  bool in_pool = false;  ///< the pool has yet to call
  bool dropped = false;
  void (*run)(void*) = nullptr;
  void* data = nullptr;

  /// Runs what waits to be run. `guard` holds the lock.
  void claim(std::unique_lock<std::mutex>& guard) {
    if (state != State::WAITING) return;
    state = State::RUNNING;
    guard.unlock();
    run(data);
    guard.lock();
    state = State::DONE;
    done.notify_all();
  }
};

Task::~Task() {
  wait();
  if (ticket_ == nullptr) return;
  std::unique_lock guard(ticket_->lock);
  ticket_->dropped = true;
  const bool last = !ticket_->in_pool;
  guard.unlock();
  if (last) delete ticket_;
}

void Task::run_from_pool(void* data) {
  __tsan_acquire(data);
  auto* ticket = static_cast<Ticket*>(data);
  std::unique_lock guard(ticket->lock);
  ticket->claim(guard);
  ticket->in_pool = false;
  const bool last = ticket->dropped;
  guard.unlock();
  if (last) delete ticket;
}

void Task::start(TaskPool* pool, void (*run)(void*), void* data) {
  if (ticket_ != nullptr) {
    // Without thread to spare, the pool may not have called yet for what wait() did itself.
    std::unique_lock guard(ticket_->lock);
    const bool free = !ticket_->in_pool;
    ticket_->dropped = !free;
    guard.unlock();
    if (!free) ticket_ = nullptr;
  }
  if (pool != nullptr && ticket_ == nullptr) ticket_ = new (std::nothrow) Ticket();
  if (pool == nullptr || ticket_ == nullptr) {
    run_ = run;
    data_ = data;
    return;
  }
  ticket_->run = run;
  ticket_->data = data;
  ticket_->state = Ticket::State::WAITING;
  ticket_->in_pool = true;
  __tsan_release(ticket_);
  if (pool->push(run_from_pool, ticket_)) return;
  ticket_->in_pool = false;  // nobody else has seen it
}

void Task::help() {
  if (run_ != nullptr) {
    std::exchange(run_, nullptr)(data_);
    return;
  }
  if (ticket_ == nullptr) return;
  std::unique_lock guard(ticket_->lock);
  ticket_->claim(guard);
}

void Task::wait() {
  help();
  if (ticket_ == nullptr) return;
  std::unique_lock guard(ticket_->lock);
  ticket_->done.wait(guard, [&] { return ticket_->state == Ticket::State::DONE; });
}

}  // namespace sigma
