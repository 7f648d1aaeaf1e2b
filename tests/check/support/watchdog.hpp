/* A deadline that ends a test which hangs, and says where each of its threads stood.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace watchdog {

/// While it lives, a deadline runs. When it passes, the stack of every thread goes to stderr behind
/// what was being done, and the process ends with SIGABRT.
class Deadline {
 public:
  Deadline(std::string doing, int seconds);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  void watch(int seconds);

  std::string doing_;
  std::mutex lock_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace watchdog
