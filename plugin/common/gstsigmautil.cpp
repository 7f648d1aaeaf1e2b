/* Buffers and events that both elements make.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/common/gstsigmautil.h"

#include <utility>

GType gst_sigma_enum_type(gsize* type, const char* name, const GEnumValue* values) {
  if (g_once_init_enter(type)) g_once_init_leave(type, g_enum_register_static(name, values));
  return *type;
}

GstMemory* gst_sigma_wrap_memory(sigma::Buffer&& bytes, GstMemoryFlags flags) {
  const gsize size = bytes.size();
  auto* owner = new sigma::Buffer(std::move(bytes));
  owner->disown();
  return gst_memory_new_wrapped(flags, owner->block(), owner->capacity(), owner->begin(), size,
                                owner,
                                [](gpointer data) { delete static_cast<sigma::Buffer*>(data); });
}

GstBuffer* gst_sigma_wrap(sigma::Buffer&& bytes) {
  GstBuffer* buffer = gst_buffer_new();
  gst_buffer_append_memory(buffer,
                           gst_sigma_wrap_memory(std::move(bytes), static_cast<GstMemoryFlags>(0)));
  return buffer;
}

GstEvent* gst_sigma_new_stream_start(GstElement* element, GstPad* src_pad) {
  gchar* id = gst_pad_create_stream_id(src_pad, element, nullptr);
  GstEvent* event = gst_event_new_stream_start(id);
  g_free(id);
  return event;
}

void gst_sigma_push_initial_events(GstElement* element, GstPad* src_pad, GstCaps* caps,
                                   const GstSegment* segment, guint32 seqnum) {
  GstEvent* sticky = gst_pad_get_sticky_event(src_pad, GST_EVENT_STREAM_START, 0);
  if (sticky != nullptr) {
    gst_event_unref(sticky);
  } else {
    gst_pad_push_event(src_pad, gst_sigma_new_stream_start(element, src_pad));
  }
  if (caps != nullptr) gst_pad_push_event(src_pad, gst_event_new_caps(caps));
  // The caps may have brought a demuxer that pulls from now on, and wants no segment.
  if (GST_PAD_MODE(src_pad) == GST_PAD_MODE_PULL) return;
  GstEvent* event = gst_event_new_segment(segment);
  if (seqnum != GST_SEQNUM_INVALID) gst_event_set_seqnum(event, seqnum);
  gst_pad_push_event(src_pad, event);
}
