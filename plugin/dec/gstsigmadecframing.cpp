/* Buffers and events of streams that keep them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <utility>

#include "gst/sigma/base/hash.hpp"
#include "plugin/common/gstsigmapayloads.h"
#include "plugin/dec/gstsigmadec-private.h"

#define GST_CAT_DEFAULT gst_sigma_dec_debug

namespace sigmadec {

using sigma::FramingReader;

void Framed::drop_open() {
  gst_clear_buffer(&open);
  open_size = 0;
  for (const auto& meta : metas)
    g_byte_array_unref(meta.second);
  metas.clear();
}

void Framed::forget() {
  drop_open();
  kind = InputKind::UNKNOWN;
  segment_due = false;
  sent_count = 0;
  gst_segment_init(&segment, GST_FORMAT_UNDEFINED);
  gst_segment_init(&sent_segment, GST_FORMAT_UNDEFINED);
  stream = 0;
  begin = Begin::WAITS;
  is_direct = false;
  cut = origin = kNoCut;
  shift = 0;
  running_end = time_base = time_end = 0;
  held_size = 0;
  has_no_times = false;
  discont = false;
  parts.drop();
  parts.is_entered = true;
  gst_clear_buffer(&seek_target.held);
  seek_target = {};
}

namespace {

GstFlowReturn fail(GstSigmaDec* self, const sigma::DecodedChunk& chunk, sigma::ErrorCode code,
                   const char* text, guint64 value = 0) {
  post_first_error(self, sigma::Status::error(code, text, chunk.position, value));
  return GST_FLOW_ERROR;
}

/// Whether an event is the same as one of those that went out last.
bool was_sent(Framed& framed, sigma::FramedEvent kind, sigma::ByteSpan payload, bool is_context) {
  const guint64 hash = sigma::hash_bytes(payload) ^ static_cast<guint64>(kind);
  const size_t count = MIN(framed.sent_count, framed.sent.size());
  for (size_t i = 0; is_context && i < count; i++)
    if (framed.sent[i] == hash) return true;
  framed.sent[framed.sent_count++ % framed.sent.size()] = hash;
  return false;
}

bool has_caps(GstPad* pad) {
  GstCaps* caps = gst_pad_get_current_caps(pad);
  if (caps == nullptr) return false;
  gst_caps_unref(caps);
  return true;
}

bool has_segment(GstPad* pad) {
  GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  if (event == nullptr) return false;
  gst_event_unref(event);
  return true;
}

/// Upstream's stream-start, if the stream has none of its own.
void push_stream_start(GstSigmaDec* self) {
  Push* push = self->priv->push;
  if (push->stream_start != nullptr)
    gst_pad_push_event(self->src_pad, std::exchange(push->stream_start, nullptr));
}

/// What events that wait for the first buffer may take, about. Beyond, it is not waited for.
constexpr gsize kMaxHeld = size_t{8} << 20;

/// An event while the segment waits for a buffer.
void hold_event(GstSigmaDec* self, GstEvent* event, gsize size) {
  Push* push = self->priv->push;
  // Of what lies before the seek target only that counts which stays in effect; and a gap
  // before the first one is left out with the time that it fills.
  const bool is_of_use = push->framed.seek_target.drops() ? GST_EVENT_IS_STICKY(event)
                                                          : GST_EVENT_TYPE(event) != GST_EVENT_GAP;
  if (!is_of_use) {
    gst_event_unref(event);
    return;
  }
  g_queue_push_tail(&push->held_events, event);
  push->framed.held_size += size + sizeof(GstEvent);
  if (push->framed.held_size > kMaxHeld && !push->framed.seek_target.drops()) end_events(self);
}

GstFlowReturn push_event(GstSigmaDec* self, GstEvent* event, gsize size) {
  Push* push = self->priv->push;
  Framed& framed = push->framed;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
      gst_event_set_group_id(event, gst_util_group_id_next());
      gst_event_replace(&push->stream_start, nullptr);
      gst_pad_push_event(self->src_pad, event);
      return GST_FLOW_OK;
    case GST_EVENT_SEGMENT:
      if (const GstFlowReturn flow = settle_held(self); flow != GST_FLOW_OK) {
        gst_event_unref(event);
        return flow;
      }
      if (!framed.waits()) push_segment(self);
      push_stream_start(self);
      gst_event_copy_segment(event, &framed.segment);
      gst_event_unref(event);
      // The first caps have to come before it, if there are any.
      framed.segment_due = true;
      apply_segment(self);
      if (!framed.waits() && has_caps(self->src_pad)) push_segment(self);
      return GST_FLOW_OK;
    case GST_EVENT_CAPS:
      if (const GstFlowReturn flow = settle_held(self); flow != GST_FLOW_OK) {
        gst_event_unref(event);
        return flow;
      }
      push_stream_start(self);
      if (has_segment(self->src_pad) && !has_caps(self->src_pad)) {
        GST_ELEMENT_WARNING(self, STREAM, FORMAT,
                            ("Caps that come behind the first buffer are dropped."), (nullptr));
        gst_event_unref(event);
        return GST_FLOW_OK;
      }
      gst_pad_push_event(self->src_pad, event);
      if (!framed.waits()) push_segment(self);
      return GST_FLOW_OK;
    default:
      if (framed.waits()) {
        hold_event(self, event, size);
        return GST_FLOW_OK;
      }
      push_stream_start(self);
      push_segment(self);
      gst_pad_push_event(self->src_pad, event);
      return GST_FLOW_OK;
  }
}

GstFlowReturn play_event(GstSigmaDec* self, const sigma::DecodedChunk& chunk,
                         const FramingReader& reader) {
  Framed& framed = self->priv->push->framed;
  const bool is_context = reader.item() == FramingReader::Item::CONTEXT;
  if (is_context && !chunk.framing.is_entry) return GST_FLOW_OK;
  sigma::FramedEvent kind = reader.event();
  sigma::ByteSpan payload = reader.payload();
  const bool is_part = kind == sigma::FramedEvent::PART;
  bool is_sound = is_part ? framed.parts.take(payload) : framed.parts.bytes == nullptr;
  if (is_part && is_sound) {
    if (framed.parts.bytes != nullptr && framed.parts.total > max_memory(self))
      return fail(self, chunk, sigma::ErrorCode::NEEDS_MORE_MEMORY, "an event of this stream needs",
                  framed.parts.total);
    if (!framed.parts.is_complete()) return GST_FLOW_OK;
    kind = framed.parts.kind;
    payload = {framed.parts.bytes->data, framed.parts.bytes->len};
  }
  if (is_sound && was_sent(framed, kind, payload, is_context)) return GST_FLOW_OK;
  GstEvent* event = is_sound ? gst_sigma_event_from_payload(kind, payload) : nullptr;
  framed.parts.drop();
  if (event == nullptr)
    return fail(self, chunk, sigma::ErrorCode::DAMAGED, "an event of the stream is malformed");
  return push_event(self, event, payload.size());
}

/// What must come before the first buffer, also if the stream does not say.
void ensure_segment(GstSigmaDec* self) {
  Framed& framed = self->priv->push->framed;
  if (!framed.segment_due) return;
  push_stream_start(self);
  GstEvent* sticky = gst_pad_get_sticky_event(self->src_pad, GST_EVENT_STREAM_START, 0);
  if (sticky == nullptr)
    gst_pad_push_event(self->src_pad, gst_sigma_new_stream_start(GST_ELEMENT(self), self->src_pad));
  else
    gst_event_unref(sticky);
  push_segment(self);
}

/// The open buffer is complete.
GstFlowReturn push_open(GstSigmaDec* self, const sigma::DecodedChunk& chunk) {
  Framed& framed = self->priv->push->framed;
  GstBuffer* buffer = std::exchange(framed.open, nullptr);
  framed.open_size = 0;
  gst_sigma_apply_description(buffer, framed.description);
  bool is_sound = true;
  for (const auto& [kind, payload] : framed.metas) {
    is_sound = is_sound && gst_sigma_meta_from_payload(
                               buffer, kind, sigma::ByteSpan(payload->data, payload->len));
    g_byte_array_unref(payload);
  }
  framed.metas.clear();
  if (!is_sound) {
    gst_buffer_unref(buffer);
    return fail(self, chunk, sigma::ErrorCode::DAMAGED, "what belongs to a buffer is malformed");
  }
  return framed.seek_target.drops() ? seek_buffer(self, buffer) : deliver(self, buffer);
}

/// Bytes of the open buffer.
GstFlowReturn fill_open(GstSigmaDec* self, const sigma::DecodedChunk& chunk,
                        sigma::ByteSpan bytes) {
  Framed& framed = self->priv->push->framed;
  if (framed.open == nullptr) return GST_FLOW_OK;  // its beginning is lost
  framed.open_size += gst_buffer_fill(framed.open, framed.open_size, bytes.data(), bytes.size());
  return framed.open_size == framed.description.size ? push_open(self, chunk) : GST_FLOW_OK;
}

GstFlowReturn begin_buffer(GstSigmaDec* self, const sigma::DecodedChunk& chunk,
                           const FramingReader& reader) {
  Push* push = self->priv->push;
  Framed& framed = push->framed;
  framed.description = reader.buffer();
  find_begin(self, reader);
  const guint64 size = framed.description.size;
  const sigma::ByteSpan rest = chunk.bytes.subspan(static_cast<size_t>(reader.begin()));
  if (size == 0) {
    framed.open = gst_buffer_new();
    return push_open(self, chunk);
  }
  if (size <= rest.size()) {
    framed.open = push->blocks.make_buffer(rest.first(static_cast<size_t>(size)));
    if (framed.open == nullptr)
      return fail(self, chunk, sigma::ErrorCode::NO_MEMORY, "out of memory", size);
    return push_open(self, chunk);
  }
  if (size > max_memory(self))
    return fail(self, chunk, sigma::ErrorCode::NEEDS_MORE_MEMORY, "a buffer of this stream needs",
                size);
  gpointer memory = g_try_malloc(size);
  if (memory == nullptr)
    return fail(self, chunk, sigma::ErrorCode::NO_MEMORY, "out of memory", size);
  framed.open = gst_buffer_new_wrapped(memory, size);
  return fill_open(self, chunk, rest);
}

GstFlowReturn play_item(GstSigmaDec* self, const sigma::DecodedChunk& chunk,
                        const FramingReader& reader) {
  switch (reader.item()) {
    case FramingReader::Item::CONTEXT:
    case FramingReader::Item::EVENT:
      return play_event(self, chunk, reader);
    case FramingReader::Item::META: {
      GByteArray* payload = g_byte_array_new();
      g_byte_array_append(payload, reader.payload().data(),
                          static_cast<guint>(reader.payload().size()));
      self->priv->push->framed.metas.emplace_back(reader.meta(), payload);
      return GST_FLOW_OK;
    }
    case FramingReader::Item::BUFFER:
      if (self->priv->push->framed.parts.bytes != nullptr)
        return fail(self, chunk, sigma::ErrorCode::DAMAGED, "an event is not complete");
      return begin_buffer(self, chunk, reader);
  }
  return GST_FLOW_ERROR;
}

}  // namespace

void push_segment(GstSigmaDec* self) {
  Push* push = self->priv->push;
  Framed& framed = push->framed;
  if (!std::exchange(framed.segment_due, false)) return;
  framed.sent_segment = make_segment(push);
  framed.held_size = 0;
  GstEvent* event = gst_event_new_segment(&framed.sent_segment);
  if (push->seqnum != GST_SEQNUM_INVALID) gst_event_set_seqnum(event, push->seqnum);
  gst_pad_push_event(self->src_pad, event);
  while (!g_queue_is_empty(&push->held_events))
    gst_pad_push_event(self->src_pad, static_cast<GstEvent*>(g_queue_pop_head(&push->held_events)));
}

GstFlowReturn deliver(GstSigmaDec* self, GstBuffer* buffer) {
  Framed& framed = self->priv->push->framed;
  ensure_segment(self);
  if (is_behind_stop(framed, buffer)) {
    gst_buffer_unref(buffer);
    return end_segment(self);
  }
  make_room(self, buffer);
  if (std::exchange(framed.discont, false)) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  follow_time(self, buffer);
  return gst_pad_push(self->src_pad, buffer);
}

/// The next one of joined streams goes on where the one before ended.
static GstFlowReturn begin_stream(GstSigmaDec* self, guint64 stream) {
  Framed& framed = self->priv->push->framed;
  framed.drop_open();
  const bool is_near = framed.time_base + framed.time_end > framed.seek_target.target;
  if (framed.seek_target.drops() && (framed.seek_target.held != nullptr || is_near))
    if (const GstFlowReturn flow = end_skipping(self); flow != GST_FLOW_OK) return flow;
  framed.stream = stream;
  framed.begin = Begin::WAITS;
  framed.cut = framed.origin = Framed::kNoCut;
  framed.time_base += framed.time_end;
  framed.time_end = 0;
  // What no buffer came for goes on waiting for one.
  if (!framed.segment_due) gst_segment_init(&framed.segment, GST_FORMAT_UNDEFINED);
  framed.sent_count = 0;
  return GST_FLOW_OK;
}

void end_events(GstSigmaDec* self) {
  push_stream_start(self);
  push_segment(self);
}

GstFlowReturn play_chunk(GstSigmaDec* self, const sigma::DecodedChunk& chunk) {
  Push* push = self->priv->push;
  Framed& framed = push->framed;
  const guint64 epoch = push->epoch;
  push->events_due = EventsDue::NONE;
  framed.has_no_times = false;
  if (chunk.stream != framed.stream)
    if (const GstFlowReturn flow = begin_stream(self, chunk.stream); flow != GST_FLOW_OK)
      return flow;
  if (chunk.framing.is_entry) {
    framed.drop_open();
    framed.parts.drop();
    framed.parts.is_entered = true;
    framed.discont = true;
  }
  push->out_offset = push->origin + chunk.position + chunk.bytes.size();
  FramingReader reader = chunk.framing.read(static_cast<uint32_t>(chunk.bytes.size()));
  GstFlowReturn flow = GST_FLOW_OK;
  for (bool has_lead = true; flow == GST_FLOW_OK;) {
    const bool more = reader.next();
    // Where a buffer from before goes on is known behind the context.
    if (has_lead && (!more || reader.item() != FramingReader::Item::CONTEXT)) {
      has_lead = false;
      const auto size = static_cast<size_t>(MIN(reader.lead(), chunk.bytes.size()));
      if (size != 0) flow = fill_open(self, chunk, chunk.bytes.first(size));
    }
    if (!more || flow != GST_FLOW_OK) break;
    flow = play_item(self, chunk, reader);
    // A flush came in between: nothing of this counts any more.
    if (push->epoch != epoch) return GST_FLOW_FLUSHING;
  }
  return flow;
}

}  // namespace sigmadec
