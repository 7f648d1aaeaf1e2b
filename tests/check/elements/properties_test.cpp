/* Properties, presets, statistics and queries of both elements.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <gst/base/gsttypefindhelper.h>
#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <cstring>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "gstsupport.hpp"
#include "suite.hpp"

namespace {

using gstsupport::buffer_of;
using gstsupport::Harness;
using gstsupport::stat;
using testdata::Bytes;
using testdata::from_text;
using testdata::MiB;

/// The model that an encoder has, by its name in launch lines.
const char* model_of(GstElement* encoder) {
  GValue value = G_VALUE_INIT;
  g_object_get_property(G_OBJECT(encoder), "model", &value);
  auto* values = static_cast<GEnumClass*>(g_type_class_peek(G_VALUE_TYPE(&value)));
  return g_enum_get_value(values, g_value_get_enum(&value))->value_nick;
}

/// What element messages called `name` there are on the bus.
guint count_messages(GstBus* bus, const char* name) {
  guint count = 0;
  while (GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ELEMENT)) {
    if (gst_message_has_name(message, name)) count++;
    gst_message_unref(message);
  }
  return count;
}

}  // namespace

START_TEST(a_level_that_does_not_fit_is_refused_and_reads_back_as_before) {
  Harness harness("sigmaenc level=1 chunk-size=1048576 max-memory=5000000");
  harness.push(from_text("one"));
  g_object_set(harness.element(), "level", 9u, nullptr);
  harness.push(from_text("two"));
  guint level = 0;
  g_object_get(harness.element(), "level", &level, nullptr);
  ck_assert_uint_eq(level, 1);
  ck_assert_uint_eq(harness.warnings(), 1);
  harness.push_eos();
  ck_assert(codec::decode(harness.take_all()).bytes == from_text("onetwo"));
}
END_TEST

START_TEST(enc_warns_of_memory_that_sigmadec_refuses_by_default) {
  // A warning at the start goes to the bus of the moment.
  GstElement* encoder = gst_element_factory_make("sigmaenc", nullptr);
  GstBus* bus = gst_bus_new();
  gst_element_set_bus(encoder, bus);
  g_object_set(encoder, "max-memory", guint64{100000000}, nullptr);
  ck_assert_int_eq(gst_element_set_state(encoder, GST_STATE_PAUSED), GST_STATE_CHANGE_SUCCESS);
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING);
  ck_assert(message != nullptr);
  gst_message_unref(message);
  gst_element_set_state(encoder, GST_STATE_NULL);
  gst_element_set_bus(encoder, nullptr);
  gst_object_unref(bus);
  gst_object_unref(encoder);
}
END_TEST

START_TEST(bytes_convert_to_nothing_and_quality_of_service_stops_here) {
  for (const char* line : {"sigmaenc", "sigmadec"}) {
    Harness harness(line);
    GstPad* src = gst_element_get_static_pad(harness.element(), "src");
    GstQuery* convert = gst_query_new_convert(GST_FORMAT_BYTES, 1000, GST_FORMAT_TIME);
    ck_assert(!gst_pad_query(src, convert));
    gst_query_unref(convert);
    ck_assert(!gst_pad_send_event(src, gst_event_new_qos(GST_QOS_TYPE_OVERFLOW, 1.0, 0, 0)));
    gst_object_unref(src);
  }
}
END_TEST

START_TEST(enc_says_when_memory_has_no_room_for_the_threads) {
  for (const bool fits : {false, true}) {
    Harness harness(fits ? "sigmaenc threads=4 max-memory=67108864"
                         : "sigmaenc threads=4 max-memory=6291456");
    gst_element_set_state(harness.element(), GST_STATE_NULL);
    gst_element_set_state(harness.element(), GST_STATE_PLAYING);
    GstMessage* message = gst_bus_pop_filtered(harness.bus(), GST_MESSAGE_INFO);
    ck_assert_int_eq(message == nullptr, fits);
    if (message == nullptr) continue;
    GError* info = nullptr;
    gst_message_parse_info(message, &info, nullptr);
    ck_assert(g_error_matches(info, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
    ck_assert_msg(strstr(info->message, "1 of the 4 threads"), "%s", info->message);
    g_error_free(info);
    gst_message_unref(message);
  }
}
END_TEST

START_TEST(enc_threads_have_the_memory_that_they_need_and_say_how_much) {
  for (const char* line : {"sigmaenc threads=4", "sigmaenc threads=4 max-memory=0"}) {
    Harness harness(line);
    guint64 memory = 0;
    g_object_get(harness.element(), "max-memory", &memory, nullptr);
    ck_assert_uint_gt(memory, sigma::kDefaultEncoderMemory);
    gst_element_set_state(harness.element(), GST_STATE_NULL);
    gst_element_set_state(harness.element(), GST_STATE_PLAYING);
    GstMessage* message = gst_bus_pop_filtered(harness.bus(), GST_MESSAGE_INFO);
    ck_assert_ptr_nonnull(message);
    GError* info = nullptr;
    gchar* debug = nullptr;
    gst_message_parse_info(message, &info, &debug);
    ck_assert_msg(strstr(info->message, std::to_string(memory).c_str()), "%s", info->message);
    ck_assert_msg(strstr(debug, info->message), "%s", debug);
    g_free(debug);
    g_error_free(info);
    gst_message_unref(message);
  }
}
END_TEST

START_TEST(enc_answers_queries_of_its_own) {
  GstHarness* h = gst_harness_new_parse("sigmaenc framing=bytes");
  gst_harness_set_src_caps_str(h, "application/octet-stream");
  gst_harness_push(h, buffer_of(testdata::random_bytes(MiB)));
  GstPad* src = gst_element_get_static_pad(h->element, "src");
  gint64 value = 0;
  ck_assert(!gst_pad_query_duration(src, GST_FORMAT_BYTES, &value));
  ck_assert(!gst_pad_query_duration(src, GST_FORMAT_TIME, &value));
  ck_assert(gst_pad_query_position(src, GST_FORMAT_BYTES, &value));
  gint64 out = 0;
  while (GstBuffer* buffer = gst_harness_try_pull(h)) {
    out += static_cast<gint64>(gst_buffer_get_size(buffer));
    gst_buffer_unref(buffer);
  }
  ck_assert_int_eq(value, out);
  for (const GstFormat format : {GST_FORMAT_BYTES, GST_FORMAT_TIME}) {
    GstQuery* seeking = gst_query_new_seeking(format);
    gboolean seekable = TRUE;
    ck_assert(gst_pad_query(src, seeking));
    gst_query_parse_seeking(seeking, nullptr, &seekable, nullptr, nullptr);
    ck_assert(!seekable);
    gst_query_unref(seeking);
  }
  GstQuery* scheduling = gst_query_new_scheduling();
  ck_assert(gst_pad_query(src, scheduling));
  ck_assert(gst_query_has_scheduling_mode(scheduling, GST_PAD_MODE_PUSH));
  ck_assert(!gst_query_has_scheduling_mode(scheduling, GST_PAD_MODE_PULL));
  gst_query_unref(scheduling);
  ck_assert(
      !gst_pad_send_event(src, gst_event_new_seek(1.0, GST_FORMAT_BYTES, GST_SEEK_FLAG_FLUSH,
                                                  GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0)));
  gst_object_unref(src);
  gst_harness_teardown(h);
}
END_TEST

START_TEST(enc_properties_other_than_level_do_not_change_while_data_flows) {
  Harness harness("sigmaenc");
  GstElement* element = harness.element();
  harness.push(from_text("running"));
  g_object_set(element, "chunk-size", 65536u, "max-memory", guint64{1}, "key-interval", 3u, "index",
               FALSE, "verify", TRUE, "model", static_cast<gint>(sigma::Model::BYTES), nullptr);
  ck_assert_uint_eq(harness.warnings(), 6);
  guint chunk = 1;
  guint keys = 0;
  gboolean index = FALSE;
  g_object_get(element, "chunk-size", &chunk, "key-interval", &keys, "index", &index, nullptr);
  ck_assert(chunk == 0 && keys == 0 && index);
  ck_assert_str_eq(model_of(element), "auto");
  g_object_set(element, "level", 6u, nullptr);
  ck_assert_uint_eq(harness.warnings(), 0);
  harness.push_eos();
  ck_assert(codec::decode(harness.take_all()).bytes == from_text("running"));
}
END_TEST

START_TEST(properties_read_back_as_set_in_NULL) {
  GstElement* encoder = gst_element_factory_make("sigmaenc", nullptr);
  g_object_set(encoder, "level", 7u, "chunk-size", 131072u, "max-memory", guint64{9000000},
               "key-interval", 5u, "index", FALSE, "search-index", TRUE, "verify", TRUE, nullptr);
  guint level = 0;
  guint chunk = 0;
  guint keys = 0;
  guint64 memory = 0;
  gboolean index = TRUE;
  gboolean verify = FALSE;
  gboolean search = FALSE;
  g_object_get(encoder, "search-index", &search, "level", &level, "chunk-size", &chunk,
               "max-memory", &memory, "key-interval", &keys, "index", &index, "verify", &verify,
               nullptr);
  ck_assert(level == 7 && chunk == 131072 && memory == 9000000 && keys == 5 && !index && search &&
            verify);
  for (const char* model : {"bytes", "records", "auto"}) {
    gst_util_set_object_arg(G_OBJECT(encoder), "model", model);
    ck_assert_str_eq(model_of(encoder), model);
  }
  gst_object_unref(encoder);
  GstElement* decoder = gst_element_factory_make("sigmadec", nullptr);
  g_object_set(decoder, "max-memory", guint64{1234567}, nullptr);
  gst_util_set_object_arg(G_OBJECT(decoder), "on-error", "skip");
  gint on_error = 0;
  g_object_get(decoder, "max-memory", &memory, "on-error", &on_error, nullptr);
  ck_assert_uint_eq(memory, 1234567);
  ck_assert_int_eq(on_error, 1);
  gst_object_unref(decoder);
}
END_TEST

START_TEST(enc_model_is_auto_by_default) {
  GstElement* encoder = gst_element_factory_make("sigmaenc", nullptr);
  ck_assert_str_eq(model_of(encoder), "auto");
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(encoder), "model");
  const GValue* value = g_param_spec_get_default_value(spec);
  ck_assert_int_eq(g_value_get_enum(value), static_cast<gint>(sigma::Model::AUTO));
  gst_object_unref(encoder);
}
END_TEST

START_TEST(each_preset_encodes) {
  gchar** names = nullptr;
  {
    GstElement* encoder = gst_element_factory_make("sigmaenc", nullptr);
    names = gst_preset_get_preset_names(GST_PRESET(encoder));
    gst_object_unref(encoder);
  }
  ck_assert_ptr_nonnull(names);
  for (const char* name : {"fast", "balanced", "smallest", "live", "logs"}) {
    ck_assert_msg(g_strv_contains(names, name), "there is no preset %s", name);
    Harness harness("sigmaenc");
    // What the pipeline starts with is what the preset says.
    gst_element_set_state(harness.element(), GST_STATE_NULL);
    ck_assert(gst_preset_load_preset(GST_PRESET(harness.element()), name));
    gst_element_set_state(harness.element(), GST_STATE_PLAYING);
    harness.restart_input();
    const Bytes raw = testdata::samples(3 << 20);
    ck_assert_int_eq(harness.push(raw), GST_FLOW_OK);
    harness.push_eos();
    ck_assert_str_eq(harness.error(), "");
    ck_assert(codec::decode(harness.take_all()).bytes == raw);
  }
  ck_assert_uint_eq(g_strv_length(names), 5);
  g_strfreev(names);
}
END_TEST

START_TEST(the_preset_balanced_is_the_defaults) {
  GstElement* encoder = gst_element_factory_make("sigmaenc", nullptr);
  ck_assert(gst_preset_load_preset(GST_PRESET(encoder), "smallest"));
  ck_assert(gst_preset_load_preset(GST_PRESET(encoder), "balanced"));
  for (const char* name :
       {"level", "model", "chunk-size", "max-memory", "key-interval", "max-latency", "verify"}) {
    GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(encoder), name);
    GValue value = G_VALUE_INIT;
    g_value_init(&value, spec->value_type);
    g_object_get_property(G_OBJECT(encoder), name, &value);
    ck_assert_msg(g_param_value_defaults(spec, &value), "%s is not the default", name);
    g_value_unset(&value);
  }
  gst_object_unref(encoder);
}
END_TEST

START_TEST(values_that_mean_nothing_more_are_taken_for_the_most) {
  GstElement* encoder = gst_element_factory_make("sigmaenc", nullptr);
  g_object_set(encoder, "threads", G_MAXUINT, "key-interval", G_MAXUINT, "max-memory", G_MAXUINT64,
               nullptr);
  guint threads = 0;
  guint keys = 0;
  guint64 memory = 0;
  g_object_get(encoder, "threads", &threads, "key-interval", &keys, "max-memory", &memory, nullptr);
  ck_assert_uint_eq(threads, 64);
  ck_assert_uint_eq(keys, 65536);
  ck_assert_uint_eq(memory, guint64{1} << 40);
  gst_object_unref(encoder);
}
END_TEST

START_TEST(dec_max_memory_does_not_change_while_data_flows) {
  Harness harness("sigmadec");
  g_object_set(harness.element(), "max-memory", guint64{1}, nullptr);
  ck_assert_uint_eq(harness.warnings(), 1);
  harness.push(codec::encode(from_text("running")));
  harness.push_eos();
  ck_assert(harness.take_all() == from_text("running"));
}
END_TEST

START_TEST(dec_answers_queries_of_its_own) {
  Harness harness("sigmadec");
  const Bytes data = testdata::log_lines(200000);
  harness.push(codec::encode(data));
  GstPad* src = gst_element_get_static_pad(harness.element(), "src");
  gint64 value = 0;
  ck_assert(gst_pad_query_position(src, GST_FORMAT_BYTES, &value));
  ck_assert_int_eq(value, data.size());
  ck_assert(!gst_pad_query_duration(src, GST_FORMAT_BYTES, &value));
  GstQuery* seeking = gst_query_new_seeking(GST_FORMAT_BYTES);
  gboolean seekable = TRUE;
  ck_assert(gst_pad_query(src, seeking));
  gst_query_parse_seeking(seeking, nullptr, &seekable, nullptr, nullptr);
  ck_assert(!seekable);
  gst_query_unref(seeking);
  ck_assert(
      !gst_pad_send_event(src, gst_event_new_seek(1.0, GST_FORMAT_BYTES, GST_SEEK_FLAG_FLUSH,
                                                  GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0)));
  gst_object_unref(src);
}
END_TEST

START_TEST(enc_level_changes_at_the_next_key) {
  Harness harness("sigmaenc level=0 chunk-size=65536 key-interval=4");
  const Bytes data = testdata::log_lines(8 * 65536);
  harness.push(Bytes(data.begin(), data.begin() + 65536));
  g_object_set(harness.element(), "level", 3u, nullptr);
  harness.push(Bytes(data.begin() + 65536, data.end()));
  harness.push_eos();
  ck_assert_uint_eq(stat(harness.element(), "chunks-stored"), 4);
  ck_assert_uint_eq(stat(harness.element(), "chunks-bytes"), 4);
  ck_assert(codec::decode(harness.take_all()).bytes == data);
}
END_TEST

START_TEST(enc_settings_that_memory_cannot_hold_fail_with_the_least_that_would_do) {
  GstElement* element = gst_element_factory_make("sigmaenc", nullptr);
  gst_object_ref_sink(element);
  GstBus* bus = gst_bus_new();
  gst_element_set_bus(element, bus);
  g_object_set(element, "chunk-size", 4194304u, nullptr);
  ck_assert(gst_element_set_state(element, GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE);
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  ck_assert(g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
  const char* named = strstr(error->message, "would do is ");
  ck_assert_msg(named != nullptr, "%s", error->message);
  const guint64 least = g_ascii_strtoull(named + strlen("would do is "), nullptr, 10);
  g_error_free(error);
  gst_message_unref(message);
  gst_element_set_state(element, GST_STATE_NULL);
  g_object_set(element, "max-memory", least, nullptr);
  ck_assert(gst_element_set_state(element, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE);
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_bus(element, nullptr);
  gst_bus_set_flushing(bus, TRUE);
  gst_object_unref(element);
  gst_object_unref(bus);
}
END_TEST

START_TEST(stats_are_readable_at_any_time_and_posted_at_eos) {
  const Bytes data = testdata::log_lines(2 * sigma::plan_encoder({}).value.chunk_size + 5);
  Bytes stream;
  for (const bool encoder : {true, false}) {
    Harness harness(encoder ? "sigmaenc model=bytes" : "sigmadec");
    GstElement* element = harness.element();
    ck_assert_uint_eq(stat(element, "bytes-in"), 0);
    harness.push(encoder ? data : stream);
    ck_assert_uint_eq(stat(element, "chunks"), encoder ? 2 : 3);
    harness.push_eos();
    ck_assert_uint_eq(stat(element, "chunks"), 3);
    ck_assert_uint_eq(stat(element, "bytes-in"), encoder ? data.size() : stream.size());
    const Bytes out = harness.take_all();
    ck_assert_uint_eq(stat(element, "bytes-out"), out.size());
    for (const char* field : {"glyphs", "peak-memory", encoder ? "encode-time" : "decode-time"})
      ck_assert_uint_gt(stat(element, field), 0);
    ck_assert_uint_eq(stat(element, "chunks-bytes"), 2);
    ck_assert_uint_eq(stat(element, "chunks-stored"), 1);  // five bytes do not shrink
    for (const char* field :
         {"boundary-crossings", "chunks-records", "chunks-samples", "chunks-frames", "chunks-text"})
      ck_assert_uint_eq(stat(element, field), 0);
    if (!encoder)
      for (const char* field : {"chunks-lost", "bytes-lost"})
        ck_assert_uint_eq(stat(element, field), 0);
    ck_assert_uint_eq(count_messages(harness.bus(), encoder ? "sigmaenc-stats" : "sigmadec-stats"),
                      1);
    if (encoder) stream = out;
  }
}
END_TEST

START_TEST(typefinder_is_certain_of_a_stream_and_of_nothing_else) {
  const auto type_of = [](const Bytes& bytes, GstTypeFindProbability& probability) {
    GstCaps* caps =
        gst_type_find_helper_for_data(nullptr, bytes.data(), bytes.size(), &probability);
    std::string name = "none";
    if (caps != nullptr) {
      name = gst_structure_get_name(gst_caps_get_structure(caps, 0));
      gst_caps_unref(caps);
    }
    return name;
  };
  GstTypeFindProbability probability = GST_TYPE_FIND_NONE;
  ck_assert(type_of(codec::encode({}), probability) == "application/x-sigmalang");
  ck_assert_int_eq(probability, GST_TYPE_FIND_MAXIMUM);
  Bytes damaged = codec::encode({});
  damaged[40] ^= 1;
  ck_assert(type_of(damaged, probability) == "application/x-sigmalang");
  ck_assert_int_lt(probability, GST_TYPE_FIND_MAXIMUM);
  ck_assert(type_of(testdata::random_bytes(4096), probability) != "application/x-sigmalang");
  ck_assert(type_of(Bytes(4096, 0x3f), probability) != "application/x-sigmalang");
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "elements/properties", 300,
      {{"properties",
        {a_level_that_does_not_fit_is_refused_and_reads_back_as_before,
         enc_warns_of_memory_that_sigmadec_refuses_by_default,
         bytes_convert_to_nothing_and_quality_of_service_stops_here,
         enc_says_when_memory_has_no_room_for_the_threads,
         enc_threads_have_the_memory_that_they_need_and_say_how_much,
         enc_answers_queries_of_its_own,
         enc_properties_other_than_level_do_not_change_while_data_flows,
         properties_read_back_as_set_in_NULL, enc_model_is_auto_by_default, each_preset_encodes,
         the_preset_balanced_is_the_defaults, values_that_mean_nothing_more_are_taken_for_the_most,
         dec_max_memory_does_not_change_while_data_flows, dec_answers_queries_of_its_own,
         enc_level_changes_at_the_next_key,
         enc_settings_that_memory_cannot_hold_fail_with_the_least_that_would_do,
         stats_are_readable_at_any_time_and_posted_at_eos,
         typefinder_is_certain_of_a_stream_and_of_nothing_else}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
