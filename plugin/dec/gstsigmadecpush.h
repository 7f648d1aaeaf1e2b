/* The state of sigmadec's push mode.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

#include "gst/sigma/decoder.hpp"
#include "plugin/common/gstsigmatasks.h"
#include "plugin/dec/gstsigmadecblocks.h"
#include "plugin/dec/gstsigmadecframing.h"
#include "plugin/dec/gstsigmadecshared.h"

namespace sigmadec {

/// Where push mode stands with its input. It begins, and begins anew with a flush, another stream
/// or the end of the input, as FRESH; what a seek found goes on as OPENED. SEARCHING may come after
/// any of them, FAILED, too.
///
///     FRESH ─> OPENED ─> DECODING ─> ENDED
///                └─> AT_END ───────────┘
enum class PushState : guint8 {
  FRESH,      ///< no byte came
  OPENED,     ///< likewise, but the end of the input was looked at, or will not be
  SEARCHING,  ///< upstream goes to and fro: its bytes are for the look-up of a seek
  AT_END,     ///< a seek led to the end, and the task that reads did not say so yet
  DECODING,   ///< bytes came
  ENDED,      ///< downstream was told that its segment ends; no more is decoded
  FAILED,     ///< an error was posted; no more is decoded
};

/// What has to go out before the next bytes of a stream without framing.
enum class EventsDue : guint8 {
  NONE,
  SEGMENT,
  CAPS_AND_SEGMENT,  ///< the bytes are the first ones, of which caps can be found
};

/// Where the streaming thread of push mode stands; touched under the sink pad's stream lock alone.
struct Push {
  GstSigmaTasks tasks;
  ChunkBlocks blocks;  ///< of buffers that go out; the decoder's threads may read the latest
  sigma::StreamingDecoder decoder;
  PushState state = PushState::FRESH;
  EventsDue events_due = EventsDue::CAPS_AND_SEGMENT;
  bool discont = true;               ///< something is missing before the next buffer
  GstFlowReturn flow = GST_FLOW_OK;  ///< what downstream said last; not OK ends decoding, too
  guint64 unwanted = 0;              ///< bytes from upstream since that was EOS
  guint64 origin = 0;                ///< offset at which decoded byte 0 of this input comes out
  guint64 out_offset = 0;            ///< of the byte that comes out next
  GstSegment segment;  ///< of what comes out; with framing, what the last seek asked for
  guint32 seqnum = GST_SEQNUM_INVALID;  ///< of the seek that made the segment
  guint64 running_time = 0;             ///< that downstream has reached, of streams with framing
  Framed framed;
  guint64 epoch = 0;                  ///< counts flushes, which may happen while a chunk is pushed
  GstEvent* stream_start = nullptr;   ///< upstream's, until it, or the stream's own, goes out
  GQueue held_events = G_QUEUE_INIT;  ///< that came before the first chunk and must follow caps
  GstSegment input_segment;           ///< of the encoded stream
  guint64 arrival = GST_CLOCK_TIME_NONE;  ///< running time of the latest bytes, if they have any

  guint64 searched_seek = 0;  ///< SEARCHING: id of the seek for which upstream was flushed last
  guint64 input_offset = 0;   ///< of the next byte from upstream

  Push(const Shared& shared, sigma::DamageListener* listener);
  ~Push() {
    drop_events();
    gst_event_replace(&stream_start, nullptr);
  }
  Push(const Push&) = delete;
  Push& operator=(const Push&) = delete;
  /// Whether there is something that may have to be ended.
  bool had_input() const {
    return state == PushState::DECODING || state == PushState::ENDED || state == PushState::FAILED;
  }
  void drop_events();
  /// Another input begins, whose decoded bytes follow what came out so far.
  void start_over();
};

}  // namespace sigmadec
