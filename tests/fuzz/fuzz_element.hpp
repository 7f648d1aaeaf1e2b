/* What the targets for elements share. */
#pragma once

#include <gst/gst.h>

/// GStreamer with our plugin alone, which is linked in, and criticals that end the process.
void init_gstreamer();

/// Counts the errors on the bus, takes all messages, and ends the process if one has no text.
unsigned take_errors(GstBus* bus);
