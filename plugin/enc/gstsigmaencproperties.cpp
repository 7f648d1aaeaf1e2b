/* sigmaenc's properties.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/enc/gstsigmaenc-private.h"

#define GST_TYPE_SIGMA_FRAMING (gst_sigma_framing_get_type())

static GType gst_sigma_framing_get_type() {
  static gsize type = 0;
  static const GEnumValue values[] = {
      {static_cast<gint>(sigmaenc::Framing::AUTO),
       "Keep buffers if the first segment is in TIME, else bytes alone", "auto"},
      {static_cast<gint>(sigmaenc::Framing::BYTES), "Keep the bytes alone, as one stream", "bytes"},
      {static_cast<gint>(sigmaenc::Framing::BUFFERS),
       "Keep each buffer's boundary, times and flags, the caps and the events, too", "buffers"},
      {0, nullptr, nullptr}};
  return gst_sigma_enum_type(&type, "GstSigmaFraming", values);
}

#define GST_TYPE_SIGMA_MODEL (gst_sigma_model_get_type())

static GType gst_sigma_model_get_type() {
  static gsize type = 0;
  static const GEnumValue values[] = {
      {static_cast<gint>(sigma::Model::AUTO),
       "Samples, from level 2 on text records, from 3 on frames and words of text, where they are "
       "smaller; else bytes",
       "auto"},
      {static_cast<gint>(sigma::Model::BYTES),
       "Bytes; never looks for text records, samples, frames or words, which is faster", "bytes"},
      {static_cast<gint>(sigma::Model::RECORDS),
       "Text records (logs, JSON, CSV) wherever they are smaller, from level 1 on", "records"},
      {static_cast<gint>(sigma::Model::SAMPLES),
       "Samples (audio, arrays of numbers) wherever they are smaller; never looks for text records",
       "samples"},
      {static_cast<gint>(sigma::Model::FRAMES),
       "Frames (raw video, depth, mosaics) wherever they are smaller; never looks for others",
       "frames"},
      {static_cast<gint>(sigma::Model::TEXT),
       "Words of text (prose, source) as codes wherever they are smaller; never looks for others",
       "text"},
      {0, nullptr, nullptr}};
  return gst_sigma_enum_type(&type, "GstSigmaModel", values);
}

namespace {

using namespace sigmaenc;

enum {
  PROP_0,
  PROP_LEVEL,
  PROP_CHUNK_SIZE,
  PROP_MAX_MEMORY,
  PROP_THREADS,
  PROP_TASK_POOL,
  PROP_KEY_INTERVAL,
  PROP_MODEL,
  PROP_FRAMING,
  PROP_MAX_LATENCY,
  PROP_INDEX,
  PROP_SEARCH_INDEX,
  PROP_VERIFY,
  PROP_STATS,
  PROP_QOS
};

// What is larger means nothing more: it is set to these.
constexpr guint64 kMaxMemory = guint64{1} << 40;
constexpr guint kMaxKeyInterval = 65536;

/// What max-memory is: where nobody has set it, it depends on the threads.
guint64 bound_of(const sigma::EncoderSettings& settings) {
  if (settings.max_memory != 0) return settings.max_memory;
  return MAX(sigma::kDefaultEncoderMemory, sigma::estimate_memory_usage(settings).total());
}

sigma::StreamStats current_stats(GstSigmaEnc* self) {
  std::lock_guard guard(self->priv->shared.lock);
  return self->priv->shared.stats;
}

void enc_set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  GstSigmaEnc* self = GST_SIGMA_ENC(object);
  Shared& shared = self->priv->shared;
  std::unique_lock guard(shared.lock);
  if (shared.started && id != PROP_LEVEL) {
    guard.unlock();
    gst_sigma_warn_property_ignored(GST_ELEMENT(self), spec->name);
    return;
  }
  sigma::EncoderSettings& settings = shared.settings;
  switch (id) {
    case PROP_LEVEL:
      settings.level = g_value_get_uint(value);
      shared.level_changed = true;
      break;
    case PROP_CHUNK_SIZE:
      settings.chunk_size = g_value_get_uint(value);
      break;
    case PROP_MAX_MEMORY:
      settings.max_memory = g_value_get_uint64(value);
      break;
    case PROP_THREADS:
      settings.threads = g_value_get_uint(value);
      break;
    case PROP_TASK_POOL:
      g_set_object(&shared.task_pool, GST_TASK_POOL(g_value_get_object(value)));
      break;
    case PROP_KEY_INTERVAL:
      settings.key_interval = g_value_get_uint(value);
      break;
    case PROP_MODEL:
      settings.model = static_cast<sigma::Model>(g_value_get_enum(value));
      break;
    case PROP_FRAMING:
      shared.framing = static_cast<Framing>(g_value_get_enum(value));
      break;
    case PROP_MAX_LATENCY:
      shared.max_latency = g_value_get_uint64(value);
      break;
    case PROP_INDEX:
      settings.index = g_value_get_boolean(value) != FALSE;
      break;
    case PROP_SEARCH_INDEX:
      settings.search_index = g_value_get_boolean(value) != FALSE;
      break;
    case PROP_VERIFY:
      settings.verify = g_value_get_boolean(value) != FALSE;
      break;
    case PROP_QOS:  // nothing may be dropped, so there is nothing to set
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

void enc_get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  GstSigmaEnc* self = GST_SIGMA_ENC(object);
  if (id == PROP_STATS) {
    g_value_take_boxed(value, make_stats(self, GST_SIGMA_STATS_NAME));
    return;
  }
  std::lock_guard guard(self->priv->shared.lock);
  const sigma::EncoderSettings& settings = self->priv->shared.settings;
  switch (id) {
    case PROP_LEVEL:
      g_value_set_uint(value, settings.level);
      break;
    case PROP_CHUNK_SIZE:
      g_value_set_uint(value, settings.chunk_size);
      break;
    case PROP_MAX_MEMORY:
      g_value_set_uint64(value, bound_of(settings));
      break;
    case PROP_THREADS:
      g_value_set_uint(value, settings.threads);
      break;
    case PROP_TASK_POOL:
      g_value_set_object(value, self->priv->shared.task_pool);
      break;
    case PROP_KEY_INTERVAL:
      g_value_set_uint(value, settings.key_interval);
      break;
    case PROP_MODEL:
      g_value_set_enum(value, static_cast<gint>(settings.model));
      break;
    case PROP_FRAMING:
      g_value_set_enum(value, static_cast<gint>(self->priv->shared.framing));
      break;
    case PROP_MAX_LATENCY:
      g_value_set_uint64(value, self->priv->shared.max_latency);
      break;
    case PROP_INDEX:
      g_value_set_boolean(value, settings.index);
      break;
    case PROP_SEARCH_INDEX:
      g_value_set_boolean(value, settings.search_index);
      break;
    case PROP_VERIFY:
      g_value_set_boolean(value, settings.verify);
      break;
    case PROP_QOS:
      g_value_set_boolean(value, FALSE);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
      break;
  }
}

}  // namespace

GstStructure* sigmaenc::make_stats(GstSigmaEnc* self, const char* name) {
  const sigma::StreamStats stats = current_stats(self);
  return gst_sigma_stats_structure(name, stats, "encode-time", stats.bytes_in);
}

void sigmaenc::install_properties(GObjectClass* object_class) {
  object_class->set_property = enc_set_property;
  object_class->get_property = enc_get_property;
  const sigma::EncoderSettings defaults;
  const auto ready = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                              GST_PARAM_MUTABLE_READY);
  const auto clamped = static_cast<GParamFlags>(ready | G_PARAM_LAX_VALIDATION);
  const auto playing = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                GST_PARAM_MUTABLE_PLAYING);
  const auto read_only = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property(
      object_class, PROP_LEVEL,
      g_param_spec_uint("level", "Level",
                        "Effort: 0 stores, 1 is fastest, 9 is smallest. A change while playing "
                        "applies from the next key chunk on, with the chunks of the first level",
                        0, sigma::kMaxLevel, defaults.level, playing));
  g_object_class_install_property(
      object_class, PROP_CHUNK_SIZE,
      g_param_spec_uint("chunk-size", "Chunk size",
                        "Bytes of input in a chunk, 65536 to 4194304, or 0 = automatic, from level "
                        "and max-memory. Text records need 524288 or more",
                        0, sigma::kMaxChunkSize, defaults.chunk_size, ready));
  g_object_class_install_property(
      object_class, PROP_MAX_MEMORY,
      g_param_spec_uint64(
          "max-memory", "Maximum memory",
          "Bytes of memory the element may add to the pipeline, or 0 = automatic: "
          "6291456 for one thread, for more threads what these need. Too little for the "
          "other settings is an error that names the least",
          0, kMaxMemory, sigma::kDefaultEncoderMemory, clamped));
  g_object_class_install_property(
      object_class, PROP_THREADS,
      g_param_spec_uint("threads", "Threads",
                        "Threads that encode, or 0 = one per core. If max-memory is set, as many "
                        "as it has room for. The output is the same for any number",
                        0, sigma::kMaxThreads, defaults.threads, clamped));
  g_object_class_install_property(
      object_class, PROP_TASK_POOL,
      g_param_spec_object("task-pool", "Task pool",
                          "A prepared pool to take the threads from, or NULL = the element's own",
                          GST_TYPE_TASK_POOL, ready));
  g_object_class_install_property(
      object_class, PROP_KEY_INTERVAL,
      g_param_spec_uint("key-interval", "Key interval",
                        "Chunks from one key chunk to the next, at most, or 0 = automatic: 8, and "
                        "more where much memory is for far repeats. Seeks and late receivers "
                        "begin at a key chunk; damage ends there",
                        0, kMaxKeyInterval, defaults.key_interval, clamped));
  g_object_class_install_property(
      object_class, PROP_MODEL,
      g_param_spec_enum(
          "model", "Model",
          "What to look for in a chunk: text records, samples, frames, words of text, or all",
          GST_TYPE_SIGMA_MODEL, static_cast<gint>(defaults.model), ready));
  g_object_class_install_property(
      object_class, PROP_FRAMING,
      g_param_spec_enum("framing", "Framing",
                        "What to keep: the bytes alone, or buffers with times, caps and events",
                        GST_TYPE_SIGMA_FRAMING, static_cast<gint>(Framing::AUTO), ready));
  g_object_class_install_property(
      object_class, PROP_MAX_LATENCY,
      g_param_spec_uint64("max-latency", "Maximum latency",
                          "Nanoseconds a byte may wait for its chunk to fill, or 0 = until it is "
                          "full, or, if buffers are kept, one chunk for each live buffer",
                          0, G_MAXUINT64, 0, ready));
  g_object_class_install_property(
      object_class, PROP_INDEX,
      g_param_spec_boolean("index", "Index", "Write the index that makes seeks fast",
                           defaults.index, ready));
  g_object_class_install_property(
      object_class, PROP_SEARCH_INDEX,
      g_param_spec_boolean("search-index", "Search index",
                           "Write into the index what searches of text need: words and lines",
                           defaults.search_index, ready));
  g_object_class_install_property(
      object_class, PROP_VERIFY,
      g_param_spec_boolean("verify", "Verify",
                           "Decode every chunk and compare it with the input before it leaves",
                           defaults.verify, ready));
  g_object_class_install_property(
      object_class, PROP_STATS,
      g_param_spec_boxed("stats", "Statistics",
                         "Bytes, chunks, ratio, time (ns) and memory since the stream began; also "
                         "posted at EOS as the element message sigmaenc-stats",
                         GST_TYPE_STRUCTURE, read_only));
  // The base class has it, for elements that may drop buffers.
  g_object_class_install_property(
      object_class, PROP_QOS,
      g_param_spec_boolean("qos", "QoS", "Has no effect: nothing is ever dropped", FALSE, ready));
  gst_type_mark_as_plugin_api(GST_TYPE_SIGMA_FRAMING, static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(GST_TYPE_SIGMA_MODEL, static_cast<GstPluginAPIFlags>(0));
}
