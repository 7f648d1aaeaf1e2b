/* sigmadec in push mode: bytes in, chunks out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/base/gsttypefindhelper.h>

#include <cstring>
#include <utility>

#include "plugin/dec/gstsigmadec-private.h"

#define GST_CAT_DEFAULT gst_sigma_dec_debug

namespace sigmadec {

Push::Push(const Shared& shared, sigma::DamageListener* listener)
    : decoder(shared.max_memory, shared.on_error) {
  decoder.set_listener(listener);
  // Where there is no memory for the decoder, pushing bytes tells so.
  static_cast<void>(decoder.set_chunk_memory(&blocks));
  const guint threads = shared.threads != 0 ? shared.threads : g_get_num_processors();
  if (threads > 1) {
    tasks.open(shared.task_pool, MIN(threads, sigma::kMaxThreads));
    static_cast<void>(decoder.set_threads(&tasks, threads));
  }
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  gst_segment_init(&input_segment, GST_FORMAT_UNDEFINED);
  framed.forget();
}

void Push::drop_events() {
  g_queue_clear_full(&held_events,
                     [](gpointer event) { gst_event_unref(static_cast<GstEvent*>(event)); });
}

void Push::start_over() {
  decoder.reset();
  blocks.forget();
  state = PushState::FRESH;
  events_due = EventsDue::CAPS_AND_SEGMENT;
  discont = true;
  flow = GST_FLOW_OK;
  unwanted = 0;
  framed.forget();
  framed.running_end = running_time;
  arrival = GST_CLOCK_TIME_NONE;
  epoch++;
  origin = out_offset;
  // A segment from 0 would make a sink that can seek write over what it has.
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  segment.start = segment.time = segment.position = segment.base = origin;
  seqnum = GST_SEQNUM_INVALID;
}

namespace {

/// Caps of the decoded bytes, if anybody downstream wants to know: the typefinders cost memory that
/// a peer that takes anything need not pay.
GstCaps* find_caps(GstSigmaDec* self, sigma::ByteSpan bytes) {
  if (bytes.empty() || peer_takes_anything(self)) return nullptr;
  return gst_type_find_helper_for_data(GST_OBJECT(self), bytes.data(), bytes.size(), nullptr);
}

/// A buffer of decoded bytes, or NULL without memory.
GstBuffer* make_buffer(Push* push, sigma::ByteSpan bytes, guint64 begin) {
  GstBuffer* buffer = push->blocks.make_buffer(bytes);
  if (buffer == nullptr) return nullptr;
  if (begin != push->out_offset) push->discont = true;  // something is missing before it
  push->out_offset = begin + bytes.size();
  GST_BUFFER_OFFSET(buffer) = begin;
  GST_BUFFER_OFFSET_END(buffer) = push->out_offset;
  if (std::exchange(push->discont, false)) GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
  return buffer;
}

GstFlowReturn push_chunk(GstSigmaDec* self, const sigma::DecodedChunk& chunk) {
  Push* push = self->priv->push;
  Framed& framed = push->framed;
  const InputKind kind = chunk.is_framed ? InputKind::FRAMED : InputKind::BYTES;
  if (framed.kind != InputKind::UNKNOWN && framed.kind != kind) {
    post_first_error(self, sigma::Status::error(sigma::ErrorCode::UNSUPPORTED_PACKET,
                                                "joined streams have different framings"));
    return GST_FLOW_ERROR;
  }
  framed.kind = kind;
  {
    std::lock_guard guard(self->priv->shared.lock);
    self->priv->shared.is_framed = chunk.is_framed;
  }
  if (chunk.is_framed) return play_chunk(self, chunk);
  sigma::ByteSpan bytes = chunk.bytes;
  guint64 begin = push->origin + chunk.position;
  if (begin + bytes.size() <= push->segment.start) return GST_FLOW_OK;
  if (begin < push->segment.start) {
    bytes = bytes.subspan(static_cast<size_t>(push->segment.start - begin));
    begin = push->segment.start;
  }
  const guint64 stop = push->segment.stop;
  const bool reaches_stop = stop != G_MAXUINT64 && begin + bytes.size() >= stop;
  if (reaches_stop) bytes = bytes.first(static_cast<size_t>(stop > begin ? stop - begin : 0));
  const guint64 epoch = push->epoch;
  ensure_events(self, bytes);
  // The caps may have brought a demuxer, which sought, or which pulls from now on.
  if (push->epoch != epoch || GST_PAD_MODE(self->src_pad) != GST_PAD_MODE_PUSH)
    return GST_FLOW_FLUSHING;
  if (bytes.empty()) return end_segment(self);
  GstBuffer* buffer = make_buffer(push, bytes, begin);
  if (buffer == nullptr) {
    post_first_error(
        self, sigma::Status::error(sigma::ErrorCode::NO_MEMORY, "out of memory", 0, bytes.size()));
    return GST_FLOW_ERROR;
  }
  const GstFlowReturn flow = gst_pad_push(self->src_pad, buffer);
  return flow == GST_FLOW_OK && reaches_stop && epoch == push->epoch ? end_segment(self) : flow;
}

/// Takes chunks out of the decoder and pushes them. FALSE: a flush or seek came in between, and
/// nothing of before counts any more.
bool push_chunks(GstSigmaDec* self, sigma::Status& status) {
  Push* push = self->priv->push;
  const guint64 epoch = push->epoch;
  while (status.ok() && push->flow == GST_FLOW_OK) {
    sigma::DecodedChunk chunk;
    const sigma::Result<bool> more = push->decoder.next(chunk);
    publish_stats(self, push->decoder.stats(), push->out_offset);
    status = more.status;
    if (!more.ok() || !more.value) break;
    if (!chunk.bytes.empty()) push->blocks.take(chunk.bytes);
    const GstFlowReturn flow = push_chunk(self, chunk);
    if (push->epoch != epoch) return false;
    push->flow = flow;
  }
  return true;
}

GstFlowReturn decode_bytes(GstSigmaDec* self, sigma::ByteSpan bytes) {
  Push* push = self->priv->push;
  sigma::Status status = push->decoder.push(bytes);
  if (!push_chunks(self, status)) return GST_FLOW_OK;
  if (status.ok()) return push->flow;
  post_first_error(self, status);
  return GST_FLOW_ERROR;
}

/// Makes known which thread streams while it does.
class StreamingThread {
 public:
  explicit StreamingThread(GstSigmaDec* self)
      : place_(self->priv->streaming_thread), before_(place_.exchange(g_thread_self())) {}
  ~StreamingThread() { place_ = before_; }
  StreamingThread(const StreamingThread&) = delete;
  StreamingThread& operator=(const StreamingThread&) = delete;

 private:
  std::atomic<GThread*>& place_;
  GThread* before_;
};

/// Pushes all that has come, so that what comes next downstream cannot overtake it.
void drain(GstSigmaDec* self) {
  const StreamingThread streaming(self);
  Push* push = self->priv->push;
  const bool decodes = push->state != PushState::SEARCHING && push->state != PushState::FAILED;
  if (!decodes || push->flow != GST_FLOW_OK) return;
  sigma::Status status;
  push->decoder.flush();
  if (push_chunks(self, status) && !status.ok()) post_first_error(self, status);
}

/// The input is complete. That the stream is not is an error, unless downstream wanted no more of
/// it. FALSE: a flush or seek came in between.
bool end_input(GstSigmaDec* self) {
  Push* push = self->priv->push;
  if (push->flow != GST_FLOW_OK) return true;
  sigma::Status status;
  push->decoder.end_input();
  if (!push_chunks(self, status)) return false;
  const bool is_decoded = status.ok();
  if (is_decoded && push->flow == GST_FLOW_OK) status = push->decoder.finish();
  publish_stats(self, push->decoder.stats(), push->out_offset);
  // Of a recording that was cut off all that is complete was played, and no more of it comes.
  const bool is_cut_recording =
      is_decoded && push->framed.is_framed() && status.code == sigma::ErrorCode::TRUNCATED;
  if (is_cut_recording)
    gst_sigma_post_status(GST_ELEMENT(self), GST_MESSAGE_WARNING, status);
  else if (!status.ok())
    post_first_error(self, status);
  return true;
}

/// How long all streams were, as far as their buffers tell.
guint64 played_time(const Framed& framed) {
  return framed.is_framed() && framed.segment.format == GST_FORMAT_TIME
             ? framed.time_base + framed.time_end
             : GST_CLOCK_TIME_NONE;
}

/// FALSE: the event goes no further.
bool handle_eos(GstSigmaDec* self) {
  const StreamingThread streaming(self);
  Push* push = self->priv->push;
  if (push->state == PushState::SEARCHING) {
    end_key_search(self);
    return false;
  }
  const bool is_first_input = push->origin == 0;
  const bool ended_before = push->state == PushState::ENDED;
  if (!end_input(self)) return false;
  const bool is_sought = push->framed.seek_target.is_active();
  if (push->framed.seek_target.drops() && push->flow == GST_FLOW_OK)
    push->flow = end_skipping(self);
  ensure_events(self, {});
  const bool has_failed = push->state == PushState::FAILED;
  if (is_first_input && !has_failed && push->flow == GST_FLOW_OK && !is_sought) {
    const guint64 total = known_total(self);
    publish_total(self, total != kUnknownSize ? total : push->decoder.position(),
                  played_time(push->framed));
  }
  self->priv->reporter.sum_up();
  post_stats(self);
  const bool ends_segment =
      !ended_before && !has_failed && (push->segment.flags & GST_SEGMENT_FLAG_SEGMENT) != 0;
  if (ends_segment) end_segment(self);
  push->start_over();
  // The end of a seek's segment was told already.
  return !ended_before && !ends_segment;
}

}  // namespace

GstFlowReturn end_segment(GstSigmaDec* self) {
  Push* push = self->priv->push;
  if (push->state != PushState::FAILED) push->state = PushState::ENDED;
  GstEvent* event = nullptr;
  if ((push->segment.flags & GST_SEGMENT_FLAG_SEGMENT) != 0) {
    const GstFormat format = push->segment.format;
    const guint64 reached = format == GST_FORMAT_TIME
                                ? push->framed.time_base + push->framed.time_end
                                : push->out_offset;
    const guint64 end = push->segment.stop;
    const auto stop = static_cast<gint64>(end != G_MAXUINT64 ? end : reached);
    GstMessage* message = gst_message_new_segment_done(GST_OBJECT(self), format, stop);
    gst_message_set_seqnum(message, push->seqnum);
    gst_element_post_message(GST_ELEMENT(self), message);
    event = gst_event_new_segment_done(format, stop);
  } else {
    event = gst_event_new_eos();
  }
  if (push->seqnum != GST_SEQNUM_INVALID) gst_event_set_seqnum(event, push->seqnum);
  gst_pad_push_event(self->src_pad, event);
  return GST_FLOW_EOS;
}

void ensure_events(GstSigmaDec* self, sigma::ByteSpan first_bytes) {
  Push* push = self->priv->push;
  if (push->framed.is_framed()) return end_events(self);
  const EventsDue due = std::exchange(push->events_due, EventsDue::NONE);
  if (due == EventsDue::NONE) return;
  push->discont = true;
  if (push->stream_start != nullptr)
    gst_pad_push_event(self->src_pad, std::exchange(push->stream_start, nullptr));
  GstCaps* caps = due == EventsDue::CAPS_AND_SEGMENT ? find_caps(self, first_bytes) : nullptr;
  gst_sigma_push_initial_events(GST_ELEMENT(self), self->src_pad, caps, &push->segment,
                                push->seqnum);
  if (caps != nullptr) gst_caps_unref(caps);
  while (GST_PAD_MODE(self->src_pad) != GST_PAD_MODE_PULL && !g_queue_is_empty(&push->held_events))
    gst_pad_push_event(self->src_pad, static_cast<GstEvent*>(g_queue_pop_head(&push->held_events)));
}

bool peer_takes_anything(GstSigmaDec* self) {
  GstCaps* accepted = gst_pad_peer_query_caps(self->src_pad, nullptr);
  const bool anything = gst_caps_is_any(accepted) && gst_pad_is_linked(self->src_pad);
  gst_caps_unref(accepted);
  return anything;
}

void post_first_error(GstSigmaDec* self, const sigma::Status& status) {
  if (std::exchange(self->priv->push->state, PushState::FAILED) != PushState::FAILED)
    gst_sigma_post_error(GST_ELEMENT(self), status);
}

/// What upstream is told. A demuxer that has all of its file says EOS while the index and the end
/// packet are still on their way. In a queue (of GStreamer 1.22) a query waits for ever behind an
/// EOS that comes back; so that little is taken, and the end comes by itself.
static GstFlowReturn answer_upstream(Push* push, GstFlowReturn flow, gsize size) {
  constexpr guint64 kTail = guint64{64} << 10;
  if (flow != GST_FLOW_EOS || push->state == PushState::FAILED) return flow;
  push->unwanted += size;
  return push->unwanted <= kTail ? GST_FLOW_OK : GST_FLOW_EOS;
}

/// Decodes what came.
static GstFlowReturn decode_buffer(GstSigmaDec* self, GstBuffer* buffer) {
  Push* push = self->priv->push;
  if (push->state == PushState::OPENED) push->state = PushState::DECODING;
  note_arrival(push, buffer);
  const guint64 epoch = push->epoch;
  GstFlowReturn flow = GST_FLOW_OK;
  const auto decode = [&](const guint8* data, gsize size) {
    flow = decode_bytes(self, {data, size});
    return flow == GST_FLOW_OK && push->epoch == epoch;
  };
  return gst_sigma_for_each_memory(GST_ELEMENT(self), buffer, decode) ? flow : GST_FLOW_ERROR;
}

static GstFlowReturn handle_input(GstSigmaDec* self, GstBuffer* buffer) {
  Push* push = self->priv->push;
  if (push->state == PushState::SEARCHING) return follow_key_search(self, buffer);
  if (push->state == PushState::FAILED) return GST_FLOW_ERROR;
  if (push->flow != GST_FLOW_OK) return push->flow;
  if (push->state == PushState::FRESH) {
    push->state = PushState::OPENED;
    if (open_upstream(self)) return GST_FLOW_OK;  // this buffer will come again
  }
  return decode_buffer(self, buffer);
}

GstFlowReturn dec_chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  const StreamingThread streaming(self);
  Push* push = self->priv->push;
  GstFlowReturn flow = GST_FLOW_FLUSHING;
  if (push != nullptr)
    flow = answer_upstream(push, handle_input(self, buffer), gst_buffer_get_size(buffer));
  gst_buffer_unref(buffer);
  return flow;
}

/// Upstream begins a stream. It goes on before the first byte, if that is not of a stream that has
/// a beginning of its own.
static void begin_input(GstSigmaDec* self, GstEvent* stream_start) {
  Push* push = self->priv->push;
  // The first one, before any byte, begins nothing anew; a seek may be on its way already.
  const bool is_first = !push->had_input() && g_queue_is_empty(&push->held_events);
  const bool ends_another = push->state != PushState::SEARCHING && !is_first;
  if (ends_another && (!push->had_input() || end_input(self))) {
    // Events that still wait belong to the stream that ends here.
    if (!g_queue_is_empty(&push->held_events)) ensure_events(self, {});
    push->start_over();
    forget_seeks(self);
  }
  gst_event_replace(&push->stream_start, stream_start);
}

gboolean dec_sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  const bool is_own = is_own_seek(self, event);
  // What is not serialized may come while another thread starts or stops the element.
  if (!GST_EVENT_IS_SERIALIZED(event)) {
    if (GST_EVENT_TYPE(event) != GST_EVENT_FLUSH_START || !is_own)
      return gst_pad_event_default(pad, parent, event);
    begin_flush(self);
    gst_event_unref(event);
    return TRUE;
  }
  Push* push = self->priv->push;
  // Not started yet, or stopped: a flush raced with the change of state.
  if (push == nullptr) return gst_pad_event_default(pad, parent, event);
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
      begin_input(self, event);
      gst_event_unref(event);
      return TRUE;
    case GST_EVENT_FLUSH_STOP:
      if (is_own) {
        begin_key_search(self);
        gst_event_unref(event);
        return TRUE;
      }
      push->drop_events();
      push->out_offset = push->running_time = 0;  // sinks that can seek begin anew, too
      push->start_over();
      break;
    case GST_EVENT_EOS:
      if (handle_eos(self)) break;
      gst_event_unref(event);
      return TRUE;
    case GST_EVENT_SEGMENT: {
      const GstSegment* segment = nullptr;
      gst_event_parse_segment(event, &segment);
      push->input_segment = *segment;
      push->input_offset = segment->format == GST_FORMAT_BYTES ? segment->start : 0;
      // Of the encoded stream; the decoded one has its own.
      gst_event_unref(event);
      return TRUE;
    }
    case GST_EVENT_GAP:
      // It asks not to hold data back.
      drain(self);
      gst_event_unref(event);
      return TRUE;
    case GST_EVENT_CAPS:
      gst_event_unref(event);
      return TRUE;
    default:
      drain(self);
      if (push->events_due == EventsDue::NONE) break;
      g_queue_push_tail(&push->held_events, event);
      return TRUE;
  }
  const gboolean handled = gst_pad_event_default(pad, parent, event);
  // Downstream is being flushed for a seek of which upstream does not know yet, and would take a
  // refused sticky event for an error.
  return handled || GST_PAD_IS_FLUSHING(self->src_pad);
}

}  // namespace sigmadec
