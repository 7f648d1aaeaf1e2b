/* sigmadec in pull mode, and what it answers in each mode.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "files.hpp"
#include "forge.hpp"
#include "gst/sigma/wire/head.hpp"
#include "gstsupport.hpp"
#include "reading.hpp"
#include "suite.hpp"

namespace {

using codec::small_groups;
using files::TemporaryFolder;
using files::write_file;
using gstsupport::Harness;
using gstsupport::run_pipeline;
using reading::Pulled;
using reading::Seekable;
using testdata::Bytes;
using testdata::joined;
using testdata::MiB;
using testdata::part_of;

/// How far this process's resident memory rises from here on.
class MemoryWatch {
 public:
  MemoryWatch() {
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak is what is resident now
    before_ = peak();
  }
  /// KiB.
  long added() const { return peak() - before_; }

 private:
  static long peak() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
    return 0;
  }
  long before_;
};

/// Overwrites 1000 bytes at every tenth of a file.
void damage_file(const std::string& path) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(0, std::ios::end);
  const std::streamoff size = file.tellp();
  const Bytes noise = testdata::random_bytes(1000);
  for (int i = 1; i < 10; i++) {
    file.seekp(size / 10 * i);
    file.write(reinterpret_cast<const char*>(noise.data()), 1000);
  }
}

}  // namespace

START_TEST(pulled_ranges_are_the_decoded_bytes) {
  const TemporaryFolder folder;
  const Bytes a = testdata::mixed(2 * MiB, 1);
  const Bytes b = testdata::log_lines(900000, 2);
  const Bytes raw = joined({a, b});
  for (const bool index : {true, false}) {
    write_file(folder.file("in"), joined({codec::encode(a, small_groups(3, index)),
                                          codec::encode({}), codec::encode(b)}));
    Pulled pulled(folder.file("in"));
    ck_assert(pulled.is_active);
    ck_assert_int_eq(pulled.duration(), static_cast<gint64>(raw.size()));
    testdata::Random random(52);
    Bytes out;
    for (int i = 0; i < 100; i++) {
      const size_t at = random.below(raw.size());
      const size_t size = 1 + random.below(200000);
      ck_assert_int_eq(pulled.read(at, static_cast<guint>(size), out), GST_FLOW_OK);
      ck_assert(out == part_of(raw, at, at + size));
    }
    ck_assert_int_eq(pulled.read(raw.size() - 5, 100, out), GST_FLOW_OK);
    ck_assert_uint_eq(out.size(), 5);
    ck_assert_int_eq(pulled.read(7, 0, out), GST_FLOW_OK);
    ck_assert(out.empty());
    ck_assert_int_eq(pulled.read(raw.size(), 100, out), GST_FLOW_EOS);
    ck_assert_int_eq(pulled.read(raw.size() + 1000, 100, out), GST_FLOW_EOS);
    ck_assert_uint_eq(pulled.errors(), 0);
  }
}
END_TEST

START_TEST(a_pulled_range_goes_into_the_buffer_that_is_brought) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::log_lines(100000);
  write_file(folder.file("in"), codec::encode(raw));
  Pulled pulled(folder.file("in"));
  GstBuffer* brought = gst_buffer_new_allocate(nullptr, 1000, nullptr);
  GstBuffer* buffer = brought;
  ck_assert_int_eq(gst_pad_get_range(pulled.pad(), 500, 1000, &buffer), GST_FLOW_OK);
  ck_assert_ptr_eq(buffer, brought);
  ck_assert_int_eq(gst_buffer_memcmp(buffer, 0, raw.data() + 500, 1000), 0);
  gst_buffer_unref(brought);
}
END_TEST

START_TEST(pulling_tells_of_an_input_that_shrank) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(20 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  write_file(folder.file("in"), stream);
  {
    Pulled pulled(folder.file("in"));
    Bytes got;
    ck_assert_int_eq(pulled.read(0, 100, got), GST_FLOW_OK);
    ck_assert_int_eq(truncate(folder.file("in").c_str(), static_cast<off_t>(stream.size() / 2)), 0);
    ck_assert_int_eq(pulled.read(raw.size() - 100, 100, got), GST_FLOW_ERROR);
    ck_assert_uint_eq(pulled.errors(), 1);
    ck_assert_int_eq(pulled.read(0, 100, got), GST_FLOW_OK);
    ck_assert(got == part_of(raw, 0, 100));
  }
}
END_TEST

START_TEST(a_sigma_inside_a_sigma_is_pulled_through_both) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::mixed(3 * MiB, 7);
  write_file(folder.file("in"), codec::encode(codec::encode(raw)));
  Pulled pulled(folder.file("in"), "", "sigmadec !");
  ck_assert(pulled.is_active);
  ck_assert_int_eq(pulled.duration(), static_cast<gint64>(raw.size()));
  Bytes out;
  for (const size_t at : {size_t{0}, 2 * MiB, MiB, raw.size() - 1000}) {
    ck_assert_int_eq(pulled.read(at, 1000, out), GST_FLOW_OK);
    ck_assert(out == part_of(raw, at, at + 1000));
  }
}
END_TEST

START_TEST(sizes_that_gstreamer_cannot_say_are_unknown) {
  const TemporaryFolder folder;
  forge::Stream late;
  late.head.flags = sigma::kHeadJoin;
  late.sequence = 5;
  late.raw_offset = UINT64_MAX - 10;
  late.head_copy().stored(testdata::from_text("raw"), true).end();
  write_file(folder.file("in"), late.bytes);
  Pulled pulled(folder.file("in"));
  ck_assert(pulled.is_active);
  ck_assert_int_eq(pulled.duration(), -1);
}
END_TEST

START_TEST(a_cut_file_that_is_pulled_is_an_error_at_its_end) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(10 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  const Bytes cut = part_of(stream, 0, stream.size() / 2);
  const Bytes known = codec::decode(cut).bytes;
  write_file(folder.file("in"), cut);
  for (const char* options : {"", "on-error=skip"}) {
    Pulled pulled(folder.file("in"), options);
    Bytes out;
    ck_assert_int_eq(pulled.duration(), static_cast<gint64>(known.size()));
    ck_assert_int_eq(pulled.read(0, static_cast<guint>(known.size()), out), GST_FLOW_OK);
    ck_assert(out == known);
    const bool fails = *options == 0;
    ck_assert_int_eq(pulled.read(known.size(), 10, out), fails ? GST_FLOW_ERROR : GST_FLOW_EOS);
    ck_assert_uint_eq(pulled.errors(), fails ? 1 : 0);
    ck_assert_uint_eq(pulled.warnings(), fails ? 0 : 1);
  }
}
END_TEST

START_TEST(pulling_what_is_no_stream_is_an_error) {
  const TemporaryFolder folder;
  for (const Bytes& bytes : {testdata::log_lines(100000), Bytes()}) {
    write_file(folder.file("in"), bytes);
    Pulled pulled(folder.file("in"));
    Bytes out;
    if (!pulled.is_active) continue;
    ck_assert_int_eq(pulled.read(0, 10, out), GST_FLOW_ERROR);
    ck_assert_uint_eq(pulled.errors(), 1);
    ck_assert_int_eq(pulled.duration(), -1);
  }
}
END_TEST

START_TEST(a_64_KiB_read_pulls_its_group_and_the_look_up_from_upstream) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::mixed(64 * MiB, 3);
  const Bytes stream = codec::encode(raw);
  write_file(folder.file("in"), stream);
  Pulled pulled(folder.file("in"));
  GstPad* sink = gst_element_get_static_pad(pulled.element(), "sink");
  guint64 pulled_bytes = 0;
  gst_pad_add_probe(
      sink, static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_PULL | GST_PAD_PROBE_TYPE_BUFFER),
      [](GstPad*, GstPadProbeInfo* info, gpointer count) {
        if (GST_PAD_PROBE_INFO_DATA(info) != nullptr)
          *static_cast<guint64*>(count) += gst_buffer_get_size(GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
      },
      &pulled_bytes, nullptr);
  ck_assert_int_eq(pulled.duration(), static_cast<gint64>(raw.size()));
  ck_assert_uint_le(pulled_bytes, 1000);
  testdata::Random random(53);
  for (int i = 0; i < 20; i++) {
    const size_t at = random.below(raw.size() - 65536);
    uint64_t group = 0;
    for (const codec::PacketView& packet : codec::packets(stream)) {
      if (packet.header.kind() != sigma::PacketKind::CHUNK) continue;
      if (packet.header.raw_offset >= at + 65536) break;
      if (packet.header.is_key() && packet.header.raw_offset <= at) group = 0;
      group += packet.size;
    }
    const guint64 before = pulled_bytes;
    Bytes out;
    ck_assert_int_eq(pulled.read(at, 65536, out), GST_FLOW_OK);
    ck_assert(out == part_of(raw, at, at + 65536));
    ck_assert_uint_le(pulled_bytes - before, group + 1000);
  }
  gst_object_unref(sink);
}
END_TEST

START_TEST(queries_are_truthful_in_each_mode) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::log_lines(300000);
  write_file(folder.file("in"), codec::encode(raw));
  const auto scheduling_pulls = [](GstPad* pad) {
    GstQuery* query = gst_query_new_scheduling();
    ck_assert(gst_pad_query(pad, query));
    const bool pulls = gst_query_has_scheduling_mode_with_flags(query, GST_PAD_MODE_PULL,
                                                                GST_SCHEDULING_FLAG_SEEKABLE);
    ck_assert(gst_query_has_scheduling_mode(query, GST_PAD_MODE_PUSH));
    gst_query_unref(query);
    return pulls;
  };
  const auto seekable = [](GstPad* pad, gint64 end) {
    GstQuery* query = gst_query_new_seeking(GST_FORMAT_BYTES);
    ck_assert(gst_pad_query(pad, query));
    gboolean is_seekable = FALSE;
    gint64 last = 0;
    gst_query_parse_seeking(query, nullptr, &is_seekable, nullptr, &last);
    gst_query_unref(query);
    ck_assert_int_eq(last, end);
    return is_seekable != FALSE;
  };
  Pulled pulled(folder.file("in"));
  ck_assert(scheduling_pulls(pulled.pad()));
  ck_assert(seekable(pulled.pad(), static_cast<gint64>(raw.size())));
  // A source that can be pulled tells the size at once, also to who is pushed.
  Seekable pushed("filesrc location=" + folder.file("in") + " ! sigmadec");
  ck_assert_int_eq(pushed.query(gst_element_query_duration), static_cast<gint64>(raw.size()));
  ck_assert_uint_eq(pushed.read(SIZE_MAX).size(), raw.size());
  ck_assert_int_eq(pushed.query(gst_element_query_position), static_cast<gint64>(raw.size()));
  // Behind a queue the size becomes known at the end; it is never that of the stream.
  Seekable queued("filesrc location=" + folder.file("in") + " ! queue ! sigmadec");
  queued.read(SIZE_MAX);
  ck_assert_int_eq(queued.query(gst_element_query_duration), static_cast<gint64>(raw.size()));
  // A pipe cannot seek.
  Harness harness("sigmadec");
  GstPad* src = gst_element_get_static_pad(harness.element(), "src");
  ck_assert(!scheduling_pulls(src));
  ck_assert(!seekable(src, -1));
  gst_object_unref(src);
}
END_TEST

namespace {}  // namespace

START_TEST(each_way_of_reading_adds_less_than_6_MiB) {
  if (testdata::is_short_run()) return;  // a sanitizer's memory is not ours
  const TemporaryFolder folder;
  const std::string plain = folder.file("plain");
  const std::string coded = folder.file("coded");
  const size_t size = 40000000;
  // Shared objects change between all kinds of chunks.
  const std::string gather =
      "find /usr/lib -xdev -name '*.so*' -type f -size +100k 2>/dev/null | sort | "
      "head -200 | xargs cat | head -c " +
      std::to_string(size) + " >" + plain;
  ck_assert_int_eq(std::system(gather.c_str()), 0);
  for (const char* settings : {"", " index=false", " level=0"}) {
    ck_assert(run_pipeline("filesrc blocksize=1048576 location=" + plain + " ! sigmaenc" +
                           settings + " ! filesink location=" + coded)
                  .reached_eos);
    testdata::Random random(56);
    const MemoryWatch pulling;
    {
      Pulled pulled(coded);
      Bytes out;
      for (int i = 0; i < 100; i++)
        ck_assert_int_eq(pulled.read(random.below(size - 65536), 65536, out), GST_FLOW_OK);
    }
    ck_assert_msg(pulling.added() <= 6144, "pulled%s: %ld KiB", settings, pulling.added());
    const MemoryWatch seeking;
    {
      Seekable pushed("filesrc location=" + coded + " ! queue max-size-buffers=1 ! sigmadec");
      pushed.hold_one();
      for (int i = 0; i < 20; i++) {
        ck_assert(pushed.seek(static_cast<gint64>(random.below(size - 65536))));
        ck_assert(!pushed.read(1).empty());
      }
    }
    // Beside the decoder's, the chunk in the sink and the one that the test looks at.
    ck_assert_msg(seeking.added() <= 6144 + 2048, "sought%s: %ld KiB", settings, seeking.added());
    damage_file(coded);
    const MemoryWatch skipping;
    ck_assert(run_pipeline("filesrc blocksize=1048576 location=" + coded +
                           " ! sigmadec on-error=skip ! fakesink")
                  .reached_eos);
    // Beside the decoder's, the source's buffer.
    ck_assert_msg(skipping.added() <= 6144 + 1024, "skipped%s: %ld KiB", settings,
                  skipping.added());
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite(
      "elements/pull", 600,
      {{"P3", {each_way_of_reading_adds_less_than_6_MiB}},
       {"P6", {a_cut_file_that_is_pulled_is_an_error_at_its_end}},
       {"P9",
        {pulled_ranges_are_the_decoded_bytes,
         a_64_KiB_read_pulls_its_group_and_the_look_up_from_upstream}},
       {"pull",
        {a_pulled_range_goes_into_the_buffer_that_is_brought, pulling_tells_of_an_input_that_shrank,
         a_sigma_inside_a_sigma_is_pulled_through_both, sizes_that_gstreamer_cannot_say_are_unknown,
         pulling_what_is_no_stream_is_an_error, queries_are_truthful_in_each_mode}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
