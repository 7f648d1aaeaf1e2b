/* Recordings of several files and streams, played alone and joined.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <string>
#include <vector>

#include "files.hpp"
#include "playing.hpp"
#include "shown.hpp"
#include "suite.hpp"

namespace {

using files::TemporaryFolder;
using playing::Player;
using shown::check_gapless;
using shown::check_player;
using shown::Ended;
using shown::kPictures;
using shown::make;
using shown::run;
using shown::Shown;
using shown::shown_of;
using shown::Watch;
using testdata::Bytes;
using trace::launch;

}  // namespace

START_TEST(parts_of_splitmuxsink_play_alone_and_joined) {
  const TemporaryFolder folder;
  // splitmuxsink of GStreamer 1.22 may wait for ever at its end where frames come at any speed and
  // the machine is busy, with other muxers, too.
  make("videotestsrc num-buffers=150 ! " + kPictures +
       " ! identity sync=true ! splitmuxsink muxer=sigmaenc max-size-time=2000000000 location=" +
       folder.file("%d"));
  Bytes joined;
  for (const char* name : {"0", "1", "2"}) {
    const std::vector<Shown> shown = shown_of(folder.file(name));
    ck_assert_uint_eq(shown.size(), 50);
    check_gapless(shown, 2 * GST_SECOND);
    check_player(folder.file(name), shown);
    const Bytes part = files::read_file(folder.file(name));
    joined.insert(joined.begin(), part.begin(), part.end());  // the last one first
  }
  files::write_file(folder.file("joined"), joined);
  const std::vector<Shown> shown = shown_of(folder.file("joined"));
  ck_assert_uint_eq(shown.size(), 150);
  ck_assert_uint_eq(shown[0].pts, 4 * GST_SECOND);
  check_gapless(shown, 6 * GST_SECOND);
  check_player(folder.file("joined"), shown);
}
END_TEST

START_TEST(files_that_take_turns_play_at_once_and_joined) {
  const TemporaryFolder folder;
  make("videotestsrc num-buffers=300 pattern=snow ! " + kPictures +
       " ! sigmaenc max-latency=1000000000 chunk-size=65536 key-interval=4 ! multifilesink "
       "next-file=key-frame location=" +
       folder.file("%d"));
  guint64 end = 0;
  size_t count = 0;
  Bytes joined;
  for (int i = 0; g_file_test(folder.file(std::to_string(i).c_str()).c_str(), G_FILE_TEST_EXISTS);
       i++) {
    const std::string file = folder.file(std::to_string(i).c_str());
    Ended ended;
    const std::vector<Shown> shown = shown_of(file, &ended);
    ck_assert_str_eq(ended.error.c_str(), "");
    ck_assert_uint_gt(shown.size(), 0);
    check_gapless(shown, shown.back().end);
    // A cut one ends with a warning, which names the place.
    const Bytes part = files::read_file(file);
    if (!ended.warnings.empty())
      ck_assert_msg(ended.warnings[0].find(std::to_string(part.size())) != std::string::npos, "%s",
                    ended.warnings[0].c_str());
    count += shown.size();
    end += shown.back().end;
    joined.insert(joined.end(), part.begin(), part.end());
  }
  ck_assert_uint_eq(count, 300);
  ck_assert_uint_eq(end, 12 * GST_SECOND);
  files::write_file(folder.file("joined"), joined);
  Ended ended;
  const std::vector<Shown> shown = shown_of(folder.file("joined"), &ended, "", "on-error=skip");
  ck_assert_str_eq(ended.error.c_str(), "");
  ck_assert_uint_eq(shown.size(), 300);
  check_gapless(shown, end);
}
END_TEST

START_TEST(streams_recorded_through_concat_follow_each_other) {
  const TemporaryFolder folder;
  std::string inputs;
  for (const char* width : {"64", "80", "96", "112", "128"})
    inputs += std::string(" videotestsrc num-buffers=30 ! video/x-raw,format=I420,height=48,") +
              "framerate=30/1,width=" + width + " ! c.";
  const std::string file = folder.file("concat");
  make("concat name=c ! sigmaenc ! filesink location=" + file + inputs);
  const std::vector<Shown> shown = shown_of(file);
  ck_assert_uint_eq(shown.size(), 150);
  for (size_t i = 0; i < 150; i += 30) {
    ck_assert_uint_eq(shown[i].segment.base, i / 30 * GST_SECOND);
    ck_assert_uint_eq(shown[i].segment.time, i / 30 * GST_SECOND);
  }
  check_gapless(shown, 5 * GST_SECOND);
  check_player(file, shown);
  // In one pipeline they are concat's own; so are those of what comes late.
  for (const std::string& source :
       {"concat name=c" + inputs + " c.",
        "videotestsrc num-buffers=20 timestamp-offset=6000000000 ! " + kPictures}) {
    GstElement* pipeline =
        launch(source + " ! sigmaenc name=e ! queue ! sigmadec name=d ! fakesink sync=false");
    {
      Watch before(pipeline, "e", "sink");
      Watch after(pipeline, "d", "src");
      const Ended how = run(pipeline);
      ck_assert_str_eq(how.error.c_str(), "");
      const std::vector<Shown> given = before.all();
      const std::vector<Shown> got = after.all();
      ck_assert_uint_eq(given.size(), got.size());
      for (size_t i = 0; i < given.size(); i++) {
        ck_assert_uint_eq(given[i].running, got[i].running);
        ck_assert_uint_eq(given[i].time, got[i].time);
        ck_assert(gst_segment_is_equal(&given[i].segment, &got[i].segment));
      }
    }
    gst_object_unref(pipeline);
  }
}
END_TEST

START_TEST(a_stream_joined_late_is_shown_at_once) {
  GstElement* sender = launch("videotestsrc is-live=true ! " + kPictures +
                              " ! sigmaenc key-interval=2 ! "
                              "tcpserversink name=t port=0 host=127.0.0.1");
  {
    gst_element_set_state(sender, GST_STATE_PLAYING);
    GstElement* server = gst_bin_get_by_name(GST_BIN(sender), "t");
    gint port = 0;
    for (int i = 0; i < 1000 && port <= 0; i++) {
      g_usleep(10000);
      g_object_get(server, "current-port", &port, nullptr);
    }
    gst_object_unref(server);
    g_usleep(1500000);  // for so long it ran before
    GstElement* receiver = launch("tcpclientsrc host=127.0.0.1 port=" + std::to_string(port) +
                                  " ! sigmadec name=d ! fakesink sync=true");
    {
      Watch watch(receiver, "d", "src");
      gst_element_set_state(receiver, GST_STATE_PLAYING);
      for (int i = 0; i < 6000 && watch.count() < 3; i++)
        g_usleep(10000);
      gst_element_set_state(receiver, GST_STATE_NULL);
      const std::vector<Shown> shown = watch.all();
      ck_assert_uint_ge(shown.size(), 3);
      ck_assert_uint_ge(shown[0].pts, GST_SECOND);
      ck_assert_uint_eq(shown[0].running, 0);
      ck_assert_uint_eq(shown[0].time, 0);
      ck_assert_uint_eq(shown[1].running, shown[1].pts - shown[0].pts);
    }
    gst_object_unref(receiver);
  }
  gst_element_set_state(sender, GST_STATE_NULL);
  gst_object_unref(sender);
}
END_TEST

START_TEST(a_recording_that_is_cut_off_plays_to_its_end_with_a_warning) {
  const TemporaryFolder folder;
  const std::string file = folder.file("x");
  make("videotestsrc num-buffers=100 pattern=snow ! " + kPictures +
       " ! sigmaenc chunk-size=65536 key-interval=2 ! filesink location=" + file);
  const Bytes whole = files::read_file(file);
  const size_t buffers = shown_of(file).size();
  for (const size_t size : {whole.size() - 1, whole.size() / 2, whole.size() / 3}) {
    files::write_file(file, testdata::part_of(whole, 0, size));
    for (const std::string between : {"", "typefind ! ", "queue ! "})
      for (const std::string settings : {"", "threads=2"}) {
        Ended ended;
        const std::vector<Shown> shown = shown_of(file, &ended, between, settings);
        ck_assert_str_eq(ended.error.c_str(), "");
        ck_assert_uint_gt(shown.size(), buffers * size / whole.size() - 10);
        ck_assert_uint_eq(ended.warnings.size(), 1);
        ck_assert_msg(ended.warnings[0].find(std::to_string(size)) != std::string::npos &&
                          ended.warnings[0].find("incomplete") != std::string::npos,
                      "%s", ended.warnings[0].c_str());
      }
    Player player("filesrc location=" + file + " ! typefind ! sigmadec ! fakesink name=s");
    ck_assert(!player.is_seekable());
    ck_assert(!player.seek(0));
    ck_assert_int_eq(player.duration(), -1);
    player.play();
  }
  // Damage, the end of another recording in the middle, and bytes that are cut stay errors.
  Bytes damaged = whole;
  damaged[whole.size() / 2] ^= 1;
  const Bytes half = testdata::part_of(whole, 0, whole.size() / 2);
  for (const Bytes& bytes : {damaged, testdata::joined({half, whole})}) {
    files::write_file(file, bytes);
    Ended ended;
    shown_of(file, &ended);
    ck_assert_str_ne(ended.error.c_str(), "");
  }
  make("videotestsrc num-buffers=20 ! " + kPictures +
       " ! sigmaenc framing=bytes ! filesink location=" + file);
  const Bytes bytes = files::read_file(file);
  files::write_file(file, testdata::part_of(bytes, 0, bytes.size() - 1));
  Ended ended;
  shown_of(file, &ended);
  ck_assert_str_ne(ended.error.c_str(), "");
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "pipelines/files", 300,
      {{"files",
        {parts_of_splitmuxsink_play_alone_and_joined, files_that_take_turns_play_at_once_and_joined,
         streams_recorded_through_concat_follow_each_other, a_stream_joined_late_is_shown_at_once,
         a_recording_that_is_cut_off_plays_to_its_end_with_a_warning}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
