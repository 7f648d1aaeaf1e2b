/* Pools of threads, willing and unwilling, for tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/task.hpp"
#include "testdata.hpp"

namespace threads {

using Work = std::pair<void (*)(void*), void*>;

/// So many threads, which take the work in order.
class Pool : public sigma::TaskPool {
 public:
  explicit Pool(unsigned count);
  ~Pool() override;
  bool push(void (*run)(void*), void* data) override;

 private:
  void work();

  std::mutex lock_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

/// Takes no work.
class Refusing : public sigma::TaskPool {
 public:
  bool push(void (*)(void*), void*) override { return false; }
};

/// Takes work and does it when it is destroyed: its threads are always busy elsewhere.
class Busy : public sigma::TaskPool {
 public:
  ~Busy() override {
    for (const Work& work : waiting_)
      work.first(work.second);
  }
  bool push(void (*run)(void*), void* data) override {
    waiting_.emplace_back(run, data);
    return true;
  }

 private:
  std::vector<Work> waiting_;
};

inline sigma::EncoderSettings in_groups(unsigned level, uint32_t chunk_size,
                                        uint32_t key_interval) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.chunk_size = chunk_size;
  settings.key_interval = key_interval;
  return settings;
}

/// Where each takes long there are fewer rounds, less data, and one of several values.
inline int rounds(int all) {
  return testdata::is_short_run() ? all / 10 : all;
}
inline size_t bytes(size_t all) {
  return testdata::portion(all);
}
using testdata::values;

}  // namespace threads
