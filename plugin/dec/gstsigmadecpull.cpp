/* sigmadec in pull mode: decoded bytes from any offset.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <new>
#include <utility>

#include "plugin/dec/gstsigmadec-private.h"

#define GST_CAT_DEFAULT gst_sigma_dec_debug

namespace sigmadec {

/// Upstream's buffer is there beside the packet that it is copied to, and counts as sigmadec's.
static constexpr size_t kMostPulled = 128 * 1024;

sigma::Status PullSource::read(uint64_t offset, sigma::MutableByteSpan out) {
  if (out.empty()) return {};
  for (size_t filled = 0; filled < out.size();) {
    const sigma::MutableByteSpan rest =
        out.subspan(filled, std::min(out.size() - filled, kMostPulled));
    GstBuffer* buffer = nullptr;
    flow_ =
        gst_pad_pull_range(sink_pad_, offset + filled, static_cast<guint>(rest.size()), &buffer);
    gsize got = 0;
    if (flow_ == GST_FLOW_OK) {
      got = gst_buffer_extract(buffer, 0, rest.data(), rest.size());
      gst_buffer_unref(buffer);
      if (got == 0) flow_ = GST_FLOW_EOS;
    }
    if (got == 0)
      return sigma::Status::error(sigma::ErrorCode::IO, "upstream does not give its bytes", offset);
    filled += got;
  }
  return {};
}

namespace {

/// Keeps an error until no lock is held, because a handler of the message may ask for the duration.
/// Only the first one is posted.
void keep_error(Pull* pull, const sigma::Status& status) {
  if (!std::exchange(pull->failed, true)) pull->error = status;
}

/// Answers for an input that cannot be read.
GstFlowReturn fail_input(Pull* pull, const sigma::Status& status) {
  // Upstream said itself what is wrong, if anything is.
  const GstFlowReturn flow = pull->source.flow();
  if (flow != GST_FLOW_EOS) return flow;
  keep_error(pull, sigma::Status::error(sigma::ErrorCode::IO, "The input is shorter than it was",
                                        status.offset));
  return GST_FLOW_ERROR;
}

/// Answers for an input that holds no stream that can be read.
GstFlowReturn fail_open(Pull* pull, const sigma::Status& status) {
  if (status.code == sigma::ErrorCode::IO) return fail_input(pull, status);
  keep_error(pull, status);
  return GST_FLOW_ERROR;
}

/// Answers for all ways in which a read of `length` bytes at `offset` can fail.
GstFlowReturn fail_read(GstSigmaDec* self, Pull* pull, const sigma::Status& status, guint64 offset,
                        guint length) {
  if (status.code == sigma::ErrorCode::IO) return fail_input(pull, status);
  // Others may still be read. What the decoder came upon it has reported; where there was no key to
  // begin with, all that is known is what was asked for.
  const bool lost = on_error(self) == sigma::OnError::SKIP && sigma::is_damage(status);
  if (!lost)
    keep_error(pull, status);
  else if (!self->priv->reporter.was_told())
    self->priv->reporter.on_damage(
        {status, status.offset, status.offset, offset, offset + length, 0});
  return GST_FLOW_ERROR;
}

/// Reads up to the known end were answered: is it the end of a complete stream?
GstFlowReturn tell_end(GstSigmaDec* self, Pull* pull) {
  const sigma::Status status = pull->decoder.end_status();
  if (status.ok()) return GST_FLOW_EOS;
  const bool told = std::exchange(pull->end_told, true);
  if (on_error(self) == sigma::OnError::FAIL) {
    if (!told) keep_error(pull, status);
    return GST_FLOW_ERROR;
  }
  if (!told)
    self->priv->reporter.on_damage({status, status.offset, pull->source.size(),
                                    pull->decoder.size(), sigma::kUnknownPosition, 0});
  return GST_FLOW_EOS;
}

/// A buffer of `length` bytes, or the one that the caller brought. NULL without memory.
GstBuffer* buffer_to_fill(GstBuffer* brought, guint length) {
  if (brought != nullptr) return gst_buffer_get_size(brought) >= length ? brought : nullptr;
  gpointer memory = g_try_malloc(MAX(length, 1));
  return memory != nullptr ? gst_buffer_new_wrapped(memory, length) : nullptr;
}

GstFlowReturn fill_buffer(GstSigmaDec* self, Pull* pull, guint64 offset, guint length,
                          GstBuffer* buffer) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_WRITE)) {
    keep_error(pull,
               sigma::Status::error(sigma::ErrorCode::IO, "An output buffer cannot be written"));
    return GST_FLOW_ERROR;
  }
  self->priv->reporter.was_told();
  const sigma::Result<size_t> got = pull->decoder.read(offset, {map.data, length});
  gst_buffer_unmap(buffer, &map);
  publish_stats(self, pull->decoder.stats(), offset + (got.ok() ? got.value : 0));
  if (!got.ok()) return fail_read(self, pull, got.status, offset, length);
  gst_buffer_set_size(buffer, static_cast<gssize>(got.value));
  GST_BUFFER_OFFSET(buffer) = offset;
  GST_BUFFER_OFFSET_END(buffer) = offset + got.value;
  return GST_FLOW_OK;
}

/// −1: it is not known.
gint64 upstream_size(GstPad* sink_pad) {
  gint64 size = 0;
  return gst_pad_peer_query_duration(sink_pad, GST_FORMAT_BYTES, &size) ? size : -1;
}

/// Until its first byte is there: the source behind a queue may not have been started yet.
bool wait_for_upstream(GstPad* sink_pad) {
  GstBuffer* first = nullptr;
  const GstFlowReturn flow = gst_pad_pull_range(sink_pad, 0, 1, &first);
  gst_clear_buffer(&first);
  return flow == GST_FLOW_OK;
}

Pull* make_pull(GstSigmaDec* self) {
  gint64 size = upstream_size(self->sink_pad);
  if (size < 0 && wait_for_upstream(self->sink_pad)) size = upstream_size(self->sink_pad);
  if (size < 0) return nullptr;
  auto* pull = new (std::nothrow)
      Pull(self->sink_pad, static_cast<guint64>(size), max_memory(self), on_error(self));
  if (pull != nullptr) pull->decoder.set_listener(&self->priv->reporter);
  return pull;
}

/// A stream that is pulled is bytes, whatever else it keeps.
void forget_framing(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  self->priv->shared.is_framed = false;
  self->priv->shared.position = self->priv->shared.duration = GST_CLOCK_TIME_NONE;
}

}  // namespace

void peek_at_end(GstSigmaDec* self) {
  Step step;
  bool is_framed = false;
  {
    std::lock_guard guard(self->priv->pull_lock);
    Pull* pull = ensure_pull(self);
    if (pull == nullptr) return;
    Seek seek;
    seek.only_opens = true;
    step = look_up(pull->decoder, seek, on_error(self));
    is_framed = step.total != kUnknownSize && pull->decoder.is_framed();
  }
  if (step.total != kUnknownSize) {
    std::lock_guard guard(self->priv->shared.lock);
    self->priv->shared.is_framed = is_framed;
  }
  publish_step(self, step);
}

Pull* ensure_pull(GstSigmaDec* self) {
  Private* priv = self->priv;
  if (priv->mode != InputMode::PUSHED && priv->pull == nullptr) priv->pull = make_pull(self);
  return priv->pull;
}

/// Downstream pulls if it wants to: then the pad is active already. Else it is pushed, by a task of
/// our own, or by upstream. This runs inside a change of state, before upstream does: nothing is
/// read here.
gboolean dec_sink_activate(GstPad* pad, GstObject* parent) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  if (!ensure_started(self)) return FALSE;
  if (ask_upstream(pad).can_pull && start_driving(self)) return TRUE;
  return gst_pad_activate_mode(pad, GST_PAD_MODE_PUSH, TRUE);
}

gboolean dec_sink_activate_mode(GstPad*, GstObject* parent, GstPadMode mode, gboolean active) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  if (mode != GST_PAD_MODE_PULL) return TRUE;
  Private* priv = self->priv;
  if (active && !ensure_started(self)) return FALSE;
  if (!active) {
    stop_driving(self);
    // Who pulls may have been plugged, and unplugged, from inside the task.
    if (priv->streaming_thread != g_thread_self()) gst_pad_stop_task(self->sink_pad);
  }
  std::lock_guard guard(priv->pull_lock);
  delete std::exchange(priv->pull, nullptr);
  priv->mode = active ? InputMode::PULLED : InputMode::PUSHED;
  return TRUE;
}

gboolean dec_src_activate_mode(GstPad*, GstObject* parent, GstPadMode mode, gboolean active) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  if (mode != GST_PAD_MODE_PULL) return TRUE;
  if (active) forget_framing(self);
  // Who pulls may have been plugged from inside the task.
  if (active && stop_driving(self)) return gst_pad_pause_task(self->sink_pad);
  if (active && !ask_upstream(self->sink_pad).can_pull) return FALSE;
  return gst_pad_activate_mode(self->sink_pad, mode, active);
}

namespace {

/// Under pull_lock.
GstFlowReturn get_range(GstSigmaDec* self, Pull* pull, guint64 offset, guint length,
                        GstBuffer** buffer) {
  if (const sigma::Status status = pull->decoder.open(); !status.ok())
    return fail_open(pull, status);
  const guint64 size = pull->decoder.size();
  publish_total(self, size);
  if (offset >= size) return tell_end(self, pull);
  const auto given = static_cast<guint>(MIN(guint64{length}, size - offset));
  GstBuffer* out = buffer_to_fill(*buffer, given);
  if (out == nullptr) {
    keep_error(pull, sigma::Status::error(sigma::ErrorCode::NO_MEMORY, "out of memory", 0, given));
    return GST_FLOW_ERROR;
  }
  const GstFlowReturn flow = fill_buffer(self, pull, offset, given, out);
  if (flow != GST_FLOW_OK) {
    if (out != *buffer) gst_buffer_unref(out);
    return flow;
  }
  *buffer = out;
  // A short buffer may be taken for the end; and a reader that knows the size asks for no more.
  if (given < length || offset + given == size) tell_end(self, pull);
  return GST_FLOW_OK;
}

}  // namespace

GstFlowReturn dec_get_range(GstPad*, GstObject* parent, guint64 offset, guint length,
                            GstBuffer** buffer) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  GstFlowReturn flow = GST_FLOW_FLUSHING;
  sigma::Status error;
  {
    std::lock_guard guard(self->priv->pull_lock);
    if (self->priv->mode == InputMode::PUSHED) return flow;
    if (Pull* pull = ensure_pull(self); pull != nullptr) {
      flow = get_range(self, pull, offset, length, buffer);
      error = std::exchange(pull->error, {});
    } else {
      flow = GST_FLOW_ERROR;
      error = sigma::Status::error(sigma::ErrorCode::IO,
                                   "Upstream does not say how many bytes there are");
    }
  }
  if (!error.ok()) gst_sigma_post_error(GST_ELEMENT(self), error);
  return flow;
}

guint64 pulled_size(GstSigmaDec* self) {
  if (const guint64 known = known_total(self); known != kUnknownSize) return known;
  std::lock_guard guard(self->priv->pull_lock);
  Pull* pull = ensure_pull(self);
  if (pull == nullptr || !pull->decoder.open().ok()) return kUnknownSize;
  return pull->decoder.size();
}

}  // namespace sigmadec
