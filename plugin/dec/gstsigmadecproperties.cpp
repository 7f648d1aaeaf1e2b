/* sigmadec's properties and statistics.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plugin/dec/gstsigmadec-private.h"

#define GST_TYPE_SIGMA_ON_ERROR (gst_sigma_on_error_get_type())

static GType gst_sigma_on_error_get_type() {
  static gsize type = 0;
  static const GEnumValue values[] = {
      {static_cast<gint>(sigma::OnError::FAIL), "Stop with an error at the first damage", "fail"},
      {static_cast<gint>(sigma::OnError::SKIP), "Skip the damage, warn, and go on with the rest",
       "skip"},
      {0, nullptr, nullptr}};
  return gst_sigma_enum_type(&type, "GstSigmaOnError", values);
}

namespace {

using namespace sigmadec;

/// More means nothing more: it is set to this.
constexpr guint64 kMaxMemory = guint64{1} << 40;

enum { PROP_0, PROP_ON_ERROR, PROP_MAX_MEMORY, PROP_THREADS, PROP_TASK_POOL, PROP_STATS };

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

}  // namespace

void sigmadec::post_stats(GstSigmaDec* self) {
  gst_element_post_message(
      GST_ELEMENT(self),
      gst_message_new_element(GST_OBJECT(self), make_stats(self, "sigmadec-stats")));
}

void sigmadec::install_properties(GObjectClass* object_class) {
  object_class->set_property = dec_set_property;
  object_class->get_property = dec_get_property;
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
          kMaxMemory, sigma::kDefaultDecoderMemory, clamped));
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
}
