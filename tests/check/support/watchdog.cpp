/* A deadline that ends a test which hangs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "watchdog.hpp"

#include <dirent.h>
#include <execinfo.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace watchdog {
namespace {

void print_stack(int) {
  void* frames[40];
  backtrace_symbols_fd(frames, backtrace(frames, 40), STDERR_FILENO);
}

/// Every thread prints its own, one after the other.
void print_stacks() {
  struct sigaction action = {};
  action.sa_handler = print_stack;
  sigaction(SIGUSR2, &action, nullptr);
  DIR* tasks = opendir("/proc/self/task");
  if (tasks == nullptr) return;
  while (const dirent* entry = readdir(tasks)) {
    const int thread = std::atoi(entry->d_name);
    if (thread == 0) continue;
    std::fprintf(stderr, "-- thread %d\n", thread);
    syscall(SYS_tgkill, getpid(), thread, SIGUSR2);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  closedir(tasks);
}

}  // namespace

Deadline::Deadline(std::string doing, int seconds)
    : doing_(std::move(doing)), thread_([this, seconds] { watch(seconds); }) {}

Deadline::~Deadline() {
  {
    std::lock_guard guard(lock_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Deadline::watch(int seconds) {
  std::unique_lock lock(lock_);
  if (changed_.wait_for(lock, std::chrono::seconds(seconds), [this] { return is_over_; })) return;
  std::fprintf(stderr, "not done after %d s: %s\n", seconds, doing_.c_str());
  print_stacks();
  std::abort();
}

}  // namespace watchdog
