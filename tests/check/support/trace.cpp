/* Probes that note what passes a pad.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace.hpp"

#include <mutex>

#include <check.h>

namespace trace {

std::string describe(GstBuffer* buffer) {
  GstMapInfo map;
  // One that nobody else has would get the merged memory.
  gst_buffer_ref(buffer);
  gst_buffer_map(buffer, &map, GST_MAP_READ);
  gchar* hash = g_compute_checksum_for_data(G_CHECKSUM_SHA1, map.data, map.size);
  gchar* text = g_strdup_printf(
      "buffer %zu pts %" G_GUINT64_FORMAT " dts %" G_GUINT64_FORMAT " for %" G_GUINT64_FORMAT
      " offsets %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " flags %x %s",
      static_cast<size_t>(map.size), GST_BUFFER_PTS(buffer), GST_BUFFER_DTS(buffer),
      GST_BUFFER_DURATION(buffer), GST_BUFFER_OFFSET(buffer), GST_BUFFER_OFFSET_END(buffer),
      GST_BUFFER_FLAGS(buffer) & ~(GST_MINI_OBJECT_FLAG_LAST - 1), hash);
  std::string all = text;
  gst_buffer_unmap(buffer, &map);
  gst_buffer_unref(buffer);
  g_free(text);
  g_free(hash);
  for (guint i = 0; i < gst_buffer_n_memory(buffer) && gst_buffer_n_memory(buffer) > 1; i++)
    all +=
        (i == 0 ? " memories " : " ") +
        std::to_string(gst_memory_get_sizes(gst_buffer_peek_memory(buffer, i), nullptr, nullptr));
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta_filtered(buffer, &state,
                                                          GST_REFERENCE_TIMESTAMP_META_API_TYPE)) {
    const auto* reference = reinterpret_cast<GstReferenceTimestampMeta*>(meta);
    gchar* caps = gst_caps_to_string(reference->reference);
    all += " reference " + std::to_string(reference->timestamp) + " " + caps;
    g_free(caps);
  }
  return all;
}

std::string describe(GstEvent* event) {
  std::string text = GST_EVENT_TYPE_NAME(event);
  const GstStructure* structure = gst_event_get_structure(event);
  if (structure == nullptr) return text;
  GstStructure* copy = gst_structure_copy(structure);
  gst_structure_remove_field(copy, "group-id");  // of the process
  gchar* fields = gst_structure_to_string(copy);
  text += std::string(" ") + fields;
  g_free(fields);
  gst_structure_free(copy);
  return text;
}

namespace {

std::mutex noting;

GstPadProbeReturn note(GstPad*, GstPadProbeInfo* info, gpointer user) {
  const std::lock_guard guard(noting);
  auto* trace = static_cast<Trace*>(user);
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    trace->items.push_back(describe(GST_PAD_PROBE_INFO_BUFFER(info)));
  } else {
    GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
    const GstEventTypeFlags flags = gst_event_type_get_flags(GST_EVENT_TYPE(event));
    if ((flags & GST_EVENT_TYPE_SERIALIZED) != 0) trace->items.push_back(describe(event));
  }
  return GST_PAD_PROBE_OK;
}

}  // namespace

std::vector<std::string> Trace::of(const std::string& kind) const {
  std::vector<std::string> found;
  for (const std::string& item : items)
    if (item.starts_with(kind)) found.push_back(item);
  return found;
}

gulong watch(GstPad* pad, Trace& trace) {
  return gst_pad_add_probe(
      pad,
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      note, &trace, nullptr);
}

Trace run_traced(GstElement* pipeline, const char* pad_name, std::string* error) {
  Trace trace;
  GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline), "x");
  GstPad* pad = gst_element_get_static_pad(element, pad_name);
  watch(pad, trace);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus, 120 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  ck_assert_ptr_nonnull(message);
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
    GError* found = nullptr;
    gst_message_parse_error(message, &found, nullptr);
    ck_assert_msg(error != nullptr, "%s", found->message);
    *error = found->message;
    g_error_free(found);
  }
  gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pad);
  gst_object_unref(element);
  gst_object_unref(pipeline);
  return trace;
}

void settle() {
  const std::lock_guard guard(noting);
}

GstElement* launch(const std::string& line) {
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  ck_assert_msg(error == nullptr, "%s", error != nullptr ? error->message : "");
  return pipeline;
}

Trace record(const std::string& source, const std::string& file, const std::string& settings) {
  return run_traced(
      launch(source + " ! sigmaenc name=x " + settings + " ! filesink location=" + file), "sink");
}

Trace play(const std::string& file, std::string* error) {
  return run_traced(launch("filesrc location=" + file + " ! sigmadec name=x ! fakesink sync=false"),
                    "src", error);
}

}  // namespace trace
