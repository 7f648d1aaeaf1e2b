/* What both elements share: the stream lock, buffers and events.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gst/sigma/memory/buffer_pool.hpp"

#define GST_SIGMA_MEDIA_TYPE "application/x-sigmalang"

/// Holds a sink pad's stream lock: nothing streams into it meanwhile.
class GstSigmaStreamLock {
 public:
  explicit GstSigmaStreamLock(GstPad* pad) : pad_(pad) { GST_PAD_STREAM_LOCK(pad_); }
  ~GstSigmaStreamLock() { GST_PAD_STREAM_UNLOCK(pad_); }
  GstSigmaStreamLock(const GstSigmaStreamLock&) = delete;
  GstSigmaStreamLock& operator=(const GstSigmaStreamLock&) = delete;

 private:
  GstPad* pad_;
};

/// The type of an enumeration called `name`, registered with the first call. `type` and `values`
/// are static; the last value is empty.
GType gst_sigma_enum_type(gsize* type, const char* name, const GEnumValue* values);

/// A stream-start of our own, for an upstream that sends none.
GstEvent* gst_sigma_new_stream_start(GstElement* element, GstPad* src_pad);

/// Makes sure that the sticky events that must come before data went out of `src_pad`: a
/// stream-start if upstream sent none, `caps` if not NULL, `segment`, with `seqnum` if that is not
/// GST_SEQNUM_INVALID.
void gst_sigma_push_initial_events(GstElement* element, GstPad* src_pad, GstCaps* caps,
                                   const GstSegment* segment, guint32 seqnum);

/// Memory with the filled bytes, which it takes over without a copy.
GstMemory* gst_sigma_wrap_memory(sigma::Buffer&& bytes, GstMemoryFlags flags);
/// A GstBuffer of the filled bytes, likewise.
GstBuffer* gst_sigma_wrap(sigma::Buffer&& bytes);

/// Calls `use(data, size)` for each memory of a buffer until it gives false: mapping a buffer of
/// several memories whole would copy it. FALSE if one cannot be mapped; an error was posted then.
template <typename Use>
gboolean gst_sigma_for_each_memory(GstElement* element, GstBuffer* buffer, Use use) {
  for (guint i = 0; i < gst_buffer_n_memory(buffer); i++) {
    GstMemory* memory = gst_buffer_peek_memory(buffer, i);
    GstMapInfo map;
    if (!gst_memory_map(memory, &map, GST_MAP_READ)) {
      GST_ELEMENT_ERROR(element, RESOURCE, READ, ("An input buffer cannot be read."), (nullptr));
      return FALSE;
    }
    const bool more = use(map.data, map.size);
    gst_memory_unmap(memory, &map);
    if (!more) break;
  }
  return TRUE;
}
