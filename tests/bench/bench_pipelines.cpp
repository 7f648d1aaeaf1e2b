/* sigma-bench pipelines: whole processes, GStreamer pipelines beside programs that compress, with
 * their input in the page cache; and the memory they add by the size of the input.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "commands.hpp"

#if !defined(SIGMA_BENCH_PLUGIN_PATH)

#include <cstdio>

namespace bench {

int bench_pipelines(Arguments&) {
  std::fprintf(stderr, "sigma-bench was built without the plugin\n");
  return 77;
}

}  // namespace bench

#else

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "corpus.hpp"
#include "process.hpp"
#include "report.hpp"

namespace bench {
namespace {

constexpr size_t kMaxForSlow = 16000000;  ///< bytes of input

/// Something that encodes, and what decodes that again.
struct Tool {
  std::string name;
  bool is_pipeline = false;
  Command
      encode;  ///< the element, or the program that writes to its output what it makes of a file
  Command decode;  ///< likewise; empty if it is another tool's
  bool slow = false;
};

/// One direction of a tool on one file.
struct Job {
  const Tool* tool = nullptr;
  bool decodes = false;
  std::string input;
  uint64_t bytes = 0;  ///< decoded
  uint64_t coded = 0;
  std::vector<Usage> runs;

  std::string name() const { return tool->name + (decodes ? " decode" : ""); }
};

uint64_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) give_up(path + " was not written");
  return size;
}

/// Of a tool's words in one direction. `output`: where a pipeline writes to; empty: nowhere.
Command command_of(const Tool& tool, const Command& words, const std::string& input,
                   const std::string& output = "") {
  Command command;
  if (tool.is_pipeline)
    command = {"gst-launch-1.0", "-q", "filesrc", "location=" + input, "blocksize=1048576", "!"};
  command.insert(command.end(), words.begin(), words.end());
  if (!tool.is_pipeline)
    command.push_back(input);
  else if (output.empty())
    command.insert(command.end(), {"!", "fakesink"});
  else
    command.insert(command.end(), {"!", "filesink", "location=" + output});
  return command;
}

Usage must_run(const Command& command, const std::string& output = "/dev/null") {
  const auto usage = run(command, output);
  if (!usage) {
    std::string text;
    for (const std::string& word : command)
      text += " " + word;
    give_up("this failed:" + text + "\n" + last_messages());
  }
  return *usage;
}

bool has_property(const std::string& element, const std::string& property) {
  const std::string listing = temporary_folder() + "/properties";
  if (!run({"gst-inspect-1.0", element}, listing)) return false;
  std::ifstream file(listing);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("  " + property + " ")) return true;
  }
  return false;
}

bool is_installed(const Tool& tool) {
  const std::string& name = tool.encode[0];
  if (tool.is_pipeline) return run({"gst-inspect-1.0", name}).has_value();
  return run({"sh", "-c", "command -v " + name}).has_value();
}

/// All that is installed of what there is to measure, `identity` first.
std::vector<Tool> find_tools() {
  std::vector<Tool> tools = {
      {"identity", true, {"identity"}, {}},
      {"sigmaenc-1", true, {"sigmaenc", "level=1"}, {"sigmadec"}},
      {"sigmaenc-3", true, {"sigmaenc", "level=3"}, {"sigmadec"}},
  };
  if (has_property("sigmaenc", "threads"))
    // Threads have their memory out of max-memory; sigmadec's default has room for them.
    tools.push_back({"sigmaenc-3-T2",
                     true,
                     {"sigmaenc", "level=3", "threads=2", "max-memory=67108864"},
                     {"sigmadec", "threads=2"}});
  const std::vector<Tool> others = {
      {"zstd-1", false, {"zstd", "-1", "--single-thread", "-qc"}, {"zstd", "-dqc"}},
      {"zstd-3", false, {"zstd", "-3", "--single-thread", "-qc"}, {"zstd", "-dqc"}},
      {"zstd-3-T2", false, {"zstd", "-3", "-T2", "-qc"}, {}},
      {"pigz-p2", false, {"pigz", "-p", "2", "-c"}, {"pigz", "-dc"}},
      {"bz2enc", true, {"bz2enc"}, {"bz2dec"}, true},
      {"xz-6", false, {"xz", "-6", "-T1", "-c"}, {"xz", "-dc"}, true},
  };
  tools.insert(tools.end(), others.begin(), others.end());
  std::erase_if(tools, [](const Tool& tool) {
    const bool is_missing = !is_installed(tool);
    if (is_missing) std::fprintf(stderr, "%s is left out: not installed\n", tool.name.c_str());
    return is_missing;
  });
  return tools;
}

bool is_wanted(const std::string& wanted, const Tool& tool) {
  const auto names = split(wanted, ',');
  return wanted.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return tool.name.starts_with(name);
         });
}

/// The set again and again, up to `size` bytes.
std::string make_input(const Set& set, uint64_t size, const std::string& name) {
  const measure::Bytes bytes = measure::read_file(set.path.c_str());
  std::string path = temporary_folder() + "/" + name;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) give_up(path + " cannot be written");
  for (uint64_t left = size; left != 0;) {
    const size_t count = std::min<uint64_t>(left, bytes.size());
    if (std::fwrite(bytes.data(), 1, count, file) != count) give_up(path + " cannot be written");
    left -= count;
  }
  if (std::fclose(file) != 0) give_up(path + " cannot be written");
  return path;
}

/// What there is to do for a tool on a file; for that, encodes it once.
void add_jobs(std::vector<Job>& jobs, const Tool& tool, const std::string& input) {
  const uint64_t bytes = size_of(input);
  const std::string coded = temporary_folder() + "/" + tool.name + ".coded";
  must_run(command_of(tool, tool.encode, input, coded), tool.is_pipeline ? "/dev/null" : coded);
  const uint64_t coded_bytes = size_of(coded);
  jobs.push_back({&tool, false, input, bytes, coded_bytes, {}});
  if (tool.decode.empty())
    std::filesystem::remove(coded);
  else
    jobs.push_back({&tool, true, coded, bytes, coded_bytes, {}});
}

void run_job(Job& job) {
  const Command& words = job.decodes ? job.tool->decode : job.tool->encode;
  job.runs.push_back(must_run(command_of(*job.tool, words, job.input)));
}

double median_of(const std::vector<Usage>& runs, double Usage::*value) {
  std::vector<double> values;
  for (const Usage& usage : runs)
    values.push_back(usage.*value);
  return measure::median(std::move(values));
}

void print_jobs(const std::string& title, const std::vector<Job>& jobs) {
  std::printf(
      "\n## %s\n\n| job | MB | ratio | CPU s | wall s | MB/s of CPU | MB/s of wall | peak MB |\n",
      title.c_str());
  std::printf("|---|--:|--:|--:|--:|--:|--:|--:|\n");
  for (const Job& job : jobs) {
    const double megabytes = static_cast<double>(job.bytes) / 1e6;
    const double cpu = median_of(job.runs, &Usage::cpu);
    const double wall = median_of(job.runs, &Usage::wall);
    std::printf("| %s | %.0f | %.3f | %.2f | %.2f | %.1f | %.1f | %.1f |\n", job.name().c_str(),
                megabytes, static_cast<double>(job.bytes) / static_cast<double>(job.coded), cpu,
                wall, megabytes / cpu, megabytes / wall,
                median_of(job.runs, &Usage::peak_rss) / 1e6);
  }
  std::fflush(stdout);
}

/// CPU and wall seconds of ours by the rival's, on every input so far.
struct Contest {
  std::string ours;
  std::string rival;
  std::vector<double> ratio{};
  std::vector<double> cpu{};
  std::vector<double> wall{};
};

const Job* find_job(const std::vector<Job>& jobs, const std::string& name) {
  const auto found =
      std::find_if(jobs.begin(), jobs.end(), [&](const Job& job) { return job.name() == name; });
  return found == jobs.end() ? nullptr : &*found;
}

void compare(Contest& contest, const std::vector<Job>& jobs) {
  const Job* ours = find_job(jobs, contest.ours);
  const Job* rival = find_job(jobs, contest.rival);
  if (ours == nullptr || rival == nullptr) return;
  contest.ratio.push_back(static_cast<double>(rival->coded) / static_cast<double>(ours->coded));
  contest.cpu.push_back(median_of(ours->runs, &Usage::cpu) / median_of(rival->runs, &Usage::cpu));
  contest.wall.push_back(median_of(ours->runs, &Usage::wall) /
                         median_of(rival->runs, &Usage::wall));
}

void print_contests(const std::vector<Contest>& contests) {
  std::printf("\n## Verdict: ours by the rival's\n\n");
  std::printf(
      "| pipeline by program | inputs | ratio | CPU time | wall time |\n|---|--:|--:|--:|--:|\n");
  for (const Contest& contest : contests) {
    if (contest.cpu.empty()) continue;
    std::printf("| %s by %s | %zu | %.3f | %.3f | %.3f |\n", contest.ours.c_str(),
                contest.rival.c_str(), contest.cpu.size(), measure::geometric_mean(contest.ratio),
                measure::geometric_mean(contest.cpu), measure::geometric_mean(contest.wall));
  }
}

std::vector<Job> measure_input(const Set& set, const std::vector<Tool>& tools, uint64_t size,
                               int runs, Progress& progress) {
  const std::string title = set.class_name + "/" + set.name;
  const std::string whole = make_input(set, size, "whole");
  // What is slow gets the set itself: nothing that comes again.
  const std::string cut = make_input(set, std::min<uint64_t>(set.size, kMaxForSlow), "cut");
  std::vector<Job> jobs;
  for (const Tool& tool : tools) {
    progress.show(title, tool.name);
    add_jobs(jobs, tool, tool.slow ? cut : whole);
  }
  for (int round = 0; round < runs; round++) {
    for (Job& job : jobs) {
      if (job.tool->slow && round > 0) continue;
      progress.show(title, job.name() + text_of(", round %d of %d", round + 1, runs));
      run_job(job);
    }
  }
  return jobs;
}

/// One set of each class, the largest: repeating a small one makes an input that is all matches.
std::vector<Set> largest_of_classes(const std::vector<Set>& sets) {
  std::vector<Set> largest;
  for (const Set& set : sets) {
    const auto found = std::find_if(largest.begin(), largest.end(), [&](const Set& other) {
      return other.class_name == set.class_name && set.class_name != "files";
    });
    if (found == largest.end())
      largest.push_back(set);
    else if (set.size > found->size)
      *found = set;
  }
  return largest;
}

int compare_speeds(const std::vector<Set>& sets, const std::vector<Tool>& tools, uint64_t size,
                   int runs, const std::string& csv_path) {
  CsvFile csv(csv_path, "input,job,direction,bytes,coded,cpu_s,wall_s,peak_rss,runs");
  std::vector<Contest> contests = {
      {"sigmaenc-1", "zstd-1"},       {"sigmaenc-1 decode", "zstd-1 decode"},
      {"sigmaenc-3", "zstd-3"},       {"sigmaenc-3 decode", "zstd-3 decode"},
      {"sigmaenc-3-T2", "zstd-3-T2"},
  };
  for (const Set& set : sets) {
    std::vector<Job> jobs;
    {
      Progress progress;
      jobs = measure_input(set, tools, size, runs, progress);
    }
    for (const Job& job : jobs)
      csv.add(text_of("%s/%s,%s,%s,%ju,%ju,%.6f,%.6f,%.0f,%zu", set.class_name.c_str(),
                      set.name.c_str(), job.tool->name.c_str(), job.decodes ? "decode" : "encode",
                      static_cast<uintmax_t>(job.bytes), static_cast<uintmax_t>(job.coded),
                      median_of(job.runs, &Usage::cpu), median_of(job.runs, &Usage::wall),
                      median_of(job.runs, &Usage::peak_rss), job.runs.size()));
    print_jobs(set.class_name + "/" + set.name, jobs);
    for (Contest& contest : contests)
      compare(contest, jobs);
  }
  print_contests(contests);
  return 0;
}

/// Peak of what is there without any codec: the pipeline with identity, or `cat`.
Job base_job(const Tool& base, const Job& job) {
  return {&base, false, job.input, job.bytes, job.bytes, {}};
}

void measure_memory(const Set& set, const std::vector<Tool>& tools, uint64_t size, int runs,
                    CsvFile& csv, Progress& progress) {
  static const Tool kIdentity = {"identity", true, {"identity"}, {}};
  static const Tool kCat = {"cat", false, {"cat"}, {}};
  const std::string input = make_input(set, size, "whole");
  for (const Tool& tool : tools) {
    std::vector<Job> jobs;
    add_jobs(jobs, tool, input);
    for (Job& job : jobs) {
      Job base = base_job(tool.is_pipeline ? kIdentity : kCat, job);
      for (int round = 0; round < runs; round++) {
        progress.show(text_of("%ju bytes", static_cast<uintmax_t>(size)),
                      job.name() + text_of(", round %d of %d", round + 1, runs));
        run_job(base);
        run_job(job);
      }
      const double peak = median_of(job.runs, &Usage::peak_rss);
      const double before = median_of(base.runs, &Usage::peak_rss);
      csv.add(text_of("%ju,%s,%s,%.0f,%.0f,%.0f,%d", static_cast<uintmax_t>(size),
                      tool.name.c_str(), job.decodes ? "decode" : "encode", peak, before,
                      peak - before, runs));
      std::printf("| %ju | %s | %.0f | %.0f | %.0f |\n", static_cast<uintmax_t>(size),
                  job.name().c_str(), before / 1024, peak / 1024, (peak - before) / 1024);
      std::fflush(stdout);
    }
  }
}

int compare_memory(const Set& set, const std::vector<Tool>& tools,
                   const std::vector<std::string>& sizes, int runs, const std::string& csv_path) {
  CsvFile csv(csv_path, "size,job,direction,peak_rss,base_rss,added_rss,runs");
  std::printf("\n## Memory by input size: %s/%s again and again\n\n", set.class_name.c_str(),
              set.name.c_str());
  std::printf("Peak resident set in KiB; before: of identity or cat in its place.\n\n");
  std::printf("| bytes in | job | before | peak | added |\n|--:|---|--:|--:|--:|\n");
  for (const std::string& text : sizes) {
    const auto size = parse_bytes(text);
    if (!size || *size == 0) give_up("--memory-sizes needs numbers of bytes");
    Progress progress;
    measure_memory(set, tools, *size, runs, csv, progress);
  }
  return 0;
}

void use_plugin(const std::string& path) {
  setenv("GST_PLUGIN_PATH_1_0", path.c_str(), 1);
  setenv("GST_REGISTRY", (temporary_folder() + "/registry.bin").c_str(), 1);
  if (!run({"gst-inspect-1.0", "sigmaenc"})) give_up("there is no sigmaenc in " + path);
}

}  // namespace

int bench_pipelines(Arguments& arguments) {
  const int runs = arguments.take_count("--runs", 5);
  const uint64_t size = arguments.take_bytes("--size", 400000000);
  const std::string memory_sizes = arguments.take("--memory-sizes", "");
  const std::string wanted =
      arguments.take("--jobs", memory_sizes.empty() ? "" : "sigmaenc-3,zstd-3,pigz");
  const std::string csv_path = arguments.take("--csv", "");
  const std::string plugin_path = arguments.take("--plugin-path", SIGMA_BENCH_PLUGIN_PATH);
  const std::vector<Set> sets = largest_of_classes(choose_sets(arguments));
  use_plugin(plugin_path);
  std::vector<Tool> tools = find_tools();
  std::erase_if(tools, [&](const Tool& tool) { return !is_wanted(wanted, tool); });
  if (memory_sizes.empty()) return compare_speeds(sets, tools, size, runs, csv_path);
  return compare_memory(sets[0], tools, split(memory_sizes, ','), runs, csv_path);
}

}  // namespace bench

#endif
