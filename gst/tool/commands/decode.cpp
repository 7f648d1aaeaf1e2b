/* sigma decode: FILE.sigma becomes FILE; sigma cat: all go to standard output.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <vector>

#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/part_filter.hpp"
#include "gst/tool/transfer.hpp"

namespace tool {
namespace {

using sigma::Result;
using sigma::Status;

class Decoding {
 public:
  explicit Decoding(const Options& options)
      : options_(options), threads_(options.decoder.threads) {}

  void decode(Input& input);

 private:
  Status run(Input& input, Output& output, Progress& progress);
  Status copy(Input& input, Output& output) const;
  bool passes_through(Input& input) const;

  const Options& options_;
  Threads threads_;
  bool is_framed_ = false;
};

/// `cat -f` and `-dcf` give what is no stream as it is, as zcat does.
bool Decoding::passes_through(Input& input) const {
  if (!options_.to_stdout || !options_.force) return false;
  uint8_t front[sigma::kLikenessBytes];
  const Result<size_t> size = input.peek(front);
  return size.ok() && sigma::looks_like_stream({front, size.value}) == sigma::Likeness::NONE;
}

Status Decoding::copy(Input& input, Output& output) const {
  std::vector<uint8_t> block(kBlock);
  for (;;) {
    const Result<size_t> size = input.read_next(block);
    if (!size.ok() || size.value == 0) return size.status;
    if (const Status status = output.write({block.data(), size.value}); !status.ok()) return status;
  }
}

Status Decoding::run(Input& input, Output& output, Progress& progress) {
  sigma::StreamingDecoder decoder(options_.decoder.max_memory);
  Status status = decoder.set_threads(threads_.pool(), options_.decoder.threads);
  PartFilter filter(options_, output);
  if (status.ok()) status = filter.start(input, decoder);
  if (!status.ok()) return status;
  const uint64_t before = output.written();
  uint64_t written = 0;
  is_framed_ = false;
  status = decode_input(input, decoder, progress, written, [&](const sigma::DecodedChunk& chunk) {
    is_framed_ |= chunk.is_framed;
    const Result<bool> goes_on = filter.use(chunk);
    written = output.written() - before;
    return goes_on;
  });
  return status.ok() ? filter.finish() : status;
}

void Decoding::decode(Input& input) {
  const std::string path = decoded_path(options_, input);
  Output output;
  std::string shown;
  if (path.empty() || !open_output(options_, input, path, true, output, shown)) return;
  Progress progress(options_, input.name(), input.size(), true, shown.empty());
  Status status = passes_through(input) ? copy(input, output) : run(input, output, progress);
  if (status.ok())
    status = output.finish(input.is_stdin() ? nullptr : &input.info(), options_.syncs);
  if (!status.ok()) return console().error(input.name(), status);
  progress.finish(shown);
  const bool loses_times = is_framed_ && options_.part.kind == Part::Kind::ALL;
  if (loses_times && options_.command == Command::DECODE)
    console().note(input.name(),
                   "a recording: its bytes are written without their times; sigmadec plays it");
  if (!options_.removes || !output.is_file() || input.is_stdin()) return;
  if (loses_times && !options_.force)
    return console().error(input.name(),
                           "it is kept, as what was written has no times; -f --rm "
                           "removes a recording all the same");
  remove_input(options_, input);
}

}  // namespace

void decode(const Options& options) {
  Decoding decoding(options);
  for_each_input(options, [&decoding](Input& input) { decoding.decode(input); });
}

}  // namespace tool
