/* Answers to queries that must not reach upstream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plugin/common/gstsigmaqueries.h"

namespace {

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

void gst_sigma_refuse_seeking(GstQuery* query) {
  GstFormat format = GST_FORMAT_UNDEFINED;
  gst_query_parse_seeking(query, &format, nullptr, nullptr, nullptr);
  gst_query_set_seeking(query, format, FALSE, 0, -1);
}

gboolean gst_sigma_src_query(GstPad* sink_pad, const GstSigmaPosition& position, GstQuery* query,
                             gboolean* answered) {
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
      gst_sigma_refuse_seeking(query);
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
