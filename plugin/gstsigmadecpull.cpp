/* sigmadec in pull mode: decoded bytes from any offset.
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
#include <cstring>
#include <new>
#include <utility>

#include "gstsigmadec-private.h"

#define GST_CAT_DEFAULT gst_sigma_dec_debug

namespace sigmadec {

sigma::Status PullSource::read(uint64_t offset, sigma::MutableByteSpan out) {
  if (out.empty()) return {};
  GstBuffer* buffer = nullptr;
  flow_ = gst_pad_pull_range(sink_pad_, offset, static_cast<guint>(out.size()), &buffer);
  if (flow_ == GST_FLOW_OK) {
    const gsize got = gst_buffer_extract(buffer, 0, out.data(), out.size());
    gst_buffer_unref(buffer);
    if (got == out.size()) return {};
    flow_ = GST_FLOW_EOS;
  }
  return sigma::Status::error(sigma::ErrorCode::IO, "upstream does not give its bytes", offset);
}

namespace {

/// Keeps an error for when no lock is held: who hears of it may ask for the duration. Only the
/// first one is told.
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
  const bool lost = self->priv->shared.on_error == sigma::OnError::SKIP && sigma::is_damage(status);
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
  if (self->priv->shared.on_error == sigma::OnError::FAIL) {
    if (!told) keep_error(pull, status);
    return GST_FLOW_ERROR;
  }
  if (!told)
    self->priv->reporter.on_damage({status, status.offset, pull->source.size(),
                                    pull->decoder.size(), sigma::kUnknownPosition, 0});
  return GST_FLOW_EOS;
}

/// A buffer of `length` bytes, or the one that the caller brought. NULL without memory.
GstBuffer* take_buffer(GstBuffer* brought, guint length) {
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

Pull* make_pull(GstSigmaDec* self) {
  gint64 size = 0;
  if (!gst_pad_peer_query_duration(self->sink_pad, GST_FORMAT_BYTES, &size) || size < 0)
    return nullptr;
  Shared& shared = self->priv->shared;
  auto* pull = new (std::nothrow)
      Pull(self->sink_pad, static_cast<guint64>(size), shared.max_memory, shared.on_error);
  if (pull != nullptr) pull->decoder.set_listener(&self->priv->reporter);
  return pull;
}

/// Whether the peer belongs to a source, which can be pulled for a look and then push. Behind other
/// elements, going to pull mode and back can stop the task in which we are being plugged.
bool is_behind_source(GstPad* sink_pad) {
  GstPad* peer = gst_pad_get_peer(sink_pad);
  GstElement* element = peer != nullptr ? gst_pad_get_parent_element(peer) : nullptr;
  const bool is_source =
      element != nullptr && GST_OBJECT_FLAG_IS_SET(element, GST_ELEMENT_FLAG_SOURCE);
  g_clear_pointer(&element, gst_object_unref);
  g_clear_pointer(&peer, gst_object_unref);
  return is_source;
}

/// Takes notice of streams that keep buffers and events. Under pull_lock.
bool find_framing(GstSigmaDec* self) {
  const bool is_framed = self->priv->pull != nullptr && self->priv->pull->decoder.is_framed();
  std::lock_guard guard(self->priv->shared.lock);
  self->priv->shared.is_framed = is_framed;
  return is_framed;
}

}  // namespace

void peek_at_end(GstSigmaDec* self) {
  Step step;
  {
    std::lock_guard guard(self->priv->pull_lock);
    if (self->priv->pull == nullptr) return;
    Seek seek;
    seek.only_opens = true;
    step = look_up(self->priv->pull->decoder.map(), seek, self->priv->shared.on_error);
    if (step.total == kUnknownSize) return;
    find_framing(self);
  }
  publish_total(self, step.total, step.duration);
}

bool can_pull(GstPad* sink_pad) {
  GstQuery* query = gst_query_new_scheduling();
  const bool can = gst_pad_peer_query(sink_pad, query) &&
                   gst_query_has_scheduling_mode_with_flags(query, GST_PAD_MODE_PULL,
                                                            GST_SCHEDULING_FLAG_SEEKABLE);
  gst_query_unref(query);
  return can;
}

/// Downstream pulls if it wants to: then the pad is active already. Else upstream pushes.
gboolean dec_sink_activate(GstPad* pad, GstObject* parent) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  if (!ensure_started(self)) return FALSE;
  if (can_pull(pad)) {
    if (!is_behind_source(pad)) return start_driving(self);
    if (gst_pad_activate_mode(pad, GST_PAD_MODE_PULL, TRUE)) {
      peek_at_end(self);
      gst_pad_activate_mode(pad, GST_PAD_MODE_PULL, FALSE);
    }
  }
  return gst_pad_activate_mode(pad, GST_PAD_MODE_PUSH, TRUE);
}

gboolean dec_sink_activate_mode(GstPad*, GstObject* parent, GstPadMode mode, gboolean active) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  if (mode != GST_PAD_MODE_PULL) return TRUE;
  Private* priv = self->priv;
  if (active && !ensure_started(self)) return FALSE;
  if (!active) {
    priv->drives = false;
    // Who pulls may have been plugged, and unplugged, from inside the task.
    if (priv->streaming_thread != g_thread_self()) gst_pad_stop_task(self->sink_pad);
  }
  std::lock_guard guard(priv->pull_lock);
  delete priv->pull;
  priv->pull = active ? make_pull(self) : nullptr;
  return !active || priv->pull != nullptr;
}

gboolean dec_src_activate_mode(GstPad*, GstObject* parent, GstPadMode mode, gboolean active) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  if (mode != GST_PAD_MODE_PULL) return TRUE;
  if (active && self->priv->drives) {
    {
      std::lock_guard guard(self->priv->pull_lock);
      if (find_framing(self)) return FALSE;
    }
    // Who pulls may have been plugged from inside the task.
    self->priv->drives = false;
    return gst_pad_pause_task(self->sink_pad);
  }
  if (active && !can_pull(self->sink_pad)) return FALSE;
  if (!gst_pad_activate_mode(self->sink_pad, mode, active)) return FALSE;
  if (!active) return TRUE;
  bool is_framed = false;
  {
    std::lock_guard guard(self->priv->pull_lock);
    is_framed = find_framing(self);
  }
  // Buffers and events can only be pushed.
  if (is_framed) gst_pad_activate_mode(self->sink_pad, mode, FALSE);
  return !is_framed;
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
  GstBuffer* out = take_buffer(*buffer, given);
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
  // A short buffer may be taken for the end.
  if (given < length) tell_end(self, pull);
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
    Pull* pull = self->priv->pull;
    if (pull == nullptr) return flow;
    flow = get_range(self, pull, offset, length, buffer);
    error = std::exchange(pull->error, {});
  }
  if (!error.ok()) gst_sigma_post_error(GST_ELEMENT(self), error);
  return flow;
}

guint64 pulled_size(GstSigmaDec* self) {
  if (const guint64 known = known_total(self); known != kUnknownSize) return known;
  std::lock_guard guard(self->priv->pull_lock);
  Pull* pull = self->priv->pull;
  if (pull == nullptr || !pull->decoder.open().ok()) return kUnknownSize;
  return pull->decoder.size();
}

}  // namespace sigmadec
