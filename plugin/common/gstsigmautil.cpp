/* Translation between the codec and GStreamer.
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
#include "plugin/common/gstsigmautil.h"

#include <utility>

namespace {

struct GstErrorCode {
  GQuark domain;
  gint code;
};

GstErrorCode gst_error_code(sigma::ErrorCode code) {
  switch (code) {
    case sigma::ErrorCode::NOT_SIGMA:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE};
    case sigma::ErrorCode::UNSUPPORTED_VERSION:
    case sigma::ErrorCode::UNSUPPORTED_OPERATOR:
    case sigma::ErrorCode::UNSUPPORTED_PACKET:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT};
    case sigma::ErrorCode::TRUNCATED:
    case sigma::ErrorCode::DAMAGED:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE};
    case sigma::ErrorCode::VERIFY_FAILED:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_ENCODE};
    case sigma::ErrorCode::INVALID_SETTINGS:
    case sigma::ErrorCode::INVALID_ARGUMENT:
    case sigma::ErrorCode::NEEDS_MORE_MEMORY:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS};
    case sigma::ErrorCode::OK:
    case sigma::ErrorCode::NO_MEMORY:
    case sigma::ErrorCode::AGAIN:
    case sigma::ErrorCode::IO:
      break;
  }
  return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED};
}

/// Upstream's size in bytes, if it knows it.
bool upstream_size(GstPad* sink_pad, guint64& size) {
  gint64 total = 0;
  if (!gst_pad_peer_query_duration(sink_pad, GST_FORMAT_BYTES, &total) || total < 0) return false;
  size = static_cast<guint64>(total);
  return true;
}

gboolean answer_position(GstPad* sink_pad, const GstSigmaPosition& position, GstQuery* query) {
  GstFormat format;
  gst_query_parse_position(query, &format, nullptr);
  if (format == GST_FORMAT_BYTES) {
    gst_query_set_position(query, format, static_cast<gint64>(position.out_offset));
    return TRUE;
  }
  guint64 size = 0;
  if (format != GST_FORMAT_PERCENT || !upstream_size(sink_pad, size)) return FALSE;
  const guint64 done = MIN(position.bytes_in, size);
  const guint64 percent = size == 0 ? GST_FORMAT_PERCENT_MAX
                                    : gst_util_uint64_scale(done, GST_FORMAT_PERCENT_MAX, size);
  gst_query_set_position(query, format, static_cast<gint64>(percent));
  return TRUE;
}

gboolean answer_duration(GstPad* sink_pad, GstQuery* query) {
  GstFormat format;
  gst_query_parse_duration(query, &format, nullptr);
  guint64 size = 0;
  if (format != GST_FORMAT_PERCENT || !upstream_size(sink_pad, size)) return FALSE;
  gst_query_set_duration(query, format, GST_FORMAT_PERCENT_MAX);
  return TRUE;
}

}  // namespace

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

void gst_sigma_post_status(GstElement* element, GstMessageType type, const sigma::Status& status) {
  const sigma::StatusText text = sigma::describe(status);
  const GstErrorCode error = gst_error_code(status.code);
  GstStructure* details = gst_structure_new("details", "stream-offset", G_TYPE_UINT64,
                                            static_cast<guint64>(status.offset), nullptr);
  gst_element_message_full_with_details(
      element, type, error.domain, error.code, g_strdup(text.text),
      g_strdup_printf("%s: %s", sigma::error_name(status.code), text.text), __FILE__, GST_FUNCTION,
      __LINE__, details);
}

void gst_sigma_post_damage(GstElement* element, const sigma::Damage& damage) {
  const sigma::StatusText text = sigma::describe(damage);
  GstStructure* details = gst_structure_new(
      "details", "stream-offset", G_TYPE_UINT64, static_cast<guint64>(damage.stream_begin),
      "stream-end", G_TYPE_UINT64, static_cast<guint64>(damage.stream_end), "decoded-offset",
      G_TYPE_UINT64, static_cast<guint64>(damage.position_begin), "decoded-end", G_TYPE_UINT64,
      static_cast<guint64>(damage.position_end), "chunks-lost", G_TYPE_UINT64,
      static_cast<guint64>(damage.chunks), "bytes-lost", G_TYPE_UINT64,
      static_cast<guint64>(damage.bytes()), nullptr);
  gst_element_message_full_with_details(element, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
                                        GST_STREAM_ERROR_DECODE, g_strdup(text.text), nullptr,
                                        __FILE__, GST_FUNCTION, __LINE__, details);
}

void GstSigmaLosses::add(const sigma::Damage& damage) {
  const bool loses_end = damage.position_end == sigma::kUnknownPosition;
  if (damage.bytes() == 0 && !loses_end) return;
  places++;
  bytes += damage.bytes();
  chunks += damage.chunks;
  lost_end |= loses_end;
}

void gst_sigma_post_losses(GstElement* element, const GstSigmaLosses& losses, guint64 total) {
  const bool knows_total = total != G_MAXUINT64 && !losses.lost_end;
  gchar* of = knows_total ? g_strdup_printf(" of %" G_GUINT64_FORMAT, total) : g_strdup("");
  gchar* text = g_strdup_printf(
      "In all, %s%" G_GUINT64_FORMAT "%s decoded bytes are missing, in %" G_GUINT64_FORMAT
      " place%s%s.",
      losses.lost_end ? "at least " : "", losses.bytes, of, losses.places,
      losses.places == 1 ? "" : "s",
      losses.lost_end ? "; the end of the stream is lost, so nothing tells how much more"
                      : "; everything else was delivered");
  g_free(of);
  GstStructure* details = gst_structure_new(
      "losses", "places", G_TYPE_UINT64, losses.places, "bytes-lost", G_TYPE_UINT64, losses.bytes,
      "chunks-lost", G_TYPE_UINT64, losses.chunks, "end-lost", G_TYPE_BOOLEAN,
      static_cast<gboolean>(losses.lost_end), nullptr);
  if (knows_total) gst_structure_set(details, "bytes-in-all", G_TYPE_UINT64, total, nullptr);
  gst_element_message_full_with_details(element, GST_MESSAGE_WARNING, GST_STREAM_ERROR,
                                        GST_STREAM_ERROR_DECODE, text, nullptr, __FILE__,
                                        GST_FUNCTION, __LINE__, details);
}

void gst_sigma_warn_property_ignored(GstElement* element, const char* property) {
  GST_ELEMENT_WARNING(
      element, LIBRARY, SETTINGS,
      ("The property '%s' cannot change while data flows; the change is ignored.", property),
      ("set it in NULL or READY"));
}

GstStructure* gst_sigma_stats_structure(const char* name, const sigma::StreamStats& stats,
                                        const char* time_field, uint64_t raw_bytes) {
  // One count for each model the interface names, so that readers need not ask which exist.
  return gst_structure_new(
      name, "bytes-in", G_TYPE_UINT64, static_cast<guint64>(stats.bytes_in), "bytes-out",
      G_TYPE_UINT64, static_cast<guint64>(stats.bytes_out), "chunks", G_TYPE_UINT64,
      static_cast<guint64>(stats.chunks), "glyphs", G_TYPE_UINT64,
      static_cast<guint64>(stats.glyphs), "boundary-crossings", G_TYPE_UINT64,
      static_cast<guint64>(stats.boundary_crossings), "compression-ratio", G_TYPE_DOUBLE,
      stats.ratio(), time_field, G_TYPE_UINT64, static_cast<guint64>(stats.codec_time_ns),
      "throughput", G_TYPE_DOUBLE, stats.throughput(raw_bytes), "peak-memory", G_TYPE_UINT64,
      static_cast<guint64>(stats.peak_memory), "chunks-stored", G_TYPE_UINT64,
      static_cast<guint64>(stats.chunks_stored), "chunks-bytes", G_TYPE_UINT64,
      static_cast<guint64>(stats.chunks_bytes), "chunks-records", G_TYPE_UINT64,
      static_cast<guint64>(stats.chunks_records), "chunks-samples", G_TYPE_UINT64, guint64{0},
      "chunks-frames", G_TYPE_UINT64, guint64{0}, nullptr);
}

gboolean gst_sigma_src_query(GstPad* sink_pad, const GstSigmaPosition& position, GstQuery* query,
                             gboolean* answered) {
  GstFormat format;
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_POSITION:
      *answered = answer_position(sink_pad, position, query);
      return TRUE;
    case GST_QUERY_DURATION:
      *answered = answer_duration(sink_pad, query);
      return TRUE;
    case GST_QUERY_SCHEDULING:
      gst_query_set_scheduling(query, GST_SCHEDULING_FLAG_SEQUENTIAL, 1, -1, 0);
      gst_query_add_scheduling_mode(query, GST_PAD_MODE_PUSH);
      *answered = TRUE;
      return TRUE;
    case GST_QUERY_SEEKING:
      gst_query_parse_seeking(query, &format, nullptr, nullptr, nullptr);
      gst_query_set_seeking(query, format, FALSE, 0, -1);
      *answered = TRUE;
      return TRUE;
    case GST_QUERY_CONVERT:
    case GST_QUERY_SEGMENT:
    case GST_QUERY_BITRATE:
    case GST_QUERY_BUFFERING:
      *answered = FALSE;
      return TRUE;
    default:
      return FALSE;
  }
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
