/* Synthetic data without end through sigmaenc ! queue ! sigmadec, compared byte by byte, with the
 * process's memory watched: `soak GIGABYTES` (100). Prints a line for each twentieth; ends with 0
 * if all bytes came back and memory was flat: the median of what was resident in the last third is
 * at most 512 KiB above that of the first. The plugin is found by GST_PLUGIN_PATH_1_0.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "gst/sigma/base/bytes.hpp"
#include "testdata.hpp"

namespace {

constexpr size_t kBlock = 1 << 20;
constexpr size_t kStamped = 4096;  ///< each so many bytes begin with a number, so that none repeat
constexpr long kFlat = 512;        ///< KiB

/// Block after block of all the tests' kinds of data.
class Synthetic {
 public:
  Synthetic() {
    for (uint64_t seed = 1; seed <= 8; seed++)
      pieces_.push_back(testdata::mixed(4 * kBlock, seed));
  }
  /// Writes block `number`.
  void write(uint64_t number, uint8_t* out) const {
    const testdata::Bytes& piece = pieces_[number / 4 % pieces_.size()];
    std::memcpy(out, piece.data() + number % 4 * kBlock, kBlock);
    for (size_t at = 0; at < kBlock; at += kStamped)
      sigma::store_le(out + at, number * (kBlock / kStamped) + at / kStamped);
  }

 private:
  std::vector<testdata::Bytes> pieces_;
};

/// Compares what comes out with what went in, in the streaming thread.
class Comparer {
 public:
  explicit Comparer(const Synthetic& data) : data_(data), block_(kBlock) {}
  void take(const uint8_t* bytes, size_t size) {
    while (size > 0) {
      const size_t at = count_ % kBlock;
      if (at == 0) data_.write(count_ / kBlock, block_.data());
      const size_t compared = std::min(size, kBlock - at);
      if (std::memcmp(bytes, block_.data() + at, compared) != 0) wrong_ = true;
      bytes += compared;
      size -= compared;
      count_ += compared;
    }
  }
  uint64_t count() const { return count_; }
  bool is_wrong() const { return wrong_; }

 private:
  const Synthetic& data_;
  testdata::Bytes block_;
  std::atomic<uint64_t> count_ = 0;
  std::atomic<bool> wrong_ = false;
};

void on_handoff(GstElement*, GstBuffer* buffer, GstPad*, gpointer comparer) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) std::abort();
  static_cast<Comparer*>(comparer)->take(map.data, map.size);
  gst_buffer_unmap(buffer, &map);
}

/// A figure of /proc/self/status, in KiB.
long memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == name + ":") {
      long value = 0;
      status >> value;
      return value;
    }
  return 0;
}

/// Whether an error was posted; says so.
bool has_failed(GstBus* bus) {
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  if (message == nullptr) return false;
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  std::fprintf(stderr, "soak: %s\n", error->message);
  g_error_free(error);
  gst_message_unref(message);
  return true;
}

/// What was resident (KiB) at up to some thousand moments, evenly spread.
class Samples {
 public:
  explicit Samples(uint64_t blocks) : every_(blocks / 3000 + 1) { values_.reserve(3001); }
  void take(uint64_t number) {
    if (number % every_ == 0) values_.push_back(memory("VmRSS"));
  }
  /// Of the nth third (0 to 2).
  long median(size_t third) const {
    const auto part = static_cast<std::ptrdiff_t>(values_.size() / 3);
    const auto first = values_.begin() + part * static_cast<std::ptrdiff_t>(third);
    std::vector<long> sorted(first, first + std::max<std::ptrdiff_t>(part, 1));
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }

 private:
  uint64_t every_;
  std::vector<long> values_;
};

/// Pushes all blocks; false after an error.
bool push_all(GstAppSrc* source, GstBus* bus, const Synthetic& data, uint64_t blocks,
              Samples& samples) {
  const gint64 begin = g_get_monotonic_time();
  for (uint64_t number = 0; number < blocks; number++) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, kBlock, nullptr);
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_WRITE);
    data.write(number, map.data);
    gst_buffer_unmap(buffer, &map);
    if (gst_app_src_push_buffer(source, buffer) != GST_FLOW_OK || has_failed(bus)) return false;
    samples.take(number);
    if (number % std::max<uint64_t>(1, blocks / 20) == 0 && number > 0) {
      const double seconds = static_cast<double>(g_get_monotonic_time() - begin) / 1e6;
      std::printf("%7.1f GB  %6.0f MB/s  resident %ld KiB, peak %ld KiB\n",
                  static_cast<double>(number * kBlock) / 1e9,
                  static_cast<double>(number * kBlock) / 1e6 / seconds, memory("VmRSS"),
                  memory("VmHWM"));
      std::fflush(stdout);
    }
  }
  return true;
}

int run(uint64_t blocks) {
  const Synthetic data;
  Comparer comparer(data);
  GstElement* pipeline = gst_parse_launch(
      "appsrc name=in block=true max-bytes=2097152 format=bytes ! sigmaenc ! queue "
      "max-size-buffers=2 ! sigmadec ! "
      "fakesink name=out sync=false signal-handoffs=true",
      nullptr);
  if (pipeline == nullptr) return 1;
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "in");
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "out");
  GstBus* bus = gst_element_get_bus(pipeline);
  g_signal_connect(sink, "handoff", G_CALLBACK(on_handoff), &comparer);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  Samples samples(blocks);
  const bool pushed = push_all(GST_APP_SRC(source), bus, data, blocks, samples);
  gst_app_src_end_of_stream(GST_APP_SRC(source));
  bool ended = false;
  if (pushed) {
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    ended = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
    gst_message_unref(message);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  for (gpointer object : {gpointer(bus), gpointer(sink), gpointer(source), gpointer(pipeline)})
    gst_object_unref(object);
  const bool same = ended && !comparer.is_wrong() && comparer.count() == blocks * kBlock;
  const long first = samples.median(0);
  const long last = samples.median(2);
  const bool flat = last - first <= kFlat;
  std::printf("%.1f GB: %s; resident %ld KiB in the first third, %ld KiB in the last: %s\n",
              static_cast<double>(comparer.count()) / 1e9,
              same ? "every byte came back" : "BYTES ARE MISSING OR WRONG", first, last,
              flat ? "flat" : "NOT FLAT");
  return same && flat ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const double gigabytes = argc > 1 ? std::strtod(argv[1], nullptr) : 100;
  if (!(gigabytes > 0)) {
    std::fprintf(stderr, "usage: %s [GIGABYTES]\n", argv[0]);
    return 2;
  }
  return run(static_cast<uint64_t>(gigabytes * 1e9) / kBlock + 1);
}
