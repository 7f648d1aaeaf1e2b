/* The timer thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/enc/gstsigmatimer.h"

#include <chrono>
#include <utility>

bool GstSigmaTimer::start(void (*call)(void*), void* data) {
  call_ = call;
  data_ = data;
  ends_ = false;
  due_ = 0;
  const auto entry = [](gpointer timer) -> gpointer {
    static_cast<GstSigmaTimer*>(timer)->run();
    return nullptr;
  };
  thread_ = g_thread_try_new("sigma-timer", entry, this, nullptr);
  return thread_ != nullptr;
}

void GstSigmaTimer::stop() {
  if (thread_ == nullptr) return;
  {
    const std::lock_guard guard(lock_);
    ends_ = true;
  }
  changed_.notify_all();
  g_thread_join(std::exchange(thread_, nullptr));
}

void GstSigmaTimer::set(guint64 ns) {
  const std::lock_guard guard(lock_);
  due_ = g_get_monotonic_time() + static_cast<gint64>(MIN(ns / 1000, guint64{G_MAXINT32} * 1000));
  changed_.notify_all();
}

void GstSigmaTimer::clear() {
  const std::lock_guard guard(lock_);
  due_ = 0;
}

void GstSigmaTimer::run() {
  std::unique_lock guard(lock_);
  while (!ends_) {
    const gint64 left = due_ - g_get_monotonic_time();
    if (due_ == 0) {
      changed_.wait(guard);
    } else if (left > 0) {
      changed_.wait_for(guard, std::chrono::microseconds(left));
    } else {
      due_ = 0;
      guard.unlock();
      call_(data_);
      guard.lock();
    }
  }
}
