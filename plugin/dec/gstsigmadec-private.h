/* sigmadec's parts: what all of them share, pushing, pulling, seeking.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "gst/sigma/access/random_access.hpp"
#include "gst/sigma/decode/ahead_decoder.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "plugin/common/gstsigmaeventparts.h"
#include "plugin/common/gstsigmatasks.h"
#include "plugin/common/gstsigmautil.h"
#include "plugin/dec/gstsigmadec.h"
#include "plugin/dec/gstsigmadecblocks.h"

GST_DEBUG_CATEGORY_EXTERN(gst_sigma_dec_debug);

namespace sigmadec {

constexpr guint64 kUnknownSize = G_MAXUINT64;

/// What the application asked for and what it may read: any thread, under the lock.
struct Shared {
  std::mutex lock;
  uint64_t max_memory = sigma::kDefaultDecoderMemory;
  sigma::OnError on_error = sigma::OnError::FAIL;
  guint threads = 1;
  GstTaskPool* task_pool = nullptr;
  bool started = false;
  sigma::StreamStats stats;
  guint64 chunks_lost = 0;
  guint64 bytes_lost = 0;
  guint64 out_offset = 0;
  guint64 total = kUnknownSize;  ///< decoded bytes in all, once they are known
  bool is_framed = false;        ///< streams that keep buffers and events, as far as is known
  guint64 position = GST_CLOCK_TIME_NONE;  ///< then: in the stream's time
  guint64 duration = GST_CLOCK_TIME_NONE;  ///< then: of all streams, once it is known
  bool is_timeless = false;                ///< there is no index that seeks in time could use
};

/// Posts what a decoder leaves out as warnings, each place once, however often it is read.
class Reporter : public sigma::DamageListener {
 public:
  Reporter(GstSigmaDec* self, Shared& shared) : self_(self), shared_(shared) {}
  void on_damage(const sigma::Damage& damage) override;
  /// At the end of the input: posts one warning for all that is missing, if anything is.
  void sum_up();
  void forget() {
    count_ = 0;
    sum_ = {};
  }
  /// Whether anything was told since it was asked last.
  bool was_told() { return std::exchange(told_, false); }

 private:
  GstSigmaDec* self_;
  Shared& shared_;
  std::array<guint64, 256> places_{};  ///< stream offsets of those reported last
  size_t count_ = 0;
  bool told_ = false;
  GstSigmaLosses sum_;  ///< since the input began
};

/// A seek that was asked for.
struct Seek {
  GstFormat format = GST_FORMAT_BYTES;  ///< or TIME
  gdouble rate = 1.0;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  GstSeekType start_type = GST_SEEK_TYPE_NONE;
  gint64 start = 0;
  GstSeekType stop_type = GST_SEEK_TYPE_NONE;
  gint64 stop = -1;
  guint32 seqnum = GST_SEQNUM_INVALID;
  guint64 id = 0;           ///< of its own: a demuxer may use one seqnum for several seeks
  bool only_opens = false;  ///< nobody asked: it finds out how much there is, and begins at 0
  bool flushes() const { return (flags & GST_SEEK_FLAG_FLUSH) != 0; }
};

/// A time that is sought in a stream with framing, and how it is played from there.
struct Sought {
  bool is_active = false;
  gdouble rate = 1.0;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  GstSegmentFlags segment_flags = GST_SEGMENT_FLAG_NONE;
  guint64 target = 0;                  ///< in the time of all streams, ns
  guint64 stop = GST_CLOCK_TIME_NONE;  ///< likewise
  guint64 base = 0;                    ///< running time that the target has
  bool is_placed = false;              ///< a segment that begins at the target was made
  bool skips = false;         ///< buffers are left out: the one that is sought did not come yet
  bool enters = false;        ///< those before the first that can be entered at
  GstBuffer* held = nullptr;  ///< the last such one that is not behind the target
};

/// How far a stream is with its running time.
enum class Begin : guint8 {
  WAITS,        ///< for the first buffer, where its segment will begin
  PROVISIONAL,  ///< a segment went out, as buffers without times came before any other
  BEGUN,
};

/// What comes out of a stream with framing. "The time of all streams" is stream time in which the
/// first one begins at 0, and each other one where the one before ends.
struct Framed {
  bool is_known = false;  ///< whether streams of this input have framing
  bool is_framed = false;
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
  Sought sought;

  static constexpr guint64 kNoCut = GST_CLOCK_TIME_NONE;

  ~Framed() { forget(); }
  /// Whether segments have to wait for a buffer.
  bool waits() const {
    return sought.skips || (begin == Begin::WAITS && segment.format == GST_FORMAT_TIME);
  }
  /// Drops what is not complete.
  void drop_open();
  void forget();
};

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

/// How upstream can be read. Asking neither reads nor waits.
struct Upstream {
  bool can_pull = false;    ///< at any offset
  bool is_limited = false;  ///< by a network or a download: what is not needed is not asked for
  bool is_file = false;     ///< of this machine: looking at its end costs nothing
  bool is_local = false;    ///< a file, or a descriptor that may be one's
};
Upstream ask_upstream(GstPad* sink_pad);

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
  sigma::Status error;    ///< to be posted when no lock is held
  bool end_told = false;  ///< that the input has no end was said
  Pull(GstPad* sink_pad, guint64 size, uint64_t max_memory, sigma::OnError on_error)
      : source(sink_pad, size), decoder(source, max_memory, on_error) {}
};

/// An upstream that is pushed and can seek: what is not here is asked for by seeking there.
class ProbeSource : public sigma::ByteSource {
 public:
  explicit ProbeSource(guint64 size) : size_(size) {}
  ~ProbeSource() override;
  uint64_t size() const override { return size_; }
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override;
  /// Prepares to take in at least `size` bytes from `offset` on. FALSE: out of memory.
  bool expect(guint64 offset, guint64 size);
  /// Takes bytes that came at `offset`; true when all that was expected is here.
  bool take(guint64 offset, sigma::ByteSpan bytes);

 private:
  struct Blob {
    guint64 offset = 0;
    size_t filled = 0;
    size_t size = 0;
    guint8* data = nullptr;
  };
  guint64 size_;
  std::array<Blob, 32> blobs_;
  size_t latest_ = 0;
};

/// Looks for the place of a seek, in as many steps as upstream has to seek.
struct Seeker {
  ProbeSource source;
  sigma::GlyphBufferPool pool;
  sigma::StreamMap map;
  sigma::OnError on_error;
  Seeker(guint64 size, uint64_t max_memory, sigma::OnError at_damage)
      : source(size),
        pool(static_cast<size_t>(MIN(max_memory, G_MAXSIZE))),
        map(source, pool, at_damage),
        on_error(at_damage) {}
};

/// What a seek has to do next.
struct Step {
  enum { NEEDS_INPUT, FOUND, FROM_START, AT_END, FAILED } what = FAILED;
  guint64 offset = 0;                      ///< where upstream has to go
  sigma::TimePoint point;                  ///< FOUND; of a seek in BYTES the entry alone
  guint64 position = 0;                    ///< what is sought, in the seek's format
  guint64 total = kUnknownSize;            ///< decoded bytes in all, if they are known
  guint64 duration = GST_CLOCK_TIME_NONE;  ///< and how long they play
  sigma::Status status;                    ///< of the look-up
};

struct Private {
  Shared shared;
  Reporter reporter;
  Push* push = nullptr;
  std::mutex pull_lock;
  bool is_pulling = false;           ///< the sink pad is in pull mode; under pull_lock
  Pull* pull = nullptr;              ///< likewise; made by who reads first, once upstream runs
  std::atomic<bool> drives = false;  ///< nobody pushes or pulls: the sink pad's task reads upstream

  // Seeks in push mode, under seek_lock.
  std::mutex seek_lock;
  std::condition_variable seek_changed;
  bool sending = false;  ///< a seek is on its way upstream; one at a time
  Seeker* seeker = nullptr;
  Seek seek;                                     ///< the latest
  guint32 upstream_seqnum = GST_SEQNUM_INVALID;  ///< of what was sent upstream last
  bool seek_flushed = false;                     ///< downstream was made to flush for `seek`
  bool seek_found = false;  ///< upstream was sent to the key that `seek_step` has
  Step seek_step;
  std::atomic<GThread*> streaming_thread = nullptr;  ///< that is in chain now

  explicit Private(GstSigmaDec* self) : reporter(self, shared) {}
};

// gstsigmadec.cpp
/// Makes what streaming needs, if it is not there yet. FALSE: out of memory.
bool ensure_started(GstSigmaDec* self);
void publish_stats(GstSigmaDec* self, const sigma::StreamStats& stats, guint64 out_offset);
/// How much there is becomes known: decoded bytes, and ns, of which each may be unknown still.
void publish_total(GstSigmaDec* self, guint64 total, guint64 duration = GST_CLOCK_TIME_NONE);
/// The same, of an input that was looked at.
void publish_step(GstSigmaDec* self, const Step& step);
guint64 known_total(GstSigmaDec* self);
guint64 known_duration(GstSigmaDec* self);
/// Whether the input's streams have framing, as far as is known.
bool is_framed(GstSigmaDec* self);
/// Upstream's size, if it can be sought in bytes; else kUnknownSize.
guint64 seekable_size(GstSigmaDec* self);
void post_stats(GstSigmaDec* self);

// gstsigmadecpush.cpp
GstFlowReturn dec_chain(GstPad* pad, GstObject* parent, GstBuffer* buffer);
gboolean dec_sink_event(GstPad* pad, GstObject* parent, GstEvent* event);
/// Sends stream-start, caps and segment, and the events that waited for them.
void ensure_events(GstSigmaDec* self, sigma::ByteSpan first_bytes);
/// The segment of a seek has been played.
GstFlowReturn end_segment(GstSigmaDec* self);
/// Posts the first error of a stream.
void post_first_error(GstSigmaDec* self, const sigma::Status& status);
/// Whether the peer takes anything, and needs to know nothing of what it gets.
bool peer_takes_anything(GstSigmaDec* self);

// gstsigmadecframing.cpp
/// What waits for something else to come goes out now.
void end_events(GstSigmaDec* self);
/// Sends on what a chunk says of buffers and events.
GstFlowReturn play_chunk(GstSigmaDec* self, const sigma::DecodedChunk& chunk);
/// Sends on a buffer that is complete.
GstFlowReturn deliver(GstSigmaDec* self, GstBuffer* buffer);
/// The segment, if it is due, goes out, and what upstream sent that had to follow it.
void push_segment(GstSigmaDec* self);

// gstsigmadecsegment.cpp
/// Bytes came: notes their running time.
void note_arrival(Push* push, GstBuffer* buffer);
/// A segment was read: finds out whether it has to wait for its first buffer.
void take_segment(GstSigmaDec* self);
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
/// How far the times go with this buffer.
void follow_time(GstSigmaDec* self, GstBuffer* buffer);

// gstsigmadectimeseek.cpp
/// A time was found: what comes out next goes on there.
void begin_time(GstSigmaDec* self, const Seek& seek, const Step& step);
/// Position in the recorded segment at which what is sought begins.
guint64 place_target(Framed& framed);
/// A buffer while one is sought.
GstFlowReturn seek_buffer(GstSigmaDec* self, GstBuffer* buffer);
/// No more buffers come that could be the one that is sought.
GstFlowReturn end_skipping(GstSigmaDec* self);
/// Before caps or a segment of which what is held is not.
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
/// What reads upstream, in pull mode; null if there is no pull mode, no memory, or if upstream does
/// not say how much there is. Under pull_lock.
Pull* ensure_pull(GstSigmaDec* self);
/// Whether downstream may pull from such an upstream: demuxers, which need to go to and fro, may.
/// Others want what is pushed with the bytes: times, caps and events of streams that keep them.
bool may_be_pulled(GstSigmaDec* self, const Upstream& upstream);
/// Decoded bytes in all, in pull mode; kUnknownSize if they cannot be found out.
guint64 pulled_size(GstSigmaDec* self);

// gstsigmadecloop.cpp
/// Reads from upstream from now on, in a task of our own. False: upstream cannot be pulled.
bool start_driving(GstSigmaDec* self);
/// Goes where a seek leads, if that is somewhere.
gboolean drive_to(GstSigmaDec* self, const Seek& seek);

// gstsigmadecseek.cpp
/// Seeks in decoded bytes, or in a stream with framing, in its time.
gboolean handle_seek(GstSigmaDec* self, GstEvent* event);
/// Looks for the place of a seek as far as the source of `map` gives bytes; the step's status is
/// AGAIN if that is not far enough.
Step look_up(sigma::StreamMap& map, const Seek& seek, sigma::OnError on_error);
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
void begin_probe(GstSigmaDec* self);
/// Bytes from upstream while a seek looks for its place.
GstFlowReturn take_probe(GstSigmaDec* self, GstBuffer* buffer);
/// Upstream ended while a seek looked for its place.
void end_probe(GstSigmaDec* self);
/// Forgets what seeks know of upstream's present stream.
void forget_seeks(GstSigmaDec* self);

}  // namespace sigmadec

struct _GstSigmaDec {
  GstElement parent;
  GstPad* sink_pad;
  GstPad* src_pad;
  sigmadec::Private* priv;
};
