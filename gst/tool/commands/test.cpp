/* sigma test: decodes, which checks every chunk, and writes nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/json.hpp"
#include "gst/tool/numbers.hpp"
#include "gst/tool/transfer.hpp"

namespace tool {
namespace {

using sigma::Status;

void print_json(const Input& input, const Status& status, const sigma::StreamStats& stats,
                double seconds) {
  Json json;
  json.add("file", input.path()).add("ok", status.ok());
  json.add("bytes", stats.bytes_in).add("decoded", stats.bytes_out).add("chunks", stats.chunks);
  json.add("seconds", seconds);
  if (!status.ok()) json.add("error", status);
  json.print();
}

void test_one(const Options& options, const Threads& threads, Input& input) {
  sigma::StreamingDecoder decoder(options.decoder.max_memory);
  Status status = decoder.set_threads(threads.pool(), options.decoder.threads);
  Progress progress(options, input.name(), input.size(), true);
  uint64_t decoded = 0;
  if (status.ok())
    status = decode_input(input, decoder, progress, decoded, [&](const sigma::DecodedChunk& chunk) {
      decoded += chunk.bytes.size();
      return sigma::Result<bool>(true);
    });
  if (options.json) print_json(input, status, decoder.stats(), progress.seconds());
  if (!status.ok()) return console().error(input.name(), status);
  if (!options.json)
    console().tell(std::string(input.name()) + ": intact, " + grouped(decoded) + " bytes");
}

}  // namespace

void test(const Options& options) {
  const Threads threads(options.decoder.threads);
  for_each_input(options, [&](Input& input) { test_one(options, threads, input); });
}

}  // namespace tool
