/* What was measured: its means, as tables in Markdown, and as CSV.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.hpp"

#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdarg>
#include <cstdlib>
#include <functional>

#include "options.hpp"

namespace bench {
namespace {

using Names = std::vector<std::string>;
using Value = std::function<double(const Measurement&)>;

/// The different names, in the order of their first appearance.
Names names_of(const std::vector<Measurement>& all, std::string Measurement::*name) {
  Names names;
  for (const Measurement& one : all) {
    if (std::find(names.begin(), names.end(), one.*name) == names.end()) names.push_back(one.*name);
  }
  return names;
}

std::vector<Measurement> of_class(const std::vector<Measurement>& all, const std::string& name) {
  std::vector<Measurement> found;
  for (const Measurement& one : all) {
    if (one.class_name == name) found.push_back(one);
  }
  return found;
}

const Measurement* find(const std::vector<Measurement>& all, const std::string& codec,
                        const std::string& set) {
  for (const Measurement& one : all) {
    if (one.codec == codec && one.set == set) return &one;
  }
  return nullptr;
}

/// Means of one codec: of a class, or overall.
struct Means {
  double ratio = 0;
  double encode_speed = 0;
  double decode_speed = 0;
  uint64_t memory = 0;  ///< the most
  size_t count = 0;     ///< of sets
};

double mean(const std::vector<Means>& parts, double Means::*value) {
  std::vector<double> values;
  for (const Means& part : parts)
    values.push_back(part.*value);
  return measure::geometric_mean(values);
}

Means mean_of(const std::vector<Means>& parts) {
  Means means;
  means.count = parts.size();
  if (parts.empty()) return means;
  means.ratio = mean(parts, &Means::ratio);
  means.encode_speed = mean(parts, &Means::encode_speed);
  means.decode_speed = mean(parts, &Means::decode_speed);
  for (const Means& part : parts)
    means.memory = std::max(means.memory, part.memory);
  return means;
}

Means means_of_class(const std::vector<Measurement>& sets, const std::string& codec) {
  std::vector<Means> parts;
  for (const Measurement& one : sets) {
    if (one.codec == codec)
      parts.push_back({one.ratio(), one.encode_speed(), one.decode_speed(), one.memory, 1});
  }
  return mean_of(parts);
}

void print_row(const std::string& codec, const Means& means, size_t all_sets) {
  const std::string part =
      means.count == all_sets ? "" : text_of(" (%zu of %zu)", means.count, all_sets);
  const std::string memory =
      means.memory == 0 ? "" : text_of("%.1f", static_cast<double>(means.memory) / 1e6);
  std::printf("| %s%s | %.3f | %.1f | %.0f | %s |\n", codec.c_str(), part.c_str(), means.ratio,
              means.encode_speed, means.decode_speed, memory.c_str());
}

void print_head(const std::string& title) {
  std::printf("\n## %s\n\n| codec | ratio | encode MB/s | decode MB/s | memory MB |\n",
              title.c_str());
  std::printf("|---|--:|--:|--:|--:|\n");
}

void print_class(const std::vector<Measurement>& sets) {
  const size_t count = names_of(sets, &Measurement::set).size();
  print_head(text_of("%s, %zu set%s", sets[0].class_name.c_str(), count, count == 1 ? "" : "s"));
  for (const std::string& codec : names_of(sets, &Measurement::codec))
    print_row(codec, means_of_class(sets, codec), count);
}

/// Codecs that are only for some of the classes have no means over all of them.
void print_overall(const std::vector<Measurement>& all, const Names& classes) {
  print_head(text_of("Overall: means of %zu classes", classes.size()));
  size_t all_sets = 0;
  for (const std::string& name : classes)
    all_sets += names_of(of_class(all, name), &Measurement::set).size();
  for (const std::string& codec : names_of(all, &Measurement::codec)) {
    std::vector<Means> parts;
    size_t sets = 0;
    for (const std::string& name : classes) {
      const Means means = means_of_class(of_class(all, name), codec);
      if (means.count != 0) parts.push_back(means);
      sets += means.count;
    }
    if (parts.size() != classes.size()) continue;
    Means means = mean_of(parts);
    means.count = sets;
    print_row(codec, means, all_sets);
  }
}

/// Ours by the rival's, on the sets of one class on which both were measured.
struct Quotients {
  double ratio = 0;
  double encode_time = 0;
  double decode_speed = 0;
  size_t count = 0;
};

double mean_quotient(const std::vector<std::pair<const Measurement*, const Measurement*>>& both,
                     const Value& value) {
  std::vector<double> quotients;
  for (const auto& [ours, rival] : both)
    quotients.push_back(value(*ours) / value(*rival));
  return measure::geometric_mean(quotients);
}

Quotients quotients_of_class(const std::vector<Measurement>& sets, const Pair& pair) {
  std::vector<std::pair<const Measurement*, const Measurement*>> both;
  for (const Measurement& ours : sets) {
    if (ours.codec != pair.ours) continue;
    if (const Measurement* rival = find(sets, pair.rival, ours.set))
      both.emplace_back(&ours, rival);
  }
  if (both.empty()) return {};
  // By the byte, because slow codecs may have had less of the set.
  return {mean_quotient(both, [](const Measurement& one) { return one.ratio(); }),
          1 / mean_quotient(both, [](const Measurement& one) { return one.encode_speed(); }),
          mean_quotient(both, [](const Measurement& one) { return one.decode_speed(); }),
          both.size()};
}

Quotients overall_quotients(const std::vector<Quotients>& classes) {
  Quotients overall;
  std::vector<double> ratios;
  std::vector<double> times;
  std::vector<double> speeds;
  for (const Quotients& one : classes) {
    ratios.push_back(one.ratio);
    times.push_back(one.encode_time);
    speeds.push_back(one.decode_speed);
    overall.count += one.count;
  }
  overall.ratio = measure::geometric_mean(ratios);
  overall.encode_time = measure::geometric_mean(times);
  overall.decode_speed = measure::geometric_mean(speeds);
  return overall;
}

void print_quotients(const std::string& name, const Quotients& quotients) {
  std::printf("| %s | %zu | %.3f | %.3f | %.3f |\n", name.c_str(), quotients.count, quotients.ratio,
              quotients.encode_time, quotients.decode_speed);
}

/// What all classes say of a pair; count is 0 if no class says anything.
Quotients print_pair(const std::vector<Measurement>& all, const Names& classes, const Pair& pair) {
  std::vector<Quotients> parts;
  for (const std::string& name : classes) {
    const Quotients quotients = quotients_of_class(of_class(all, name), pair);
    if (quotients.count == 0) continue;
    if (parts.empty()) {
      std::printf("\n### %s by %s\n\n", pair.ours.c_str(), pair.rival.c_str());
      std::printf("| class | sets | ratio | CPU time to encode | decode speed |\n");
      std::printf("|---|--:|--:|--:|--:|\n");
    }
    print_quotients(name, quotients);
    parts.push_back(quotients);
  }
  if (parts.empty()) return {};
  const Quotients overall = overall_quotients(parts);
  if (parts.size() > 1) print_quotients("**overall**", overall);
  return overall;
}

}  // namespace

void print_tables(const std::vector<Measurement>& all) {
  const Names classes = names_of(all, &Measurement::class_name);
  for (const std::string& name : classes)
    print_class(of_class(all, name));
  if (classes.size() > 1) print_overall(all, classes);
}

void print_ratios_of_sets(const std::vector<Measurement>& all) {
  for (const std::string& name : names_of(all, &Measurement::class_name)) {
    const auto measured = of_class(all, name);
    const Names sets = names_of(measured, &Measurement::set);
    std::printf("\n## %s: ratio of each set\n\n| codec |", name.c_str());
    for (const std::string& set : sets)
      std::printf(" %s |", set.c_str());
    std::printf("\n|---|");
    for (size_t i = 0; i < sets.size(); i++)
      std::printf("--:|");
    for (const std::string& codec : names_of(measured, &Measurement::codec)) {
      std::printf("\n| %s |", codec.c_str());
      for (const std::string& set : sets) {
        const Measurement* one = find(measured, codec, set);
        std::printf(" %s |", one != nullptr ? text_of("%.3f", one->ratio()).c_str() : "");
      }
    }
    std::putchar('\n');
  }
}

void print_verdict(const std::vector<Measurement>& all, const std::vector<Pair>& pairs) {
  const Names classes = names_of(all, &Measurement::class_name);
  std::vector<std::pair<Pair, Quotients>> lines;
  std::printf("\n## Verdict, class by class\n\nOurs by the rival's: a ratio and a speed above 1, ");
  std::printf("and a time below 1, are better than the rival's.\n");
  for (const Pair& pair : pairs) {
    const Quotients overall = print_pair(all, classes, pair);
    if (overall.count != 0) lines.emplace_back(pair, overall);
  }
  std::printf(
      "\n## Verdict\n\n| ours by rival | sets | ratio | CPU time to encode | decode speed |\n");
  std::printf("|---|--:|--:|--:|--:|\n");
  for (const auto& [pair, overall] : lines)
    print_quotients(pair.ours + " by " + pair.rival, overall);
}

CsvFile::CsvFile(const std::string& path, const char* header) {
  if (path.empty()) return;
  file_ = std::fopen(path.c_str(), "w");
  if (file_ == nullptr) give_up(path + " cannot be written");
  add(header);
}

CsvFile::~CsvFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void CsvFile::add(const std::string& row) {
  if (file_ == nullptr) return;
  std::fprintf(file_, "%s\n", row.c_str());
  if (std::fflush(file_) != 0) give_up("the CSV file cannot be written");
}

std::string csv_row(const Measurement& one) {
  const std::string memory = one.memory == 0 ? "" : std::to_string(one.memory);
  return text_of("%s,%s,%s,%" PRIu64 ",%" PRIu64 ",%.9f,%.9f,%.9f,%.9f,%s,%d",
                 one.class_name.c_str(), one.set.c_str(), one.codec.c_str(), one.bytes, one.coded,
                 one.encode.cpu, one.encode.wall, one.decode.cpu, one.decode.wall, memory.c_str(),
                 one.runs);
}

std::string text_of(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char* text = nullptr;
  const int size = vasprintf(&text, format, arguments);
  va_end(arguments);
  if (size < 0) give_up("out of memory");
  std::string result(text, static_cast<size_t>(size));
  std::free(text);
  return result;
}

Progress::~Progress() {
  if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\r\033[K");
}

void Progress::show(const std::string& step, const std::string& detail) {
  if (isatty(STDERR_FILENO))
    std::fprintf(stderr, "\r\033[K%s  %s", step.c_str(), detail.c_str());
  else if (step != step_)
    std::fprintf(stderr, "%s\n", step.c_str());
  step_ = step;
}

}  // namespace bench
