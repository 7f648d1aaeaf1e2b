/* Pipelines that record: beside other branches, to the disk, in files that take turns.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <fcntl.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "files.hpp"
#include "gstsupport.hpp"
#include "suite.hpp"
#include "trace.hpp"

using files::read_file;
using files::TemporaryFolder;
using files::write_file;
using gstsupport::buffer_of;
using gstsupport::check_runs;
using testdata::Bytes;
using testdata::from_text;
using trace::launch;

namespace {

constexpr char kVideo[] =
    "videotestsrc num-buffers=900 ! video/x-raw,format=I420,width=64,height=48,framerate=30/1 ! ";
constexpr char kAudio[] =
    "audiotestsrc num-buffers=1300 ! audio/x-raw,format=S16LE,rate=44100,channels=1 ! ";

Bytes decode(const std::string& file, const std::string& into, const char* settings = "") {
  check_runs("filesrc location=" + file + " ! sigmadec " + settings +
             " ! filesink location=" + into);
  return read_file(into);
}

/// Messages of one type so far, as "text|debug text".
std::vector<std::string> messages_of(GstElement* pipeline, GstMessageType type) {
  std::vector<std::string> texts;
  GstBus* bus = gst_element_get_bus(pipeline);
  while (GstMessage* message = gst_bus_pop_filtered(bus, type)) {
    GError* error = nullptr;
    gchar* debug = nullptr;
    if (type == GST_MESSAGE_INFO)
      gst_message_parse_info(message, &error, &debug);
    else
      gst_message_parse_warning(message, &error, &debug);
    texts.push_back(std::string(error->message) + "|" + debug);
    g_error_free(error);
    g_free(debug);
    gst_message_unref(message);
  }
  gst_object_unref(bus);
  return texts;
}

/// Bytes of lines, of which each says where it is.
Bytes numbered_lines(unsigned from, unsigned to) {
  std::string lines;
  for (unsigned i = from; i < to; i++)
    lines += "line " + std::to_string(i) + " of a log that somebody writes\n";
  return from_text(lines);
}

}  // namespace

START_TEST(a_branch_beside_others_does_not_hang) {
  const TemporaryFolder folder;
  const Bytes data = testdata::log_lines(60000);
  write_file(folder.file("in"), data);
  const std::string branches[] = {"filesink location=" + folder.file("a"),
                                  "tcpserversink sync=false host=127.0.0.1 port=0",
                                  "multifilesink next-file=max-size location=" + folder.file("m%d"),
                                  "queue ! filesink location=" + folder.file("b"),
                                  "queue2 ! identity single-segment=true ! fakesink",
                                  "funnel ! filesink location=" + folder.file("c")};
  for (const std::string& sink : branches)
    for (const std::string& source :
         {"filesrc location=" + folder.file("in"), std::string(kAudio) + "identity"})
      check_runs(source + " ! tee name=t t. ! queue ! sigmaenc ! " + sink +
                 " t. ! queue ! fakesink");
  check_runs("filesrc location=" + folder.file("in") +
             " ! tee name=t t. ! queue ! sigmaenc ! filesink location=" + folder.file("x") +
             " t. ! queue ! filesink location=" + folder.file("y"));
  ck_assert(read_file(folder.file("y")) == data);
  ck_assert(decode(folder.file("x"), folder.file("z")) == data);
  check_runs(
      "audiotestsrc num-buffers=90 ! tee name=t t. ! queue ! sigmaenc ! fakesink sync=true "
      "t. ! queue ! fakesink");
  // Sinks preroll on nothing that is recorded.
  check_runs("filesrc location=" + folder.file("in") +
             " ! sigmaenc ! filesink location=" + folder.file("w"));
  ck_assert(read_file(folder.file("w")) == read_file(folder.file("x")));
}
END_TEST

START_TEST(branches_of_a_demuxer_do_not_hang) {
  const TemporaryFolder folder;
  check_runs("matroskamux name=m ! filesink location=" + folder.file("av.mkv") + " " + kVideo +
             "jpegenc ! m. " + kAudio + "m.");
  check_runs("filesrc location=" + folder.file("av.mkv") +
             " ! matroskademux name=d d.video_0 ! queue ! sigmaenc ! filesink location=" +
             folder.file("v.sigma") +
             " d.audio_0 ! queue ! sigmaenc ! filesink location=" + folder.file("a.sigma"));
  ck_assert_uint_eq(trace::play(folder.file("v.sigma")).of("buffer").size(), 900);
  ck_assert_uint_eq(trace::play(folder.file("a.sigma")).of("buffer").size(), 1300);
}
END_TEST

START_TEST(a_stream_can_be_flushed_and_preroll_again) {
  GstElement* pipeline = launch(std::string(kVideo) +
                                "tee name=t t. ! queue ! sigmaenc ! fakesink name=f t. ! queue "
                                "max-size-buffers=3 ! fakesink");
  for (int i = 0; i < 3; i++) {
    gst_element_set_state(pipeline, GST_STATE_PAUSED);
    ck_assert_int_eq(gst_element_get_state(pipeline, nullptr, nullptr, 30 * GST_SECOND),
                     GST_STATE_CHANGE_SUCCESS);
    gst_element_set_state(pipeline, GST_STATE_READY);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}
END_TEST

namespace {

/// In a process of its own: writes lines, of 3 MB at once and one after the other, and then waits.
[[noreturn]] void record_until_killed(const char* file, const char* source, int ready) {
  gst_init(nullptr, nullptr);
  const std::string line = std::string("appsrc name=a is-live=true do-timestamp=true ") + source +
                           " ! sigmaenc max-latency=100000000 ! filesink location=" + file;
  GstElement* pipeline = gst_parse_launch(line.c_str(), nullptr);
  GstElement* app = gst_bin_get_by_name(GST_BIN(pipeline), "a");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  const Bytes burst = numbered_lines(0, 70000);
  gst_app_src_push_buffer(GST_APP_SRC(app), buffer_of(burst));
  for (unsigned i = 0; i < 10; i++) {
    g_usleep(50000);
    gst_app_src_push_buffer(GST_APP_SRC(app), buffer_of(numbered_lines(70000 + i, 70001 + i)));
  }
  g_usleep(1000000);  // ten times the latency
  if (write(ready, "x", 1) != 1) _exit(1);
  for (;;)
    pause();
}

}  // namespace

START_TEST(what_is_older_than_max_latency_survives_a_killed_process) {
  const TemporaryFolder folder;
  for (const char* source : {"format=bytes", "format=time"}) {
    const std::string file = folder.file("killed.sigma");
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    const std::string fd = std::to_string(ready[1]);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    // A fork of a process with threads may do no more than begin another program.
    if (child == 0)
      execl("/proc/self/exe", "recorders_test", "record", file.c_str(), source, fd.c_str(),
            nullptr);
    char ok = 0;
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &ok, 1), 1);
    close(ready[0]);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    ck_assert(decode(file, folder.file("out"), "on-error=skip") == numbered_lines(0, 70010));
  }
}
END_TEST

START_TEST(max_latency_writes_to_pipes_and_devices_too) {
  const TemporaryFolder folder;
  write_file(folder.file("in"), testdata::log_lines(30000));
  const std::string source =
      "filesrc location=" + folder.file("in") + " ! sigmaenc max-latency=1000000 ! ";
  check_runs(source + "filesink location=/dev/null");
  check_runs(source + "tee ! queue ! filesink location=/dev/null");
  check_runs(source + "fdsink fd=" + std::to_string(open("/dev/null", O_WRONLY | O_CLOEXEC)));
}
END_TEST

START_TEST(logs_in_files_that_take_turns_decode_alone_and_joined) {
  const TemporaryFolder folder;
  GstElement* pipeline = launch(
      "appsrc name=a ! sigmaenc max-latency=50000000 key-interval=2 ! multifilesink "
      "next-file=key-frame min-keyframe-distance=300000000 location=" +
      folder.file("%02d.sigma"));
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  for (unsigned i = 0; i < 300; i++) {
    g_usleep(5000);
    gst_app_src_push_buffer(GST_APP_SRC(source), buffer_of(numbered_lines(i, i + 1)));
  }
  gst_app_src_end_of_stream(GST_APP_SRC(source));
  gst_object_unref(source);
  ck_assert(gstsupport::finish_pipeline(pipeline, 60).reached_eos);
  Bytes alone;
  Bytes files;
  unsigned count = 0;
  for (; std::filesystem::exists(folder.file(
           (std::string(count < 10 ? "0" : "") + std::to_string(count) + ".sigma").c_str()));
       count++) {
    const std::string file = folder.file(
        (std::string(count < 10 ? "0" : "") + std::to_string(count) + ".sigma").c_str());
    const Bytes part = decode(file, folder.file("out"), "on-error=skip");
    ck_assert(!part.empty());
    alone.insert(alone.end(), part.begin(), part.end());
    const Bytes bytes = read_file(file);
    files.insert(files.end(), bytes.begin(), bytes.end());
  }
  ck_assert_uint_gt(count, 2);
  ck_assert(alone == numbered_lines(0, 300));
  write_file(folder.file("joined"), files);
  ck_assert(decode(folder.file("joined"), folder.file("out"), "on-error=skip") == alone);
}
END_TEST

START_TEST(a_decoder_right_behind_just_works) {
  const TemporaryFolder folder;
  check_runs("matroskamux name=m ! filesink location=" + folder.file("av.mkv") + " " + kVideo +
             "jpegenc ! m. " + kAudio + "m.");
  const std::string source =
      "filesrc location=" + folder.file("av.mkv") + " ! sigmaenc ! sigmadec ! ";
  check_runs(source + "filesink location=" + folder.file("copy.mkv"));
  ck_assert(read_file(folder.file("copy.mkv")) == read_file(folder.file("av.mkv")));
  check_runs(source +
             "matroskademux name=d d.video_0 ! queue ! fakesink d.audio_0 ! queue ! fakesink");
  check_runs(source + "decodebin name=d ! queue ! fakesink d. ! queue ! fakesink");
  check_runs(source + "parsebin name=d ! queue ! fakesink d. ! queue ! fakesink");
}
END_TEST

START_TEST(messages_say_the_same_where_only_debug_texts_are_shown) {
  const struct {
    const char* settings;
    GstMessageType type;
    const char* text;
  } cases[] = {
      {"threads=4 max-memory=6291456", GST_MESSAGE_INFO, "has room for 1 of the 4 threads"},
      {"model=records chunk-size=65536", GST_MESSAGE_WARNING,
       "finds no records in chunks of 65536"},
      {"max-memory=134217728", GST_MESSAGE_WARNING, "max-memory is above 64 MiB"},
  };
  for (const auto& one : cases) {
    GstElement* pipeline =
        launch(std::string("fakesrc num-buffers=1 ! sigmaenc ") + one.settings + " ! fakesink");
    gst_element_set_state(pipeline, GST_STATE_PAUSED);
    gst_element_get_state(pipeline, nullptr, nullptr, 30 * GST_SECOND);
    const std::vector<std::string> texts = messages_of(pipeline, one.type);
    ck_assert_uint_eq(texts.size(), 1);
    const size_t bar = texts[0].find('|');
    ck_assert_msg(
        texts[0].find(one.text) < bar && texts[0].find(one.text, bar) != std::string::npos, "%s",
        texts[0].c_str());
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }
}
END_TEST

START_TEST(a_level_that_changes_says_what_stays) {
  GstElement* pipeline = launch("appsrc name=a ! sigmaenc name=e level=1 ! fakesink async=false");
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "a");
  GstElement* encoder = gst_bin_get_by_name(GST_BIN(pipeline), "e");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  gst_app_src_push_buffer(GST_APP_SRC(source), buffer_of(from_text("one")));
  g_object_set(encoder, "level", 9U, nullptr);
  gst_app_src_push_buffer(GST_APP_SRC(source), buffer_of(from_text("two")));
  gst_app_src_end_of_stream(GST_APP_SRC(source));
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, GST_MESSAGE_INFO);
  ck_assert_ptr_nonnull(message);
  GError* error = nullptr;
  gst_message_parse_info(message, &error, nullptr);
  ck_assert(std::string(error->message).find("which stay") != std::string::npos);
  g_error_free(error);
  gst_message_unref(message);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(source);
  gst_object_unref(encoder);
  gst_object_unref(pipeline);
}
END_TEST

START_TEST(a_buffer_that_players_refuse_is_warned_of_once) {
  GstElement* pipeline = launch(
      "fakesrc num-buffers=2 format=time sizetype=fixed sizemax=67108865 filltype=zero ! "
      "sigmaenc level=1 framing=buffers ! fakesink name=f");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  unsigned warnings = 0;
  for (bool ends = false; !ends;) {
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 60 * GST_SECOND,
        static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING));
    ck_assert_ptr_nonnull(message);
    warnings += GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING ? 1 : 0;
    ends = GST_MESSAGE_TYPE(message) != GST_MESSAGE_WARNING;
    gst_message_unref(message);
  }
  ck_assert_uint_eq(warnings, 1);
  gst_object_unref(bus);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
}
END_TEST

int main(int argc, char** argv) {
  if (argc == 5 && std::string(argv[1]) == "record")
    record_until_killed(argv[2], argv[3], std::atoi(argv[4]));
  gst_init(&argc, &argv);
  const int result = run_suite(
      "pipelines/recorders", 600,
      {{"recorders",
        {a_branch_beside_others_does_not_hang, branches_of_a_demuxer_do_not_hang,
         a_stream_can_be_flushed_and_preroll_again,
         what_is_older_than_max_latency_survives_a_killed_process,
         max_latency_writes_to_pipes_and_devices_too,
         logs_in_files_that_take_turns_decode_alone_and_joined, a_decoder_right_behind_just_works,
         messages_say_the_same_where_only_debug_texts_are_shown,
         a_level_that_changes_says_what_stays, a_buffer_that_players_refuse_is_warned_of_once}}});
  gst_deinit();
  return result;
}
