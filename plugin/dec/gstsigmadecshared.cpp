/* What sigmadec's threads tell the application.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>
#include <mutex>

#include "plugin/dec/gstsigmadec-private.h"

namespace sigmadec {

void Reporter::on_damage(const sigma::Damage& damage) {
  told_ = true;
  const size_t kept = std::min(count_, places_.size());
  if (std::find(places_.begin(), places_.begin() + kept, damage.stream_begin) !=
      places_.begin() + kept)
    return;
  places_[count_++ % places_.size()] = damage.stream_begin;
  {
    std::lock_guard guard(shared_.lock);
    shared_.chunks_lost += damage.chunks;
    shared_.bytes_lost += damage.bytes();
  }
  sum_.add(damage);
  gst_sigma_post_damage(GST_ELEMENT(self_), damage);
}

void Reporter::sum_up() {
  if (sum_.places != 0) gst_sigma_post_losses(GST_ELEMENT(self_), sum_, known_total(self_));
  sum_ = {};
}

guint64 max_memory(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return self->priv->shared.max_memory;
}

sigma::OnError on_error(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return self->priv->shared.on_error;
}

void publish_stats(GstSigmaDec* self, const sigma::StreamStats& stats, guint64 out_offset) {
  std::lock_guard guard(self->priv->shared.lock);
  self->priv->shared.stats = stats;
  self->priv->shared.out_offset = out_offset;
}

void publish_total(GstSigmaDec* self, guint64 total, guint64 duration) {
  {
    Shared& shared = self->priv->shared;
    std::lock_guard guard(shared.lock);
    if (duration == GST_CLOCK_TIME_NONE) duration = shared.duration;
    const bool is_known = shared.total == total && shared.duration == duration;
    shared.total = total;
    shared.duration = duration;
    if (is_known) return;
  }
  gst_element_post_message(GST_ELEMENT(self), gst_message_new_duration_changed(GST_OBJECT(self)));
}

void publish_step(GstSigmaDec* self, const Step& step) {
  if (step.status.ok()) {
    std::lock_guard guard(self->priv->shared.lock);
    self->priv->shared.is_timeless = step.duration == GST_CLOCK_TIME_NONE;
  }
  if (step.total != kUnknownSize) publish_total(self, step.total, step.duration);
}

guint64 known_duration(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return self->priv->shared.duration;
}

bool is_framed(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return self->priv->shared.is_framed;
}

guint64 known_total(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return self->priv->shared.total;
}

}  // namespace sigmadec
