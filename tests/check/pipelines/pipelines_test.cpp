/* Real pipelines: files, queues, chains, applications, errors from outside.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include "bytes.hpp"
#include "codec.hpp"
#include "files.hpp"
#include "gstsupport.hpp"
#include "suite.hpp"

namespace {

using files::read_file;
using files::TemporaryFolder;
using files::write_file;
using gstsupport::check_runs;
using gstsupport::Run;
using gstsupport::run_pipeline;
using testdata::Bytes;
using testdata::MiB;

/// Chunks of each kind, as the encoder counted them.
struct ChunkCounts {
  guint64 stored = 0;
  guint64 bytes = 0;
  guint64 records = 0;
};

/// A pipeline that has come to its end, still playing.
GstElement* play_to_eos(const std::string& launch_line) {
  GstElement* pipeline = gst_parse_launch(launch_line.c_str(), nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, GST_MESSAGE_EOS);
  ck_assert(message != nullptr);
  gst_message_unref(message);
  gst_object_unref(bus);
  return pipeline;
}

/// Sends a log through sigmaenc with these settings, and back.
ChunkCounts code_log(const char* settings) {
  const TemporaryFolder folder;
  const Bytes log = testdata::server_log(3 * MiB);
  write_file(folder.file("in"), log);
  GstElement* pipeline =
      play_to_eos("filesrc location=" + folder.file("in") + " ! sigmaenc name=encoder " + settings +
                  " ! sigmadec ! filesink location=" + folder.file("out"));
  GstElement* encoder = gst_bin_get_by_name(GST_BIN(pipeline), "encoder");
  GstStructure* stats = nullptr;
  g_object_get(encoder, "stats", &stats, nullptr);
  gst_object_unref(encoder);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  ChunkCounts counts;
  ck_assert(gst_structure_get(stats, "chunks-stored", G_TYPE_UINT64, &counts.stored, "chunks-bytes",
                              G_TYPE_UINT64, &counts.bytes, "chunks-records", G_TYPE_UINT64,
                              &counts.records, nullptr));
  gst_structure_free(stats);
  ck_assert_msg(read_file(folder.file("out")) == log, "%s", settings);
  return counts;
}

}  // namespace

START_TEST(main_job_file_to_file_and_back) {
  const TemporaryFolder folder;
  const std::string in = folder.file("in");
  const std::string coded = folder.file("coded.sigma");
  const std::string out = folder.file("out");
  for (const Bytes& data : {Bytes(), Bytes{7}, testdata::mixed(9 * MiB + 3)}) {
    write_file(in, data);
    check_runs("filesrc location=" + in +
               " ! queue ! sigmaenc ! queue ! filesink location=" + coded);
    ck_assert(read_file(coded) == codec::encode(data));
    check_runs("filesrc location=" + coded + " ! sigmadec ! filesink location=" + out);
    ck_assert(read_file(out) == data);
  }
}
END_TEST

START_TEST(random_buffer_sizes_and_blocksizes_give_the_same_file) {
  const TemporaryFolder folder;
  const Bytes data = testdata::mixed(3 * MiB + 11);
  write_file(folder.file("in"), data);
  const Bytes expected = codec::encode(data);
  const std::string sink = " ! sigmaenc ! filesink location=" + folder.file("coded");
  const std::string source = "filesrc location=" + folder.file("in");
  for (const char* middle :
       {" blocksize=1000", " blocksize=65536", " blocksize=4194304",
        " ! rndbuffersize min=1 max=100000 seed=7", " ! rndbuffersize min=1 max=3 seed=8"}) {
    check_runs(source + middle + sink);
    ck_assert_msg(read_file(folder.file("coded")) == expected, "%s", middle);
  }
}
END_TEST

START_TEST(joined_files_decode_to_the_joined_inputs) {
  const TemporaryFolder folder;
  const Bytes a = testdata::mixed(2 * MiB);
  const Bytes b = testdata::log_lines(500000);
  Bytes joined = codec::encode(a);
  const Bytes second = codec::encode(b);
  joined.insert(joined.end(), second.begin(), second.end());
  write_file(folder.file("joined"), joined);
  check_runs("filesrc location=" + folder.file("joined") +
             " ! sigmadec ! filesink location=" + folder.file("out"));
  Bytes expected = a;
  expected.insert(expected.end(), b.begin(), b.end());
  ck_assert(read_file(folder.file("out")) == expected);
}
END_TEST

START_TEST(two_inputs_through_concat_follow_one_another_in_a_file_and_a_pipe) {
  const TemporaryFolder folder;
  const Bytes a = testdata::mixed(3 * MiB, 1);
  const Bytes b = testdata::log_lines(100000, 2);
  Bytes both = a;
  both.insert(both.end(), b.begin(), b.end());
  write_file(folder.file("a"), a);
  write_file(folder.file("b"), b);
  const auto joined = [&](const char* one, const char* two, const std::string& rest) {
    return "concat name=c ! " + rest + " filesrc location=" + folder.file(one) +
           " ! c. filesrc location=" + folder.file(two) + " ! c.";
  };
  check_runs(joined("a", "b", "sigmaenc ! filesink location=" + folder.file("ab.sigma")));
  ck_assert(codec::decode(read_file(folder.file("ab.sigma"))).bytes == both);
  write_file(folder.file("a.sigma"), codec::encode(a));
  write_file(folder.file("b.sigma"), codec::encode(b));
  check_runs(joined("a.sigma", "b.sigma", "sigmadec ! filesink location=" + folder.file("out")));
  ck_assert(read_file(folder.file("out")) == both);
  // A pipe cannot seek; nothing may ask it to.
  int ends[2];
  ck_assert_int_eq(pipe(ends), 0);
  Bytes piped;
  std::thread reader([&] {
    uint8_t bytes[65536];
    for (ssize_t n = 0; (n = read(ends[0], bytes, sizeof bytes)) > 0;)
      piped.insert(piped.end(), bytes, bytes + n);
  });
  check_runs(joined("a", "b", "sigmaenc ! fdsink fd=" + std::to_string(ends[1])));
  close(ends[1]);
  reader.join();
  close(ends[0]);
  ck_assert(codec::decode(piped).bytes == both);
}
END_TEST

START_TEST(chained_twice_and_back) {
  const TemporaryFolder folder;
  const Bytes data = testdata::mixed(3 * MiB);
  write_file(folder.file("in"), data);
  check_runs(
      "filesrc location=" + folder.file("in") +
      " ! sigmaenc ! sigmaenc ! sigmadec ! sigmadec ! filesink location=" + folder.file("out"));
  ck_assert(read_file(folder.file("out")) == data);
}
END_TEST

START_TEST(chained_with_gdppay_and_back) {
  const TemporaryFolder folder;
  const Bytes data = testdata::mixed(2 * MiB);
  write_file(folder.file("in"), data);
  check_runs("filesrc location=" + folder.file("in") +
             " ! sigmaenc ! gdppay ! filesink location=" + folder.file("gdp"));
  check_runs("filesrc location=" + folder.file("gdp") +
             " ! gdpdepay ! sigmadec ! filesink location=" + folder.file("out"));
  ck_assert(read_file(folder.file("out")) == data);
}
END_TEST

START_TEST(a_tee_gives_both_branches_everything) {
  const TemporaryFolder folder;
  const Bytes data = testdata::mixed(2 * MiB);
  write_file(folder.file("in"), data);
  check_runs("filesrc location=" + folder.file("in") + " ! sigmaenc ! tee name=t ! queue ! " +
             "filesink location=" + folder.file("coded") +
             " t. ! queue ! sigmadec ! filesink location=" + folder.file("out"));
  ck_assert(read_file(folder.file("coded")) == codec::encode(data));
  ck_assert(read_file(folder.file("out")) == data);
}
END_TEST

START_TEST(over_tcp_to_a_decoder) {
  const TemporaryFolder folder;
  const Bytes data = testdata::mixed(3 * MiB);
  write_file(folder.file("in"), data);
  GstElement* receiver = gst_parse_launch(
      ("tcpserversrc host=127.0.0.1 port=0 name=s ! sigmadec ! filesink location=" +
       folder.file("out"))
          .c_str(),
      nullptr);
  gst_element_set_state(receiver, GST_STATE_PLAYING);
  GstElement* server = gst_bin_get_by_name(GST_BIN(receiver), "s");
  int port = 0;
  for (int tries = 0; tries < 500 && port == 0; tries++) {
    g_object_get(server, "current-port", &port, nullptr);
    g_usleep(10000);
  }
  gst_object_unref(server);
  check_runs("filesrc location=" + folder.file("in") +
             " ! sigmaenc ! tcpclientsink host=127.0.0.1 port=" + std::to_string(port));
  ck_assert(gstsupport::finish_pipeline(receiver, 60).reached_eos);
  ck_assert(read_file(folder.file("out")) == data);
}
END_TEST

START_TEST(into_tcpserversink_runs_to_eos) {
  const TemporaryFolder folder;
  write_file(folder.file("in"), testdata::mixed(MiB));
  check_runs("filesrc location=" + folder.file("in") +
             " ! sigmaenc ! tcpserversink host=127.0.0.1 port=0");
}
END_TEST

START_TEST(appsrc_to_appsink_round_trips) {
  GstElement* pipeline = gst_parse_launch(
      "appsrc name=in ! sigmaenc ! sigmadec ! appsink name=out sync=false", nullptr);
  GstElement* in = gst_bin_get_by_name(GST_BIN(pipeline), "in");
  GstElement* out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  const Bytes data = testdata::mixed(2 * MiB);
  testdata::Random random(9);
  for (size_t at = 0; at < data.size();) {
    const size_t size = std::min(data.size() - at, 1 + random.below(100000));
    const Bytes piece(data.begin() + at, data.begin() + at + size);
    ck_assert(gst_app_src_push_buffer(GST_APP_SRC(in), gstsupport::buffer_of(piece)) ==
              GST_FLOW_OK);
    at += size;
  }
  gst_app_src_end_of_stream(GST_APP_SRC(in));
  Bytes back;
  while (GstSample* sample = gst_app_sink_pull_sample(GST_APP_SINK(out))) {
    GstMapInfo map;
    gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ);
    back.insert(back.end(), map.data, map.data + map.size);
    gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
    gst_sample_unref(sample);
  }
  ck_assert(back == data);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(in);
  gst_object_unref(out);
  gst_object_unref(pipeline);
}
END_TEST

/// Criticals end tests: appsink has a URI that is none.
START_TEST(an_appsink_behind_max_latency_is_not_taken_for_a_file) {
  check_runs(
      "audiotestsrc num-buffers=20 ! sigmaenc max-latency=20000000 ! "
      "appsink sync=false drop=true max-buffers=1 wait-on-eos=false");
}
END_TEST

START_TEST(live_audio_in_a_time_segment_is_encoded_as_bytes) {
  const TemporaryFolder folder;
  // Not wave=ticks, which leaves the first sample of a tick as it finds the memory.
  const std::string source = "audiotestsrc num-buffers=50 wave=saw ! audio/x-raw,format=S16LE ! ";
  check_runs(source + "filesink location=" + folder.file("raw"));
  check_runs(source + "sigmaenc ! filesink location=" + folder.file("coded"));
  const codec::Decoded decoded = codec::decode(read_file(folder.file("coded")));
  ck_assert(decoded.status.ok());
  ck_assert(decoded.bytes == read_file(folder.file("raw")));
}
END_TEST

START_TEST(buffers_put_into_a_queue_come_out_in_order) {
  const TemporaryFolder folder;
  const Bytes data = testdata::mixed(20 * MiB);
  write_file(folder.file("in"), data);
  check_runs("filesrc location=" + folder.file("in") +
             " ! queue max-size-buffers=3 max-size-bytes=0 ! sigmaenc ! queue max-size-buffers=3 "
             "max-size-bytes=0 ! sigmadec ! queue max-size-buffers=3 max-size-bytes=0 ! "
             "filesink location=" +
             folder.file("out"));
  ck_assert(read_file(folder.file("out")) == data);
}
END_TEST

START_TEST(a_full_queue_of_3_buffers_holds_the_encoder_back) {
  GstElement* pipeline = gst_parse_launch(
      "fakesrc sizetype=fixed sizemax=65536 filltype=random ! sigmaenc name=e chunk-size=65536 ! "
      "queue name=q max-size-buffers=3 max-size-bytes=0 max-size-time=0 ! "
      "identity name=i ! fakesink",
      nullptr);
  GstElement* queue = gst_bin_get_by_name(GST_BIN(pipeline), "q");
  GstPad* src = gst_element_get_static_pad(queue, "src");
  const auto block =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER);
  gst_pad_add_probe(
      src, block, [](GstPad*, GstPadProbeInfo*, gpointer) { return GST_PAD_PROBE_OK; }, nullptr,
      nullptr);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstElement* encoder = gst_bin_get_by_name(GST_BIN(pipeline), "e");
  const auto bytes_in = [&] {
    GstStructure* stats = nullptr;
    g_object_get(encoder, "stats", &stats, nullptr);
    guint64 value = 0;
    gst_structure_get_uint64(stats, "bytes-in", &value);
    gst_structure_free(stats);
    return value;
  };
  guint level = 0;
  for (int tries = 0; tries < 1000 && level < 3; tries++) {
    g_object_get(queue, "current-level-buffers", &level, nullptr);
    g_usleep(5000);
  }
  ck_assert_uint_eq(level, 3);
  guint64 before = 0;
  for (guint64 now = bytes_in(); now != before; now = bytes_in()) {
    before = now;
    g_usleep(200000);
  }
  // Three packets wait in the queue, one at the blocked pad, one in the encoder's push.
  ck_assert_uint_le(before, 10 * 65536);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(src);
  gst_object_unref(queue);
  gst_object_unref(encoder);
  gst_object_unref(pipeline);
}
END_TEST

START_TEST(eos_while_the_queue_is_full_loses_nothing) {
  const TemporaryFolder folder;
  const Bytes data = testdata::random_bytes(30 * 65536);
  write_file(folder.file("in"), data);
  check_runs("filesrc location=" + folder.file("in") +
             " ! sigmaenc chunk-size=65536 ! queue max-size-buffers=3 max-size-bytes=0 "
             "max-size-time=0 ! identity sleep-time=5000 ! sigmadec ! filesink location=" +
             folder.file("out"));
  ck_assert(read_file(folder.file("out")) == data);
}
END_TEST

START_TEST(stopping_a_running_pipeline_does_not_hang) {
  for (int round = 0; round < 20; round++) {
    GstElement* pipeline = gst_parse_launch(
        "fakesrc sizetype=fixed sizemax=100000 filltype=random ! queue ! sigmaenc ! queue ! "
        "sigmadec ! "
        "fakesink",
        nullptr);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    g_usleep(static_cast<gulong>(round) * 3000);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
}
END_TEST

START_TEST(errors_from_outside_are_clear) {
  const TemporaryFolder folder;
  const std::string to_null = " ! sigmaenc ! fakesink";
  Run run = run_pipeline("filesrc location=" + folder.file("missing") + to_null);
  ck_assert(run.domain == GST_RESOURCE_ERROR && run.code == GST_RESOURCE_ERROR_NOT_FOUND);
  run = run_pipeline("filesrc location=" + folder.path() + to_null);
  ck_assert(run.domain == GST_RESOURCE_ERROR && run.code == GST_RESOURCE_ERROR_OPEN_READ);
  write_file(folder.file("text"), testdata::log_lines(5000));
  run = run_pipeline("filesrc location=" + folder.file("text") + " ! sigmadec ! fakesink");
  ck_assert(run.domain == GST_STREAM_ERROR && run.code == GST_STREAM_ERROR_WRONG_TYPE);
  ck_assert(run.error.find("not a .sigma stream") != std::string::npos);
  run = run_pipeline("filesrc location=" + folder.file("text") +
                     " ! sigmaenc chunk-size=4194304 ! fakesink");
  ck_assert(run.domain == GST_RESOURCE_ERROR && run.code == GST_RESOURCE_ERROR_SETTINGS);
  run = run_pipeline("filesrc location=" + folder.file("text") +
                     " ! sigmaenc chunk-size=1000 ! fakesink");
  ck_assert(run.error.find("65536 to 4194304") != std::string::npos);
}
END_TEST

START_TEST(a_full_disk_is_an_error_and_what_was_written_decodes) {
  const TemporaryFolder folder;
  write_file(folder.file("in"), testdata::mixed(8 * MiB));
  Run run = run_pipeline("filesrc location=" + folder.file("in") +
                         " ! sigmaenc ! filesink buffer-mode=unbuffered location=/dev/full");
  ck_assert(run.domain == GST_RESOURCE_ERROR && run.code == GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  const std::string small = folder.file("small");
  std::filesystem::create_directory(small);
  if (mount("tmpfs", small.c_str(), "tmpfs", 0, "size=1m") != 0) return;  // needs root
  run = run_pipeline("filesrc location=" + folder.file("in") +
                     " ! sigmaenc chunk-size=65536 ! filesink location=" + small + "/coded");
  const Bytes coded = read_file(small + "/coded");
  ck_assert_int_eq(umount(small.c_str()), 0);
  ck_assert(run.domain == GST_RESOURCE_ERROR && run.code == GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  ck_assert_uint_gt(coded.size(), 500000);
  const codec::Decoded decoded = codec::decode(coded);
  ck_assert(decoded.status.code == sigma::ErrorCode::TRUNCATED);
  ck_assert_uint_gt(decoded.bytes.size(), 500000);
  ck_assert(codec::is_prefix(decoded.bytes, testdata::mixed(8 * MiB)));
}
END_TEST

START_TEST(a_cut_file_is_an_error_and_its_start_is_written) {
  const TemporaryFolder folder;
  const Bytes data = testdata::mixed(5 * MiB);
  const Bytes stream = codec::encode(data);
  write_file(folder.file("cut"), Bytes(stream.begin(), stream.end() - 100));
  const Run run = run_pipeline("filesrc location=" + folder.file("cut") +
                               " ! sigmadec ! filesink location=" + folder.file("out"));
  ck_assert(run.domain == GST_STREAM_ERROR && run.code == GST_STREAM_ERROR_DECODE);
  ck_assert(read_file(folder.file("out")) == data);
}
END_TEST

START_TEST(a_sink_that_has_enough_is_no_error) {
  const TemporaryFolder folder;
  write_file(folder.file("in"), testdata::mixed(8 * MiB));
  write_file(folder.file("coded"), codec::encode(testdata::mixed(8 * MiB)));
  check_runs("filesrc location=" + folder.file("coded") +
             " ! sigmadec ! identity eos-after=2 ! fakesink");
  check_runs("filesrc location=" + folder.file("in") +
             " ! sigmaenc ! identity eos-after=2 ! fakesink");
}
END_TEST

START_TEST(progressreport_works_behind_the_encoder) {
  const TemporaryFolder folder;
  write_file(folder.file("in"), testdata::mixed(4 * MiB));
  GstElement* pipeline =
      play_to_eos("filesrc location=" + folder.file("in") + " ! sigmaenc ! fakesink name=sink");
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  GstPad* pad = gst_element_get_static_pad(sink, "sink");
  gint64 percent = 0;
  ck_assert(gst_pad_peer_query_position(pad, GST_FORMAT_PERCENT, &percent));
  ck_assert_int_eq(percent, GST_FORMAT_PERCENT_MAX);
  ck_assert(gst_pad_peer_query_duration(pad, GST_FORMAT_PERCENT, &percent));
  ck_assert_int_eq(percent, GST_FORMAT_PERCENT_MAX);
  ck_assert(!gst_pad_peer_query_duration(pad, GST_FORMAT_BYTES, &percent));
  gst_object_unref(pad);
  gst_object_unref(sink);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}
END_TEST

START_TEST(model_bytes_finds_no_records_in_a_log) {
  // At a level that finds them by itself.
  ck_assert_uint_gt(code_log("level=6").records, 0);
  const ChunkCounts counts = code_log("level=6 model=bytes");
  ck_assert_uint_eq(counts.records, 0);
  ck_assert_uint_gt(counts.bytes, 0);
}
END_TEST

START_TEST(model_records_finds_records_at_the_quickest_level) {
  ck_assert_uint_gt(code_log("level=1 model=records").records, 0);
}
END_TEST

START_TEST(model_records_finds_none_in_small_chunks_or_where_all_is_stored) {
  const ChunkCounts small = code_log("level=1 model=records chunk-size=262144");
  ck_assert_uint_eq(small.records, 0);
  ck_assert_uint_gt(small.bytes, 0);
  const ChunkCounts stored = code_log("level=0 model=records");
  ck_assert_uint_eq(stored.records + stored.bytes, 0);
  ck_assert_uint_gt(stored.stored, 0);
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "pipelines/pipelines", 600,
      {{"P1",
        {main_job_file_to_file_and_back, model_bytes_finds_no_records_in_a_log,
         model_records_finds_records_at_the_quickest_level,
         model_records_finds_none_in_small_chunks_or_where_all_is_stored}},
       {"P2", {random_buffer_sizes_and_blocksizes_give_the_same_file}},
       {"P6", {a_cut_file_is_an_error_and_its_start_is_written}},
       {"P8",
        {joined_files_decode_to_the_joined_inputs,
         two_inputs_through_concat_follow_one_another_in_a_file_and_a_pipe}},
       {"pipelines",
        {chained_twice_and_back, chained_with_gdppay_and_back, a_tee_gives_both_branches_everything,
         over_tcp_to_a_decoder, into_tcpserversink_runs_to_eos, appsrc_to_appsink_round_trips,
         an_appsink_behind_max_latency_is_not_taken_for_a_file,
         live_audio_in_a_time_segment_is_encoded_as_bytes,
         buffers_put_into_a_queue_come_out_in_order,
         a_full_queue_of_3_buffers_holds_the_encoder_back,
         eos_while_the_queue_is_full_loses_nothing, stopping_a_running_pipeline_does_not_hang,
         errors_from_outside_are_clear, a_full_disk_is_an_error_and_what_was_written_decodes,
         a_sink_that_has_enough_is_no_error, progressreport_works_behind_the_encoder}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
