/* Events and buffers as a stream's framing has them, and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/framing/description.hpp"

/// What docs/format.md, section 9.10, calls the kinds of what belongs to a buffer.
constexpr guint64 kSigmaMetaReferenceTimestamp = 1;
constexpr guint64 kSigmaMetaMemories = 2;

/// The payload of an event in framing, or NULL if it is of a kind that is not kept.
GByteArray* gst_sigma_event_to_payload(GstEvent* event, sigma::FramedEvent& kind);

/// The event that has this payload. NULL if it is malformed.
GstEvent* gst_sigma_event_from_payload(sigma::FramedEvent kind, sigma::ByteSpan payload);

/// Size, times, offsets and flags.
sigma::FramedBuffer gst_sigma_describe_buffer(GstBuffer* buffer);
/// Where a buffer of `segment` lies in the stream's time.
sigma::BufferTime gst_sigma_time_of(const GstSegment& segment, GstBuffer* buffer);
/// Gives them, but for the size, to a buffer that has its bytes.
void gst_sigma_apply_description(GstBuffer* buffer, const sigma::FramedBuffer& description);

/// The payload for the `index`-th of a buffer's metas that are kept, behind which come its
/// memories if there are several; NULL behind the last.
GByteArray* gst_sigma_meta_to_payload(GstBuffer* buffer, guint index, guint64& kind);
/// Adds a meta that was kept, or parts the buffer's bytes into memories. FALSE if it is malformed;
/// one of an unknown kind is left out.
gboolean gst_sigma_meta_from_payload(GstBuffer* buffer, guint64 kind, sigma::ByteSpan payload);
