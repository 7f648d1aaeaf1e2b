/* The codec's errors, losses and statistics in GStreamer's terms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/status.hpp"

#define GST_SIGMA_STATS_NAME "application/x-sigmalang-stats"

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
