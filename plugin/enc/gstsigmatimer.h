/* Calls somebody who waits too long.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include <condition_variable>
#include <mutex>
#include <thread>

/// A thread that calls when a time has come. The clock of the pipeline may stand still, and that of
/// the system serves everybody in one thread, which nobody may hold up: so it has a thread of its
/// own.
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
