/* Buffers and events of streams that keep them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <utility>

#include "plugin/common/gstsigmaeventparts.h"
#include "plugin/common/gstsigmapayloads.h"
#include "plugin/enc/gstsigmacontainers.h"
#include "plugin/enc/gstsigmaenc-private.h"
#include "plugin/enc/gstsigmaframes.h"

#define GST_CAT_DEFAULT gst_sigma_enc_debug

namespace sigmaenc {
namespace {

bool is_live(GstPad* sink_pad) {
  GstQuery* query = gst_query_new_latency();
  gboolean live = FALSE;
  if (gst_pad_peer_query(sink_pad, query)) gst_query_parse_latency(query, &live, nullptr, nullptr);
  gst_query_unref(query);
  return live != FALSE;
}

/// The rate of which times are likely to be whole numbers.
void set_rate(State* state, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  const GstStructure* structure = gst_caps_get_structure(caps, 0);
  gint rate = 0;
  gint step = 0;
  if (!gst_structure_get_fraction(structure, "framerate", &rate, &step) &&
      !gst_structure_get_int(structure, "rate", &rate))
    return;
  if (rate > 0 && step >= 0)
    state->encoder.set_rate(static_cast<guint32>(rate), static_cast<guint32>(step));
}

/// The last event of the type that is held; NULL.
GstEvent* find_held(State* state, GstEventType type) {
  for (GList* held = state->undecided.tail; held != nullptr; held = held->prev)
    if (GST_EVENT_TYPE(held->data) == type) return static_cast<GstEvent*>(held->data);
  return nullptr;
}

/// Events that upstream sent before, and does not send again after a flush.
void record_sticky(GstSigmaEnc* self, GstEventType type) {
  if (find_held(self->priv->state, type) != nullptr) return;
  GstEvent* event = gst_pad_get_sticky_event(GST_BASE_TRANSFORM_SINK_PAD(self), type, 0);
  if (event != nullptr) record_event(self, event);
}

/// The input's caps, if they are known; NULL.
GstCaps* input_caps(GstSigmaEnc* self) {
  GstEvent* event = find_held(self->priv->state, GST_EVENT_CAPS);
  if (event == nullptr) return gst_pad_get_current_caps(GST_BASE_TRANSFORM_SINK_PAD(self));
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  return gst_caps_ref(caps);
}

bool is_container(GstSigmaEnc* self) {
  GstCaps* caps = input_caps(self);
  const bool is_one = caps != nullptr && gst_sigma_is_container(caps);
  gst_clear_caps(&caps);
  return is_one;
}

/// The format of the first segment, if that came.
GstFormat held_format(State* state) {
  const GstSegment* segment = nullptr;
  GstEvent* event = find_held(state, GST_EVENT_SEGMENT);
  if (event == nullptr) return GST_FORMAT_UNDEFINED;
  gst_event_parse_segment(event, &segment);
  return segment->format;
}

/// Whether what is held is all that the decision needs, or may not be held any longer.
bool can_decide(GstSigmaEnc* self, GstEventType latest) {
  State* state = self->priv->state;
  const GstFormat format = held_format(state);
  if (format == GST_FORMAT_UNDEFINED) return false;
  // Of what has times, caps say whether it is a container.
  if (state->framing != Framing::AUTO || format != GST_FORMAT_TIME || latest == GST_EVENT_GAP)
    return true;
  GstCaps* caps = input_caps(self);
  const bool has_caps = caps != nullptr;
  gst_clear_caps(&caps);
  return has_caps;
}

/// In parts, if it is large.
void add_event(GstSigmaEnc* self, sigma::FramedEvent kind, sigma::ByteSpan payload) {
  State* state = self->priv->state;
  sigma::Status status;
  if (payload.size() <= sigma::kMaxEvent) status = state->encoder.add_event(kind, payload);
  for (gsize at = 0; payload.size() > sigma::kMaxEvent && at < payload.size() && status.ok();) {
    GByteArray* part = gst_sigma_part_of_event(kind, payload, at);
    status =
        state->encoder.add_event(sigma::FramedEvent::PART, sigma::ByteSpan(part->data, part->len));
    g_byte_array_unref(part);
    push_packets(self);
  }
  if (!status.ok()) post_error(self, status);
}

/// Says what memory would buy where frames are too large to be compared with the one before.
void tell_memory(GstSigmaEnc* self, const sigma::EncoderSettings& settings) {
  const guint64 memory = sigma::memory_for_history(settings);
  if (memory == 0) return;
  GST_SIGMA_ENC_POST(self, INFO, RESOURCE, SETTINGS,
                     "A frame of %" G_GSIZE_FORMAT
                     " bytes does not fit under max-memory, so that most of each is coded without "
                     "the one before: with max-memory=%" G_GUINT64_FORMAT
                     " what stands still takes next to nothing.",
                     settings.frames.width * settings.frames.frame_size(), memory);
}

}  // namespace

void forget_framing(State* state) {
  state->drop_events();
  state->is_decided = state->is_live = false;
  gst_segment_init(&state->segment, GST_FORMAT_UNDEFINED);
}

sigma::Status use_frames(GstSigmaEnc* self, GstCaps* caps) {
  State* state = self->priv->state;
  sigma::EncoderSettings settings = state->settings;
  settings.level = state->level;
  settings.frames = {};
  // Pictures that are too large for the format are coded without.
  if (caps != nullptr && gst_sigma_frame_format(caps, &settings.frames) &&
      !sigma::plan_encoder(settings).ok())
    settings.frames = {};
  if (settings.frames == state->settings.frames) return {};
  // Threads were made for so many.
  settings.threads = state->plan.threads;
  const sigma::Result<sigma::EncoderPlan> plan = sigma::plan_encoder(settings);
  if (!plan.ok()) return plan.status;
  const sigma::Status status =
      state->encoder.configure(settings, settings.threads != 1 ? &state->tasks : nullptr);
  if (!status.ok()) return status;
  state->settings = settings;
  state->plan = plan.value;
  tell_memory(self, settings);
  return {};
}

/// Decides by what is known, and lets the events go that waited for it.
void decide_framing(GstSigmaEnc* self) {
  State* state = self->priv->state;
  if (std::exchange(state->is_decided, true)) return;
  const bool is_auto_timed =
      state->framing == Framing::AUTO && held_format(state) == GST_FORMAT_TIME;
  const bool is_framed =
      state->framing == Framing::BUFFERS || (is_auto_timed && !is_container(self));
  state->is_live = (is_framed || is_auto_timed) && is_live(GST_BASE_TRANSFORM_SINK_PAD(self));
  state->joins = state->is_live || state->max_latency != 0;
  GstCaps* caps = gst_pad_get_current_caps(GST_BASE_TRANSFORM_SINK_PAD(self));
  sigma::Status status = use_frames(self, caps);
  if (caps != nullptr) gst_caps_unref(caps);
  if (status.ok()) status = state->encoder.set_framing(is_framed, state->joins);
  if (!status.ok()) {
    post_error(self, status);
    return;
  }
  GST_DEBUG_OBJECT(self, "framing: %s%s", is_framed ? "buffers" : "bytes",
                   state->is_live ? ", live" : "");
  {
    std::lock_guard guard(self->priv->shared.lock);
    self->priv->shared.is_framed = is_framed;
  }
  if (is_framed) {
    record_sticky(self, GST_EVENT_STREAM_START);
    record_sticky(self, GST_EVENT_CAPS);
  }
  while (GstEvent* event = static_cast<GstEvent*>(g_queue_pop_head(&state->undecided))) {
    if (is_framed)
      record_event(self, event);
    else if (GST_EVENT_TYPE(event) == GST_EVENT_STREAM_START)
      gst_event_unref(event);  // it went on already
    else
      pass_event(self, event);
  }
  preroll_sinks(self);
}

bool hold_event(GstSigmaEnc* self, GstEvent* event) {
  State* state = self->priv->state;
  if (state->is_decided) return false;
  g_queue_push_tail(&state->undecided, event);
  if (can_decide(self, GST_EVENT_TYPE(event))) decide_framing(self);
  return true;
}

void record_event(GstSigmaEnc* self, GstEvent* event) {
  State* state = self->priv->state;
  sigma::FramedEvent kind;
  GByteArray* payload = gst_sigma_event_to_payload(event, kind);
  if (GST_EVENT_TYPE(event) == GST_EVENT_CAPS) set_rate(state, event);
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) gst_event_copy_segment(event, &state->segment);
  if (payload == nullptr) {
    GST_DEBUG_OBJECT(self, "not kept: a %s event", GST_EVENT_TYPE_NAME(event));
  } else if (payload->len > sigma::kMaxWholeEvent) {
    GST_SIGMA_ENC_POST(self, WARNING, STREAM, ENCODE,
                       "A %s event of %u bytes is dropped: the limit is %u bytes.",
                       GST_EVENT_TYPE_NAME(event), payload->len, guint{sigma::kMaxWholeEvent});
  } else {
    state->in_stream = true;
    add_event(self, kind, sigma::ByteSpan(payload->data, payload->len));
  }
  if (payload != nullptr) g_byte_array_unref(payload);
  const bool asks_for_data = GST_EVENT_TYPE(event) == GST_EVENT_GAP && state->is_live;
  gst_event_unref(event);
  push_packets(self);
  if (!asks_for_data || state->max_latency != 0 || state->failed) return;
  if (const sigma::Status status = state->encoder.flush(); !status.ok()) post_error(self, status);
  push_packets(self);
}

sigma::Result<bool> announce_input(State* state) {
  guint64 kind = 0;
  if (GByteArray* meta = gst_sigma_meta_to_payload(state->input, state->metas, kind)) {
    state->metas++;
    const sigma::Status status =
        meta->len <= sigma::kMaxEvent
            ? state->encoder.add_meta(kind, sigma::ByteSpan(meta->data, meta->len))
            : sigma::Status();
    g_byte_array_unref(meta);
    return status.ok() ? sigma::Result<bool>(false) : sigma::Result<bool>(status);
  }
  const sigma::Status status = state->encoder.begin_buffer(
      gst_sigma_describe_buffer(state->input), gst_sigma_time_of(state->segment, state->input));
  state->is_announced = status.ok();
  return status.ok() ? sigma::Result<bool>(true) : sigma::Result<bool>(status);
}

}  // namespace sigmaenc
