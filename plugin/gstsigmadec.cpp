/* sigmadec: translates between GStreamer and the decoder.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */

/**
 * SECTION:element-sigmadec
 * @title: sigmadec
 * @short_description: decodes .sigma streams
 *
 * sigmadec gives back exactly the bytes that #sigmaenc was given. Every chunk is checked before it
 * leaves the element; a stream that is damaged, or that stops before its end packet, is an error,
 * after everything complete before that place was delivered. Joined streams (`cat a.sigma b.sigma`)
 * decode one after the other.
 *
 * Caps: the decoded bytes are typefound when downstream cares about caps. A peer that takes
 * anything, such as filesink, gets bytes without caps, as from filesrc.
 *
 * ## Example
 * |[
 * gst-launch-1.0 filesrc location=/tmp/bash.sigma ! sigmadec ! filesink location=/tmp/bash
 * ]|
 *
 * At EOS an element message called `sigmadec-stats` says what was done.
 *
 * Since: 0.1
 */
#include "gstsigmadec.h"

#include <gst/base/gsttypefindhelper.h>

#include <cstring>
#include <mutex>
#include <utility>

#include "gst/sigma/decoder.hpp"
#include "gstsigmautil.h"

GST_DEBUG_CATEGORY_STATIC(gst_sigma_dec_debug);
#define GST_CAT_DEFAULT gst_sigma_dec_debug

namespace {

enum { PROP_0, PROP_MAX_MEMORY, PROP_STATS };

/// What the application asked for and what it may read: any thread, under the lock.
struct Shared {
  std::mutex lock;
  uint64_t max_memory = sigma::kDefaultDecoderMemory;
  bool started = false;
  sigma::StreamStats stats;
  guint64 out_offset = 0;
};

/// From READY→PAUSED to PAUSED→READY, touched under the stream lock alone.
struct State {
  sigma::StreamingDecoder decoder;
  bool events_sent = false;
  bool discont = true;
  GstFlowReturn flow = GST_FLOW_OK;  ///< what downstream said last; not OK ends decoding, too
  bool failed = false;      ///< an error was posted; nothing more is decoded until the next start
  bool input_ended = true;  ///< no bytes since the start, a flush or the end of the input
  uint64_t out_offset = 0;
  GQueue held_events = G_QUEUE_INIT;  ///< that came before the first chunk and must follow caps

