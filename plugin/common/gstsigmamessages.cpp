/* The codec's errors, losses and statistics in GStreamer's terms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plugin/common/gstsigmamessages.h"

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
    case sigma::ErrorCode::CANCELLED:
      break;
  }
  return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_FAILED};
}

}  // namespace

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
      static_cast<guint64>(stats.chunks_records), "chunks-samples", G_TYPE_UINT64,
      static_cast<guint64>(stats.chunks_samples), "chunks-frames", G_TYPE_UINT64,
      static_cast<guint64>(stats.chunks_frames), "chunks-text", G_TYPE_UINT64,
      static_cast<guint64>(stats.chunks_text), nullptr);
}
