/* sigmaenc: translates between GStreamer and the encoder.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:element-sigmaenc
 * @title: sigmaenc
 * @short_description: encodes any stream of bytes, losslessly and in constant memory
 *
 * sigmaenc turns bytes of any kind into a smaller .sigma stream. The stream depends on the bytes
 * and the properties alone, never on how the bytes were split into buffers, and #sigmadec gives
 * exactly those bytes back. What the element adds to a pipeline's memory stays within
 * #sigmaenc:max-memory.
 *
 * Logs, tables and JSON become smaller as records than as bytes. #sigmaenc:model says whether that
 * is tried wherever possible, where its cost fits the #sigmaenc:level, or not at all.
 *
 * ## Example
 * |[
 * gst-launch-1.0 filesrc location=/bin/bash ! queue ! sigmaenc ! filesink
 * location=/tmp/bash.sigma
 * ]|
 *
 * At EOS an element message called `sigmaenc-stats` says what was done.
 *
 * Since: 0.1
 */
#include "plugin/enc/gstsigmaenc.h"

#include <mutex>
#include <new>
#include <utility>

#include "gst/sigma/models/records/limits.hpp"
#include "plugin/enc/gstsigmaenc-private.h"

GST_DEBUG_CATEGORY(gst_sigma_enc_debug);
#define GST_CAT_DEFAULT gst_sigma_enc_debug

namespace {

using namespace sigmaenc;

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                                                            GST_STATIC_CAPS(GST_SIGMA_MEDIA_TYPE));

}  // namespace

G_DEFINE_FINAL_TYPE_WITH_CODE(GstSigmaEnc, gst_sigma_enc, GST_TYPE_BASE_TRANSFORM,
                              G_IMPLEMENT_INTERFACE(GST_TYPE_PRESET, nullptr))
GST_ELEMENT_REGISTER_DEFINE(sigmaenc, "sigmaenc", GST_RANK_NONE, GST_TYPE_SIGMA_ENC)

