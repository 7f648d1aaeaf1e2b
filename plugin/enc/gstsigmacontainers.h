/* Which caps are a container's: bytes of a file, however they come in buffers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

/// Whether caps name a format of whole files, whose bytes alone matter: what a muxer pushes, also
/// in a TIME segment.
bool gst_sigma_is_container(GstCaps* caps);
