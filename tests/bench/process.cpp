/* Whole processes, and a folder for their files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "measure.hpp"
#include "options.hpp"

namespace bench {
namespace {

std::string messages_path() {
  return temporary_folder() + "/messages";
}

[[noreturn]] void become(const Command& command, const std::string& output,
                         const std::string& messages, int report) {
  std::vector<char*> words = {const_cast<char*>(SIGMA_BENCH_RUNNER),
                              const_cast<char*>(output.c_str())};
  for (const std::string& word : command)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  dup2(report, STDOUT_FILENO);
  dup2(open(messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  execv(words[0], words.data());
  _exit(127);
}

/// Lives as long as the program.
struct TemporaryFolder {
  std::string path;

  TemporaryFolder() {
    const char* place = std::getenv("TMPDIR");
    path = std::string(place != nullptr ? place : "/var/tmp") + "/sigma-bench-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) give_up("no temporary folder can be made: " + path);
    // An interrupt ends the process that is being measured; this one notices that it failed, and
    // ends in order.
    std::signal(SIGINT, [](int) {});
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

std::optional<Usage> run(const Command& command, const std::string& output) {
  const std::string messages = messages_path();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) give_up("no pipe can be made");
  const pid_t child = fork();
  if (child == 0) become(command, output, messages, ends[1]);
  close(ends[1]);
  std::FILE* report = fdopen(ends[0], "r");
  Usage usage;
  const bool is_told = report != nullptr && std::fscanf(report, "%lf %lf %lf", &usage.cpu,
                                                        &usage.wall, &usage.peak_rss) == 3;
  if (report != nullptr) std::fclose(report);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!is_told || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return usage;
}

std::string last_messages() {
  const measure::Bytes bytes = measure::read_file(messages_path().c_str());
  return {bytes.begin(), bytes.end()};
}

const std::string& temporary_folder() {
  static const TemporaryFolder folder;
  return folder.path;
}

}  // namespace bench
