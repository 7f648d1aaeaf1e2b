/* The state of sigmadec's push mode.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

#include "gst/sigma/decode/ahead_decoder.hpp"
#include "plugin/common/gstsigmatasks.h"
#include "plugin/dec/gstsigmadecblocks.h"
#include "plugin/dec/gstsigmadecframing.h"
#include "plugin/dec/gstsigmadecshared.h"

namespace sigmadec {

/// Where the streaming thread of push mode stands; touched under the sink pad's stream lock alone.
struct Push {
  GstSigmaTasks tasks;
  ChunkBlocks blocks;  ///< of buffers that go out; the decoder's threads may read the latest
  sigma::ParallelDecoder decoder;
  bool segment_sent = false;
  bool typefinds = true;   ///< the next bytes are the first ones, of which caps can be found
  bool opened = false;     ///< the end was looked at, or will not be
  bool is_at_end = false;  ///< a seek led there, and the task that reads did not say so yet
  bool discont = true;
  GstFlowReturn flow = GST_FLOW_OK;  ///< what downstream said last; not OK ends decoding, too
  guint64 unwanted = 0;              ///< bytes from upstream since that was EOS
  bool failed = false;      ///< an error was posted; nothing more is decoded until the next start
  bool had_input = false;   ///< bytes since the start or a flush
  bool input_ended = true;  ///< no bytes since the start, a flush or the end of the input
  guint64 origin = 0;       ///< offset at which decoded byte 0 of this input comes out
  guint64 out_offset = 0;   ///< of the byte that comes out next
  GstSegment segment;       ///< of what comes out; with framing, what the last seek asked for
  guint32 seqnum = GST_SEQNUM_INVALID;  ///< of the seek that made the segment
  bool segment_ended = false;           ///< its end was told downstream
  guint64 running_time = 0;             ///< that downstream has reached, of streams with framing
  Framed framed;
  guint64 epoch = 0;                  ///< counts flushes, which may happen while a chunk is pushed
  GstEvent* stream_start = nullptr;   ///< upstream's, until it, or the stream's own, goes out
  GQueue held_events = G_QUEUE_INIT;  ///< that came before the first chunk and must follow caps
  GstSegment input_segment;           ///< of the encoded stream
  guint64 arrival = GST_CLOCK_TIME_NONE;  ///< running time of the latest bytes, if they have any

  // While a seek looks for its place upstream.
  bool probing = false;
  guint64 probed_seek = 0;   ///< id of the seek for which upstream was flushed last
  guint64 input_offset = 0;  ///< of the next byte from upstream

  Push(const Shared& shared, sigma::DamageListener* listener);
  ~Push() {
    drop_events();
    gst_event_replace(&stream_start, nullptr);
  }
  Push(const Push&) = delete;
  Push& operator=(const Push&) = delete;
  void drop_events();
  /// Another input begins, whose decoded bytes follow what came out so far.
  void start_over();
};

}  // namespace sigmadec