  explicit State(uint64_t max_memory) : decoder(max_memory) {}
  ~State() { drop_events(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void drop_events() {
    g_queue_clear_full(&held_events,
                       [](gpointer event) { gst_event_unref(static_cast<GstEvent*>(event)); });
  }
};

struct Private {
  Shared shared;
  State* state = nullptr;
};

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                                                             GST_STATIC_CAPS(GST_SIGMA_MEDIA_TYPE));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

}  // namespace

struct _GstSigmaDec {
  GstElement parent;
  GstPad* sink_pad;
  GstPad* src_pad;
  Private* priv;
};

// "Codec/Demuxer" and not "Codec/Decoder", which makes decodebin3 take the output for raw media.
G_DEFINE_FINAL_TYPE(GstSigmaDec, gst_sigma_dec, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(sigmadec, "sigmadec", GST_RANK_PRIMARY, GST_TYPE_SIGMA_DEC)

namespace {

void publish_stats(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  self->priv->shared.stats = self->priv->state->decoder.stats();
  self->priv->shared.out_offset = self->priv->state->out_offset;
}

sigma::StreamStats current_stats(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return self->priv->shared.stats;
}

GstSigmaPosition current_position(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return {self->priv->shared.stats.bytes_in, self->priv->shared.out_offset};
}

GstStructure* make_stats(GstSigmaDec* self, const char* name) {
  const sigma::StreamStats counts = current_stats(self);
  GstStructure* stats = gst_sigma_stats_structure(name, counts, "decode-time", counts.bytes_out);
  // Decoding stops at the first damage, so nothing is ever left out.
  gst_structure_set(stats, "chunks-lost", G_TYPE_UINT64, guint64{0}, "bytes-lost", G_TYPE_UINT64,
                    guint64{0}, nullptr);
  return stats;
}

/// Caps of the decoded bytes, if anybody downstream wants to know: the typefinders cost memory that
/// a peer that takes anything need not pay.
GstCaps* find_caps(GstSigmaDec* self, sigma::ByteSpan bytes) {
  GstCaps* accepted = gst_pad_peer_query_caps(self->src_pad, nullptr);
  const gboolean takes_anything = gst_caps_is_any(accepted) && gst_pad_is_linked(self->src_pad);
  gst_caps_unref(accepted);
  if (takes_anything || bytes.empty()) return nullptr;
  return gst_type_find_helper_for_data(GST_OBJECT(self), bytes.data(), bytes.size(), nullptr);
}

/// Sends stream-start, caps and segment, and the events that waited for them.
void ensure_events(GstSigmaDec* self, sigma::ByteSpan first_bytes) {
  State* state = self->priv->state;
  if (state->events_sent) return;
  state->events_sent = true;
  state->discont = true;
  GstCaps* caps = find_caps(self, first_bytes);
  gst_sigma_push_initial_events(GST_ELEMENT(self), self->src_pad, caps, state->out_offset);
  if (caps != nullptr) gst_caps_unref(caps);
  while (auto* event = static_cast<GstEvent*>(g_queue_pop_head(&state->held_events)))
    gst_pad_push_event(self->src_pad, event);
}

GstFlowReturn push_chunk(GstSigmaDec* self, const sigma::DecodedChunk& chunk) {
  State* state = self->priv->state;
  ensure_events(self, chunk.bytes);
  // Not gst_buffer_new_allocate(), which ends the process when there is no memory.
  const gsize size = chunk.bytes.size();
  gpointer copy = g_try_malloc(size);
  if (copy == nullptr) {
    GST_ELEMENT_ERROR(self, RESOURCE, FAILED, ("Out of memory for a decoded chunk."), (nullptr));
    return GST_FLOW_ERROR;
  }
  std::memcpy(copy, chunk.bytes.data(), size);
  GstBuffer* buffer = gst_buffer_new_wrapped(copy, size);
  GST_BUFFER_OFFSET(buffer) = state->out_offset;
  state->out_offset += size;
  GST_BUFFER_OFFSET_END(buffer) = state->out_offset;
  if (std::exchange(state->discont, false)) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  return gst_pad_push(self->src_pad, buffer);
}

/// Posts the first error of a stream; the same one comes back from the decoder until it is reset.
void fail(GstSigmaDec* self, const sigma::Status& status) {
  if (!std::exchange(self->priv->state->failed, true))
    gst_sigma_post_error(GST_ELEMENT(self), status);
}

GstFlowReturn decode_bytes(GstSigmaDec* self, sigma::ByteSpan bytes) {
  State* state = self->priv->state;
  sigma::Status status = state->decoder.push(bytes);
  while (status.ok() && state->flow == GST_FLOW_OK) {
    sigma::DecodedChunk chunk;
    const sigma::Result<bool> more = state->decoder.next(chunk);
    publish_stats(self);
    status = more.status;
    if (!more.ok() || !more.value) break;
    state->flow = push_chunk(self, chunk);
  }
  if (status.ok()) return state->flow;
  fail(self, status);
  return GST_FLOW_ERROR;
}

GstFlowReturn dec_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  State* state = self->priv->state;
  if (state == nullptr || state->flow != GST_FLOW_OK) {
    gst_buffer_unref(buffer);
    return state == nullptr ? GST_FLOW_FLUSHING : state->flow;
  }
  state->input_ended = false;
  GstFlowReturn flow = GST_FLOW_OK;
  const auto decode = [&](const guint8* data, gsize size) {
    flow = decode_bytes(self, {data, size});
    return flow == GST_FLOW_OK;
  };
  if (!gst_sigma_for_each_memory(GST_ELEMENT(self), buffer, decode)) flow = GST_FLOW_ERROR;
  gst_buffer_unref(buffer);
  return flow;
}

void start_over(State* state) {
  state->decoder.reset();
  state->events_sent = false;
  state->input_ended = true;
  state->failed = false;
  state->flow = GST_FLOW_OK;
}

/// The input is complete. That the stream is not is an error, unless downstream wanted no more of
/// it.
void end_input(GstSigmaDec* self) {
  if (self->priv->state->flow != GST_FLOW_OK) return;
  const sigma::Status status = self->priv->state->decoder.finish();
  publish_stats(self);
  if (!status.ok()) fail(self, status);
}

void handle_eos(GstSigmaDec* self) {
  end_input(self);
  ensure_events(self, {});
  gst_element_post_message(
      GST_ELEMENT(self),
      gst_message_new_element(GST_OBJECT(self), make_stats(self, "sigmadec-stats")));
  start_over(self->priv->state);
}

gboolean dec_sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  State* state = self->priv->state;
  // Not started yet, or stopped: a flush raced with the change of state.
  if (state == nullptr) return gst_pad_event_default(pad, parent, event);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
      if (!state->input_ended) end_input(self);
      // Events that still wait belong to the stream that ends here.
      if (!g_queue_is_empty(&state->held_events)) ensure_events(self, {});
      start_over(state);
      break;
    case GST_EVENT_FLUSH_STOP:
      state->drop_events();
      start_over(state);
      state->out_offset = 0;  // sinks that can seek begin anew, too
      break;
    case GST_EVENT_EOS:
      handle_eos(self);
      break;
    case GST_EVENT_CAPS:
    case GST_EVENT_SEGMENT:
    case GST_EVENT_GAP:
      // Of the encoded stream; the decoded one has its own.
      gst_event_unref(event);
      return TRUE;
    default:
      if (!GST_EVENT_IS_SERIALIZED(event) || state->events_sent) break;
      g_queue_push_tail(&state->held_events, event);
      return TRUE;
  }
  return gst_pad_event_default(pad, parent, event);
}

