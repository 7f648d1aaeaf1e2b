/* Segments of streams that keep buffers: where a stream begins, in running time and in stream time.
 *
 * A stream begins with its first buffer, whenever that was recorded: in running time where the
 * stream before ended, or when its bytes arrived, if those have a running time; in stream time at 0
 * or where the stream before ended. From there on all times are as they were recorded. Behind a
 * sigmaenc of the same pipeline nothing is moved: the recorded running times are the pipeline's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>
#include <utility>

#include "plugin/common/gstsigmapayloads.h"
#include "plugin/dec/gstsigmadec-private.h"

namespace sigmadec {
namespace {

constexpr guint64 kNone = GST_CLOCK_TIME_NONE;
/// No time of a sound stream is near it, and two of them can be added.
constexpr gint64 kMaxTime = G_MAXINT64 / 4;

gint64 bounded(guint64 time) {
  return static_cast<gint64>(MIN(time, static_cast<guint64>(kMaxTime)));
}

/// Running time by the recorded segment, also of what lies before it.
gint64 running_time(const GstSegment& segment, guint64 position) {
  guint64 time = 0;
  const gint sign = gst_segment_to_running_time_full(&segment, GST_FORMAT_TIME, position, &time);
  return sign < 0 ? -bounded(time) : sign > 0 ? bounded(time) : 0;
}

/// A time that was stretched by a rate, which may be any.
guint64 bounded(gdouble time) {
  return time < static_cast<gdouble>(kMaxTime) ? static_cast<guint64>(time) : guint64{kMaxTime};
}

/// Where a recorded place in stream time lies in the time of all streams.
guint64 place_in_all(const Framed& framed, guint64 place) {
  const guint64 origin = framed.origin != Framed::kNoCut ? framed.origin : 0;
  const guint64 since = place - MIN(place, origin);
  return framed.time_base + MIN(since, kNone - 1 - framed.time_base);
}

/// Running time at which the next stream begins.
gint64 next_running_time(const Push* push) {
  const guint64 arrival = push->arrival != kNone ? push->arrival : 0;
  return bounded(MAX(push->framed.running_end, arrival));
}

/// Whether an encoder in this pipeline made the stream just now.
bool is_behind_encoder(GstSigmaDec* self) {
  if (GST_PAD_MODE(self->sink_pad) != GST_PAD_MODE_PUSH) return false;
  GstQuery* query =
      gst_query_new_custom(GST_QUERY_CUSTOM, gst_structure_new_empty(GST_SIGMA_QUERY_RUNNING_TIME));
  const bool is_behind = gst_pad_peer_query(self->sink_pad, query) != FALSE;
  gst_query_unref(query);
  return is_behind;
}

/// The earliest position of the buffers in the segment that begin in this chunk, from that at which
/// `reader` stands on: pictures may be shown in another order. kNone if they have no times.
guint64 earliest(const sigma::FramingReader& reader) {
  using Item = sigma::FramingReader::Item;
  sigma::FramingReader ahead = reader;
  guint64 pts = kNone;
  guint64 dts = kNone;
  do {
    if (ahead.item() == Item::EVENT && ahead.event() == sigma::FramedEvent::SEGMENT) break;
    if (ahead.item() != Item::BUFFER) continue;
    pts = MIN(pts, ahead.buffer().pts);
    if (ahead.buffer().pts == kNone) dts = MIN(dts, ahead.buffer().dts);
  } while (ahead.next());
  // Of the first one a sink looks at what there is.
  if (reader.buffer().pts == kNone) pts = MIN(pts, reader.buffer().dts);
  return pts != kNone ? pts : dts;
}

/// The segment begins so that `position` plays at `running`, which is in running time from where a
/// seek led, at rate 1.
void set_running_time(GstSegment& out, const SeekTarget& seek_target, gint64 running,
                      gdouble rate) {
  const gdouble ahead = static_cast<gdouble>(ABS(running));
  out.base = seek_target.base;
  if (running >= 0 && seek_target.rate == 1.0)
    out.base += static_cast<guint64>(running);
  else if (running >= 0)
    out.base += bounded(ahead / seek_target.rate);
  else if (ABS(rate) == 1.0)
    out.offset += static_cast<guint64>(-running);
  else
    out.offset += bounded(ahead * ABS(rate));
}

/// What lies before the beginning of the stream is cut off, also of a segment that comes later: it
/// would have no stream time.
guint64 cut_at_origin(const Framed& framed) {
  const GstSegment& in = framed.segment;
  if (framed.origin == Framed::kNoCut || in.rate <= 0 ||
      gst_segment_to_stream_time(&in, GST_FORMAT_TIME, in.start) >= framed.origin)
    return Framed::kNoCut;
  return gst_segment_position_from_stream_time(&in, GST_FORMAT_TIME, framed.origin);
}

/// The target of a seek, if it was not reached yet, or else the stream begins with this segment.
void begin_segment(Push* push) {
  Framed& framed = push->framed;
  const GstSegment& in = framed.segment;
  // One that was recorded while it was played backwards is played as it is.
  if (framed.seek_target.is_active() && !framed.seek_target.is_placed && in.rate > 0) {
    framed.cut = place_target(framed);
    framed.shift = -running_time(in, framed.cut);
    framed.begin = Begin::BEGUN;
  } else if (framed.begin == Begin::WAITS) {
    framed.shift = next_running_time(push) - running_time(in, in.rate > 0 ? in.start : in.stop);
    framed.begin = Begin::PROVISIONAL;
  }
}

}  // namespace

void note_arrival(Push* push, GstBuffer* buffer) {
  if (push->input_segment.format != GST_FORMAT_TIME || !GST_BUFFER_PTS_IS_VALID(buffer)) return;
  const guint64 time =
      gst_segment_to_running_time(&push->input_segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  if (time != kNone) push->arrival = time;
}

void apply_segment(GstSigmaDec* self) {
  Framed& framed = self->priv->push->framed;
  framed.has_no_times = false;
  if (framed.segment.format != GST_FORMAT_TIME || framed.begin != Begin::WAITS) return;
  framed.is_direct = !framed.seek_target.is_active() && is_behind_encoder(self);
  if (!framed.is_direct) return;
  framed.begin = Begin::BEGUN;
  framed.shift = 0;
  framed.origin = framed.time_base = 0;
}

void find_begin(GstSigmaDec* self, const sigma::FramingReader& reader) {
  Push* push = self->priv->push;
  Framed& framed = push->framed;
  if (framed.begin == Begin::BEGUN || framed.has_no_times) return;
  if (framed.segment.format == GST_FORMAT_UNDEFINED) {
    gst_segment_init(&framed.segment, GST_FORMAT_TIME);
    framed.segment_due = true;
  }
  if (framed.segment.format != GST_FORMAT_TIME) return;
  const GstSegment& in = framed.segment;
  guint64 begin = earliest(reader);
  framed.has_no_times = begin == kNone;
  if (begin == kNone) return;
  const bool is_inside = begin > in.start && (in.stop == kNone || begin <= in.stop);
  if (!is_inside) begin = in.start;
  const gint64 shift =
      next_running_time(push) - running_time(in, in.rate > 0 ? begin : MAX(begin, in.stop));
  const guint64 place = gst_segment_to_stream_time(&in, GST_FORMAT_TIME, begin);
  framed.origin = in.rate > 0 && place != kNone ? place : 0;
  // A segment that was sent for buffers without times may do as it is.
  const bool is_same = framed.begin == Begin::PROVISIONAL && begin == in.start &&
                       shift == framed.shift && framed.origin == 0;
  framed.segment_due = framed.segment_due || (framed.begin == Begin::PROVISIONAL && !is_same);
  framed.begin = Begin::BEGUN;
  framed.shift = shift;
  if (in.rate > 0 && begin != in.start) framed.cut = begin;
}

GstSegment make_segment(Push* push) {
  Framed& framed = push->framed;
  const GstSegment& in = framed.segment;
  GstSegment out = in;
  if (in.format != GST_FORMAT_TIME || framed.is_direct) return out;
  const SeekTarget& seek_target = framed.seek_target;
  const bool is_target = seek_target.is_active() && !seek_target.is_placed && in.rate > 0;
  begin_segment(push);
  guint64 cut = std::exchange(framed.cut, Framed::kNoCut);
  if (cut == Framed::kNoCut) cut = cut_at_origin(framed);
  gint64 running = bounded(in.base) + framed.shift;
  if (cut != Framed::kNoCut) {
    running = running_time(in, cut) + framed.shift;
    out.start = out.position = cut;
    out.offset = 0;
  }
  const guint64 place = gst_segment_to_stream_time(&in, GST_FORMAT_TIME, out.start);
  if (in.time != kNone && in.rate > 0)
    out.time = place != kNone ? place_in_all(framed, place) : framed.time_base;
  set_running_time(out, seek_target, running, in.rate);
  if (!seek_target.is_active() || in.rate <= 0) return out;
  if (is_target && seek_target.stop != kNone)
    if (const guint64 stop = position_of(framed, seek_target.stop); stop != kNone) out.stop = stop;
  out.rate *= seek_target.rate;
  out.flags = static_cast<GstSegmentFlags>(out.flags | seek_target.segment_flags);
  return out;
}

void make_room(GstSigmaDec* self, GstBuffer* buffer) {
  Framed& framed = self->priv->push->framed;
  const GstSegment& in = framed.segment;
  GstSegment& sent = framed.sent_segment;
  const guint64 time =
      GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : GST_BUFFER_DTS(buffer);
  // What depends on buffers before the first one cannot be shown, and was not meant to be.
  if (in.format != GST_FORMAT_TIME || in.rate <= 0 || framed.is_direct ||
      framed.seek_target.is_active() || time == kNone || time >= sent.start || time < in.start ||
      GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT))
    return;
  const guint64 earlier = sent.start - time;
  sent.start = sent.position = time;
  sent.offset += earlier;
  sent.time -= MIN(sent.time, earlier);
  gst_pad_push_event(self->src_pad, gst_event_new_segment(&sent));
}

sigma::BufferTime time_of(const Framed& framed, GstBuffer* buffer) {
  sigma::BufferTime time = gst_sigma_time_of(framed.segment, buffer);
  if (time.begin != sigma::kNoTime) time.begin = place_in_all(framed, time.begin);
  if (time.end != sigma::kNoTime) time.end = place_in_all(framed, time.end);
  return time;
}

guint64 position_of(const Framed& framed, guint64 time) {
  const guint64 origin = framed.origin != Framed::kNoCut ? framed.origin : 0;
  const guint64 since = time - MIN(time, framed.time_base);
  return gst_segment_position_from_stream_time(&framed.segment, GST_FORMAT_TIME,
                                               origin + MIN(since, kNone - 1 - origin));
}

void follow_time(GstSigmaDec* self, GstBuffer* buffer) {
  Push* push = self->priv->push;
  Framed& framed = push->framed;
  const guint64 time =
      GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : GST_BUFFER_DTS(buffer);
  if (framed.segment.format != GST_FORMAT_TIME || time == kNone) return;
  const guint64 duration = GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0;
  const guint64 end = time + MIN(duration, kNone - 1 - time);
  const gint64 running = running_time(framed.segment, MIN(end, framed.segment.stop)) + framed.shift;
  framed.running_end = MAX(framed.running_end, static_cast<guint64>(MAX(running, 0)));
  const guint64 reached = gst_segment_to_running_time(&framed.sent_segment, GST_FORMAT_TIME,
                                                      MIN(end, framed.sent_segment.stop));
  if (reached != kNone) push->running_time = MAX(push->running_time, reached);
  const sigma::BufferTime stream_time = time_of(framed, buffer);
  if (stream_time.begin == sigma::kNoTime) return;
  framed.time_end = MAX(framed.time_end, stream_time.end - framed.time_base);
  std::lock_guard guard(self->priv->shared.lock);
  self->priv->shared.position = stream_time.begin;
}

}  // namespace sigmadec
