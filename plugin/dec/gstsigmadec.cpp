/* sigmadec: translates between GStreamer and the decoder.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-sigmadec
 * @title: sigmadec
 * @short_description: decodes .sigma streams
 *
 * sigmadec gives back exactly the bytes that #sigmaenc was given. Every chunk is checked before it
 * leaves the element; a stream that is damaged, or that stops before its end packet, is an error,
 * after everything complete before that place was delivered. Joined streams (`cat a.sigma b.sigma`)
 * decode one after the other.
 *
 * With #sigmadec:on-error set to skip, damage costs the chunks that it touches and those that
 * depend on them: they are left out, the next buffer has its true offset and the DISCONT flag, and
 * a warning message tells which bytes of the stream and which decoded bytes are concerned.
 *
 * If upstream can be pulled, so can sigmadec: a demuxer reads a .sigma file like the file inside
 * it. If upstream can seek, sigmadec seeks in decoded bytes.
 *
 * What was encoded with #sigmaenc:framing buffers comes out in the same buffers, with the same
 * times, caps and events. Then sigmadec has a duration and a position in time, and seeks in time.
 *
 * Caps: the decoded bytes are typefound when downstream cares about caps. A peer that takes
 * anything, such as filesink, gets bytes without caps, as from filesrc.
 *
 * ## Examples
 * |[
 * gst-launch-1.0 filesrc location=/tmp/bash.sigma ! sigmadec ! filesink location=/tmp/bash
 * ]|
 * |[
 * gst-launch-1.0 filesrc location=/tmp/video.mp4.sigma ! decodebin ! fakesink
 * ]|
 *
 * At EOS an element message called `sigmadec-stats` says what was done.
 *
 * Since: 0.1
 */
#include "plugin/dec/gstsigmadec.h"

#include <new>
#include <utility>

#include "plugin/dec/gstsigmadec-private.h"

GST_DEBUG_CATEGORY(gst_sigma_dec_debug);
#define GST_CAT_DEFAULT gst_sigma_dec_debug

namespace {

using namespace sigmadec;

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                                                             GST_STATIC_CAPS(GST_SIGMA_MEDIA_TYPE));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

}  // namespace

// "Codec/Demuxer" and not "Codec/Decoder", which makes decodebin3 take the output for raw media.
G_DEFINE_FINAL_TYPE(GstSigmaDec, gst_sigma_dec, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(sigmadec, "sigmadec", GST_RANK_PRIMARY, GST_TYPE_SIGMA_DEC)

bool sigmadec::ensure_started(GstSigmaDec* self) {
  Private* priv = self->priv;
  // Pads take buffers a moment before this is done.
  const GstSigmaStreamLock stream_lock(self->sink_pad);
  std::lock_guard guard(priv->shared.lock);
  Shared& shared = priv->shared;
  if (shared.started) return true;
  priv->push = new (std::nothrow) Push(shared, &priv->reporter);
  shared.started = priv->push != nullptr;
  shared.stats = {};
  shared.stats.start();
  shared.chunks_lost = shared.bytes_lost = 0;
  shared.out_offset = 0;
  shared.total = kUnknownSize;
  shared.is_framed = false;
  shared.position = shared.duration = GST_CLOCK_TIME_NONE;
  shared.is_timeless = false;
  priv->reporter.forget();
  return shared.started;
}

namespace {

gboolean dec_src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  gboolean handled = FALSE;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEEK:
      handled = handle_seek(GST_SIGMA_DEC(parent), event);
      break;
    case GST_EVENT_QOS:
      break;
    default:
      return gst_pad_event_default(pad, parent, event);
  }
  gst_event_unref(event);
  return handled;
}

void stop(GstSigmaDec* self) {
  Private* priv = self->priv;
  {
    // A flush that was under way when the pads went inactive may still be running.
    const GstSigmaStreamLock stream_lock(self->sink_pad);
    delete std::exchange(priv->push, nullptr);
  }
  {
    std::lock_guard guard(priv->pull_lock);
    delete std::exchange(priv->pull, nullptr);
  }
  forget_seeks(self);
  std::lock_guard guard(priv->shared.lock);
  priv->shared.started = false;
}

GstStateChangeReturn dec_change_state(GstElement* element, GstStateChange transition) {
  GstSigmaDec* self = GST_SIGMA_DEC(element);
  // Downstream may have activated the pads before, to pull.
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !ensure_started(self)) {
    GST_ELEMENT_ERROR(self, RESOURCE, FAILED, ("Out of memory for the decoder."), (nullptr));
    return GST_STATE_CHANGE_FAILURE;
  }
  const GstStateChangeReturn result =
      GST_ELEMENT_CLASS(gst_sigma_dec_parent_class)->change_state(element, transition);
  // The pads are inactive now: no streaming thread is left.
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
      transition == GST_STATE_CHANGE_READY_TO_NULL ||
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE))
    stop(self);
  return result;
}

void dec_finalize(GObject* object) {
  GstSigmaDec* self = GST_SIGMA_DEC(object);
  // The pads are gone, and with them all threads.
  delete self->priv->push;
  delete self->priv->pull;
  delete self->priv->seeker;
  gst_clear_object(&self->priv->shared.task_pool);
  delete self->priv;
  G_OBJECT_CLASS(gst_sigma_dec_parent_class)->finalize(object);
}

}  // namespace

static void gst_sigma_dec_class_init(GstSigmaDecClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_sigma_dec_debug, "sigmadec", 0, "sigma decoder");
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = dec_finalize;
  install_properties(object_class);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  element_class->change_state = dec_change_state;
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(element_class, "Sigma decompressor", "Codec/Demuxer",
                                        "Restores what sigmaenc compressed, with seeks, also from "
                                        "a damaged or cut stream (on-error=skip)",
                                        "The authors of sigma");
}

static void gst_sigma_dec_init(GstSigmaDec* self) {
  self->priv = new Private(self);
  self->sink_pad = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_activate_function(self->sink_pad, dec_sink_activate);
  gst_pad_set_activatemode_function(self->sink_pad, dec_sink_activate_mode);
  gst_pad_set_chain_function(self->sink_pad, dec_chain);
  gst_pad_set_event_function(self->sink_pad, dec_sink_event);
  gst_pad_set_query_function(self->sink_pad, dec_sink_query);
  gst_element_add_pad(GST_ELEMENT(self), self->sink_pad);

  self->src_pad = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_set_activatemode_function(self->src_pad, dec_src_activate_mode);
  gst_pad_set_getrange_function(self->src_pad, dec_get_range);
  gst_pad_set_event_function(self->src_pad, dec_src_event);
  gst_pad_set_query_function(self->src_pad, dec_src_query);
  gst_element_add_pad(GST_ELEMENT(self), self->src_pad);
}