namespace {

/// Says what a level that changes while data flows would have had otherwise.
void tell_what_stays(GstSigmaEnc* self, const sigma::EncoderSettings& settings) {
  const sigma::Result<sigma::EncoderPlan> wanted = sigma::plan_encoder(settings);
  const sigma::EncoderPlan& plan = self->priv->state->plan;
  if (!wanted.ok() || (wanted.value.chunk_size == plan.chunk_size &&
                       wanted.value.history_size == plan.history_size))
    return;
  GST_SIGMA_ENC_POST(self, INFO, RESOURCE, SETTINGS,
                     "Level %u applies from the next key chunk on. The stream began with chunks of "
                     "%u bytes and a history of %u, which stay: to have the level's own, %u and "
                     "%u, set it in READY.",
                     settings.level, plan.chunk_size, plan.history_size, wanted.value.chunk_size,
                     wanted.value.history_size);
}

void apply_level(GstSigmaEnc* self) {
  Shared& shared = self->priv->shared;
  sigma::EncoderSettings settings;
  {
    std::lock_guard guard(shared.lock);
    if (!shared.level_changed) return;
    shared.level_changed = false;
    settings = shared.settings;
  }
  State* state = self->priv->state;
  const unsigned level = settings.level;
  const sigma::Status status = state->encoder.set_level(level);
  if (status.ok()) {
    state->level = level;
    tell_what_stays(self, settings);
    return;
  }
  {
    std::lock_guard guard(shared.lock);
    if (!shared.level_changed) shared.settings.level = state->level;
  }
  GST_SIGMA_ENC_POST(self, WARNING, RESOURCE, SETTINGS, "Level %u is not applied: %s", level,
                     sigma::describe(status).text);
}

// Virtual functions of GstBaseTransform -----------------------------------------------------------

/// A state that is ready for the first byte, or an error.
sigma::Status make_state(const sigma::EncoderSettings& settings, GstTaskPool* task_pool,
                         State** made) {
  auto* state = new (std::nothrow) State();
  if (state == nullptr)
    return sigma::Status::error(sigma::ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(State));
  const bool has_threads = settings.threads != 1;
  const sigma::Result<sigma::EncoderPlan> plan = sigma::plan_encoder(settings);
  sigma::Status status = plan.status;
  if (status.ok())
    status = state->encoder.configure(settings, has_threads ? &state->tasks : nullptr);
  if (!status.ok()) {
    delete state;
    return status;
  }
  state->settings = settings;
  state->plan = plan.value;
  if (state->plan.threads > 1) state->tasks.open(task_pool, state->plan.threads);
  state->level = settings.level;
  *made = state;
  return {};
}

/// Says what an application may want to know before it relies on the stream or on the speed.
void tell_plan(GstSigmaEnc* self, const sigma::EncoderSettings& settings,
               const sigma::EncoderPlan& plan) {
  if (settings.max_memory > sigma::kDefaultDecoderMemory)
    GST_SIGMA_ENC_POST(self, WARNING, RESOURCE, SETTINGS,
                       "max-memory is above 64 MiB: sigmadec may refuse the stream unless its own "
                       "max-memory is raised.");
  if (settings.max_memory == 0 && plan.threads > 1)
    GST_SIGMA_ENC_POST(self, INFO, RESOURCE, SETTINGS,
                       "%u threads take up to %" G_GUINT64_FORMAT
                       " bytes of memory: set max-memory to have less, and fewer threads.",
                       plan.threads, static_cast<guint64>(plan.memory.total()));
  if (plan.threads < settings.threads)
    GST_SIGMA_ENC_POST(self, INFO, RESOURCE, SETTINGS,
                       "max-memory has room for %u of the %u threads asked for: raise it to have "
                       "more.",
                       plan.threads, settings.threads);
  if (settings.model == sigma::Model::RECORDS && !sigma::can_use(plan, sigma::Model::RECORDS))
    GST_SIGMA_ENC_POST(self, WARNING, RESOURCE, SETTINGS,
                       "model=records finds no records in chunks of %u bytes: set chunk-size to %u "
                       "or more, and max-memory to what that needs.",
                       plan.chunk_size, sigma::kMinRecordChunk);
  GST_INFO_OBJECT(
      self,
      "level %u: chunks of %u bytes, history of %u bytes, %u threads, %" G_GUINT64_FORMAT
      " bytes of memory",
      settings.level, plan.chunk_size, plan.history_size, plan.threads,
      static_cast<guint64>(plan.memory.codec()));
}

gboolean enc_start(GstBaseTransform* trans) {
  GstSigmaEnc* self = GST_SIGMA_ENC(trans);
  Shared& shared = self->priv->shared;
  sigma::EncoderSettings settings;
  Framing framing = Framing::AUTO;
  guint64 max_latency = 0;
  GstTaskPool* task_pool = nullptr;
  {
    std::lock_guard guard(shared.lock);
    settings = shared.settings;
    framing = shared.framing;
    max_latency = shared.max_latency;
    g_set_object(&task_pool, shared.task_pool);
    shared.level_changed = false;
    shared.started = true;
  }
  if (settings.threads == 0) settings.threads = MIN(g_get_num_processors(), sigma::kMaxThreads);
  State* state = nullptr;
  const sigma::Status status = make_state(settings, task_pool, &state);
  gst_clear_object(&task_pool);
  if (!status.ok()) {
    gst_sigma_post_error(GST_ELEMENT(self), status);
    std::lock_guard guard(shared.lock);
    shared.started = false;
    return FALSE;
  }
  tell_plan(self, settings, state->plan);
  if (max_latency != 0 && !self->priv->timer.start(end_late_chunk, self)) {
    GST_SIGMA_ENC_POST(self, ERROR, RESOURCE, FAILED, "There is no thread for max-latency.");
    delete state;
    std::lock_guard guard(shared.lock);
    shared.started = false;
    return FALSE;
  }
  const GstSigmaStreamLock stream_lock(trans->sinkpad);
  state->framing = framing;
  state->max_latency = max_latency;
  self->priv->state = state;
  publish_stats(self);
  return TRUE;
}

gboolean enc_stop(GstBaseTransform* trans) {
  GstSigmaEnc* self = GST_SIGMA_ENC(trans);
  self->priv->timer.stop();
  {
    // A flush that was under way when the pads went inactive may still be running.
    const GstSigmaStreamLock stream_lock(trans->sinkpad);
    delete std::exchange(self->priv->state, nullptr);
  }
  std::lock_guard guard(self->priv->shared.lock);
  self->priv->shared.started = false;
  return TRUE;
}

/// Players have the decoder's default.
void warn_of_large_buffer(GstSigmaEnc* self, gsize size) {
  State* state = self->priv->state;
  if (size <= sigma::kDefaultDecoderMemory || !state->encoder.is_framed()) return;
  if (std::exchange(state->has_large_buffer, true)) return;
  GST_SIGMA_ENC_POST(self, WARNING, RESOURCE, SETTINGS,
                     "A buffer has %" G_GSIZE_FORMAT
                     " bytes: sigmadec refuses it unless its max-memory, 64 MiB by default, is "
                     "raised to that.",
                     size);
}

GstFlowReturn enc_submit_input_buffer(GstBaseTransform* trans, gboolean, GstBuffer* input) {
  GstSigmaEnc* self = GST_SIGMA_ENC(trans);
  State* state = self->priv->state;
  if (state == nullptr) {  // pads take buffers a moment before the element has started
    gst_buffer_unref(input);
    return GST_FLOW_FLUSHING;
  }
  state->drop_input();
  if (is_refused(self)) {
    gst_buffer_unref(input);
    return state->refused;
  }
  decide_framing(self);
  if (!state->encoder.is_framed()) input = drop_rewritten(self, input);
  if (input == nullptr) return GST_FLOW_OK;
  state->input = input;
  warn_of_large_buffer(self, gst_buffer_get_size(input));
  state->ends_chunk = state->is_live && state->max_latency == 0;
  if (state->encoder.is_framed() || gst_buffer_get_size(input) != 0) state->in_stream = true;
  apply_level(self);
  return GST_FLOW_OK;
}

/// Bytes of the input that are not used yet, of one memory after the other: mapping a buffer of
/// several memories whole would copy it. Empty at the end; false if a memory cannot be mapped.
bool peek_input(State* state, sigma::ByteSpan& rest) {
  rest = {};
  while (state->input != nullptr) {
    if (state->input_mapped && state->input_used < state->input_map.size) {
      rest = {state->input_map.data + state->input_used, state->input_map.size - state->input_used};
      return true;
    }
    state->unmap_input();
    if (state->input_memory == gst_buffer_n_memory(state->input)) {
      state->drop_input();
      return true;
    }
    GstMemory* memory = gst_buffer_peek_memory(state->input, state->input_memory);
    if (!gst_memory_map(memory, &state->input_map, GST_MAP_READ)) return false;
    state->input_mapped = true;
  }
  return true;
}

GstFlowReturn enc_generate_output(GstBaseTransform* trans, GstBuffer** output) {
  GstSigmaEnc* self = GST_SIGMA_ENC(trans);
  State* state = self->priv->state;
  state->base_pushes = false;
  for (;;) {
    *output = pop_packet(self);
    state->base_pushes = *output != nullptr;
    if (state->base_pushes) break;
    if (state->input != nullptr && state->encoder.is_framed() && !state->is_announced) {
      const sigma::Result<bool> all = announce_input(state);
      if (!all.ok()) return post_error(self, all.status);
      continue;
    }
    sigma::ByteSpan rest;
    if (!peek_input(state, rest)) {
      GST_SIGMA_ENC_POST(self, ERROR, RESOURCE, READ, "An input buffer cannot be read.");
      state->refused = GST_FLOW_ERROR;
      return GST_FLOW_ERROR;
    }
    if (rest.empty()) {
      // A live source may not send more for a while.
      if (!std::exchange(state->ends_chunk, false)) break;
      if (const sigma::Status status = state->encoder.flush(); !status.ok())
        return post_error(self, status);
      continue;
    }
    // It stays mapped until all packets are taken.
    const sigma::Result<size_t> used = state->encoder.push_lent(rest);
    if (!used.ok()) return post_error(self, used.status);
    state->input_used += used.value;
  }
  if (*output == nullptr) set_timer(self);
  publish_stats(self);
  return GST_FLOW_OK;
}

gboolean enc_src_event(GstBaseTransform* trans, GstEvent* event) {
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEEK:  // positions in the encoded stream mean nothing upstream
    case GST_EVENT_QOS:   // nothing may be dropped
      gst_event_unref(event);
      return FALSE;
    default:
      return GST_BASE_TRANSFORM_CLASS(gst_sigma_enc_parent_class)->src_event(trans, event);
  }
}

