/* What comes out of a stream with framing: its state.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

#include <array>
#include <utility>
#include <vector>

#include "gst/sigma/framing/description.hpp"
#include "plugin/common/gstsigmaeventparts.h"

namespace sigmadec {

/// Whether the target of a seek in time was reached.
enum class TargetState : guint8 {
  NONE,          ///< there was no such seek
  AWAITS_FIRST,  ///< dropping buffers until the first sync point (no DELTA_UNIT)
  AWAITS_ENTRY,  ///< dropping buffers until the seek target
  REACHED,       ///< it came, or will not
};

/// The target in time of a seek in a stream with framing, and how it is played from there.
struct SeekTarget {
  TargetState state = TargetState::NONE;
  gdouble rate = 1.0;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  GstSegmentFlags segment_flags = GST_SEGMENT_FLAG_NONE;
  guint64 target = 0;                  ///< in the time of all streams, ns
  guint64 stop = GST_CLOCK_TIME_NONE;  ///< likewise
  guint64 base = 0;                    ///< running time that the target has
  bool is_placed = false;              ///< a segment that begins at the target was made
  GstBuffer* held = nullptr;  ///< while dropping: the last entry that is not behind the target

  bool is_active() const { return state != TargetState::NONE; }
  /// Whether buffers are dropped, because the target was not reached yet.
  bool drops() const {
    return state == TargetState::AWAITS_FIRST || state == TargetState::AWAITS_ENTRY;
  }
};

/// How far a stream is with its running time.
enum class Begin : guint8 {
  WAITS,        ///< for the first buffer, where its segment will begin
  PROVISIONAL,  ///< a segment went out, as buffers without times came before any other
  BEGUN,
};

/// What the streams of an input keep.
enum class InputKind : guint8 { UNKNOWN, BYTES, FRAMED };

/// What comes out of a stream with framing. "The time of all streams" is stream time in which the
/// first one begins at 0, and each other one where the one before ends.
struct Framed {
  InputKind kind = InputKind::UNKNOWN;
  GstBuffer* open = nullptr;        ///< a buffer that is not complete; null: there is none
  gsize open_size = 0;              ///< bytes that it has
  sigma::FramedBuffer description;  ///< of it
  std::vector<std::pair<guint64, GByteArray*>> metas;  ///< of the buffer that comes next
  std::array<guint64, 64> sent{};  ///< hashes of sticky events that went out last
  size_t sent_count = 0;
  bool segment_due = false;  ///< it waits for caps, or for the first buffer
  GstSegment segment;        ///< that came last, as it was recorded
  GstSegment sent_segment;   ///< that went out last
  guint64 stream = 0;        ///< that it is of
  Begin begin = Begin::WAITS;
  bool is_direct = false;     ///< sigmaenc is in this pipeline: the recorded times are right
  guint64 cut = kNoCut;       ///< position at which the segment that is due begins
  gint64 shift = 0;           ///< running time that goes out, less the recorded, of this stream
  guint64 running_end = 0;    ///< of all that came out; of a seek, from its target on, at rate 1
  guint64 origin = kNoCut;    ///< recorded stream time where this stream begins, once it is known
  guint64 time_base = 0;      ///< the streams before, in the time of all streams
  guint64 time_end = 0;       ///< how long this one is, as far as is known
  bool has_no_times = false;  ///< the buffers of this chunk, as far as the segment goes
  gsize held_size = 0;        ///< bytes of events that wait for the first buffer, about
  bool discont = false;       ///< something is missing before the next buffer
  GstSigmaParts parts;        ///< an event that is not complete
  SeekTarget seek_target;

  static constexpr guint64 kNoCut = GST_CLOCK_TIME_NONE;

  ~Framed() { forget(); }
  bool is_framed() const { return kind == InputKind::FRAMED; }
  /// Whether segments have to wait for a buffer.
  bool waits() const {
    return seek_target.drops() || (begin == Begin::WAITS && segment.format == GST_FORMAT_TIME);
  }
  /// Drops what is not complete.
  void drop_open();
  void forget();
};

}  // namespace sigmadec
