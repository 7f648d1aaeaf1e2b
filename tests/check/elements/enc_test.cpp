/* sigmaenc and sigmadec one at a time, in a GstHarness. */
#include <gst/base/gsttypefindhelper.h>
#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "forge.hpp"
#include "gstsupport.hpp"
#include "suite.hpp"

namespace {

using gstsupport::buffer_of;
using gstsupport::Harness;
using gstsupport::push_in_pieces;
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

START_TEST(enc_gives_the_librarys_stream_for_any_buffer_sizes) {
  const Bytes data = testdata::mixed(5 * MiB + 77);
  const Bytes expected = codec::encode(data);
  codec::Split splits[] = {codec::pieces_of(1000),     codec::pieces_of(4096),
                           codec::pieces_of(65536),    codec::pieces_of(4 * MiB),
                           codec::pieces_of(SIZE_MAX), codec::random_pieces(3, 300000)};
  for (const codec::Split& split : splits) {
    Harness harness("sigmaenc");
    push_in_pieces(harness, data, split);
    harness.push_eos();
    ck_assert(harness.take_all() == expected);
  }
  const Bytes part(data.begin(), data.begin() + 70000);
  for (const size_t piece : {1, 7}) {
    Harness harness("sigmaenc");
    push_in_pieces(harness, part, codec::pieces_of(piece));
    harness.push_eos();
    ck_assert(harness.take_all() == codec::encode(part));
  }
}
END_TEST

START_TEST(dec_gives_the_bytes_back_for_any_buffer_sizes) {
  const Bytes data = testdata::mixed(3 * MiB);
  const Bytes stream = codec::encode(data);
  codec::Split splits[] = {codec::pieces_of(1000), codec::pieces_of(65536),
                           codec::pieces_of(SIZE_MAX), codec::random_pieces(4, 100000)};
  for (const codec::Split& split : splits) {
    Harness harness("sigmadec");
    push_in_pieces(harness, stream, split);
    harness.push_eos();
    ck_assert(harness.take_all() == data);
    ck_assert_str_eq(harness.error(), "");
  }
}
END_TEST

START_TEST(dec_downstream_may_write_into_what_it_gets) {
  const Bytes data = testdata::samples(5 * MiB + 1000);
  Harness harness("sigmadec");
  gst_pad_add_probe(
      harness.get()->sinkpad, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer) {
        GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
        GST_PAD_PROBE_INFO_DATA(info) = buffer;
        GstMapInfo map;
        ck_assert(gst_buffer_map(buffer, &map, GST_MAP_READWRITE));
        for (gsize i = 0; i < map.size; i++)
          map.data[i] ^= 0xFF;
        gst_buffer_unmap(buffer, &map);
        return GST_PAD_PROBE_OK;
      },
      nullptr, nullptr);
  push_in_pieces(harness, codec::encode(data), codec::pieces_of(100000));
  harness.push_eos();
  Bytes got = harness.take_all();
  for (uint8_t& byte : got)
    byte ^= 0xFF;
  ck_assert_str_eq(harness.error(), "");
  ck_assert(got == data);
}
END_TEST

START_TEST(enc_empty_input_makes_an_empty_stream_with_all_events) {
  Harness harness("sigmaenc");
  harness.push_eos();
  ck_assert(harness.take_all() == codec::encode({}));
  const auto events = harness.take_events();
  ck_assert(events == std::vector<std::string>({"stream-start", "caps", "segment", "gap", "eos"}));
}
END_TEST

