/* A pool of threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "threads.hpp"

namespace threads {

Pool::Pool(unsigned count) {
  for (unsigned i = 0; i < count; i++)
    threads_.emplace_back([this] { work(); });
}

Pool::~Pool() {
  {
    const std::lock_guard guard(lock_);
    ends_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_)
    thread.join();
}

bool Pool::push(void (*run)(void*), void* data) {
  const std::lock_guard guard(lock_);
  waiting_.emplace_back(run, data);
  changed_.notify_one();
  return true;
}

void Pool::work() {
  std::unique_lock guard(lock_);
  for (;;) {
    changed_.wait(guard, [this] { return ends_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Work next = waiting_.front();
    waiting_.pop_front();
    guard.unlock();
    next.first(next.second);
    guard.lock();
  }
}

}  // namespace threads
