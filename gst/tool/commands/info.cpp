/* sigma info: all that a file tells without being decoded; with -v each stream and each group.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdio>

#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/numbers.hpp"
#include "gst/tool/overview.hpp"

namespace tool {
namespace {

using sigma::EntryPoint;
using sigma::Result;
using sigma::Status;
using sigma::StreamInfo;

std::string seconds_text(uint64_t ns) {
  return format("%.3f s", static_cast<double>(ns) / 1e9);
}

/// The key chunks of a stream that can be found, from the last one to the first.
Result<std::vector<EntryPoint>> find_groups(sigma::RandomAccessDecoder& access,
                                            const StreamInfo& stream) {
  const uint64_t begin = first_position(access, stream);
  std::vector<EntryPoint> groups;
  for (uint64_t end = stream.position + stream.size; end > begin;) {
    const Result<EntryPoint> found = access.locate(end - 1);
    if (!found.ok()) return found.status;
    groups.push_back(found.value);
    end = std::min(end - 1, found.value.base + found.value.raw_offset);
  }
  std::reverse(groups.begin(), groups.end());
  return groups;
}

void print_overview(const Overview& all, const char* name) {
  const auto line = [](const char* what, const std::string& text) {
    std::printf("  %-12s %s\n", what, text.c_str());
  };
  std::printf("%s\n", name);
  line("kind", std::string(all.kind()) + (all.is_whole() ? "" : ", incomplete"));
  line("size", grouped(all.bytes) + " bytes");
  line("decoded", grouped(all.decoded) + " bytes, ratio " + ratio_text(all.decoded, all.bytes));
  if (all.duration != sigma::kNoTime) line("duration", seconds_text(all.duration));
  line("streams", grouped(all.streams.size()));
  line("groups", all.has_index ? grouped(all.groups) : "not known without an index");
  line("chunks", all.is_counted ? grouped(all.chunks) : "not known without an end");
  line("memory", format("%s to decode with one thread", size_text(all.memory).c_str()));
}

void print_stream(const StreamInfo& stream, size_t number, uint64_t begin) {
  std::printf(
      "  stream %zu: format %u.%u, bytes %s to %s, decoded %s to %s\n"
      "    chunks of up to %s bytes, groups of up to %u chunks, %s index%s%s\n",
      number, stream.major, stream.minor, grouped(stream.stream_begin).c_str(),
      grouped(stream.stream_end).c_str(), grouped(begin).c_str(),
      grouped(stream.position + stream.size).c_str(), grouped(stream.chunk_size).c_str(),
      stream.key_interval, stream.has_index ? "an" : "no",
      stream.is_framed ? ", keeps buffers" : "", stream.joins ? ", can be joined at any key" : "");
  if (stream.duration != sigma::kNoTime)
    std::printf("    from %s on, for %s\n", seconds_text(stream.origin).c_str(),
                seconds_text(stream.duration).c_str());
}

void print_groups(const std::vector<EntryPoint>& groups) {
  std::printf("    %8s %16s %16s %10s\n", "group", "decoded from", "stored from", "chunk");
  for (size_t i = 0; i < groups.size(); i++)
    std::printf("    %8zu %16s %16s %10llu\n", i,
                grouped(groups[i].base + groups[i].raw_offset).c_str(),
                grouped(groups[i].stream_offset).c_str(),
                static_cast<unsigned long long>(groups[i].sequence));
}

void add_stream(Json& json, const StreamInfo& stream) {
  json.begin_object();
  json.add("format", format("%u.%u", stream.major, stream.minor));
  json.add("begin", stream.stream_begin).add("end", stream.stream_end);
  json.add("decoded_begin", stream.position).add("decoded", stream.size);
  if (stream.is_ended) json.add("chunks", stream.chunks);
  if (stream.has_index) json.add("groups", stream.groups);
  json.add("chunk_size", uint64_t{stream.chunk_size});
  json.add("key_interval", uint64_t{stream.key_interval});
  json.add("framed", stream.is_framed).add("memory", stream.memory);
  if (stream.duration == sigma::kNoTime) return;
  json.add("origin", static_cast<double>(stream.origin) / 1e9);
  json.add("duration", static_cast<double>(stream.duration) / 1e9);
}

void add_groups(Json& json, const std::vector<EntryPoint>& groups) {
  json.begin_array("group_list");
  for (const EntryPoint& group : groups) {
    json.begin_object().add("decoded_begin", group.base + group.raw_offset);
    json.add("begin", group.stream_offset).add("chunk", group.sequence).end_object();
  }
  json.end_array();
}

Status tell(const Options& options, Input& input) {
  sigma::RandomAccessDecoder access(input, options.decoder.max_memory);
  const Result<Overview> found = look_at(input, access);
  if (!found.ok()) {
    tell_error(options.json, input.name(), found.status);
    return {};
  }
  const Overview& all = found.value;
  const bool has_details = options.verbosity > 1;
  Json json;
  if (options.json)
    all.add_to(json, input);
  else
    print_overview(all, input.name());
  if (options.json) json.begin_array("stream_list");
  for (size_t i = 0; i < all.streams.size() && (options.json || has_details); i++) {
    const Result<std::vector<EntryPoint>> groups =
        has_details ? find_groups(access, all.streams[i]) : std::vector<EntryPoint>();
    if (!groups.ok()) return groups.status;
    if (!options.json) {
      print_stream(all.streams[i], i, first_position(access, all.streams[i]));
      print_groups(groups.value);
      continue;
    }
    add_stream(json, all.streams[i]);
    if (has_details) add_groups(json, groups.value);
    json.end_object();
  }
  if (options.json) json.end_array().print();
  return all.end;
}

}  // namespace

void info(const Options& options) {
  for_each_input(options, [&options](Input& input) {
    if (const Status status = tell(options, input); !status.ok())
      console().error(input.name(), status);
  });
}

}  // namespace tool
