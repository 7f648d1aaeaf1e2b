/* Buffers that a file sink writes to the disk at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

/// Whether what leaves `src_pad` ends in one regular file, whose sink keeps small buffers back
/// unless they have the flag SYNC_AFTER. Of a pipe or a device such a flag would be an error.
bool gst_sigma_leads_to_file(GstPad* src_pad);
