/* sigma recover: all that is intact of a damaged file, each byte at its place, and a list of the
 * holes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/json.hpp"
#include "gst/tool/numbers.hpp"
#include "gst/tool/transfer.hpp"

namespace tool {
namespace {

using sigma::Damage;
using sigma::Status;

/// What is missing, in order.
struct Hole : Damage {
  /// Whether bytes are missing of which nothing tells how many: the end of a stream. position_end
  /// is then where the next one goes on, if there is one.
  bool is_unknown = false;
  bool is_open() const { return position_end == sigma::kUnknownPosition; }
};

class Holes : public sigma::DamageListener {
 public:
  void on_damage(const Damage& damage) override {
    all_.push_back({damage, damage.position_end == sigma::kUnknownPosition});
  }
  /// What is intact goes on there.
  void go_on(uint64_t position) {
    if (!all_.empty() && all_.back().is_open()) all_.back().position_end = position;
  }

  const std::vector<Hole>& all() const { return all_; }
  uint64_t bytes() const {
    uint64_t sum = 0;
    for (const Hole& hole : all_)
      sum += hole.is_unknown ? 0 : hole.bytes();
    return sum;
  }
  /// Whether an end is missing that nothing tells of.
  bool has_unknown() const {
    return std::any_of(all_.begin(), all_.end(), [](const Hole& hole) { return hole.is_unknown; });
  }
  bool has_lost() const { return bytes() != 0 || has_unknown(); }
  /// Where the decoded bytes end, if a hole is the last of them.
  uint64_t end() const {
    return all_.empty() || all_.back().is_open() ? 0 : all_.back().position_end;
  }

 private:
  std::vector<Hole> all_;
};

void print_json(const Input& input, const std::string& output, const Holes& holes,
                uint64_t recovered, const Status& status) {
  Json json;
  json.add("file", input.path()).add("output", output.empty() ? "-" : output);
  json.add("ok", status.ok() && !holes.has_lost());
  json.add("recovered", recovered).add("lost", holes.bytes());
  json.add("end_unknown", holes.has_unknown()).begin_array("holes");
  for (const Hole& hole : holes.all()) {
    json.begin_object().add("begin", hole.position_begin);
    if (!hole.is_open()) json.add("end", hole.position_end);
    json.add("unknown", hole.is_unknown);
    json.add("chunks", hole.chunks).add("stream_begin", hole.stream_begin);
    json.add("stream_end", hole.stream_end).add("cause", hole.cause.text).end_object();
  }
  json.end_array();
  if (!status.ok()) json.add("error", status);
  json.print();
}

/// To stdout, where no data goes.
void print_holes(std::FILE* to, const Holes& holes) {
  for (const Hole& hole : holes.all()) {
    const std::string end = hole.is_open() ? "" : std::to_string(hole.position_end);
    const std::string size = hole.is_unknown ? "unknown" : std::to_string(hole.bytes());
    std::fprintf(to, "%s-%s\t%s\t%s\n", std::to_string(hole.position_begin).c_str(), end.c_str(),
                 size.c_str(), hole.cause.text);
  }
}

class Recovery {
 public:
  Recovery(const Options& options, const Threads& threads) : options_(options), threads_(threads) {}

  void recover(Input& input);

 private:
  Status run(Input& input, Output& output, Progress& progress);
  Status close_hole(Output& output, uint64_t position);
  void report(const Input& input, const std::string& shown, const Status& status) const;

  const Options& options_;
  const Threads& threads_;
  Holes holes_;
  uint64_t recovered_ = 0;
  uint64_t base_ = 0;  ///< what the output held before
};

/// Goes to where a byte belongs, unless what is intact is joined.
Status Recovery::close_hole(Output& output, uint64_t position) {
  const uint64_t at = output.written() - base_;
  return options_.joins || position <= at ? Status() : output.skip(position - at);
}

Status Recovery::run(Input& input, Output& output, Progress& progress) {
  sigma::StreamingDecoder decoder(options_.decoder.max_memory, sigma::OnError::SKIP);
  decoder.set_listener(&holes_);
  Status status = decoder.set_threads(threads_.pool(), options_.decoder.threads);
  if (!status.ok()) return status;
  base_ = output.written();
  status = decode_input(input, decoder, progress, recovered_,
                        [&](const sigma::DecodedChunk& chunk) -> sigma::Result<bool> {
                          holes_.go_on(chunk.position);
                          Status done = close_hole(output, chunk.position);
                          if (done.ok()) done = output.write(chunk.bytes);
                          if (!done.ok()) return done;
                          recovered_ += chunk.bytes.size();
                          return true;
                        });
  return status.ok() ? close_hole(output, holes_.end()) : status;
}

void Recovery::report(const Input& input, const std::string& shown, const Status& status) const {
  if (options_.json && !shown.empty()) print_json(input, shown, holes_, recovered_, status);
  if (!status.ok()) return console().error(input.name(), status);
  if (!options_.json) print_holes(shown.empty() ? stderr : stdout, holes_);
  const std::string text = grouped(recovered_) + " bytes recovered";
  if (!holes_.has_lost())
    return console().tell(std::string(input.name()) + ": " + text + ", none is missing");
  console().loss(input.name(), text + ", " + grouped(holes_.bytes()) + " are missing" +
                                   (holes_.has_unknown() ? ", and an end of unknown size" : ""));
}

void Recovery::recover(Input& input) {
  const std::string path = decoded_path(options_, input);
  Output output;
  std::string shown;
  if (path.empty() || !open_output(options_, input, path, true, output, shown)) return;
  Progress progress(options_, input.name(), input.size(), true);
  Status status = run(input, output, progress);
  if (status.ok())
    status = output.finish(input.is_stdin() ? nullptr : &input.info(), options_.syncs);
  report(input, shown, status);
}

}  // namespace

void recover(const Options& options) {
  const Threads threads(options.decoder.threads);
  console().set_names_recover(false);
  for_each_input(options, [&](Input& input) { Recovery(options, threads).recover(input); });
}

}  // namespace tool