gboolean enc_query(GstBaseTransform* trans, GstPadDirection direction, GstQuery* query) {
  gboolean answered = FALSE;
  if (direction == GST_PAD_SINK && answer_upstream(query, &answered)) return answered;
  if (direction == GST_PAD_SRC && answer_query(GST_SIGMA_ENC(trans), query, &answered))
    return answered;
  return GST_BASE_TRANSFORM_CLASS(gst_sigma_enc_parent_class)->query(trans, direction, query);
}

GstCaps* enc_transform_caps(GstBaseTransform*, GstPadDirection direction, GstCaps*,
                            GstCaps* filter) {
  GstCaps* caps = direction == GST_PAD_SINK ? gst_static_pad_template_get_caps(&src_template)
                                            : gst_caps_new_any();
  if (filter == nullptr) return caps;
  GstCaps* filtered = gst_caps_intersect_full(filter, caps, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref(caps);
  return filtered;
}

/// The base class would lend upstream's pull mode to downstream, which would read unencoded bytes.
gboolean enc_src_activate_mode(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active) {
  if (mode == GST_PAD_MODE_PULL && active) return FALSE;
  return GST_SIGMA_ENC(parent)->priv->base_activate_mode(pad, parent, mode, active);
}

void enc_finalize(GObject* object) {
  GstSigmaEnc* self = GST_SIGMA_ENC(object);
  delete self->priv->state;
  gst_clear_object(&self->priv->shared.task_pool);
  delete self->priv;
  G_OBJECT_CLASS(gst_sigma_enc_parent_class)->finalize(object);
}

}  // namespace

