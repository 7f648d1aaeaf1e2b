/* sigmadec's seeks in push mode: decoded positions to upstream's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <new>
#include <utility>

#include "plugin/dec/gstsigmadec-private.h"

#define GST_CAT_DEFAULT gst_sigma_dec_debug

namespace sigmadec {
namespace {

/// Sends upstream to where the look-up needs it, or to the key it found. `sending` is set; no lock
/// is held, as upstream flushes us from inside.
bool send_upstream(GstSigmaDec* self, const Seek& seek, guint64 offset) {
  GstEvent* event =
      gst_event_new_seek(1.0, GST_FORMAT_BYTES,
                         static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
                         GST_SEEK_TYPE_SET, static_cast<gint64>(offset), GST_SEEK_TYPE_NONE, -1);
  {
    std::lock_guard guard(self->priv->seek_lock);
    self->priv->upstream_seqnum = gst_event_get_seqnum(event);
  }
  GST_DEBUG_OBJECT(self, "seek %" G_GUINT64_FORMAT ": upstream goes to %" G_GUINT64_FORMAT, seek.id,
                   offset);
  const bool sent = gst_pad_push_event(self->sink_pad, event);
  std::lock_guard guard(self->priv->seek_lock);
  self->priv->sending = false;
  self->priv->seek_changed.notify_all();
  return sent;
}

/// The decoded position where a seek's segment stops; G_MAXUINT64 if it does not.
guint64 stop_of(const Seek& seek, guint64 position, guint64 total) {
  if (seek.stop_type == GST_SEEK_TYPE_NONE ||
      (seek.stop_type == GST_SEEK_TYPE_SET && seek.stop < 0))
    return G_MAXUINT64;
  gint64 stop = seek.stop;
  if (seek.stop_type == GST_SEEK_TYPE_END) stop += static_cast<gint64>(total);
  return MAX(position, static_cast<guint64>(MAX(stop, 0)));
}

GstFlowReturn fail_seek(GstSigmaDec* self, Seek seek, const sigma::Status& status) {
  Push* push = self->priv->push;
  seek.format = GST_FORMAT_BYTES;
  resume_downstream(self, seek, {});
  post_first_error(self, status);
  return push->flow = GST_FLOW_ERROR;
}

/// The streaming thread does what the look-up asks for next.
GstFlowReturn follow_step(GstSigmaDec* self, const Seek& seek, const Step& step) {
  Push* push = self->priv->push;
  if (step.what == Step::FAILED) return fail_seek(self, seek, step.status);
  if (step.what == Step::AT_END) {
    resume_downstream(self, seek, step);
    ensure_events(self, {});
    GstEvent* eos = gst_event_new_eos();
    gst_event_set_seqnum(eos, seek.seqnum);
    gst_pad_push_event(self->src_pad, eos);
    push->state = PushState::ENDED;
    return push->flow = GST_FLOW_EOS;
  }
  {
    // Whoever asked for this seek may not have come back from upstream yet. If another one was
    // asked for in the meantime, its flush comes next, and this one is done with.
    std::unique_lock lock(self->priv->seek_lock);
    self->priv->seek_changed.wait(
        lock, [&] { return !self->priv->sending || self->priv->seek.id != seek.id; });
    if (self->priv->seek.id != seek.id) return GST_FLOW_OK;
    self->priv->sending = true;
  }
  if (send_upstream(self, seek, step.offset)) return GST_FLOW_OK;
  // While the pipeline is being stopped nobody goes anywhere.
  if (GST_PAD_IS_FLUSHING(self->sink_pad) || GST_PAD_MODE(self->sink_pad) == GST_PAD_MODE_NONE)
    return GST_FLOW_FLUSHING;
  return fail_seek(
      self, seek,
      sigma::Status::error(sigma::ErrorCode::IO, "upstream does not seek any more", step.offset));
}

/// Upstream stands at the beginning.
GstFlowReturn begin_at_start(GstSigmaDec* self, const Seek& seek, const Step& step) {
  Push* push = self->priv->push;
  push->state = PushState::OPENED;
  push->decoder.reset();
  if (!seek.only_opens)
    resume_downstream(self, seek, step);
  else
    publish_step(self, step);
  return GST_FLOW_OK;
}

/// Upstream stands at the key: decoding begins.
GstFlowReturn begin_at_key(GstSigmaDec* self, const Seek& seek, const Step& step) {
  Push* push = self->priv->push;
  GST_DEBUG_OBJECT(self,
                   "seek %" G_GUINT64_FORMAT ": decoding begins at %" G_GUINT64_FORMAT
                   ", for %" G_GUINT64_FORMAT,
                   seek.id, step.offset, step.position);
  resume_downstream(self, seek, step);
  const sigma::Status status = push->decoder.start_at(step.point.entry);
  if (status.ok()) return GST_FLOW_OK;
  post_first_error(self, status);
  return push->flow = GST_FLOW_ERROR;
}

bool parse_seek(GstEvent* event, Seek& seek) {
  gst_event_parse_seek(event, &seek.rate, &seek.format, &seek.flags, &seek.start_type, &seek.start,
                       &seek.stop_type, &seek.stop);
  seek.seqnum = gst_event_get_seqnum(event);
  const bool is_reversed =
      seek.start_type == seek.stop_type && seek.stop >= 0 && seek.start > seek.stop;
  // Nothing is decoded backwards; and where the reader happens to be is not known here.
  const bool is_known = seek.format == GST_FORMAT_BYTES || seek.format == GST_FORMAT_TIME;
  return is_known && seek.rate > 0 && seek.start_type != GST_SEEK_TYPE_NONE && !is_reversed;
}

/// Whether what is known already speaks against it: later, on upstream's way, it would be an error.
bool may_lead_somewhere(GstSigmaDec* self, const Seek& seek) {
  const bool is_time = seek.format == GST_FORMAT_TIME;
  if (is_time != is_framed(self)) return false;
  if (known_total(self) == kUnknownSize) return true;
  guint64 position = 0;
  const guint64 end = is_time ? known_duration(self) : known_total(self);
  return end <= G_MAXINT64 && target_of(seek, end, position);
}

/// The seeker for upstream's present stream. Under seek_lock.
bool ensure_seeker(GstSigmaDec* self, guint64 size) {
  Private* priv = self->priv;
  if (priv->seeker != nullptr && priv->seeker->source.size() == size) return true;
  delete priv->seeker;
  priv->seeker = new (std::nothrow) Seeker(size, max_memory(self), on_error(self));
  return priv->seeker != nullptr;
}

/// Makes it the present one, on its way upstream. Under seek_lock.
void accept_seek(Private* priv, Seek& seek, const Step& step) {
  seek.id = priv->seek.id + 1;
  priv->seek = seek;
  priv->sending = true;
  priv->seek_step = step;
  priv->seek_flushed = false;
  priv->seek_changed.notify_all();
}

}  // namespace

void resume_downstream(GstSigmaDec* self, const Seek& seek, const Step& step) {
  Push* push = self->priv->push;
  const bool is_time = seek.format == GST_FORMAT_TIME;
  push->state = PushState::OPENED;  // the seek has looked at the end
  gst_segment_init(&push->segment, seek.format);
  const guint64 stop = stop_of(seek, step.position, is_time ? step.duration : step.total);
  gst_segment_do_seek(&push->segment, seek.rate, seek.format, seek.flags, GST_SEEK_TYPE_SET,
                      step.position, GST_SEEK_TYPE_SET, stop, nullptr);
  push->seqnum = seek.seqnum;
  push->events_due =
      !is_time && step.position == 0 ? EventsDue::CAPS_AND_SEGMENT : EventsDue::SEGMENT;
  push->discont = true;
  push->flow = GST_FLOW_OK;
  push->unwanted = 0;
  push->origin = 0;
  push->out_offset = is_time ? step.point.entry.base + step.point.entry.raw_offset : step.position;
  if (is_time) begin_time(self, seek, step);
  if (step.total != kUnknownSize) publish_total(self, step.total, step.duration);
}

bool open_upstream(GstSigmaDec* self) {
  Private* priv = self->priv;
  const bool is_first = priv->push->origin == 0 && priv->push->input_offset == 0;
  if (!is_first || known_total(self) != kUnknownSize || peer_takes_anything(self)) return false;
  // What can be pulled and pushes all the same may be typefind, which loses its place when it is
  // sent elsewhere from its own thread. Others than files may not get back to where they were.
  const Upstream upstream = ask_upstream(self->sink_pad);
  if (upstream.can_pull || upstream.is_limited || !upstream.is_local) return false;
  const guint64 size = seekable_size(self);
  if (size == kUnknownSize) return false;
  Seek seek;
  seek.only_opens = true;
  seek.seqnum = gst_util_seqnum_next();
  Step step;
  {
    std::lock_guard guard(priv->seek_lock);
    // Somebody else seeks already.
    if (priv->sending || !ensure_seeker(self, size)) return false;
    step = next_step(*priv->seeker, seek);
    if (step.what != Step::NEEDS_INPUT) return false;
    accept_seek(priv, seek, step);
  }
  return send_upstream(self, seek, step.offset);
}

gboolean handle_seek(GstSigmaDec* self, GstEvent* event) {
  Private* priv = self->priv;
  Seek seek;
  if (!parse_seek(event, seek) || !may_lead_somewhere(self, seek)) return FALSE;
  if (GST_PAD_MODE(self->sink_pad) == GST_PAD_MODE_PULL) return drive_to(self, seek);
  const guint64 size = seekable_size(self);
  if (size == kUnknownSize) return FALSE;
  Step step;
  {
    std::unique_lock lock(priv->seek_lock);
    // The streaming thread must not wait here: the sender of a seek may be waiting for it.
    if (priv->sending && priv->streaming_thread == g_thread_self()) return FALSE;
    priv->seek_changed.wait(lock, [&] { return !priv->sending; });
    if (!ensure_seeker(self, size)) return FALSE;
    step = next_step(*priv->seeker, seek);
    if (step.what == Step::FAILED) {
      GST_WARNING_OBJECT(self, "cannot seek: %s", sigma::describe(step.status).text);
      return FALSE;
    }
    accept_seek(priv, seek, step);
  }
  // At the end there is nothing to read, but the streaming thread has to take notice.
  return send_upstream(self, seek, step.what == Step::AT_END ? size - 1 : step.offset);
}

void begin_flush(GstSigmaDec* self) {
  Seek seek;
  {
    std::lock_guard guard(self->priv->seek_lock);
    // One seek takes upstream to several places.
    if (std::exchange(self->priv->seek_flushed, true)) return;
    seek = self->priv->seek;
  }
  if (!seek.flushes()) return;
  GstEvent* event = gst_event_new_flush_start();
  gst_event_set_seqnum(event, seek.seqnum);
  gst_pad_push_event(self->src_pad, event);
}

bool is_own_seek(GstSigmaDec* self, GstEvent* event) {
  std::lock_guard guard(self->priv->seek_lock);
  return gst_event_get_seqnum(event) == self->priv->upstream_seqnum;
}

void begin_key_search(GstSigmaDec* self) {
  Push* push = self->priv->push;
  Seek seek;
  {
    std::lock_guard guard(self->priv->seek_lock);
    seek = self->priv->seek;
  }
  // Who asked for the seek expects downstream to be flushed when it returns. Only the first of the
  // seeks that it takes upstream concerns downstream.
  if (seek.flushes() && push->searched_seek != seek.id) {
    GstEvent* event = gst_event_new_flush_stop(TRUE);
    gst_event_set_seqnum(event, seek.seqnum);
    gst_pad_push_event(self->src_pad, event);
  }
  GST_DEBUG_OBJECT(self, "seek %" G_GUINT64_FORMAT ": upstream was flushed", seek.id);
  push->epoch++;
  push->state = PushState::SEARCHING;
  push->searched_seek = seek.id;
}

GstFlowReturn follow_key_search(GstSigmaDec* self, GstBuffer* buffer) {
  Private* priv = self->priv;
  Push* push = priv->push;
  Seek seek;
  Step step;
  bool is_at_key = false;
  {
    std::lock_guard guard(priv->seek_lock);
    // Another seek was asked for: its flush is on the way.
    if (priv->seeker == nullptr || push->searched_seek != priv->seek.id) return GST_FLOW_OK;
    seek = priv->seek;
    is_at_key = priv->seek_step.what != Step::NEEDS_INPUT;
    if (!is_at_key) {
      bool complete = false;
      const guint64 begin = push->input_offset;
      const auto take = [&](const guint8* data, gsize size) {
        complete = priv->seeker->source.take(push->input_offset, {data, size});
        push->input_offset += size;
        return !complete;
      };
      if (!gst_sigma_for_each_memory(GST_ELEMENT(self), buffer, take)) return GST_FLOW_ERROR;
      push->input_offset = begin + gst_buffer_get_size(buffer);
      if (!complete) return GST_FLOW_OK;
      priv->seek_step = next_step(*priv->seeker, seek);
    }
    step = priv->seek_step;
  }
  if (!is_at_key || step.what == Step::AT_END) return follow_step(self, seek, step);
  if (push->input_offset != step.offset)
    return fail_seek(
        self, seek,
        sigma::Status::error(sigma::ErrorCode::IO, "upstream does not go where it is sent",
                             push->input_offset));
  const GstFlowReturn flow = step.what == Step::FROM_START ? begin_at_start(self, seek, step)
                                                           : begin_at_key(self, seek, step);
  // These are the first bytes behind the seek.
  return flow == GST_FLOW_OK ? dec_chain(self->sink_pad, GST_OBJECT(self), gst_buffer_ref(buffer))
                             : flow;
}

void end_key_search(GstSigmaDec* self) {
  Seek seek;
  {
    std::lock_guard guard(self->priv->seek_lock);
    seek = self->priv->seek;
    // Another seek was asked for: its flush is on the way.
    if (self->priv->push->searched_seek != seek.id) return;
  }
  fail_seek(self, seek,
            sigma::Status::error(sigma::ErrorCode::IO, "upstream ends before its size",
                                 self->priv->push->input_offset));
  gst_pad_push_event(self->src_pad, gst_event_new_eos());
}

void forget_seeks(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->seek_lock);
  delete std::exchange(self->priv->seeker, nullptr);
  self->priv->upstream_seqnum = GST_SEQNUM_INVALID;
}

}  // namespace sigmadec
