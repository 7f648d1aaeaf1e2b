/* A queue of work, and threads that take from it. They are made by pthread_create(), which can say
 * no without an exception.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/thread_pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>

#include "gst/sigma/base/settings.hpp"

namespace sigma {
namespace {

struct Work {
  void (*run)(void*) = nullptr;
  void* data = nullptr;
  Work* next = nullptr;
};

}  // namespace

struct ThreadPool::State {
  std::mutex lock;
  std::condition_variable changed;
  Work* first = nullptr;
  Work** last = &first;  ///< where the next piece of work is linked
  bool ends = false;
  unsigned limit = 1;
  unsigned count = 0;  ///< of threads
  unsigned idle = 0;
  std::array<pthread_t, kMaxThreads> threads{};

  static void* serve(void* state) {
    static_cast<State*>(state)->work();
    return nullptr;
  }

  /// What a thread does until the pool ends and nothing is left.
  void work() {
    std::unique_lock guard(lock);
    for (;;) {
      idle++;
      changed.wait(guard, [this] { return first != nullptr || ends; });
      idle--;
      if (first == nullptr) return;
      Work* const work = first;
      first = work->next;
      if (first == nullptr) last = &first;
      guard.unlock();
      work->run(work->data);
      delete work;
      guard.lock();
    }
  }
};

ThreadPool::State* ThreadPool::make(unsigned threads) {
  auto* state = new (std::nothrow) State();
  if (state == nullptr) return nullptr;
  const unsigned wanted = threads != 0 ? threads : std::thread::hardware_concurrency();
  state->limit = std::clamp(wanted, 1U, kMaxThreads);
  return state;
}

bool ThreadPool::push_to(State* state, void (*run)(void*), void* data) {
  if (state == nullptr || run == nullptr) return false;
  auto* work = new (std::nothrow) Work{run, data, nullptr};
  if (work == nullptr) return false;
  const std::lock_guard guard(state->lock);
  // A thread that was told of work that waits is idle until it wakes.
  size_t waiting = 1;
  for (const Work* other = state->first; other != nullptr; other = other->next)
    waiting++;
  if (waiting > state->idle && state->count < state->limit &&
      pthread_create(&state->threads[state->count], nullptr, State::serve, state) == 0)
    state->count++;
  if (state->count == 0) {
    delete work;
    return false;
  }
  *state->last = work;
  state->last = &work->next;
  state->changed.notify_one();
  return true;
}

void ThreadPool::destroy(State* state) {
  if (state == nullptr) return;
  {
    const std::lock_guard guard(state->lock);
    state->ends = true;
    state->changed.notify_all();
  }
  for (unsigned i = 0; i < state->count; i++)
    pthread_join(state->threads[i], nullptr);
  delete state;
}

}  // namespace sigma
