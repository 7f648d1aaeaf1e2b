/* sigmadec's parts: what all of them share, pushing, pulling, seeking.
 *
 * Locks, in the order in which they are taken. None is taken under one that stands below it, and
 * pull_lock and seek_lock are not held together.
 *
 *     the sink pad's stream lock   push with all that it points to; reporter while bytes are pushed
 *     pull_lock                    pull; mode, where it leaves PUSHED or gets there; reporter while
 *                                  downstream pulls
 *     seek_lock                    the seeks in push mode: sending to seek_flushed
 *     shared.lock                  shared
 *
 * GStreamer takes the stream lock for chain, serialized events and the pad's task, and the src
 * pad's, which comes before pull_lock, while downstream pulls. Upstream is read and messages are
 * posted under the first two. Their handlers may ask queries, which take shared.lock alone as soon
 * as the size is known; only a query for the size before takes pull_lock. The streaming thread may
 * wait for seek_changed under the stream lock; no events or queries are sent under seek_lock and
 * shared.lock. A seek that goes upstream takes the stream locks of upstream's pads, and then ours
 * when these flush; `sending` lets one at a time do so. mode and streaming_thread are atomic:
 * others look at them without a lock.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "gst/sigma/random_access.hpp"
#include "plugin/common/gstsigmamessages.h"
#include "plugin/common/gstsigmaqueries.h"
#include "plugin/common/gstsigmautil.h"
#include "plugin/dec/gstsigmadec.h"
#include "plugin/dec/gstsigmadeclookup.h"
#include "plugin/dec/gstsigmadecpush.h"
#include "plugin/dec/gstsigmadecshared.h"

GST_DEBUG_CATEGORY_EXTERN(gst_sigma_dec_debug);

namespace sigmadec {

/// How upstream can be read. Asking neither reads nor waits.
struct Upstream {
  bool can_pull = false;    ///< at any offset
  bool is_limited = false;  ///< by a network or a download: what is not needed is not asked for
  bool is_file = false;     ///< of this machine: looking at its end costs nothing
  bool is_local = false;    ///< a file, or a descriptor that may be one's
};

/// An upstream that can be pulled.
class PullSource : public sigma::ByteSource {
 public:
  PullSource(GstPad* sink_pad, guint64 size) : sink_pad_(sink_pad), size_(size) {}
  uint64_t size() const override { return size_; }
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override;
  /// Why the last read failed.
  GstFlowReturn flow() const { return flow_; }

 private:
  GstPad* sink_pad_;
  guint64 size_;
  GstFlowReturn flow_ = GST_FLOW_OK;
};

/// What reads at any offset, in pull mode.
struct Pull {
  PullSource source;
  sigma::RandomAccessDecoder decoder;
  bool failed = false;    ///< an error was, or will be, posted
  sigma::Status error;    ///< post it after releasing the locks
  bool end_told = false;  ///< a missing end was reported
  Pull(GstPad* sink_pad, guint64 size, uint64_t max_memory, sigma::OnError on_error)
      : source(sink_pad, size), decoder(source, max_memory, on_error) {}
};

/// The reader of upstream.
enum class InputMode : guint8 {
  PUSHED,  ///< none: upstream pushes, or the sink pad is not active
  PULLED,  ///< downstream
  DRIVEN,  ///< the sink pad's task, which pushes
};

struct Private {
  Shared shared;
  Reporter reporter;
  Push* push = nullptr;

  std::mutex pull_lock;
  std::atomic<InputMode> mode = InputMode::PUSHED;
  Pull* pull = nullptr;  ///< made by the first reader, once upstream runs

  // Seeks in push mode.
  std::mutex seek_lock;
  std::condition_variable seek_changed;
  bool sending = false;  ///< a seek is on its way upstream; one at a time
  Seeker* seeker = nullptr;
  Seek seek;                                     ///< the latest
  Step seek_step;                                ///< its next; upstream is on its way there
  guint32 upstream_seqnum = GST_SEQNUM_INVALID;  ///< of what was sent upstream last
  bool seek_flushed = false;                     ///< downstream was made to flush for `seek`

  std::atomic<GThread*> streaming_thread = nullptr;  ///< that is in chain now

  explicit Private(GstSigmaDec* self) : reporter(self, shared) {}
};

// gstsigmadec.cpp
/// Makes what streaming needs, if it is not there yet. FALSE: out of memory.
bool ensure_started(GstSigmaDec* self);

// gstsigmadecshared.cpp; the others are declared in its header
/// Publishes what the look-up of a place found about the whole input.
void publish_step(GstSigmaDec* self, const Step& step);

// gstsigmadecproperties.cpp
/// Gives the class its properties, and the functions that set and read them.
void install_properties(GObjectClass* object_class);
void post_stats(GstSigmaDec* self);

// gstsigmadecqueries.cpp
gboolean dec_sink_query(GstPad* pad, GstObject* parent, GstQuery* query);
gboolean dec_src_query(GstPad* pad, GstObject* parent, GstQuery* query);

// gstsigmadecupstream.cpp
Upstream ask_upstream(GstPad* sink_pad);
/// Upstream's size, if it can seek in bytes; else kUnknownSize.
guint64 seekable_size(GstSigmaDec* self);
/// Whether downstream may pull from such an upstream: demuxers, which need to go to and fro, may.
/// Others want what is pushed with the bytes: times, caps and events of streams that keep them.
bool may_be_pulled(GstSigmaDec* self, const Upstream& upstream);

// gstsigmadecpush.cpp
GstFlowReturn dec_chain(GstPad* pad, GstObject* parent, GstBuffer* buffer);
gboolean dec_sink_event(GstPad* pad, GstObject* parent, GstEvent* event);
/// Sends stream-start, caps and segment, and the events that waited for them.
void ensure_events(GstSigmaDec* self, sigma::ByteSpan first_bytes);
/// The segment of a seek has been played.
GstFlowReturn end_segment(GstSigmaDec* self);
/// Posts the first error of a stream.
void post_first_error(GstSigmaDec* self, const sigma::Status& status);
/// Whether the peer accepts any bytes without caps or other information.
bool peer_takes_anything(GstSigmaDec* self);

// gstsigmadecframing.cpp
/// Sends events that were held for something that did not come.
void end_events(GstSigmaDec* self);
/// Sends the buffers and events that a chunk describes.
GstFlowReturn play_chunk(GstSigmaDec* self, const sigma::DecodedChunk& chunk);
/// Sends a complete buffer.
GstFlowReturn deliver(GstSigmaDec* self, GstBuffer* buffer);
/// Sends the segment, if it is due, and the events of upstream that had to follow it.
void push_segment(GstSigmaDec* self);

// gstsigmadecsegment.cpp
/// Notes the running time of bytes that arrived.
void note_arrival(Push* push, GstBuffer* buffer);
/// Takes a segment that was read: it may have to wait for its first buffer.
void apply_segment(GstSigmaDec* self);
/// `reader` stands at a buffer of a chunk. If it is the first of its stream, finds out where that
/// begins.
void find_begin(GstSigmaDec* self, const sigma::FramingReader& reader);
/// The segment to send, for the recorded one.
GstSegment make_segment(Push* push);
/// Lets the segment that was sent begin earlier, if a sink would drop the buffer otherwise.
void make_room(GstSigmaDec* self, GstBuffer* buffer);
/// Position in the recorded segment of a time of all streams; NONE if it lies outside.
guint64 position_of(const Framed& framed, guint64 time);
/// Where a buffer lies in the time of all streams.
sigma::BufferTime time_of(const Framed& framed, GstBuffer* buffer);
/// Moves the position on to the end of this buffer.
void follow_time(GstSigmaDec* self, GstBuffer* buffer);

// gstsigmadectimeseek.cpp
/// A seek target in time was found: output goes on there.
void begin_time(GstSigmaDec* self, const Seek& seek, const Step& step);
/// Position of the seek target in the recorded segment.
guint64 place_target(Framed& framed);
/// Handles a buffer that comes before the seek target.
GstFlowReturn seek_buffer(GstSigmaDec* self, GstBuffer* buffer);
/// Ends dropping: no more buffers come that could be the seek target.
GstFlowReturn end_skipping(GstSigmaDec* self);
/// Sends what is held before caps or a segment that it does not belong to.
GstFlowReturn settle_held(GstSigmaDec* self);
/// Whether a buffer lies behind the stop of a seek.
bool is_behind_stop(const Framed& framed, GstBuffer* buffer);

// gstsigmadecpull.cpp
gboolean dec_sink_activate(GstPad* pad, GstObject* parent);
gboolean dec_sink_activate_mode(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active);
gboolean dec_src_activate_mode(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active);
GstFlowReturn dec_get_range(GstPad* pad, GstObject* parent, guint64 offset, guint length,
                            GstBuffer** buffer);
/// Asks the end of the input, which is in pull mode, how much it decodes to. Reads upstream.
void peek_at_end(GstSigmaDec* self);
/// The reader of upstream in pull mode; null without pull mode or memory, or if upstream does not
/// know its size. Under pull_lock.
Pull* ensure_pull(GstSigmaDec* self);
/// Decoded bytes in all, in pull mode; kUnknownSize if they cannot be found out.
guint64 pulled_size(GstSigmaDec* self);

// gstsigmadecloop.cpp
/// Stops the reading task. True if it ran.
bool stop_driving(GstSigmaDec* self);
/// Starts a task of our own that reads upstream. False: upstream cannot be pulled.
bool start_driving(GstSigmaDec* self);
/// Goes to the target of a seek. FALSE if there is none.
gboolean drive_to(GstSigmaDec* self, const Seek& seek);

// gstsigmadecseek.cpp
/// Seeks in decoded bytes, or in a stream with framing, in its time.
gboolean handle_seek(GstSigmaDec* self, GstEvent* event);
/// Lets downstream flow again, where the seek leads.
void resume_downstream(GstSigmaDec* self, const Seek& seek, const Step& step);
/// Before the first byte is decoded: if downstream may want to seek or to know how much there is,
/// and upstream pushes a file, asks its end first. True: upstream went there, and will begin anew.
bool open_upstream(GstSigmaDec* self);
/// Whether an event from upstream belongs to a seek of ours and goes no further.
bool is_own_seek(GstSigmaDec* self, GstEvent* event);
/// Upstream begins to flush for a seek of ours: downstream must, too, if the seek said so.
void begin_flush(GstSigmaDec* self);
/// Upstream was flushed for a seek of ours: what comes next are the bytes that it needs.
void begin_key_search(GstSigmaDec* self);
/// Bytes from upstream while a seek looks for its place.
GstFlowReturn follow_key_search(GstSigmaDec* self, GstBuffer* buffer);
/// Upstream ended while a seek looked for its place.
void end_key_search(GstSigmaDec* self);
/// Forgets what seeks know of upstream's present stream.
void forget_seeks(GstSigmaDec* self);

}  // namespace sigmadec

struct _GstSigmaDec {
  GstElement parent;
  GstPad* sink_pad;
  GstPad* src_pad;
  sigmadec::Private* priv;
};
