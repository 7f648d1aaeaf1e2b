/* Runs a program, its output going to a file, and prints user and system CPU seconds, wall seconds
 * and the peak resident set in bytes:
 *
 *     run-measured OUTPUT PROGRAM [ARGUMENT...]
 *
 * A small process of its own, because a child inherits the peak of the process it is forked from.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double now() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

[[noreturn]] void become(const char* output, char** command) {
  const int file = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file >= 0 && dup2(file, STDOUT_FILENO) >= 0) execvp(command[0], command);
  _exit(127);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s OUTPUT PROGRAM [ARGUMENT...]\n", argv[0]);
    return 2;
  }
  const double before = now();
  const pid_t child = fork();
  if (child == 0) become(argv[1], argv + 2);
  int status = 0;
  rusage usage = {};
  if (child < 0 || wait4(child, &status, 0, &usage) != child) return 1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return 1;
  std::printf("%.6f %.6f %lld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime), now() - before,
              usage.ru_maxrss * 1024LL);
  return 0;
}