START_TEST(enc_sends_its_own_caps_and_a_bytes_segment) {
  GstHarness* h = gst_harness_new_parse("sigmaenc framing=bytes");
  gst_harness_set_src_caps_str(h, "audio/x-raw,rate=8000");  // pushes a TIME segment, too
  GstBuffer* timed = buffer_of(testdata::samples(1000));
  GST_BUFFER_PTS(timed) = 5 * GST_SECOND;
  gst_harness_push(h, timed);
  gst_harness_push_event(h, gst_event_new_eos());
  GstCaps* caps = gst_pad_get_current_caps(h->sinkpad);
  ck_assert(gst_structure_has_name(gst_caps_get_structure(caps, 0), "application/x-sigmalang"));
  gst_caps_unref(caps);
  GstEvent* event = gst_pad_get_sticky_event(h->sinkpad, GST_EVENT_SEGMENT, 0);
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  ck_assert(segment->format == GST_FORMAT_BYTES);
  gst_event_unref(event);
  guint64 offset = 0;
  while (GstBuffer* buffer = gst_harness_try_pull(h)) {
    ck_assert(!GST_BUFFER_PTS_IS_VALID(buffer));
    ck_assert_uint_eq(GST_BUFFER_OFFSET(buffer), offset);
    ck_assert_int_eq(GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_HEADER), offset == 0);
    offset += gst_buffer_get_size(buffer);
    ck_assert_uint_eq(GST_BUFFER_OFFSET_END(buffer), offset);
    gst_buffer_unref(buffer);
  }
  ck_assert(offset > 0);
  gst_harness_teardown(h);
}
END_TEST

START_TEST(enc_packets_are_buffers_of_exactly_their_size) {
  Harness harness("sigmaenc");
  push_in_pieces(harness, Bytes(8 * MiB, 'x'), codec::pieces_of(MiB));
  while (GstBuffer* buffer = gst_harness_try_pull(harness.get())) {
    gsize offset = 0;
    gsize allocated = 0;
    const gsize size = gst_buffer_get_sizes(buffer, &offset, &allocated);
    ck_assert_uint_le(allocated, size + 100);
    gst_buffer_unref(buffer);
  }
}
END_TEST

START_TEST(enc_large_packets_go_out_in_parts_of_which_the_first_is_marked) {
  const Bytes data = testdata::random_bytes(3 * MiB);
  Harness harness("sigmaenc");
  push_in_pieces(harness, data, codec::pieces_of(4096));
  harness.push_eos();
  Bytes stream;
  std::vector<size_t> starts;
  while (GstBuffer* buffer = gst_harness_try_pull(harness.get())) {
    ck_assert_uint_le(gst_buffer_get_size(buffer), 32 << 10);
    ck_assert_uint_eq(GST_BUFFER_OFFSET(buffer), stream.size());
    if (!GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT))
      starts.push_back(stream.size());
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_READ);
    stream.insert(stream.end(), map.data, map.data + map.size);
    gst_buffer_unmap(buffer, &map);
    gst_buffer_unref(buffer);
  }
  ck_assert(stream == codec::encode(data));
  for (const codec::PacketView& packet : codec::packets(stream)) {
    const bool is_start = packet.header.is_key() || packet.header.kind() == sigma::PacketKind::HEAD;
    ck_assert_int_eq(is_start,
                     std::find(starts.begin(), starts.end(), packet.offset) != starts.end());
  }
}
END_TEST

START_TEST(buffers_of_several_memories_are_read_without_merging_them) {
  const Bytes data = testdata::mixed(3 * MiB);
  const Bytes stream = codec::encode(data);
  for (const bool encoder : {true, false}) {
    const Bytes& input = encoder ? data : stream;
    GstBuffer* buffer = gst_buffer_new();
    for (size_t at = 0; at < input.size();) {
      const size_t size = std::min<size_t>(input.size() - at, input.size() / 5 + 1);
      GstBuffer* part = buffer_of(Bytes(input.begin() + at, input.begin() + at + size));
      buffer = gst_buffer_append(buffer, part);
      at += size;
    }
    ck_assert_uint_eq(gst_buffer_n_memory(buffer), 5);
    gst_buffer_ref(buffer);
    Harness harness(encoder ? "sigmaenc" : "sigmadec");
    ck_assert_int_eq(gst_harness_push(harness.get(), buffer), GST_FLOW_OK);
    ck_assert_uint_eq(gst_buffer_n_memory(buffer), 5);
    gst_buffer_unref(buffer);
    harness.push_eos();
    ck_assert(harness.take_all() == (encoder ? stream : data));
  }
}
END_TEST

