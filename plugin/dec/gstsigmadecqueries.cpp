/* Queries of sigmadec's pads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plugin/dec/gstsigmadec-private.h"

namespace sigmadec {
namespace {

GstSigmaPosition current_position(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return {self->priv->shared.stats.bytes_in, self->priv->shared.out_offset};
}

bool is_pulled(GstSigmaDec* self) {
  return GST_PAD_MODE(self->src_pad) == GST_PAD_MODE_PULL;
}

gboolean answer_duration(GstSigmaDec* self, GstQuery* query) {
  const guint64 total = is_pulled(self) ? pulled_size(self) : known_total(self);
  if (total > G_MAXINT64) return FALSE;  // unknown, or more than GStreamer can say
  gst_query_set_duration(query, GST_FORMAT_BYTES, static_cast<gint64>(total));
  return TRUE;
}

gboolean answer_seeking(GstSigmaDec* self, GstQuery* query) {
  const bool seekable = is_pulled(self) || seekable_size(self) != kUnknownSize;
  const guint64 total = is_pulled(self) ? pulled_size(self) : known_total(self);
  gst_query_set_seeking(query, GST_FORMAT_BYTES, seekable, 0,
                        total > G_MAXINT64 ? -1 : static_cast<gint64>(total));
  return TRUE;
}

/// POSITION and DURATION in TIME, of a stream with framing.
gboolean answer_time(GstSigmaDec* self, GstQuery* query) {
  const bool is_position = GST_QUERY_TYPE(query) == GST_QUERY_POSITION;
  guint64 time = 0;
  {
    std::lock_guard guard(self->priv->shared.lock);
    time = is_position ? self->priv->shared.position : self->priv->shared.duration;
  }
  if (time > G_MAXINT64) return FALSE;  // unknown, or more than GStreamer can say
  if (is_position)
    gst_query_set_position(query, GST_FORMAT_TIME, static_cast<gint64>(time));
  else
    gst_query_set_duration(query, GST_FORMAT_TIME, static_cast<gint64>(time));
  return TRUE;
}

/// SEEKING in TIME: where the index tells how long it is.
gboolean answer_time_seeking(GstSigmaDec* self, GstQuery* query) {
  const guint64 duration = known_duration(self);
  const bool is_known = duration <= G_MAXINT64;
  bool is_timeless = false;
  {
    std::lock_guard guard(self->priv->shared.lock);
    is_timeless = self->priv->shared.is_timeless;
  }
  // Where nobody asked yet, a seek will.
  const bool may_be = !is_timeless && (is_known || known_total(self) == kUnknownSize);
  gst_query_set_seeking(query, GST_FORMAT_TIME, may_be && seekable_size(self) != kUnknownSize, 0,
                        is_known ? static_cast<gint64>(duration) : -1);
  return TRUE;
}

gboolean answer_scheduling(GstSigmaDec* self, GstQuery* query) {
  const Upstream upstream = ask_upstream(self->sink_pad);
  const bool pull = may_be_pulled(self, upstream);
  guint flags = pull ? GST_SCHEDULING_FLAG_SEEKABLE : GST_SCHEDULING_FLAG_SEQUENTIAL;
  if (upstream.is_limited) flags |= GST_SCHEDULING_FLAG_BANDWIDTH_LIMITED;
  gst_query_set_scheduling(query, static_cast<GstSchedulingFlags>(flags), 1, -1, 0);
  if (pull) gst_query_add_scheduling_mode(query, GST_PAD_MODE_PULL);
  gst_query_add_scheduling_mode(query, GST_PAD_MODE_PUSH);
  return TRUE;
}

}  // namespace

gboolean dec_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  // What downstream proposes is for decoded bytes, not for upstream's buffers.
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION) return FALSE;
  return gst_pad_query_default(pad, parent, query);
}

gboolean dec_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  GstFormat format = GST_FORMAT_UNDEFINED;
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_DURATION:
      gst_query_parse_duration(query, &format, nullptr);
      if (format == GST_FORMAT_TIME) return answer_time(self, query);
      if (format == GST_FORMAT_BYTES) return !is_framed(self) && answer_duration(self, query);
      break;
    case GST_QUERY_POSITION:
      gst_query_parse_position(query, &format, nullptr);
      if (format == GST_FORMAT_TIME) return answer_time(self, query);
      break;
    case GST_QUERY_SEEKING:
      gst_query_parse_seeking(query, &format, nullptr, nullptr, nullptr);
      if (format == GST_FORMAT_TIME && is_framed(self)) return answer_time_seeking(self, query);
      // Of other formats it knows nothing: demuxers ask here first, and take a no for their own.
      return format == GST_FORMAT_BYTES && !is_framed(self) && answer_seeking(self, query);
    case GST_QUERY_SCHEDULING:
      return answer_scheduling(self, query);
    case GST_QUERY_CUSTOM:
      // Decoded bytes may be a stream that was recorded elsewhere.
      if (!is_framed(self) && gst_sigma_is_running_time_query(query)) return FALSE;
      break;
    default:
      break;
  }
  gboolean answered = FALSE;
  if (gst_sigma_src_query(self->sink_pad, current_position(self), query, &answered))
    return answered;
  return gst_pad_query_default(pad, parent, query);
}

}  // namespace sigmadec