static void gst_sigma_enc_class_init(GstSigmaEncClass* klass) {
  GST_DEBUG_CATEGORY_INIT(gst_sigma_enc_debug, "sigmaenc", 0, "sigma encoder");
  GObjectClass* object_class = G_OBJECT_CLASS(klass);
  object_class->finalize = enc_finalize;
  install_properties(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element_class, &sink_template);
  gst_element_class_add_static_pad_template(element_class, &src_template);
  gst_element_class_set_static_metadata(
      element_class, "Sigma lossless compressor", "Codec/Encoder",
      "Compresses any stream of bytes (logs, JSON, tables, raw media, files), losslessly and in "
      "constant memory; sigmadec restores it",
      "The authors of sigma");

  GstBaseTransformClass* transform_class = GST_BASE_TRANSFORM_CLASS(klass);
  transform_class->start = enc_start;
  transform_class->stop = enc_stop;
  transform_class->submit_input_buffer = enc_submit_input_buffer;
  transform_class->generate_output = enc_generate_output;
  transform_class->sink_event = enc_sink_event;
  transform_class->src_event = enc_src_event;
  transform_class->query = enc_query;
  transform_class->transform_caps = enc_transform_caps;
}

static void gst_sigma_enc_init(GstSigmaEnc* self) {
  self->priv = new Private();
  // Without a transform function the base class takes the element for a pass-through.
  gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(self), FALSE);
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), FALSE);
  GstPad* src_pad = GST_BASE_TRANSFORM_SRC_PAD(self);
  self->priv->base_activate_mode = GST_PAD_ACTIVATEMODEFUNC(src_pad);
  gst_pad_set_activatemode_function(src_pad, enc_src_activate_mode);
}
