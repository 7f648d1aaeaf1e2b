/* What both elements share: errors, statistics and queries in GStreamer's terms.
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
#pragma once

#include <gst/gst.h>

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"

#define GST_SIGMA_MEDIA_TYPE "application/x-sigmalang"
#define GST_SIGMA_STATS_NAME "application/x-sigmalang-stats"

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

/// A custom query of sigmadec, which sigmaenc answers if it keeps buffers: both are in one
/// pipeline, of which the recorded running times are.
#define GST_SIGMA_QUERY_RUNNING_TIME "application/x-sigmalang-running-time"

inline bool gst_sigma_is_running_time_query(GstQuery* query) {
  const GstStructure* structure =
      GST_QUERY_TYPE(query) == GST_QUERY_CUSTOM ? gst_query_get_structure(query) : nullptr;
  return structure != nullptr && gst_structure_has_name(structure, GST_SIGMA_QUERY_RUNNING_TIME);
}

/// Posts `status` as an error or a warning message, with the stream offset among its details.
void gst_sigma_post_status(GstElement* element, GstMessageType type, const sigma::Status& status);

inline void gst_sigma_post_error(GstElement* element, const sigma::Status& status) {
  gst_sigma_post_status(element, GST_MESSAGE_ERROR, status);
}

/// Posts the warning that a property cannot change before the element is back in READY.
void gst_sigma_warn_property_ignored(GstElement* element, const char* property);

/// The statistics as a structure called `name`, with the time inside the codec in `time_field`.
/// `raw_bytes`: the decoded side's bytes, of which throughput speaks.
GstStructure* gst_sigma_stats_structure(const char* name, const sigma::StreamStats& stats,
                                        const char* time_field, uint64_t raw_bytes);

/// How far an element is: bytes of upstream's present stream, and the offset that comes out next.
struct GstSigmaPosition {
  guint64 bytes_in = 0;
  guint64 out_offset = 0;
};

/// Answers the queries at a src pad that must not reach upstream, whose sizes and positions are of
/// other bytes: POSITION in BYTES (of the output) and PERCENT (of upstream's bytes, if it knows how
/// many), DURATION in PERCENT, SEEKING (no), SCHEDULING (push only), CONVERT, SEGMENT, BITRATE and
/// BUFFERING (unknown). FALSE if `query` is none of them; else `answered` says whether there was an
/// answer.
gboolean gst_sigma_src_query(GstPad* sink_pad, const GstSigmaPosition& position, GstQuery* query,
                             gboolean* answered);

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

/// Posts what a decoder left out as a warning, with the ranges among its details.
void gst_sigma_post_damage(GstElement* element, const sigma::Damage& damage);

/// Decoded bytes that are missing, over a whole input.
struct GstSigmaLosses {
  guint64 places = 0;  ///< stretches of decoded bytes
  guint64 bytes = 0;
  guint64 chunks = 0;
  bool lost_end = false;  ///< more is missing, and nothing tells how much

  void add(const sigma::Damage& damage);
};

/// Posts them as one warning. `total`: decoded bytes with those that are missing, G_MAXUINT64 if
/// unknown.
void gst_sigma_post_losses(GstElement* element, const GstSigmaLosses& losses, guint64 total);

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
