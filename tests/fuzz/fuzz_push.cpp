/* Any bytes pushed into sigmadec: the bytes that the library's decoder gives, an error where it
 * gives one, and nothing else. The first byte chooses whether damage is skipped (top bit) and how
 * the input is split, the second what happens in the middle: nothing, a flush, another input.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/check/gstharness.h>
#include <algorithm>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "fuzz_element.hpp"
#include "gst/sigma/decoder.hpp"
#include "mutator.hpp"

const size_t kChoiceBytes = 2;

namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint64_t kMemory = 8 << 20;

/// What the library makes of it, in the same pieces: at the bound of its memory these matter.
bool decode(sigma::ByteSpan input, size_t piece, sigma::OnError on_error, Bytes& out,
            bool& is_framed) {
  sigma::StreamingDecoder decoder(kMemory, on_error);
  const auto take_all = [&](sigma::Status status) {
    for (sigma::DecodedChunk chunk; status.ok();) {
      const auto more = decoder.next(chunk);
      status = more.status;
      if (!more.ok() || !more.value) break;
      out.insert(out.end(), chunk.bytes.begin(), chunk.bytes.end());
      is_framed |= chunk.is_framed;
    }
    return status;
  };
  sigma::Status status;
  for (size_t at = 0; at < input.size() && status.ok(); at += piece)
    status = take_all(decoder.push(input.subspan(at, MIN(piece, input.size() - at))));
  if (!status.ok()) return false;
  decoder.end_input();
  status = take_all(status);
  return status.ok() && decoder.finish().ok();
}

/// The element in a harness.
class Element {
 public:
  explicit Element(bool skips) {
    GstElement* element = gst_element_factory_make("sigmadec", nullptr);
    g_object_set(element, "max-memory", static_cast<guint64>(kMemory), nullptr);
    gst_util_set_object_arg(G_OBJECT(element), "on-error", skips ? "skip" : "fail");
    harness_ = gst_harness_new_with_element(element, "sink", "src");
    gst_object_unref(element);
    gst_element_set_bus(harness_->element, bus_);
    begin();
  }
  ~Element() {
    gst_element_set_bus(harness_->element, nullptr);
    gst_object_unref(bus_);
    gst_harness_teardown(harness_);
  }
  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;

  void begin() { gst_harness_set_src_caps_str(harness_, "application/x-sigmalang"); }

  void push(sigma::ByteSpan bytes, size_t piece) {
    GstFlowReturn flow = GST_FLOW_OK;
    for (size_t at = 0; at < bytes.size() && flow == GST_FLOW_OK; at += piece) {
      const size_t size = MIN(piece, bytes.size() - at);
      GstBuffer* buffer = gst_buffer_new_memdup(bytes.data() + at, size);
      flow = gst_harness_push(harness_, buffer);
    }
  }

  void flush() {
    gst_harness_push_event(harness_, gst_event_new_flush_start());
    gst_harness_push_event(harness_, gst_event_new_flush_stop(TRUE));
    while (GstBuffer* buffer = gst_harness_try_pull(harness_))
      gst_buffer_unref(buffer);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_BYTES);
    gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  }

  void restart() {
    gst_harness_push_event(harness_, gst_event_new_stream_start("another"));
    begin();
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_BYTES);
    gst_harness_push_event(harness_, gst_event_new_segment(&segment));
  }

  unsigned end(Bytes& out, bool& is_ordered) {
    gst_harness_push_event(harness_, gst_event_new_eos());
    guint64 offset = 0;
    is_ordered = true;
    while (GstBuffer* buffer = gst_harness_try_pull(harness_)) {
      is_ordered &= GST_BUFFER_OFFSET(buffer) >= offset;
      offset = GST_BUFFER_OFFSET(buffer) + gst_buffer_get_size(buffer);
      GstMapInfo map;
      if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) abort();
      out.insert(out.end(), map.data, map.data + map.size);
      gst_buffer_unmap(buffer, &map);
      gst_buffer_unref(buffer);
    }
    return take_errors(bus_);
  }

 private:
  GstHarness* harness_;
  GstBus* bus_ = gst_bus_new();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size <= kChoiceBytes) return 0;
  const bool skips = (data[0] & 0x80) != 0;
  const size_t piece = (data[0] & 0x7f) == 0 ? size : size_t{(data[0] & 0x7fu)} * 16;
  const sigma::ByteSpan input(data + kChoiceBytes, size - kChoiceBytes);
  Element element(skips);
  const size_t middle = input.size() * (data[1] >> 2) / 64;
  const unsigned event = data[1] & 3;
  if (event == 1) {
    element.push(input.first(middle), piece);
    element.flush();
  } else if (event == 2) {
    element.push(input.first(middle), piece);
    element.restart();
  }
  // What was posted before the last input began is not about it.
  element.push(event == 0 ? input : input.subspan(middle), piece);
  Bytes out;
  bool is_ordered = false;
  const unsigned errors = element.end(out, is_ordered);
  if (event != 0) return 0;
  Bytes expected;
  bool is_framed = false;
  const bool good = decode(input, piece, skips ? sigma::OnError::SKIP : sigma::OnError::FAIL,
                           expected, is_framed);
  if (errors > 1 || (errors == 0 && !good)) abort();
  if (is_framed) {
    // Buffers have offsets of their own, and come whole or not at all; what events hold, only the
    // element looks at.
    const bool is_front =
        out.size() <= expected.size() && std::equal(out.begin(), out.end(), expected.begin());
    if (!skips && (!is_front || (errors == 0 && out != expected))) abort();
    return 0;
  }
  if (!is_ordered || out != expected || (errors == 0) != good) abort();
  return 0;
}
