/* sigma list: a line for each file, as zstd -l and xz -l have it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdio>

#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/numbers.hpp"
#include "gst/tool/overview.hpp"

namespace tool {
namespace {

struct Total {
  uint64_t files = 0;
  uint64_t streams = 0;
  uint64_t groups = 0;
  uint64_t chunks = 0;
  uint64_t bytes = 0;
  uint64_t decoded = 0;
  bool has_index = true;   ///< each of them
  bool is_counted = true;  ///< likewise
};

std::string known(uint64_t number, bool is_known) {
  return is_known ? std::to_string(number) : "-";
}

void print_line(const std::string& streams, const std::string& groups, const std::string& chunks,
                uint64_t bytes, uint64_t decoded, const char* kind, const std::string& name) {
  std::printf("%7s %8s %8s %10s %12s %7s  %-10s %s\n", streams.c_str(), groups.c_str(),
              chunks.c_str(), size_text(bytes).c_str(), size_text(decoded).c_str(),
              ratio_text(decoded, bytes).c_str(), kind, name.c_str());
}

void list_one(const Options& options, Input& input, Total& total) {
  sigma::RandomAccessDecoder access(input, options.decoder.max_memory);
  const sigma::Result<Overview> found = look_at(input, access);
  if (!found.ok()) return tell_error(options.json, input.name(), found.status);
  const Overview& all = found.value;
  if (options.json) {
    Json json;
    all.add_to(json, input);
    json.print();
  } else {
    if (total.files == 0)
      std::printf("%7s %8s %8s %10s %12s %7s  %-10s %s\n", "Streams", "Groups", "Chunks", "Size",
                  "Decoded", "Ratio", "Kind", "Name");
    print_line(std::to_string(all.streams.size()), known(all.groups, all.has_index),
               known(all.chunks, all.is_counted), all.bytes, all.decoded, all.kind(), input.name());
  }
  if (!all.is_whole()) console().error(input.name(), all.end);
  total.files++;
  total.streams += all.streams.size();
  total.groups += all.groups;
  total.chunks += all.chunks;
  total.bytes += all.bytes;
  total.decoded += all.decoded;
  total.has_index &= all.has_index;
  total.is_counted &= all.is_counted;
}

}  // namespace

void list(const Options& options) {
  Total total;
  for_each_input(options, [&](Input& input) { list_one(options, input, total); });
  if (total.files < 2 || options.json) return;
  print_line(std::to_string(total.streams), known(total.groups, total.has_index),
             known(total.chunks, total.is_counted), total.bytes, total.decoded, "",
             std::to_string(total.files) + " files");
}

}  // namespace tool
