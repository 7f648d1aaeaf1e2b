/* A timer thread that ends a chunk after max-latency.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include <condition_variable>
#include <mutex>
#include <thread>

/// Calls back when a time has come, in a thread of its own: the pipeline's clock may stand still,
/// and the system clock serves all its users in one thread that must not be blocked.
class GstSigmaTimer {
 public:
  GstSigmaTimer() = default;
  ~GstSigmaTimer() { stop(); }
  GstSigmaTimer(const GstSigmaTimer&) = delete;
  GstSigmaTimer& operator=(const GstSigmaTimer&) = delete;

  /// FALSE: there is no thread. `call` runs in the timer's thread.
  bool start(void (*call)(void*), void* data);
  /// When it has returned, nothing is called any more.
  void stop();

  /// Calls so many ns from now, unless it is told something else before.
  void set(guint64 ns);
  void clear();

 private:
  void run();

  std::mutex lock_;
  std::condition_variable changed_;
  GThread* thread_ = nullptr;
  void (*call_)(void*) = nullptr;
  void* data_ = nullptr;
  gint64 due_ = 0;  ///< monotonic, in µs; 0: none
  bool ends_ = false;
};
