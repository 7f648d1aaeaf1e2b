/* P5: what a key-interval costs, and what one damaged bit loses with it.
 *
 *     key-intervals LEVEL FOLDER      e.g. key-intervals 3 ~/.cache/sigma-bench/corpus
 *
 * Encodes each FOLDER/class/name with some key-intervals, and chains that may be shorter, and
 * prints, for each class and for all: the size, against that with 8/8 (geometric mean of the sets,
 * and the worst), and the decoded bytes that a damaged bit at a random place of the stream loses,
 * on average and at most. What is lost follows from the model of docs/format.md that the tests
 * compare the decoder with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "codec.hpp"
#include "damage.hpp"
#include "files.hpp"

namespace {

/// Key-interval, and chunks that may need one another.
struct Grouping {
  uint32_t keys;
  uint32_t chain;
};
constexpr Grouping kGroupings[] = {{1, 1}, {2, 2}, {4, 4}, {8, 2}, {8, 4}, {8, 8}};
constexpr size_t kCount = std::size(kGroupings);

/// What one interval gave for one set.
struct Outcome {
  double size = 0;       ///< bytes of the stream
  double mean_loss = 0;  ///< decoded bytes, for a damaged bit at a random place
  double most_lost = 0;
};

Outcome measure(const testdata::Bytes& raw, unsigned level, const Grouping& grouping) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.key_interval = grouping.keys;
  settings.chain = grouping.chain;
  const testdata::Bytes stream = codec::encode(raw, settings);
  const std::vector<codec::PacketView> packets = codec::packets(stream);
  Outcome outcome;
  outcome.size = static_cast<double>(stream.size());
  std::vector<bool> whole(packets.size(), true);
  for (size_t i = 0; i < packets.size(); i++) {
    whole[i] = false;
    double given = 0;
    for (const damage::Range& range : damage::expect(packets, whole).delivered)
      given += static_cast<double>(range.end - range.begin);
    whole[i] = true;
    const double lost = static_cast<double>(raw.size()) - given;
    outcome.mean_loss += lost * static_cast<double>(packets[i].size) / outcome.size;
    outcome.most_lost = std::max(outcome.most_lost, lost);
  }
  return outcome;
}

/// All sets of a class, or of all.
struct Sum {
  size_t sets = 0;
  double log_size[kCount] = {};  ///< of the size against that with the last interval
  double worst_size[kCount] = {};
  double mean_loss[kCount] = {};
  double most_lost[kCount] = {};

  void add(const Outcome (&outcomes)[kCount]) {
    sets++;
    for (size_t i = 0; i < kCount; i++) {
      const double ratio = outcomes[i].size / outcomes[kCount - 1].size;
      log_size[i] += std::log(ratio);
      worst_size[i] = std::max(worst_size[i], ratio);
      mean_loss[i] += outcomes[i].mean_loss;
      most_lost[i] = std::max(most_lost[i], outcomes[i].most_lost);
    }
  }
};

double percent(double ratio) {
  return (ratio - 1) * 100;
}

void print(const std::string& name, const Sum& sum) {
  const auto sets = static_cast<double>(sum.sets);
  std::printf("| %s |", name.c_str());
  for (size_t i = 0; i < kCount; i++) {
    if (i + 1 < kCount)
      std::printf(" %+.2f (%+.2f) |", percent(std::exp(sum.log_size[i] / sets)),
                  percent(sum.worst_size[i]));
    std::printf(" %.2f (%.1f) |", sum.mean_loss[i] / sets / 1e6, sum.most_lost[i] / 1e6);
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: key-intervals LEVEL FOLDER\n", stderr);
    return EXIT_FAILURE;
  }
  const auto level = static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10));
  std::map<std::string, Sum> classes;
  Sum all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[2])) {
    const std::filesystem::path path = entry.path();
    // FOLDER/class/name, and nothing deeper.
    if (!entry.is_regular_file() || path.parent_path().parent_path() != argv[2]) continue;
    const testdata::Bytes raw = files::read_file(path.string());
    Outcome outcomes[kCount];
    for (size_t i = 0; i < kCount; i++)
      outcomes[i] = measure(raw, level, kGroupings[i]);
    std::fprintf(stderr, "%s", path.filename().c_str());
    for (const Outcome& outcome : outcomes)
      std::fprintf(stderr, "\t%.0f\t%.0f", outcome.size, outcome.mean_loss);
    std::fputs("\n", stderr);
    classes[path.parent_path().filename().string()].add(outcomes);
    all.add(outcomes);
  }
  if (all.sets == 0) return EXIT_FAILURE;
  std::printf("level %u: size in %% against 8/8, mean (worst); MB lost, mean (most)\n", level);
  std::printf("| class |");
  for (const Grouping& grouping : kGroupings) {
    if (&grouping != std::end(kGroupings) - 1)
      std::printf(" %u/%u |", grouping.keys, grouping.chain);
    std::printf(" lost |");
  }
  std::printf("\n");
  for (const auto& [name, sum] : classes)
    print(name, sum);
  print("all", all);
  return EXIT_SUCCESS;
}