START_TEST(enc_small_packets_are_small_blocks_also_with_verify) {
  Harness harness("sigmaenc verify=true");
  push_in_pieces(harness, Bytes(18 * MiB, 'x'), codec::pieces_of(MiB));
  harness.push_eos();
  while (GstBuffer* buffer = gst_harness_try_pull(harness.get())) {
    gsize offset = 0;
    gsize allocated = 0;
    const gsize size = gst_buffer_get_sizes(buffer, &offset, &allocated);
    ck_assert_uint_le(allocated, size + 100);
    gst_buffer_unref(buffer);
  }
}
END_TEST

START_TEST(enc_a_later_stream_continues_the_offsets_of_the_one_before) {
  Harness harness("sigmaenc");
  harness.push(from_text("one"));
  harness.push_eos();
  const size_t first = harness.take_all().size();
  harness.restart_input();
  harness.push(from_text("two"));
  harness.push_eos();
  GstEvent* event = gst_pad_get_sticky_event(harness.get()->sinkpad, GST_EVENT_SEGMENT, 0);
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  ck_assert_uint_eq(segment->start, first);
  gst_event_unref(event);
  GstBuffer* buffer = gst_harness_pull(harness.get());
  ck_assert_uint_eq(GST_BUFFER_OFFSET(buffer), first);
  gst_buffer_unref(buffer);
}
END_TEST

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

START_TEST(dec_held_events_stay_with_their_stream) {
  Harness harness("sigmadec");
  harness.push_event(gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "a", nullptr)));
  harness.restart_input();
  harness.push(codec::encode(from_text("data")));
  ck_assert(harness.take_events() == std::vector<std::string>({"stream-start", "segment", "tag",
                                                               "stream-start", "segment"}));
}
END_TEST

START_TEST(dec_a_flush_drops_events_that_wait_for_bytes) {
  Harness harness("sigmadec");
  harness.push_event(gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "a", nullptr)));
  harness.flush();
  harness.push(codec::encode(from_text("data")));
  ck_assert(harness.take_all() == from_text("data"));
  const std::vector<std::string> events = harness.take_events();
  ck_assert(std::find(events.begin(), events.end(), "tag") == events.end());
}
END_TEST

