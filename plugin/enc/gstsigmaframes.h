/* Caps of raw pictures as what their frames consist of.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

#include "gst/sigma/base/settings.hpp"

/// What frames of these caps consist of where buffers have GStreamer's default layout; FALSE if
/// that is not known.
gboolean gst_sigma_frame_format(GstCaps* caps, sigma::FrameFormat* format);
