/* Hashes of what sigmaenc makes of a corpus, to see that a change leaves every byte of it alone.
 *
 *     stream-hashes FOLDER [BYTES] [LEVELS]      e.g. stream-hashes ~/.cache/sigma-bench/corpus
 * 1000000 013
 *
 * Encodes the first BYTES (3,000,000) of each FOLDER/class/name at each level (0 to 9), with one
 * and two threads, as bytes and as buffers with times, in elements of this process. One line for
 * each stream: hash, size, level, threads, framing, name; at the end, how many. The plugin is found
 * as always: GST_PLUGIN_PATH_1_0 chooses whose streams these are (hash-streams.sh).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<char>;

/// What the encoder has given.
struct Output {
  GChecksum* hash = g_checksum_new(G_CHECKSUM_SHA256);
  uint64_t size = 0;
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { g_checksum_free(hash); }
};

GstFlowReturn take_buffer(GstPad* pad, GstObject*, GstBuffer* buffer) {
  auto* output = static_cast<Output*>(gst_pad_get_element_private(pad));
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) std::abort();
  g_checksum_update(output->hash, map.data, static_cast<gssize>(map.size));
  output->size += map.size;
  gst_buffer_unmap(buffer, &map);
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

gboolean take_event(GstPad*, GstObject*, GstEvent* event) {
  gst_event_unref(event);
  return TRUE;
}

/// Buffer number `index`: as from a file, or as from a source with times, of which sizes differ and
/// few can be entered at.
GstBuffer* next_buffer(const Bytes& raw, size_t at, size_t index, bool is_framed) {
  const size_t wanted = is_framed ? 3000 + index * 7 % 11 * 300 : size_t{1} << 16;
  const size_t size = std::min(wanted, raw.size() - at);
  GstBuffer* buffer = gst_buffer_new_memdup(raw.data() + at, size);
  if (is_framed) {
    GST_BUFFER_PTS(buffer) = index * 20 * GST_MSECOND;
    GST_BUFFER_DURATION(buffer) = 20 * GST_MSECOND;
    if (index % 25 != 0) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  }
  return buffer;
}

void feed(GstPad* pad, const Bytes& raw, bool is_framed) {
  GstSegment segment;
  gst_segment_init(&segment, is_framed ? GST_FORMAT_TIME : GST_FORMAT_BYTES);
  gst_pad_push_event(pad, gst_event_new_stream_start("hashes"));
  gst_pad_push_event(pad, gst_event_new_caps(gst_caps_new_empty_simple("application/x-hashes")));
  gst_pad_push_event(pad, gst_event_new_segment(&segment));
  for (size_t at = 0, index = 0; at < raw.size(); index++) {
    GstBuffer* buffer = next_buffer(raw, at, index, is_framed);
    at += gst_buffer_get_size(buffer);
    if (gst_pad_push(pad, buffer) != GST_FLOW_OK) {
      std::fputs("stream-hashes: the encoder gave an error\n", stderr);
      std::exit(EXIT_FAILURE);
    }
  }
  gst_pad_push_event(pad, gst_event_new_eos());
}

/// A pad of ours, linked to the encoder's of that name.
GstPad* linked_pad(GstElement* element, const char* name, GstPadDirection direction) {
  GstPad* pad = gst_pad_new(name, direction);
  GstPad* peer = gst_element_get_static_pad(element, name);
  const bool is_source = direction == GST_PAD_SRC;
  if (gst_pad_link(is_source ? pad : peer, is_source ? peer : pad) != GST_PAD_LINK_OK) std::abort();
  gst_object_unref(peer);
  return pad;
}

void encode(const Bytes& raw, unsigned level, unsigned threads, const char* framing,
            Output& output) {
  GstElement* encoder = gst_element_factory_make("sigmaenc", nullptr);
  if (encoder == nullptr) {
    std::fputs("stream-hashes: no sigmaenc; set GST_PLUGIN_PATH_1_0\n", stderr);
    std::exit(EXIT_FAILURE);
  }
  gst_object_ref_sink(encoder);
  g_object_set(encoder, "level", level, "threads", threads, nullptr);
  gst_util_set_object_arg(G_OBJECT(encoder), "framing", framing);
  GstPad* from = linked_pad(encoder, "sink", GST_PAD_SRC);
  GstPad* to = linked_pad(encoder, "src", GST_PAD_SINK);
  gst_pad_set_element_private(to, &output);
  gst_pad_set_chain_function(to, take_buffer);
  gst_pad_set_event_function(to, take_event);
  gst_pad_set_active(to, TRUE);
  gst_element_set_state(encoder, GST_STATE_PLAYING);
  gst_pad_set_active(from, TRUE);
  feed(from, raw, g_str_equal(framing, "buffers"));
  gst_element_set_state(encoder, GST_STATE_NULL);
  gst_pad_set_active(from, FALSE);
  gst_pad_set_active(to, FALSE);
  gst_object_unref(from);
  gst_object_unref(to);
  gst_object_unref(encoder);
}

Bytes first_bytes(const std::filesystem::path& path, size_t size) {
  Bytes raw(size);
  std::ifstream file(path, std::ios::binary);
  file.read(raw.data(), static_cast<std::streamsize>(size));
  raw.resize(static_cast<size_t>(file.gcount()));
  return raw;
}

std::vector<std::filesystem::path> corpus_files(const char* folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  if (argc < 2 || argc > 4) {
    std::fputs("usage: stream-hashes FOLDER [BYTES] [LEVELS]\n", stderr);
    return EXIT_FAILURE;
  }
  const size_t size = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 3000000;
  const std::string levels = argc > 3 ? argv[3] : "0123456789";
  size_t streams = 0;
  for (const std::filesystem::path& path : corpus_files(argv[1])) {
    const Bytes raw = first_bytes(path, size);
    const std::string name = path.lexically_relative(argv[1]).string();
    for (const char level : levels)
      for (const unsigned threads : {1u, 2u})
        for (const char* framing : {"bytes", "buffers"}) {
          Output output;
          encode(raw, static_cast<unsigned>(level - '0'), threads, framing, output);
          std::printf("%.32s %8llu %c %u %-7s %s\n", g_checksum_get_string(output.hash),
                      static_cast<unsigned long long>(output.size), level, threads, framing,
                      name.c_str());
          streams++;
        }
    std::fflush(stdout);
  }
  std::printf("%zu streams\n", streams);
  return streams > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
