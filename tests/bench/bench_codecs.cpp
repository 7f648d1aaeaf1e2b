/* sigma-bench codecs: codecs on the same bytes in one process.
 *
 * Every set goes through all codecs in turn, as often as asked, so that a machine that changes its
 * speed does so for all of them. What comes back is compared with what went in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstring>

#include "codec.hpp"
#include "commands.hpp"
#include "corpus.hpp"
#include "report.hpp"

namespace bench {
namespace {

constexpr size_t kProbe = 512 << 10;      ///< bytes
constexpr double kSlow = 10e6;            ///< bytes a second: slower codecs run once,
constexpr size_t kMaxForSlow = 16000000;  ///< on so many bytes
constexpr size_t kMinTimed = 4 << 20;     ///< bytes; smaller sets go through several times a run,
constexpr size_t kMaxRepeats = 32;        ///< but no more often

/// A codec at work on one set.
struct Trial {
  std::string name;
  std::unique_ptr<Codec> codec;
  ByteSpan input;
  bool slow = false;
  bool fails = false;  ///< cannot decode what it made
  size_t coded = 0;    ///< bytes
  std::vector<measure::Times> encode;
  std::vector<measure::Times> decode;
};

/// Where codecs write to. Used once from end to end, so that no codec pays for fresh pages.
struct Buffers {
  measure::Bytes coded;
  measure::Bytes decoded;
  explicit Buffers(size_t size) : coded(output_capacity(size), 1), decoded(size, 1) {}
};

measure::Times time_repeated(size_t repeats, const std::function<void()>& work) {
  const measure::Times times = measure::time([&] {
    for (size_t i = 0; i < repeats; i++)
      work();
  });
  return {times.cpu / static_cast<double>(repeats), times.wall / static_cast<double>(repeats)};
}

/// One run of both directions, on `input`.
void run(Trial& trial, ByteSpan input, Buffers& buffers) {
  const size_t times = (kMinTimed + input.size() - 1) / input.size();
  const size_t repeats = trial.slow ? 1 : std::min(times, kMaxRepeats);
  const MutableByteSpan decoded = MutableByteSpan(buffers.decoded).first(input.size());
  trial.encode.push_back(
      time_repeated(repeats, [&] { trial.coded = trial.codec->encode(input, buffers.coded); }));
  // What another codec left there must not pass for what this one makes.
  std::memset(decoded.data(), 0xa5, decoded.size());
  size_t size = 0;
  trial.decode.push_back(time_repeated(repeats, [&] {
    size = trial.codec->decode(ByteSpan(buffers.coded).first(trial.coded), decoded);
  }));
  trial.fails = size == 0;
  if (trial.fails) return;
  if (size != input.size() || std::memcmp(decoded.data(), input.data(), size) != 0)
    give_up(trial.name + " does not give back what went in");
}

bool was_slow(const Trial& trial, size_t size) {
  return trial.encode.back().cpu * kSlow > static_cast<double>(size);
}

void forget_times(Trial& trial) {
  trial.encode.clear();
  trial.decode.clear();
}

/// Finds out whether the codec is a slow one. One that is not goes through the whole set once, so
/// that its context has its size and place before it is timed.
void prepare(Trial& trial, ByteSpan set, Buffers& buffers) {
  trial.slow = true;  // as far as repeating is concerned
  const ByteSpan probe = set.first(std::min(set.size(), kProbe));
  run(trial, probe, buffers);
  if (trial.fails) return;
  trial.slow = was_slow(trial, probe.size());
  trial.input = trial.slow ? set.first(std::min(set.size(), kMaxForSlow)) : set;
  forget_times(trial);
  run(trial, trial.input, buffers);
  if (!trial.slow && was_slow(trial, trial.input.size())) trial.slow = true;
  if (!trial.slow) forget_times(trial);
}

measure::Times medians(const std::vector<measure::Times>& all) {
  std::vector<double> cpu;
  std::vector<double> wall;
  for (const measure::Times& times : all) {
    cpu.push_back(times.cpu);
    wall.push_back(times.wall);
  }
  return {measure::median(std::move(cpu)), measure::median(std::move(wall))};
}

std::vector<Measurement> measure_set(const Set& set, const std::vector<CodecChoice>& choices,
                                     const SigmaOptions& options, int runs, Progress& progress) {
  const measure::Bytes bytes = measure::read_file(set.path.c_str());
  const std::string title = set.class_name + "/" + set.name;
  Buffers buffers(bytes.size());
  std::vector<Trial> trials;
  for (const CodecChoice& choice : choices) {
    auto codec = choice.make(choice.variant, set.format, options);
    if (codec == nullptr) continue;
    trials.push_back({choice.name, std::move(codec), {}, false, false, 0, {}, {}});
    progress.show(title, choice.name);
    prepare(trials.back(), bytes, buffers);
    if (!trials.back().fails) continue;
    std::fprintf(stderr, "%s is left out of %s: it cannot decode what it made\n",
                 choice.name.c_str(), title.c_str());
    trials.pop_back();
  }
  for (int round = 0; round < runs; round++) {
    for (Trial& trial : trials) {
      if (trial.slow) continue;
      progress.show(title, trial.name + text_of(", round %d of %d", round + 1, runs));
      run(trial, trial.input, buffers);
    }
  }
  std::vector<Measurement> measured;
  for (const Trial& trial : trials)
    measured.push_back({set.class_name, set.name, trial.name, trial.input.size(), trial.coded,
                        medians(trial.encode), medians(trial.decode), trial.codec->memory(),
                        static_cast<int>(trial.encode.size())});
  return measured;
}

/// Of text like "sigma-3:zstd-3,sigma:lz4"; a beginning stands for all of ours that begin like it.
std::vector<Pair> parse_pairs(const std::string& text, const std::vector<CodecChoice>& choices) {
  std::vector<Pair> pairs;
  for (const std::string& part : split(text, ',')) {
    const size_t colon = part.find(':');
    if (colon == part.npos) give_up("--against needs OURS:RIVAL, like sigma-3:zstd-3");
    for (const CodecChoice& choice : choices) {
      if (is_meant(choice.name, part.substr(0, colon), choices))
        pairs.push_back({choice.name, part.substr(colon + 1)});
    }
  }
  return pairs;
}

SigmaOptions take_sigma_options(Arguments& arguments) {
  SigmaOptions options;
  sigma::EncoderSettings& settings = options.settings;
  options.piece = static_cast<size_t>(arguments.take_bytes("--piece", options.piece));
  if (options.piece == 0) give_up("--piece needs at least one byte");
  settings.max_memory = arguments.take_bytes("--max-memory", settings.max_memory);
  settings.chunk_size =
      static_cast<uint32_t>(arguments.take_bytes("--chunk-size", settings.chunk_size));
  settings.key_interval =
      static_cast<uint32_t>(arguments.take_bytes("--key-interval", settings.key_interval));
  if (!sigma::model_by_name(arguments.take("--model", "auto"), settings.model))
    give_up("--model is auto, bytes or records");
  settings.index = !arguments.take_flag("--no-index");
  settings.verify = arguments.take_flag("--verify");
  return options;
}

}  // namespace

int bench_codecs(Arguments& arguments) {
  const SigmaOptions options = take_sigma_options(arguments);
  const int runs = arguments.take_count("--runs", 5);
  const uint64_t level9_memory = arguments.take_bytes("--level9-memory", 64 << 20);
  const auto choices = choose_codecs(arguments.take("--codecs", ""), level9_memory);
  const std::string large = "sigma-9@" + bytes_text(level9_memory);
  const auto pairs =
      parse_pairs(arguments.take("--against", "sigma-1:zstd-1,sigma-3:zstd-3,sigma-9:zstd-19," +
                                                  large + ":zstd-19,sigma-3:flac-5,sigma-3:ffv1"),
                  choices);
  const std::string csv_path = arguments.take("--csv", "");
  const bool shows_sets = arguments.take_flag("--each");
  const std::vector<Set> sets = choose_sets(arguments);

  for (const std::string& sentence : missing_families())
    std::fprintf(stderr, "%s\n", sentence.c_str());
  CsvFile csv(csv_path, kCodecsCsvHeader);
  std::vector<Measurement> all;
  {
    Progress progress;
    for (const Set& set : sets) {
      for (const Measurement& one : measure_set(set, choices, options, runs, progress)) {
        csv.add(csv_row(one));
        all.push_back(one);
      }
    }
  }
  print_tables(all);
  if (shows_sets || sets[0].class_name == "files") print_ratios_of_sets(all);
  print_verdict(all, pairs);
  return 0;
}

}  // namespace bench
