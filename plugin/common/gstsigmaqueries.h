/* Queries that both elements answer alike, and the one that they ask each other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

/// A custom query of sigmadec, which sigmaenc answers if it keeps buffers: both are in one
/// pipeline, of which the recorded running times are.
#define GST_SIGMA_QUERY_RUNNING_TIME "application/x-sigmalang-running-time"

inline bool gst_sigma_is_running_time_query(GstQuery* query) {
  const GstStructure* structure =
      GST_QUERY_TYPE(query) == GST_QUERY_CUSTOM ? gst_query_get_structure(query) : nullptr;
  return structure != nullptr && gst_structure_has_name(structure, GST_SIGMA_QUERY_RUNNING_TIME);
}

/// Answers a SEEKING query: no.
void gst_sigma_refuse_seeking(GstQuery* query);

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
