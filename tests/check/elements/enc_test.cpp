/* sigmaenc in a harness, and what both elements do alike.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/base/gsttypefindhelper.h>
#include <gst/check/gstharness.h>
#include <gst/gst.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "gstsupport.hpp"
#include "suite.hpp"

namespace {

using gstsupport::buffer_of;
using gstsupport::Harness;
using gstsupport::push_in_pieces;
using testdata::Bytes;
using testdata::from_text;
using testdata::MiB;

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

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "elements/enc", 300,
      {{"P2",
        {enc_gives_the_librarys_stream_for_any_buffer_sizes,
         enc_threads_of_any_pool_give_the_same_stream}},
       {"P3",
        {enc_large_packets_go_out_in_parts_of_which_the_first_is_marked,
         buffers_of_several_memories_are_read_without_merging_them}},
       {"P6", {enc_a_stream_with_a_refused_packet_gets_no_end}},
       {"enc",
        {enc_empty_input_makes_an_empty_stream_with_all_events,
         enc_sends_its_own_caps_and_a_bytes_segment, enc_packets_are_buffers_of_exactly_their_size,
         enc_small_packets_are_small_blocks_also_with_verify,
         enc_a_later_stream_continues_the_offsets_of_the_one_before,
         a_buffer_that_cannot_be_read_is_an_error,
         flushes_that_race_with_state_changes_are_harmless, enc_drains_before_serialized_events,
         enc_flush_starts_clean, enc_and_dec_start_clean_after_READY,
         enc_two_files_through_one_element_become_joined_streams,
         enc_packets_in_the_inputs_memory_outlive_it_or_go_unread,
         enc_and_an_unlinked_dec_refuse_pull_mode, enc_gap_ends_the_chunk_and_goes_no_further}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
