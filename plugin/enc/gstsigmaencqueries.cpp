/* Queries that sigmaenc answers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/enc/gstsigmaenc-private.h"

namespace sigmaenc {
namespace {

GstSigmaPosition current_position(GstSigmaEnc* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return {self->priv->shared.stats.bytes_in, self->priv->shared.out_offset};
}

bool is_framed(GstSigmaEnc* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return self->priv->shared.is_framed;
}

/// Whether a position or duration is asked for in TIME.
bool is_about_time(GstQuery* query) {
  GstFormat format = GST_FORMAT_UNDEFINED;
  if (GST_QUERY_TYPE(query) == GST_QUERY_POSITION)
    gst_query_parse_position(query, &format, nullptr);
  else if (GST_QUERY_TYPE(query) == GST_QUERY_DURATION)
    gst_query_parse_duration(query, &format, nullptr);
  return format == GST_FORMAT_TIME;
}

/// A chunk may wait so much longer than its first byte.
gboolean answer_latency(GstSigmaEnc* self, GstQuery* query) {
  if (!gst_pad_peer_query(GST_BASE_TRANSFORM_SINK_PAD(self), query)) return FALSE;
  gboolean live = FALSE;
  GstClockTime least = 0;
  GstClockTime most = 0;
  gst_query_parse_latency(query, &live, &least, &most);
  guint64 added = 0;
  {
    std::lock_guard guard(self->priv->shared.lock);
    added = self->priv->shared.max_latency;
  }
  if (most != GST_CLOCK_TIME_NONE) most += added;
  gst_query_set_latency(query, live, least + added, most);
  return TRUE;
}

}  // namespace

bool answer_query(GstSigmaEnc* self, GstQuery* query, gboolean* answered) {
  GstPad* sink_pad = GST_BASE_TRANSFORM_SINK_PAD(self);
  if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
    *answered = answer_latency(self, query);
    return true;
  }
  if (is_framed(self) && gst_sigma_is_running_time_query(query)) {
    *answered = TRUE;
    return true;
  }
  // Times are upstream's where they are kept.
  if (is_about_time(query) && is_framed(self)) {
    *answered = gst_pad_peer_query(sink_pad, query);
    return true;
  }
  return gst_sigma_src_query(sink_pad, current_position(self), query, answered) != FALSE;
}

bool answer_upstream(GstQuery* query, gboolean* answered) {
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_ALLOCATION:  // what downstream proposes is for packets, not for input
      *answered = FALSE;
      return true;
    case GST_QUERY_SEEKING:
      // A muxer goes back at its end, to complete what it wrote first, where the sink lets it.
      gst_sigma_refuse_seeking(query);
      *answered = TRUE;
      return true;
    default:
      return false;
  }
}

}  // namespace sigmaenc
