/* Events that are too large for one chunk's framing, in parts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/framing/description.hpp"

/// The payload of a part of an event's, from `at` on, which is moved behind it.
GByteArray* gst_sigma_part_of_event(sigma::FramedEvent kind, sigma::ByteSpan payload, gsize& at);

/// An event that comes in parts.
struct GstSigmaParts {
  GByteArray* bytes = nullptr;  ///< so far; null: none is under way
  sigma::FramedEvent kind = sigma::FramedEvent::PART;
  guint64 total = 0;
  bool is_entered = true;  ///< the first parts of the next one may have been lost

  ~GstSigmaParts() { drop(); }
  void drop();
  /// Takes the next part. FALSE if it is malformed, or not the next.
  bool take(sigma::ByteSpan part);
  bool is_complete() const { return bytes != nullptr && bytes->len == total; }
};
