/* Streams that keep buffers, live and over networks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/app/gstappsrc.h>

#include <atomic>
#include <string>
#include <vector>

#include "files.hpp"
#include "gstsupport.hpp"
#include "suite.hpp"
#include "trace.hpp"

using files::TemporaryFolder;
using gstsupport::buffer_of;
using trace::launch;
using trace::play;
using trace::Trace;

namespace {

/// Waits until `count` buffers came out of a pipeline's fakesink "s".
bool wait_for_buffers(GstElement* pipeline, unsigned count) {
  static std::atomic<unsigned> seen;
  seen = 0;
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "s");
  g_object_set(sink, "signal-handoffs", TRUE, nullptr);
  g_signal_connect(sink, "handoff", G_CALLBACK(+[] { seen++; }), nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  for (int i = 0; i < 6000 && seen < count; i++)
    g_usleep(10000);
  gst_object_unref(sink);
  return seen >= count;
}

/// The buffers of a trace, without their DISCONT flags.
std::vector<std::string> buffers_of(const Trace& trace) {
  std::vector<std::string> buffers = trace.of("buffer");
  for (std::string& buffer : buffers) {
    const size_t at = buffer.find(" flags ") + 7;
    const size_t end = buffer.find(' ', at);
    const unsigned long flags = std::stoul(buffer.substr(at, end - at), nullptr, 16);
    buffer.replace(at, end - at, std::to_string(flags & ~unsigned{GST_BUFFER_FLAG_DISCONT}));
  }
  return buffers;
}

/// Watches what the element of that name takes or gives.
void watch(GstElement* pipeline, const char* element_name, const char* pad_name, Trace& trace) {
  GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline), element_name);
  GstPad* pad = gst_element_get_static_pad(element, pad_name);
  trace::watch(pad, trace);
  gst_object_unref(pad);
  gst_object_unref(element);
}

/// Plays to EOS; gives how many warnings there were.
unsigned run(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  unsigned warnings = 0;
  for (;;) {
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 120 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING));
    ck_assert_ptr_nonnull(message);
    const GstMessageType type = GST_MESSAGE_TYPE(message);
    gst_message_unref(message);
    ck_assert(type != GST_MESSAGE_ERROR);
    if (type == GST_MESSAGE_EOS) break;
    warnings++;
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(pipeline);
  return warnings;
}

/// Loses every 40th buffer behind the first hundred.
GstPadProbeReturn lose(GstPad*, GstPadProbeInfo*, gpointer user) {
  auto* count = static_cast<unsigned*>(user);
  return ++*count > 100 && *count % 40 == 0 ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

/// Changes the level of the encoder that is given, at some buffers.
GstPadProbeReturn change_level(GstPad*, GstPadProbeInfo* info, gpointer encoder) {
  const guint64 number = GST_BUFFER_OFFSET(GST_PAD_PROBE_INFO_BUFFER(info));
  if (number % 40 == 20)
    g_object_set(encoder, "level", static_cast<guint>((number / 40 * 3 + 5) % 10), nullptr);
  return GST_PAD_PROBE_OK;
}

}  // namespace

START_TEST(a_source_that_stops_does_not_hold_its_chunk) {
  for (const std::string encoder :
       {"sigmaenc framing=buffers max-latency=20000000",
        "sigmaenc framing=bytes max-latency=20000000",
        "sigmaenc max-latency=20000000 threads=2 max-memory=67108864"}) {
    // No end of the stream comes, nor a full chunk.
    GstElement* pipeline = launch("appsrc name=a format=time ! " + encoder +
                                  " ! sigmadec ! fakesink name=s sync=false");
    GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer_of(testdata::from_text("one")));
    ck_assert_msg(wait_for_buffers(pipeline, 1), "%s", encoder.c_str());
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(source);
    gst_object_unref(pipeline);
  }
}
END_TEST

START_TEST(each_buffer_of_a_live_source_leaves_at_once) {
  GstElement* pipeline = launch(
      "appsrc name=a format=time is-live=true ! sigmaenc ! sigmadec ! fakesink name=s sync=false");
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
  for (int i = 0; i < 3; i++)
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer_of(testdata::from_text("one")));
  ck_assert(wait_for_buffers(pipeline, 3));
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(source);
  gst_object_unref(pipeline);
}
END_TEST

START_TEST(latency_is_what_upstream_has_and_what_a_chunk_may_wait) {
  GstHarness* harness = gst_harness_new_parse("sigmaenc max-latency=33000000");
  gst_harness_set_upstream_latency(harness, 5 * GST_MSECOND);
  ck_assert_uint_eq(gst_harness_query_latency(harness), 38 * GST_MSECOND);
  gst_harness_teardown(harness);
}
END_TEST

START_TEST(who_joins_late_over_tcp_sees_the_next_key) {
  GstElement* sender = launch(
      "videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=100/1 ! "
      "sigmaenc key-interval=4 ! tcpserversink name=t port=0 host=127.0.0.1");
  gst_element_set_state(sender, GST_STATE_PLAYING);
  GstElement* server = gst_bin_get_by_name(GST_BIN(sender), "t");
  gint port = 0;
  for (int i = 0; i < 1000 && port <= 0; i++) {
    g_usleep(10000);
    g_object_get(server, "current-port", &port, nullptr);
  }
  g_usleep(300000);  // many buffers went before
  for (int late = 0; late < 3; late++) {
    GstElement* receiver =
        launch("tcpclientsrc host=127.0.0.1 port=" + std::to_string(port) +
               " ! sigmadec ! video/x-raw,width=160 ! fakesink name=s sync=false");
    ck_assert(wait_for_buffers(receiver, 5));
    gst_element_set_state(receiver, GST_STATE_NULL);
    gst_object_unref(receiver);
  }
  gst_element_set_state(sender, GST_STATE_NULL);
  gst_object_unref(server);
  gst_object_unref(sender);
}
END_TEST

namespace {

/// A network, with an element "i" in it, that loses some of what it carries.
void check_losses(const std::string& network) {
  GstElement* pipeline = launch(
      "videotestsrc num-buffers=300 ! video/x-raw,width=80,height=60 ! sigmaenc name=e "
      "max-latency=1000000000 chunk-size=65536 key-interval=2 ! " +
      network + " ! sigmadec name=d on-error=skip ! fakesink sync=false");
  Trace sent;
  Trace received;
  watch(pipeline, "e", "sink", sent);
  watch(pipeline, "d", "src", received);
  GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline), "i");
  GstPad* pad = gst_element_get_static_pad(element, "src");
  unsigned count = 0;
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, lose, &count, nullptr);
  gst_object_unref(pad);
  gst_object_unref(element);
  ck_assert_uint_gt(run(pipeline), 0);
  // All that comes is whole, and in order; and much comes.
  const std::vector<std::string> all = buffers_of(sent);
  const std::vector<std::string> rest = buffers_of(received);
  ck_assert_uint_eq(all.size(), 300);
  ck_assert_uint_lt(rest.size(), all.size());
  ck_assert_uint_gt(rest.size(), 100);
  size_t at = 0;
  bool marked = true;
  for (size_t i = 0; i < rest.size(); i++, at++) {
    const size_t before = at;
    while (at < all.size() && all[at] != rest[i])
      at++;
    ck_assert_msg(at < all.size(), "%s", rest[i].c_str());
    // What was lost is marked.
    if (at != before) marked &= received.of("buffer")[i] != sent.of("buffer")[at];
  }
  ck_assert(marked);
}

}  // namespace

START_TEST(lost_packets_cost_their_groups) {
  check_losses("identity name=i");
  // Where the plugin is: it leaks when it is loaded, so that it is not under the leak checker.
  GstElementFactory* rtp = gst_element_factory_find("rtpgstpay");
  if (rtp == nullptr) return;
  gst_object_unref(rtp);
  check_losses("rtpgstpay config-interval=1 ! identity name=i ! rtpgstdepay");
}
END_TEST

START_TEST(files_that_take_turns_each_play_from_their_beginning) {
  const TemporaryFolder folder;
  GstElement* pipeline = launch(
      "videotestsrc num-buffers=700 ! video/x-raw,width=80,height=60,framerate=30/1 ! "
      "sigmaenc name=e max-latency=1000000000 chunk-size=65536 key-interval=2 ! "
      "multifilesink next-file=key-frame location=" +
      folder.file("%02d.sigma"));
  Trace sent;
  watch(pipeline, "e", "sink", sent);
  run(pipeline);
  std::vector<std::string> received;
  for (const char* name : {"00.sigma", "01.sigma", "02.sigma"}) {
    GstElement* player = launch("filesrc location=" + folder.file(name) +
                                " ! sigmadec name=d on-error=skip ! fakesink sync=false");
    Trace one;
    watch(player, "d", "src", one);
    run(player);
    const std::vector<std::string> buffers = buffers_of(one);
    ck_assert_uint_gt(buffers.size(), 0);
    ck_assert(one.items[0].starts_with("stream-start") && one.items[1].starts_with("caps"));
    received.insert(received.end(), buffers.begin(), buffers.end());
  }
  // Nothing is lost between them.
  ck_assert(received == buffers_of(sent));
}
END_TEST

START_TEST(level_changes_while_buffers_are_kept) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x.sigma");
  GstElement* pipeline = launch(
      "videotestsrc num-buffers=200 ! video/x-raw,width=160,height=120 ! "
      "sigmaenc name=e chunk-size=65536 key-interval=2 ! filesink location=" +
      file);
  Trace sent;
  watch(pipeline, "e", "sink", sent);
  GstElement* encoder = gst_bin_get_by_name(GST_BIN(pipeline), "e");
  GstPad* pad = gst_element_get_static_pad(encoder, "sink");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, change_level, encoder, nullptr);
  gst_object_unref(pad);
  gst_object_unref(encoder);
  ck_assert_uint_eq(run(pipeline), 0);
  ck_assert(play(file).items == sent.items);
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "elements/live", 600,
      {{"P5", {lost_packets_cost_their_groups}},
       {"live",
        {a_source_that_stops_does_not_hold_its_chunk, each_buffer_of_a_live_source_leaves_at_once,
         latency_is_what_upstream_has_and_what_a_chunk_may_wait,
         who_joins_late_over_tcp_sees_the_next_key,
         files_that_take_turns_each_play_from_their_beginning,
         level_changes_while_buffers_are_kept}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