START_TEST(a_buffer_that_cannot_be_read_is_an_error) {
  for (const char* line : {"sigmaenc", "sigmadec"}) {
    Harness harness(line);
    GstBuffer* buffer = gstsupport::buffer_of(codec::encode(from_text("data")));
    // Somebody still writes to it.
    GstMemory* memory = gst_buffer_get_memory(buffer, 0);
    GstMapInfo map;
    gst_memory_unref(memory);
    ck_assert(gst_memory_map(memory, &map, GST_MAP_WRITE));
    gst_memory_ref(memory);
    ck_assert_int_eq(gst_harness_push(harness.get(), buffer), GST_FLOW_ERROR);
    ck_assert(harness.error_matches(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ));
    gst_memory_unmap(memory, &map);
    gst_memory_unref(memory);
  }
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

START_TEST(flushes_that_race_with_state_changes_are_harmless) {
  for (const char* name : {"sigmaenc", "sigmadec"}) {
    GstElement* element = gst_element_factory_make(name, nullptr);
    GstPad* sink = gst_element_get_static_pad(element, "sink");
    gint running = 1;
    struct Context {
      GstPad* pad;
      gint* running;
    } context = {sink, &running};
    GThread* flusher = g_thread_new(
        "flusher",
        [](gpointer data) -> gpointer {
          auto* c = static_cast<Context*>(data);
          while (g_atomic_int_get(c->running) != 0) {
            gst_pad_send_event(c->pad, gst_event_new_flush_start());
            gst_pad_send_event(c->pad, gst_event_new_flush_stop(TRUE));
          }
          return nullptr;
        },
        &context);
    for (int i = 0; i < 500; i++) {
      gst_element_set_state(element, GST_STATE_PAUSED);
      gst_element_set_state(element, GST_STATE_READY);
    }
    g_atomic_int_set(&running, 0);
    g_thread_join(flusher);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_object_unref(sink);
    gst_object_unref(element);
  }
}
END_TEST

START_TEST(enc_a_stream_with_a_refused_packet_gets_no_end) {
  Harness harness("sigmaenc chunk-size=65536");
  const Bytes data = testdata::log_lines(10 * 65536);
  GstPad* sink = harness.get()->sinkpad;
  int buffers = 0;
  // The fourth packet, the second chunk, is refused once, by whoever pushes it.
  gst_pad_add_probe(
      sink, GST_PAD_PROBE_TYPE_BUFFER,
      [](GstPad*, GstPadProbeInfo* info, gpointer count) {
        if (++*static_cast<int*>(count) != 4) return GST_PAD_PROBE_OK;
        gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(info));
        GST_PAD_PROBE_INFO_FLOW_RETURN(info) = GST_FLOW_NOT_LINKED;
        return GST_PAD_PROBE_HANDLED;
      },
      &buffers, nullptr);
  ck_assert_int_eq(harness.push(data), GST_FLOW_NOT_LINKED);
  ck_assert_int_eq(harness.push(data), GST_FLOW_NOT_LINKED);
  harness.push_eos();
  const codec::Decoded decoded = codec::decode(harness.take_all());
  ck_assert(decoded.status.code == sigma::ErrorCode::TRUNCATED);
  ck_assert(codec::is_prefix(decoded.bytes, data));
  ck_assert_uint_eq(decoded.bytes.size(), 65536);
}
END_TEST

START_TEST(enc_drains_before_serialized_events) {
  Harness harness("sigmaenc");
  const Bytes data = testdata::log_lines(5000);
  harness.push(data);
  ck_assert(harness.take_all().empty());
  GstEvent* custom =
      gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("x"));
  ck_assert(harness.push_event(custom));
  const Bytes before = harness.take_all();
  ck_assert(!before.empty());
  harness.push(data);
  harness.push_eos();
  Bytes all = before;
  const Bytes rest = harness.take_all();
  all.insert(all.end(), rest.begin(), rest.end());
  Bytes expected = data;
  expected.insert(expected.end(), data.begin(), data.end());
  ck_assert(codec::decode(all).bytes == expected);
  const auto events = harness.take_events();
  ck_assert(events == std::vector<std::string>(
                          {"stream-start", "caps", "segment", "gap", "custom-downstream", "eos"}));
}
END_TEST

START_TEST(enc_flush_starts_clean) {
  Harness harness("sigmaenc");
  harness.push(testdata::random_bytes(500000));
  harness.flush();
  const Bytes data = testdata::log_lines(300000);
  harness.push(data);
  harness.push_eos();
  ck_assert(harness.take_all() == codec::encode(data));
}
END_TEST

START_TEST(dec_flush_starts_clean) {
  const Bytes data = testdata::log_lines(300000);
  const Bytes stream = codec::encode(data);
  Harness harness("sigmadec");
  harness.push(Bytes(stream.begin(), stream.begin() + stream.size() / 2));
  harness.flush();
  harness.push(stream);
  harness.push_eos();
  ck_assert(harness.take_all() == data);
  ck_assert_str_eq(harness.error(), "");
}
END_TEST