gboolean dec_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  // What downstream proposes is for decoded bytes, not for upstream's buffers.
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION) return FALSE;
  return gst_pad_query_default(pad, parent, query);
}

gboolean dec_src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEEK:  // decoded positions mean nothing upstream
    case GST_EVENT_QOS:
      gst_event_unref(event);
      return FALSE;
    default:
      return gst_pad_event_default(pad, parent, event);
  }
}

gboolean dec_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  gboolean answered = FALSE;
  if (gst_sigma_src_query(self->sink_pad, current_position(self), query, &answered))
    return answered;
  return gst_pad_query_default(pad, parent, query);
}

gboolean start(GstSigmaDec* self) {
  Shared& shared = self->priv->shared;
  std::lock_guard guard(shared.lock);
  self->priv->state = new (std::nothrow) State(shared.max_memory);
  shared.started = self->priv->state != nullptr;
  shared.stats = {};
  shared.stats.start();
  return shared.started;
}

void stop(GstSigmaDec* self) {
  // A flush that was under way when the pads went inactive may still be running.
  GST_PAD_STREAM_LOCK(self->sink_pad);
  delete self->priv->state;
  self->priv->state = nullptr;
  GST_PAD_STREAM_UNLOCK(self->sink_pad);
  std::lock_guard guard(self->priv->shared.lock);
  self->priv->shared.started = false;
}

GstStateChangeReturn dec_change_state(GstElement* element, GstStateChange transition) {
  GstSigmaDec* self = GST_SIGMA_DEC(element);
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start(self)) {
    GST_ELEMENT_ERROR(self, RESOURCE, FAILED, ("Out of memory for the decoder."), (nullptr));
    return GST_STATE_CHANGE_FAILURE;
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_sigma_dec_parent_class)->change_state(element, transition);
  // The pads are inactive now: no streaming thread is left.
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE))
    stop(self);
  return result;
}

void dec_set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  GstSigmaDec* self = GST_SIGMA_DEC(object);
  std::unique_lock guard(self->priv->shared.lock);
  if (self->priv->shared.started) {
    guard.unlock();
    gst_sigma_warn_property_ignored(GST_ELEMENT(self), spec->name);
    return;
  }
  if (id == PROP_MAX_MEMORY)
    self->priv->shared.max_memory = g_value_get_uint64(value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

void dec_get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  GstSigmaDec* self = GST_SIGMA_DEC(object);
  if (id == PROP_STATS) {
    g_value_take_boxed(value, make_stats(self, GST_SIGMA_STATS_NAME));
    return;
  }
  std::lock_guard guard(self->priv->shared.lock);
  if (id == PROP_MAX_MEMORY)
    g_value_set_uint64(value, self->priv->shared.max_memory);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

void dec_finalize(GObject* object) {
  GstSigmaDec* self = GST_SIGMA_DEC(object);
  delete self->priv->state;
  delete self->priv;
  G_OBJECT_CLASS(gst_sigma_dec_parent_class)->finalize(object);
}

}  // namespace

static void gst_sigma_dec_class_init(GstSigmaDecClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_sigma_dec_debug, "sigmadec", 0, "sigma decoder");
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = dec_set_property;
  object_class->get_property = dec_get_property;
  object_class->finalize = dec_finalize;
  g_object_class_install_property(
      object_class, PROP_MAX_MEMORY,
      g_param_spec_uint64("max-memory", "Maximum memory",
                          "Refuse streams that need more than this many bytes of memory", 0,
                          G_MAXUINT64, sigma::kDefaultDecoderMemory,
                          static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                   GST_PARAM_MUTABLE_READY)));
  g_object_class_install_property(
      object_class, PROP_STATS,
      g_param_spec_boxed("stats", "Statistics", "What was done since the stream began",
                         GST_TYPE_STRUCTURE,
                         static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));

  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = dec_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Sigma decoder", "Codec/Demuxer",
                                        "Decodes .sigma streams to the bytes that were encoded",
                                        "The sigma project");
}

static void gst_sigma_dec_init(GstSigmaDec* self) {
  self->priv = new Private();
  self->sink_pad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink_pad, dec_chain);
  gst_pad_set_event_function(self->sink_pad, dec_sink_event);
  gst_pad_set_query_function(self->sink_pad, dec_sink_query);
  gst_element_add_pad(GST_ELEMENT(self), self->sink_pad);

  self->src_pad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_event_function(self->src_pad, dec_src_event);
  gst_pad_set_query_function(self->src_pad, dec_src_query);
  gst_element_add_pad(GST_ELEMENT(self), self->src_pad);
}
