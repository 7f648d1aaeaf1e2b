/* sigmadec: translates between GStreamer and the decoder.
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

#include <algorithm>
#include <new>
#include <utility>

#include "plugin/dec/gstsigmadec-private.h"

GST_DEBUG_CATEGORY(gst_sigma_dec_debug);
#define GST_CAT_DEFAULT gst_sigma_dec_debug

#define GST_TYPE_SIGMA_ON_ERROR (gst_sigma_on_error_get_type())

static GType gst_sigma_on_error_get_type() {
  static gsize type = 0;
  static const GEnumValue values[] = {
      {static_cast<gint>(sigma::OnError::FAIL), "Stop with an error at the first damage", "fail"},
      {static_cast<gint>(sigma::OnError::SKIP),
       "Leave out what is damaged, warn, and go on with the rest", "skip"},
      {0, nullptr, nullptr}};
  if (g_once_init_enter(&type))
    g_once_init_leave(&type, g_enum_register_static("GstSigmaOnError", values));
  return type;
}

namespace {

using namespace sigmadec;

/// More means nothing more: it is set to this.
constexpr guint64 kMostMemory = guint64{1} << 40;

enum { PROP_0, PROP_ON_ERROR, PROP_MAX_MEMORY, PROP_THREADS, PROP_TASK_POOL, PROP_STATS };

GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                                                             GST_STATIC_CAPS(GST_SIGMA_MEDIA_TYPE));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

}  // namespace

// "Codec/Demuxer" and not "Codec/Decoder", which makes decodebin3 take the output for raw media.
G_DEFINE_FINAL_TYPE(GstSigmaDec, gst_sigma_dec, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(sigmadec, "sigmadec", GST_RANK_PRIMARY, GST_TYPE_SIGMA_DEC)

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

bool ensure_started(GstSigmaDec* self) {
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

guint64 seekable_size(GstSigmaDec* self) {
  GstQuery* query = gst_query_new_seeking(GST_FORMAT_BYTES);
  gboolean seekable = FALSE;
  if (gst_pad_peer_query(self->sink_pad, query))
    gst_query_parse_seeking(query, nullptr, &seekable, nullptr, nullptr);
  gst_query_unref(query);
  gint64 size = 0;
  if (!seekable || !gst_pad_peer_query_duration(self->sink_pad, GST_FORMAT_BYTES, &size) ||
      size <= 0)
    return kUnknownSize;
  return static_cast<guint64>(size);
}

}  // namespace sigmadec

namespace {

GstStructure* make_stats(GstSigmaDec* self, const char* name) {
  sigma::StreamStats counts;
  guint64 chunks_lost = 0;
  guint64 bytes_lost = 0;
  {
    std::lock_guard guard(self->priv->shared.lock);
    counts = self->priv->shared.stats;
    chunks_lost = self->priv->shared.chunks_lost;
    bytes_lost = self->priv->shared.bytes_lost;
  }
  GstStructure* stats = gst_sigma_stats_structure(name, counts, "decode-time", counts.bytes_out);
  gst_structure_set(stats, "chunks-lost", G_TYPE_UINT64, chunks_lost, "bytes-lost", G_TYPE_UINT64,
                    bytes_lost, nullptr);
  return stats;
}

GstSigmaPosition current_position(GstSigmaDec* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return {self->priv->shared.stats.bytes_in, self->priv->shared.out_offset};
}

bool is_pulled(GstSigmaDec* self) {
  return GST_PAD_MODE(self->src_pad) == GST_PAD_MODE_PULL;
}

gboolean dec_sink_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  // What downstream proposes is for decoded bytes, not for upstream's buffers.
  if (GST_QUERY_TYPE(query) == GST_QUERY_ALLOCATION) return FALSE;
  return gst_pad_query_default(pad, parent, query);
}

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

gboolean answer_duration(GstSigmaDec* self, GstQuery* query) {
  const guint64 total = is_pulled(self) ? pulled_size(self) : known_total(self);
  if (total > G_MAXINT64) return FALSE;  // unknown, or more than GStreamer can say
  gst_query_set_duration(query, GST_FORMAT_BYTES, static_cast<gint64>(total));
  return TRUE;
}

gboolean answer_seeking(GstSigmaDec* self, GstQuery* query) {
  const bool seekable = is_pulled(self) || seekable_size(self) != kUnknownSize;
  const guint64 total = is_pulled(self) ? pulled_size(self) : known_total(self);
  gst_query_set_seeking(query, GST_FORMAT_BYTES, seekable, 0,
                        total > G_MAXINT64 ? -1 : static_cast<gint64>(total));
  return TRUE;
}

/// POSITION and DURATION in TIME, of a stream with framing.
gboolean answer_time(GstSigmaDec* self, GstQuery* query) {
  const bool is_position = GST_QUERY_TYPE(query) == GST_QUERY_POSITION;
  guint64 time = 0;
  {
    std::lock_guard guard(self->priv->shared.lock);
    time = is_position ? self->priv->shared.position : self->priv->shared.duration;
  }
  if (time > G_MAXINT64) return FALSE;  // unknown, or more than GStreamer can say
  if (is_position)
    gst_query_set_position(query, GST_FORMAT_TIME, static_cast<gint64>(time));
  else
    gst_query_set_duration(query, GST_FORMAT_TIME, static_cast<gint64>(time));
  return TRUE;
}

/// SEEKING in TIME: where the index tells how long it is.
gboolean answer_time_seeking(GstSigmaDec* self, GstQuery* query) {
  const guint64 duration = known_duration(self);
  const bool is_known = duration <= G_MAXINT64;
  bool is_timeless = false;
  {
    std::lock_guard guard(self->priv->shared.lock);
    is_timeless = self->priv->shared.is_timeless;
  }
  // Where nobody asked yet, a seek will.
  const bool may_be = !is_timeless && (is_known || known_total(self) == kUnknownSize);
  gst_query_set_seeking(query, GST_FORMAT_TIME, may_be && seekable_size(self) != kUnknownSize, 0,
                        is_known ? static_cast<gint64>(duration) : -1);
  return TRUE;
}

gboolean answer_scheduling(GstSigmaDec* self, GstQuery* query) {
  const Upstream upstream = ask_upstream(self->sink_pad);
  const bool pull = may_be_pulled(self, upstream);
  guint flags = pull ? GST_SCHEDULING_FLAG_SEEKABLE : GST_SCHEDULING_FLAG_SEQUENTIAL;
  if (upstream.is_limited) flags |= GST_SCHEDULING_FLAG_BANDWIDTH_LIMITED;
  gst_query_set_scheduling(query, static_cast<GstSchedulingFlags>(flags), 1, -1, 0);
  if (pull) gst_query_add_scheduling_mode(query, GST_PAD_MODE_PULL);
  gst_query_add_scheduling_mode(query, GST_PAD_MODE_PUSH);
  return TRUE;
}

gboolean dec_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  GstSigmaDec* self = GST_SIGMA_DEC(parent);
  GstFormat format = GST_FORMAT_UNDEFINED;
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_DURATION:
      gst_query_parse_duration(query, &format, nullptr);
      if (format == GST_FORMAT_TIME) return answer_time(self, query);
      if (format == GST_FORMAT_BYTES) return !is_framed(self) && answer_duration(self, query);
      break;
    case GST_QUERY_POSITION:
      gst_query_parse_position(query, &format, nullptr);
      if (format == GST_FORMAT_TIME) return answer_time(self, query);
      break;
    case GST_QUERY_SEEKING:
      gst_query_parse_seeking(query, &format, nullptr, nullptr, nullptr);
      if (format == GST_FORMAT_TIME && is_framed(self)) return answer_time_seeking(self, query);
      // Of other formats it knows nothing: demuxers ask here first, and take a no for their own.
      return format == GST_FORMAT_BYTES && !is_framed(self) && answer_seeking(self, query);
    case GST_QUERY_SCHEDULING:
      return answer_scheduling(self, query);
    case GST_QUERY_CUSTOM:
      // Decoded bytes may be a stream that was recorded elsewhere.
      if (!is_framed(self) && gst_sigma_is_running_time_query(query)) return FALSE;
      break;
    default:
      break;
  }
  gboolean answered = FALSE;
  if (gst_sigma_src_query(self->sink_pad, current_position(self), query, &answered))
    return answered;
  return gst_pad_query_default(pad, parent, query);
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

void dec_set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  GstSigmaDec* self = GST_SIGMA_DEC(object);
  Shared& shared = self->priv->shared;
  std::unique_lock guard(shared.lock);
  if (shared.started) {
    guard.unlock();
    gst_sigma_warn_property_ignored(GST_ELEMENT(self), spec->name);
    return;
  }
  switch (id) {
    case PROP_ON_ERROR:
      shared.on_error = static_cast<sigma::OnError>(g_value_get_enum(value));
      break;
    case PROP_MAX_MEMORY:
      shared.max_memory = g_value_get_uint64(value);
      break;
    case PROP_THREADS:
      shared.threads = g_value_get_uint(value);
      break;
    case PROP_TASK_POOL:
      g_set_object(&shared.task_pool, GST_TASK_POOL(g_value_get_object(value)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

void dec_get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  GstSigmaDec* self = GST_SIGMA_DEC(object);
  if (id == PROP_STATS) {
    g_value_take_boxed(value, make_stats(self, GST_SIGMA_STATS_NAME));
    return;
  }
  std::lock_guard guard(self->priv->shared.lock);
  switch (id) {
    case PROP_ON_ERROR:
      g_value_set_enum(value, static_cast<gint>(self->priv->shared.on_error));
      break;
    case PROP_MAX_MEMORY:
      g_value_set_uint64(value, self->priv->shared.max_memory);
      break;
    case PROP_THREADS:
      g_value_set_uint(value, self->priv->shared.threads);
      break;
    case PROP_TASK_POOL:
      g_value_set_object(value, self->priv->shared.task_pool);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
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

void sigmadec::post_stats(GstSigmaDec* self) {
  gst_element_post_message(
      GST_ELEMENT(self),
      gst_message_new_element(GST_OBJECT(self), make_stats(self, "sigmadec-stats")));
}

static void gst_sigma_dec_class_init(GstSigmaDecClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_sigma_dec_debug, "sigmadec", 0, "sigma decoder");
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->set_property = dec_set_property;
  object_class->get_property = dec_get_property;
  object_class->finalize = dec_finalize;
  const auto settable = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                 GST_PARAM_MUTABLE_READY);
  const auto clamped = static_cast<GParamFlags>(settable | G_PARAM_LAX_VALIDATION);
  g_object_class_install_property(
      object_class, PROP_ON_ERROR,
      g_param_spec_enum("on-error", "On error", "What to do where the stream is damaged",
                        GST_TYPE_SIGMA_ON_ERROR, static_cast<gint>(sigma::OnError::FAIL),
                        settable));
  g_object_class_install_property(
      object_class, PROP_MAX_MEMORY,
      g_param_spec_uint64(
          "max-memory", "Maximum memory",
          "Bytes of memory that decoding may take; streams that need more are refused", 0,
          kMostMemory, sigma::kDefaultDecoderMemory, clamped));
  g_object_class_install_property(
      object_class, PROP_THREADS,
      g_param_spec_uint(
          "threads", "Threads",
          "Threads that decode ahead where upstream pushes, as many as max-memory has "
          "room for, or 0 = one per core; a demuxer that pulls gets one",
          0, sigma::kMaxThreads, 1, clamped));
  g_object_class_install_property(
      object_class, PROP_TASK_POOL,
      g_param_spec_object("task-pool", "Task pool",
                          "A prepared pool to take the threads from, or NULL = the element's own",
                          GST_TYPE_TASK_POOL, settable));
  g_object_class_install_property(
      object_class, PROP_STATS,
      g_param_spec_boxed(
          "stats", "Statistics",
          "Bytes, chunks, losses, ratio, time (ns) and memory since the stream began; "
          "also posted at EOS as the element message sigmadec-stats",
          GST_TYPE_STRUCTURE, static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  gst_type_mark_as_plugin_api(GST_TYPE_SIGMA_ON_ERROR, static_cast<GstPluginAPIFlags>(0));

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