START_TEST(enc_and_dec_start_clean_after_READY) {
  const Bytes data = testdata::log_lines(300000);
  const Bytes stream = codec::encode(data);
  for (const bool encoder : {true, false}) {
    Harness harness(encoder ? "sigmaenc" : "sigmadec");
    const Bytes& input = encoder ? data : stream;
    harness.push(Bytes(input.begin(), input.begin() + 1000));
    GstElement* element = harness.element();
    ck_assert(gst_element_set_state(element, GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS);
    ck_assert(gst_element_set_state(element, GST_STATE_PLAYING) == GST_STATE_CHANGE_SUCCESS);
    harness.restart_input();
    harness.push(input);
    harness.push_eos();
    ck_assert(harness.take_all() == (encoder ? stream : data));
  }
}
END_TEST

START_TEST(enc_two_files_through_one_element_become_joined_streams) {
  const Bytes a = testdata::log_lines(200000, 1);
  const Bytes b = testdata::samples(200000, 2);
  Bytes expected = codec::encode(a);
  const Bytes second = codec::encode(b);
  expected.insert(expected.end(), second.begin(), second.end());
  for (const bool eos_between : {true, false}) {
    Harness harness("sigmaenc");
    harness.push(a);
    if (eos_between) harness.push_eos();
    harness.restart_input();
    harness.push(b);
    harness.push_eos();
    ck_assert(harness.take_all() == expected);
  }
}
END_TEST

START_TEST(dec_two_files_through_one_element_start_clean) {
  const Bytes a = testdata::log_lines(200000, 1);
  Bytes expected = a;
  expected.insert(expected.end(), a.begin(), a.end());
  Harness harness("sigmadec");
  harness.push(codec::encode(a));
  harness.push_eos();
  harness.restart_input();
  harness.push(codec::encode(a));
  harness.push_eos();
  ck_assert(harness.take_all() == expected);
  ck_assert_str_eq(harness.error(), "");
}
END_TEST

START_TEST(dec_a_cut_stream_before_the_next_one_is_an_error) {
  const Bytes a = testdata::log_lines(200000, 1);
  const Bytes stream = codec::encode(a);
  Harness harness("sigmadec");
  harness.push(Bytes(stream.begin(), stream.end() - 1));
  harness.restart_input();
  ck_assert(strstr(harness.error(), "stops before its end packet"));
  ck_assert(harness.take_all() == a);
}
END_TEST

START_TEST(dec_a_cut_stream_is_an_error_after_all_that_is_complete) {
  const Bytes data = testdata::mixed(300000);
  sigma::EncoderSettings settings;
  settings.chunk_size = 65536;
  const Bytes stream = codec::encode(data, settings);
  Harness harness("sigmadec");
  harness.push(Bytes(stream.begin(), stream.end() - 1));
  harness.push_eos();
  ck_assert(strstr(harness.error(), "stops before its end packet"));
  ck_assert(harness.take_all() == data);
  ck_assert(harness.take_events().back() == "eos");
}
END_TEST

START_TEST(dec_tells_what_is_wrong_with_its_input) {
  const struct {
    Bytes input;
    const char* text;
    GQuark domain;
    int code;
  } cases[] = {
      {from_text("this is no sigma stream"), "not a .sigma stream", GST_STREAM_ERROR,
       GST_STREAM_ERROR_WRONG_TYPE},
      {{}, "the stream is empty", GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE},
      {[] {
         forge::Stream s;
         s.head.major = 9;
         return s.begin().end().bytes;
       }(),
       "format version 9.3", GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT},
      {[] {
         forge::Stream s;
         s.head.minor = 4;
         return s.begin()
             .coded(forge::glyph(sigma::GlyphType::COMPOSITE, 0x2E, {}), from_text("r"), true)
             .end()
             .bytes;
       }(),
       "TENSOR (0x2E)", GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT},
      {[] {
         forge::Stream s;
         s.head.history_max = 1 << 30;
         return s.begin().end().bytes;
       }(),
       "set max-memory to at least", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS},
      {[] {
         Bytes stream = codec::encode(testdata::log_lines(9000));
         stream[300] ^= 1;
         return stream;
       }(),
       "at stream offset 107", GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE},
  };
  for (const auto& c : cases) {
    Harness harness("sigmadec");
    if (!c.input.empty()) harness.push(c.input);
    harness.push_eos();
    ck_assert_msg(strstr(harness.error(), c.text), "%s", harness.error());
    ck_assert_msg(harness.error_matches(c.domain, c.code), "%s", harness.error());
    ck_assert(harness.take_all().empty());
    ck_assert_uint_eq(harness.errors(), 1);
  }
}
END_TEST

START_TEST(dec_max_memory_is_what_decides) {
  const Bytes data = testdata::mixed(3 * MiB);
  const Bytes stream = codec::encode(data);
  Harness refused("sigmadec max-memory=4000000");
  ck_assert_int_eq(refused.push(stream), GST_FLOW_ERROR);
  ck_assert(strstr(refused.error(), "this stream needs"));
  Harness accepted("sigmadec max-memory=6291456");
  ck_assert_int_eq(accepted.push(stream), GST_FLOW_OK);
  accepted.push_eos();
  ck_assert(accepted.take_all() == data);
}
END_TEST

START_TEST(enc_threads_of_any_pool_give_the_same_stream) {
  const Bytes input = testdata::mixed(5000000);
  sigma::EncoderSettings settings;
  settings.chunk_size = 262144;
  const Bytes expected = codec::encode(input, settings);
  GstTaskPool* shared = gst_shared_task_pool_new();
  gst_shared_task_pool_set_max_threads(GST_SHARED_TASK_POOL(shared), 2);
  gst_task_pool_prepare(shared, nullptr);
  GstTaskPool* plain = gst_task_pool_new();
  gst_task_pool_prepare(plain, nullptr);
  GstTaskPool* unprepared = gst_task_pool_new();
  for (GstTaskPool* pool : {static_cast<GstTaskPool*>(nullptr), shared, plain, unprepared})
    for (const guint threads : {0U, 2U, 5U}) {
      GstElement* element = gst_element_factory_make("sigmaenc", nullptr);
      gst_util_set_object_arg(G_OBJECT(element), "framing", "bytes");
      g_object_set(element, "threads", threads, "task-pool", pool, "chunk-size", 262144U,
                   "max-memory", guint64{64} << 20, nullptr);
      GstTaskPool* got = nullptr;
      g_object_get(element, "task-pool", &got, nullptr);
      ck_assert_ptr_eq(got, pool);
      gst_clear_object(&got);
      GstHarness* harness = gst_harness_new_with_element(element, "sink", "src");
      gst_object_unref(element);
      gst_harness_set_src_caps_str(harness, "application/octet-stream");
      ck_assert_int_eq(gst_harness_push(harness, buffer_of(input)), GST_FLOW_OK);
      gst_harness_push_event(harness, gst_event_new_eos());
      ck_assert(gstsupport::take_all(harness) == expected);
      gst_harness_teardown(harness);
    }
  for (GstTaskPool* pool : {shared, plain}) {
    gst_task_pool_cleanup(pool);
    gst_object_unref(pool);
  }
  gst_object_unref(unprepared);
}
END_TEST

START_TEST(enc_packets_in_the_inputs_memory_outlive_it_or_go_unread) {
  const Bytes noise = testdata::random_bytes(3 * MiB);
  {
    GstHarness* harness = gst_harness_new_parse("sigmaenc framing=bytes");
    gst_harness_set_src_caps_str(harness, "application/octet-stream");
    gst_harness_push(harness, buffer_of(noise));  // upstream drops it before anybody reads
    gst_harness_push_event(harness, gst_event_new_eos());
    const Bytes stream = gstsupport::take_all(harness);
    ck_assert(stream == codec::encode(noise));
    gst_harness_teardown(harness);
  }
  GstHarness* harness = gst_harness_new_parse("sigmaenc framing=bytes");
  gst_harness_set_src_caps_str(harness, "application/octet-stream");
  const auto refuse = [](GstPad*, GstObject*, GstBuffer* buffer) {
    gst_buffer_unref(buffer);
    return GST_FLOW_EOS;
  };
  gst_pad_set_chain_function(harness->sinkpad, +refuse);
  ck_assert_int_eq(gst_harness_push(harness, buffer_of(noise)), GST_FLOW_EOS);
  gst_harness_push_event(harness, gst_event_new_gap(0, GST_SECOND));
  ck_assert_int_eq(gst_harness_push(harness, buffer_of(noise)), GST_FLOW_EOS);
  gst_harness_push_event(harness, gst_event_new_eos());
  gst_harness_teardown(harness);
}
END_TEST

START_TEST(dec_gives_the_same_with_threads_and_events_in_their_place) {
  const Bytes input = testdata::mixed(3 * MiB);
  const Bytes stream = codec::encode(input, codec::small_groups());
  for (const char* line : {"sigmadec threads=0", "sigmadec threads=2", "sigmadec threads=4"})
    for (const size_t piece : {size_t{10000}, size_t{500000}}) {
      Harness harness(line);
      push_in_pieces(harness, stream, codec::pieces_of(piece));
      harness.push_eos();
      ck_assert(harness.take_all() == input);
      ck_assert_str_eq(harness.error(), "");
    }
  // Before an event, all that came before it is given.
  const std::vector<codec::PacketView> all = codec::packets(stream);
  const codec::PacketView& middle = all[all.size() / 2];
  Harness harness("sigmadec threads=3");
  harness.push(Bytes(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(middle.offset)));
  harness.push_event(
      gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty("place")));
  ck_assert_uint_eq(harness.take_all().size(), middle.header.raw_offset);
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

START_TEST(enc_and_an_unlinked_dec_refuse_pull_mode) {
  for (const char* name : {"sigmaenc", "sigmadec"}) {
    GstElement* element = gst_element_factory_make(name, nullptr);
    GstPad* src = gst_element_get_static_pad(element, "src");
    ck_assert(!gst_pad_activate_mode(src, GST_PAD_MODE_PULL, TRUE));
    gst_object_unref(src);
    gst_object_unref(element);
  }
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
  ck_assert(chunk == 0 && keys == sigma::kDefaultKeyInterval && index);
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
               "key-interval", 5u, "index", FALSE, "verify", TRUE, nullptr);
  guint level = 0;
  guint chunk = 0;
  guint keys = 0;
  guint64 memory = 0;
  gboolean index = TRUE;
  gboolean verify = FALSE;
  g_object_get(encoder, "level", &level, "chunk-size", &chunk, "max-memory", &memory,
               "key-interval", &keys, "index", &index, "verify", &verify, nullptr);
  ck_assert(level == 7 && chunk == 131072 && memory == 9000000 && keys == 5 && !index && verify);
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

START_TEST(enc_gap_ends_the_chunk_and_goes_no_further) {
  Harness harness("sigmaenc");
  harness.push(from_text("before the gap"));
  ck_assert(harness.push_event(gst_event_new_gap(0, GST_SECOND)));
  ck_assert(!harness.take_all().empty());
  // The one that there is lets sinks preroll.
  ck_assert(harness.take_events() ==
            std::vector<std::string>({"stream-start", "caps", "segment", "gap"}));
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
         {"boundary-crossings", "chunks-records", "chunks-samples", "chunks-frames"})
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

START_TEST(dec_sets_caps_only_for_a_peer_that_cares) {
  const Bytes stream = codec::encode(from_text("<?xml version=\"1.0\"?><svg width='9'></svg>\n"));
  Harness picky("sigmadec ! capsfilter caps=image/svg+xml");
  picky.push(stream);
  GstCaps* caps = gst_pad_get_current_caps(picky.get()->sinkpad);
  ck_assert(caps != nullptr);
  ck_assert(gst_structure_has_name(gst_caps_get_structure(caps, 0), "image/svg+xml"));
  gst_caps_unref(caps);
  Harness any("sigmadec");
  any.push(stream);
  any.push_eos();
  ck_assert(any.take_events() == std::vector<std::string>({"stream-start", "segment", "eos"}));
}
END_TEST

START_TEST(dec_events_keep_their_order) {
  Harness harness("sigmadec");
  GstTagList* tags = gst_tag_list_new(GST_TAG_TITLE, "x", nullptr);
  harness.push_event(gst_event_new_tag(tags));
  harness.push(codec::encode(from_text("data")));
  harness.push_eos();
  ck_assert(harness.take_events() ==
            std::vector<std::string>({"stream-start", "segment", "tag", "eos"}));
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
  const int result =
      run_suite("elements/enc", 300,
                {{"P2",
                  {enc_gives_the_librarys_stream_for_any_buffer_sizes,
                   enc_threads_of_any_pool_give_the_same_stream}},
                 {"P3",
                  {enc_large_packets_go_out_in_parts_of_which_the_first_is_marked,
                   buffers_of_several_memories_are_read_without_merging_them}},
                 {"P6",
                  {enc_a_stream_with_a_refused_packet_gets_no_end,
                   dec_a_cut_stream_before_the_next_one_is_an_error,
                   dec_a_cut_stream_is_an_error_after_all_that_is_complete}},
                 {"enc",
                  {dec_gives_the_bytes_back_for_any_buffer_sizes,
                   dec_downstream_may_write_into_what_it_gets,
                   enc_empty_input_makes_an_empty_stream_with_all_events,
                   enc_sends_its_own_caps_and_a_bytes_segment,
                   enc_packets_are_buffers_of_exactly_their_size,
                   enc_small_packets_are_small_blocks_also_with_verify,
                   enc_a_later_stream_continues_the_offsets_of_the_one_before,
                   a_level_that_does_not_fit_is_refused_and_reads_back_as_before,
                   dec_held_events_stay_with_their_stream,
                   dec_a_flush_drops_events_that_wait_for_bytes,
                   a_buffer_that_cannot_be_read_is_an_error,
                   enc_warns_of_memory_that_sigmadec_refuses_by_default,
                   bytes_convert_to_nothing_and_quality_of_service_stops_here,
                   flushes_that_race_with_state_changes_are_harmless,
                   enc_drains_before_serialized_events,
                   enc_flush_starts_clean,
                   dec_flush_starts_clean,
                   enc_and_dec_start_clean_after_READY,
                   enc_two_files_through_one_element_become_joined_streams,
                   dec_two_files_through_one_element_start_clean,
                   dec_tells_what_is_wrong_with_its_input,
                   dec_max_memory_is_what_decides,
                   enc_answers_queries_of_its_own,
                   dec_gives_the_same_with_threads_and_events_in_their_place,
                   enc_packets_in_the_inputs_memory_outlive_it_or_go_unread,
                   enc_threads_have_the_memory_that_they_need_and_say_how_much,
                   enc_says_when_memory_has_no_room_for_the_threads,
                   enc_and_an_unlinked_dec_refuse_pull_mode,
                   enc_properties_other_than_level_do_not_change_while_data_flows,
                   properties_read_back_as_set_in_NULL,
                   enc_model_is_auto_by_default,
                   each_preset_encodes,
                   the_preset_balanced_is_the_defaults,
                   values_that_mean_nothing_more_are_taken_for_the_most,
                   dec_max_memory_does_not_change_while_data_flows,
                   dec_answers_queries_of_its_own,
                   enc_gap_ends_the_chunk_and_goes_no_further,
                   enc_level_changes_at_the_next_key,
                   enc_settings_that_memory_cannot_hold_fail_with_the_least_that_would_do,
                   stats_are_readable_at_any_time_and_posted_at_eos,
                   dec_sets_caps_only_for_a_peer_that_cares,
                   dec_events_keep_their_order,
                   typefinder_is_certain_of_a_stream_and_of_nothing_else}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
