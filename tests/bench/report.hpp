/* What was measured: its means, as tables in Markdown, and as CSV.
 *
 * Within a class the mean is the geometric one of its sets, overall that of the classes. Speeds are
 * of CPU time, in 10^6 decoded bytes a second.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "measure.hpp"

namespace bench {

/// One codec on one set: medians of its runs.
struct Measurement {
  std::string class_name;
  std::string set;
  std::string codec;
  uint64_t bytes = 0;
  uint64_t coded = 0;  ///< bytes
  measure::Times encode;
  measure::Times decode;
  uint64_t memory = 0;  ///< bytes that encoding needed at most; 0 if not known
  int runs = 0;

  double ratio() const { return static_cast<double>(bytes) / static_cast<double>(coded); }
  double encode_speed() const { return static_cast<double>(bytes) / encode.cpu / 1e6; }
  double decode_speed() const { return static_cast<double>(bytes) / decode.cpu / 1e6; }
};

/// Ours, and a codec to hold it against.
struct Pair {
  std::string ours;
  std::string rival;
};

/// A table for every class and, if there are several, one of the means over them.
void print_tables(const std::vector<Measurement>& all);

/// The ratio of each codec on each set.
void print_ratios_of_sets(const std::vector<Measurement>& all);

/// For every pair that was measured: ratio, CPU time and decoding speed of ours by the rival's, by
/// class and overall.
void print_verdict(const std::vector<Measurement>& all, const std::vector<Pair>& pairs);

/// Rows that appear in the file as soon as they are added.
class CsvFile {
 public:
  /// No file if `path` is empty.
  CsvFile(const std::string& path, const char* header);
  ~CsvFile();
  CsvFile(const CsvFile&) = delete;
  CsvFile& operator=(const CsvFile&) = delete;

  void add(const std::string& row);

 private:
  std::FILE* file_ = nullptr;
};

constexpr const char* kCodecsCsvHeader =
    "class,set,codec,bytes,coded,encode_cpu_s,encode_wall_s,decode_cpu_s,decode_wall_s,memory,runs";
std::string csv_row(const Measurement& measurement);

/// What printf() would print.
[[gnu::format(printf, 1, 2)]] std::string text_of(const char* format, ...);

/// What is going on, on stderr: a line that renews itself on a terminal, else a line for every
/// `step`.
class Progress {
 public:
  ~Progress();
  void show(const std::string& step, const std::string& detail);

 private:
  std::string step_;
};

}  // namespace bench
