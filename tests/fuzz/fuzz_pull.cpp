/* Any bytes under sigmadec in pull mode: what the library reads at random, or an error where it
 * gives one. What keeps buffers is played instead, by the element itself, and sought in time. The
 * first byte chooses whether damage is skipped and how it is sought, the second where reads and
 * seeks go.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "fuzz_element.hpp"
#include "gst/sigma/random_access.hpp"
#include "memory_source.hpp"
#include "mutator.hpp"

const size_t kChoiceBytes = 2;

namespace {

constexpr uint64_t kMemory = 8 << 20;

/// The input; pads cannot be handed a closure, and there is one input at a time.
sigma::ByteSpan input;

GstFlowReturn give_range(GstPad*, GstObject*, guint64 offset, guint length, GstBuffer** buffer) {
  if (offset >= input.size()) return GST_FLOW_EOS;
  const auto size = MIN(size_t{length}, input.size() - static_cast<size_t>(offset));
  *buffer = gst_buffer_new_memdup(input.data() + offset, size);
  return GST_FLOW_OK;
}

gboolean answer(GstPad*, GstObject*, GstQuery* query) {
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_DURATION:
      gst_query_set_duration(query, GST_FORMAT_BYTES, static_cast<gint64>(input.size()));
      return TRUE;
    case GST_QUERY_SCHEDULING:
      gst_query_set_scheduling(query, GST_SCHEDULING_FLAG_SEEKABLE, 1, -1, 0);
      gst_query_add_scheduling_mode(query, GST_PAD_MODE_PULL);
      return TRUE;
    case GST_QUERY_SEEKING:
      gst_query_set_seeking(query, GST_FORMAT_BYTES, TRUE, 0, static_cast<gint64>(input.size()));
      return TRUE;
    case GST_QUERY_URI:
      gst_query_set_uri(query, "file:///input");
      return TRUE;
    default:
      return FALSE;
  }
}

/// sigmadec between a pad that gives the input and whoever pulls.
class Element {
 public:
  Element(bool skips, bool pulls)
      : element_(gst_element_factory_make("sigmadec", nullptr)),
        upstream_(gst_pad_new("upstream", GST_PAD_SRC)),
        sink_(gst_element_get_static_pad(element_, "sink")),
        src_(gst_element_get_static_pad(element_, "src")) {
    gst_object_ref_sink(element_);
    gst_object_ref_sink(upstream_);
    g_object_set(element_, "max-memory", static_cast<guint64>(kMemory), nullptr);
    gst_util_set_object_arg(G_OBJECT(element_), "on-error", skips ? "skip" : "fail");
    gst_element_set_bus(element_, bus_);
    gst_pad_set_getrange_function(upstream_, give_range);
    gst_pad_set_query_function(upstream_, answer);
    if (gst_pad_link(upstream_, sink_) != GST_PAD_LINK_OK) abort();
    gst_element_set_state(element_, GST_STATE_READY);
    if (pulls && !gst_pad_activate_mode(src_, GST_PAD_MODE_PULL, TRUE)) abort();
  }
  ~Element() {
    gst_pad_activate_mode(src_, GST_PAD_MODE_PULL, FALSE);
    gst_element_set_state(element_, GST_STATE_NULL);
    gst_element_set_bus(element_, nullptr);
    gst_pad_unlink(upstream_, sink_);
    for (gpointer object :
         {gpointer(bus_), gpointer(src_), gpointer(sink_), gpointer(upstream_), gpointer(element_)})
      gst_object_unref(object);
  }
  Element(const Element&) = delete;
  Element& operator=(const Element&) = delete;

  gint64 duration() {
    gint64 size = -1;
    return gst_pad_query_duration(src_, GST_FORMAT_BYTES, &size) ? size : -1;
  }

  GstFlowReturn read(guint64 offset, guint size, std::vector<uint8_t>& out) {
    GstBuffer* buffer = nullptr;
    const GstFlowReturn flow = gst_pad_get_range(src_, offset, size, &buffer);
    out.clear();
    if (flow != GST_FLOW_OK) return flow;
    out.resize(gst_buffer_get_size(buffer));
    if (out.empty() || out.size() > size || GST_BUFFER_OFFSET(buffer) != offset) abort();
    gst_buffer_extract(buffer, 0, out.data(), out.size());
    gst_buffer_unref(buffer);
    return flow;
  }

  GstPad* src() { return src_; }
  void play() { gst_element_set_state(element_, GST_STATE_PAUSED); }
  void stop() { gst_element_set_state(element_, GST_STATE_READY); }

  unsigned errors() { return take_errors(bus_); }

 private:
  GstElement* element_;
  GstPad* upstream_;
  GstPad* sink_;
  GstPad* src_;
  GstBus* bus_ = gst_bus_new();
};

/// Where a player begins that is not there: takes what is pushed, and tells when nothing more
/// comes.
class Player {
 public:
  explicit Player(GstPad* src) : src_(src), sink_(gst_pad_new("downstream", GST_PAD_SINK)) {
    gst_object_ref_sink(sink_);
    gst_pad_set_element_private(sink_, this);
    gst_pad_set_chain_function(sink_, [](GstPad*, GstObject*, GstBuffer* buffer) {
      gst_buffer_unref(buffer);
      return GST_FLOW_OK;
    });
    gst_pad_set_event_function(sink_, [](GstPad* pad, GstObject*, GstEvent* event) -> gboolean {
      auto* self = static_cast<Player*>(gst_pad_get_element_private(pad));
      const GstEventType type = GST_EVENT_TYPE(event);
      if (type == GST_EVENT_EOS || type == GST_EVENT_SEGMENT_DONE) self->tell_end();
      gst_event_unref(event);
      return TRUE;
    });
    gst_pad_set_active(sink_, TRUE);
    if (gst_pad_link(src_, sink_) != GST_PAD_LINK_OK) abort();
  }
  ~Player() {
    gst_pad_unlink(src_, sink_);
    gst_object_unref(sink_);
  }
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  void wait() {
    std::unique_lock guard(lock_);
    ended_.wait(guard, [this] { return has_ended_; });
    has_ended_ = false;
  }
  bool seek(guint64 time, guint64 stop, GstSeekFlags flags) {
    return gst_pad_push_event(sink_,
                              gst_event_new_seek(1.0, GST_FORMAT_TIME, flags, GST_SEEK_TYPE_SET,
                                                 static_cast<gint64>(time), GST_SEEK_TYPE_SET,
                                                 static_cast<gint64>(stop))) != FALSE;
  }

 private:
  void tell_end() {
    const std::lock_guard guard(lock_);
    has_ended_ = true;
    ended_.notify_all();
  }

  GstPad* src_;
  GstPad* sink_;
  std::mutex lock_;
  std::condition_variable ended_;
  bool has_ended_ = false;
};

/// Plays it to its end, from several times on: each ends, with one error at most.
void play(Element& element, uint8_t how, uint8_t where) {
  Player player(element.src());
  element.play();
  player.wait();
  if (element.errors() > 1) abort();
  gint64 duration = 0;
  if (!gst_pad_query_duration(element.src(), GST_FORMAT_TIME, &duration)) duration = 1000000000;
  const auto end = static_cast<guint64>(duration);
  constexpr int kFlags[] = {GST_SEEK_FLAG_NONE, GST_SEEK_FLAG_KEY_UNIT, GST_SEEK_FLAG_SEGMENT,
                            GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_SNAP_AFTER};
  for (const unsigned part : {unsigned{where}, 0u, 128u}) {
    const guint64 time = end / 256 * part;
    const auto flags = static_cast<GstSeekFlags>(kFlags[how >> 1 & 3] |
                                                 ((how & 8) != 0 ? GST_SEEK_FLAG_FLUSH : 0));
    if (player.seek(time, (how & 16) != 0 ? time + end / 4 : G_MAXINT64, flags)) player.wait();
    if (element.errors() > 1) abort();
  }
  element.stop();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size <= kChoiceBytes) return 0;
  input = {data + kChoiceBytes, size - kChoiceBytes};
  const bool skips = (data[0] & 1) != 0;
  Element element(skips, true);
  testdata::MemorySource source(input);
  sigma::RandomAccessDecoder decoder(source, kMemory,
                                     skips ? sigma::OnError::SKIP : sigma::OnError::FAIL);
  const bool opens = decoder.open().ok();
  if (decoder.is_framed()) {
    Element player(skips, false);
    play(player, data[0], data[1]);
  }
  const uint64_t total = opens ? decoder.size() : 0;
  // What GStreamer's numbers cannot say is unknown.
  const gint64 told = total <= G_MAXINT64 ? static_cast<gint64>(total) : -1;
  if (opens && element.duration() != told) abort();
  std::vector<uint8_t> expected(1000);
  std::vector<uint8_t> got;
  uint64_t position = data[1];
  bool failed = false;
  for (int i = 0; i < 6; i++) {
    position = position * 2654435761u + 12345;
    const uint64_t at = i == 5 || total == 0 ? total : position % total;
    const GstFlowReturn flow = element.read(at, static_cast<guint>(expected.size()), got);
    failed |= flow == GST_FLOW_ERROR;
    if (!opens && flow != GST_FLOW_ERROR) abort();
    if (!opens) continue;
    const sigma::Result<size_t> size_there = decoder.read(at, expected);
    const bool gives = size_there.ok() && size_there.value > 0;
    if (gives != (flow == GST_FLOW_OK)) abort();
    if (gives && (got.size() != size_there.value ||
                  std::memcmp(got.data(), expected.data(), got.size()) != 0))
      abort();
  }
  if (element.errors() > (failed || !decoder.end_status().ok() ? 1 : 0)) abort();
  return 0;
}
