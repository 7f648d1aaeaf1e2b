/* What the targets for elements share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/// Counts the errors on the bus, takes all messages, and ends the process if one has no text.
unsigned take_errors(GstBus* bus);
