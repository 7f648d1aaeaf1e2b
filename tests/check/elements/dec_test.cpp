/* sigmadec in a harness.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
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

using gstsupport::Harness;
using gstsupport::push_in_pieces;
using testdata::Bytes;
using testdata::from_text;
using testdata::MiB;

}  // namespace

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
       "format version 9.", GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT},
      {[] {
         forge::Stream s;
         s.head.minor = 5;
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

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "elements/dec", 300,
      {{"P6",
        {dec_a_cut_stream_before_the_next_one_is_an_error,
         dec_a_cut_stream_is_an_error_after_all_that_is_complete}},
       {"dec",
        {dec_gives_the_bytes_back_for_any_buffer_sizes, dec_downstream_may_write_into_what_it_gets,
         dec_held_events_stay_with_their_stream, dec_a_flush_drops_events_that_wait_for_bytes,
         dec_flush_starts_clean, dec_two_files_through_one_element_start_clean,
         dec_tells_what_is_wrong_with_its_input, dec_max_memory_is_what_decides,
         dec_gives_the_same_with_threads_and_events_in_their_place,
         dec_sets_caps_only_for_a_peer_that_cares, dec_events_keep_their_order}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
