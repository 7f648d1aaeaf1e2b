/* sigmadec at damage, in pull mode, and with seeks, in real pipelines. P4, P5, P6, P8, P9. */
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "bytes.hpp"
#include "codec.hpp"
#include "damage.hpp"
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
using gstsupport::Run;
using gstsupport::run_pipeline;
using gstsupport::stat;
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

void check_seeks(const std::string& launch_line, const Bytes& raw) {
  Seekable pipeline(launch_line);
  testdata::Random random(51);
  for (int i = 0; i < 25; i++) {
    const size_t target = i == 0 ? raw.size() / 2 : random.below(raw.size());
    ck_assert_msg(pipeline.seek(static_cast<gint64>(target)), "%s", launch_line.c_str());
    guint64 offset = 0;
    const size_t wanted = std::min<size_t>(raw.size() - target, random.below(300000) + 1);
    const Bytes got = pipeline.read(wanted, &offset);
    ck_assert_msg(offset == target, "%s: sought %zu, got %" G_GUINT64_FORMAT " %s",
                  launch_line.c_str(), target, offset, pipeline.error().c_str());
    ck_assert_uint_ge(got.size(), wanted);
    ck_assert(got == part_of(raw, target, target + got.size()));
  }
  ck_assert_int_eq(pipeline.query(gst_element_query_duration), static_cast<gint64>(raw.size()));
  // To the end, from the start, and to the very end.
  ck_assert(pipeline.seek(0));
  ck_assert(pipeline.read(SIZE_MAX) == raw);
  ck_assert(pipeline.at_eos());
  ck_assert(pipeline.seek(static_cast<gint64>(raw.size())));
  ck_assert(pipeline.read(1).empty());
  ck_assert(pipeline.at_eos());
  ck_assert(pipeline.seek(10, 100));
  ck_assert(pipeline.read(SIZE_MAX) == part_of(raw, 10, 100));
  ck_assert(pipeline.seek(60000, 70000));
  guint64 offset = 0;
  const Bytes part = pipeline.read(SIZE_MAX, &offset);
  ck_assert_msg(part == part_of(raw, 60000, 70000), "%s: %zu bytes at %" G_GUINT64_FORMAT " %s",
                launch_line.c_str(), part.size(), offset, pipeline.error().c_str());
  ck_assert(pipeline.error().empty());
}

}  // namespace

START_TEST(skip_leaves_out_what_is_damaged_and_says_so) {
  const Bytes raw = testdata::samples(20 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  for (const size_t piece : {size_t{5000}, stream.size()}) {
    Bytes damaged = stream;
    damaged[all[9].offset + 1000] ^= 1;
    Harness harness("sigmadec on-error=skip");
    for (size_t at = 0; at < damaged.size(); at += piece)
      ck_assert_int_eq(harness.push(part_of(damaged, at, at + piece)), GST_FLOW_OK);
    harness.push_eos();
    const codec::Salvaged expected = codec::salvage(damaged);
    size_t chunk = 0;
    guint64 due = 0;
    while (GstBuffer* buffer = gst_harness_try_pull(harness.get())) {
      ck_assert_uint_lt(chunk, expected.pieces.size());
      const codec::Salvaged::Piece& wanted = expected.pieces[chunk++];
      ck_assert_uint_eq(GST_BUFFER_OFFSET(buffer), wanted.position);
      ck_assert_uint_eq(gst_buffer_get_size(buffer), wanted.bytes.size());
      ck_assert_int_eq(gst_buffer_memcmp(buffer, 0, wanted.bytes.data(), wanted.bytes.size()), 0);
      const bool jumps = wanted.position != due || chunk == 1;
      ck_assert(GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT) == jumps);
      due = wanted.position + wanted.bytes.size();
      gst_buffer_unref(buffer);
    }
    ck_assert_uint_eq(chunk, expected.pieces.size());
    GstMessage* message = gst_bus_pop_filtered(harness.bus(), GST_MESSAGE_WARNING);
    ck_assert(message != nullptr);
    GError* warning = nullptr;
    gst_message_parse_warning(message, &warning, nullptr);
    ck_assert(g_error_matches(warning, GST_STREAM_ERROR, GST_STREAM_ERROR_DECODE));
    g_error_free(warning);
    const GstStructure* details = nullptr;
    gst_message_parse_warning_details(message, &details);
    const sigma::Damage& one = expected.damage[0];
    const std::pair<const char*, guint64> fields[] = {{"stream-offset", one.stream_begin},
                                                      {"stream-end", one.stream_end},
                                                      {"decoded-offset", one.position_begin},
                                                      {"decoded-end", one.position_end},
                                                      {"chunks-lost", one.chunks},
                                                      {"bytes-lost", one.bytes()}};
    for (const auto& [name, value] : fields) {
      guint64 got = 0;
      ck_assert(gst_structure_get_uint64(details, name, &got));
      ck_assert_uint_eq(got, value);
    }
    gst_message_unref(message);
    ck_assert_uint_eq(harness.errors(), 0);
    ck_assert_uint_eq(harness.warnings(), 1);  // the sum
    ck_assert_uint_eq(stat(harness.element(), "chunks-lost"), expected.stats.chunks_lost);
    ck_assert_uint_eq(stat(harness.element(), "bytes-lost"), expected.stats.bytes_lost);
    ck_assert_uint_gt(expected.stats.bytes_lost, 0);
  }
}
END_TEST

START_TEST(skip_warns_of_a_cut_stream_and_gives_all_before_it) {
  const Bytes raw = testdata::samples(10 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  Harness harness("sigmadec on-error=skip");
  harness.push(part_of(stream, 0, stream.size() - 200));
  harness.push_eos();
  ck_assert(codec::is_prefix(harness.take_all(), raw));
  ck_assert_uint_eq(harness.errors(), 0);
  ck_assert_uint_eq(harness.warnings(), 2);  // the place, and the sum
}
END_TEST

/// The details of the last warning so far, as text.
std::string last_warning_details(GstBus* bus) {
  std::string text;
  while (GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING)) {
    const GstStructure* details = nullptr;
    gst_message_parse_warning_details(message, &details);
    gchar* fields = gst_structure_to_string(details);
    text = fields;
    g_free(fields);
    gst_message_unref(message);
  }
  return text;
}

START_TEST(skip_sums_up_at_the_end_what_is_missing) {
  const Bytes raw = testdata::samples(20 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  Bytes damaged = stream;
  damaged[all[5].offset + 1000] ^= 1;
  damaged[all[15].offset + 1000] ^= 1;
  Harness harness("sigmadec on-error=skip");
  harness.push(damaged);
  harness.push_eos();
  const codec::Salvaged expected = codec::salvage(damaged);
  ck_assert_uint_eq(expected.damage.size(), 2);
  const std::string sum = "losses, places=(guint64)2, bytes-lost=(guint64)" +
                          std::to_string(expected.stats.bytes_lost) + ", chunks-lost=(guint64)" +
                          std::to_string(expected.stats.chunks_lost) +
                          ", end-lost=(boolean)false, bytes-in-all=(guint64)" +
                          std::to_string(raw.size()) + ";";
  const std::string details = last_warning_details(harness.bus());
  ck_assert_str_eq(details.c_str(), sum.c_str());
  // Another input is another sum.
  harness.restart_input();
  harness.push(stream);
  harness.push_eos();
  ck_assert_uint_eq(harness.warnings(), 0);
}
END_TEST

START_TEST(skip_sums_up_what_a_cut_stream_is_known_to_miss) {
  const Bytes stream = codec::encode(testdata::samples(20 * 65536), small_groups());
  Harness harness("sigmadec on-error=skip");
  harness.push(part_of(stream, 0, stream.size() / 2));
  harness.push_eos();
  const std::string sum = "losses, places=(guint64)1, bytes-lost=(guint64)0, ";
  const std::string details = last_warning_details(harness.bus());
  ck_assert_msg(details.starts_with(sum), "%s", details.c_str());
  ck_assert(details.find("end-lost=(boolean)true;") != details.npos);
}
END_TEST

START_TEST(skip_of_what_is_no_stream_is_an_error) {
  Harness harness("sigmadec on-error=skip");
  harness.push(testdata::log_lines(10000));
  harness.push_eos();
  ck_assert(harness.error_matches(GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE));
}
END_TEST

START_TEST(skip_finds_a_stream_appended_to_a_cut_one) {
  const TemporaryFolder folder;
  const Bytes a = testdata::samples(10 * 65536, 1);
  const Bytes b = testdata::log_lines(100000, 2);
  const Bytes first = codec::encode(a, small_groups());
  write_file(folder.file("in"),
             joined({part_of(first, 0, first.size() / 2 + 77), codec::encode(b)}));
  const Run run =
      run_pipeline("filesrc location=" + folder.file("in") +
                   " ! sigmadec on-error=skip ! filesink location=" + folder.file("out"));
  ck_assert(run.reached_eos);
  const Bytes out = files::read_file(folder.file("out"));
  ck_assert_uint_gt(out.size(), b.size());
  ck_assert(part_of(out, out.size() - b.size(), out.size()) == b);
  ck_assert(codec::is_prefix(part_of(out, 0, out.size() - b.size()), a));
}
END_TEST

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

START_TEST(zeros_behind_a_stream_are_padding_pushed_and_pulled) {
  const TemporaryFolder folder;
  const Bytes one = testdata::samples(300000);
  const Bytes two = testdata::log_lines(200000);
  const Bytes padding(10240, 0);
  write_file(folder.file("in"), joined({codec::encode(one, small_groups()), padding,
                                        codec::encode(two, small_groups()), padding}));
  const Bytes raw = joined({one, two});
  Pulled pulled(folder.file("in"));
  ck_assert_int_eq(pulled.duration(), static_cast<gint64>(raw.size()));
  Bytes out;
  for (const size_t at : {size_t{0}, one.size() - 500, raw.size() - 1000}) {
    ck_assert_int_eq(pulled.read(at, 1000, out), GST_FLOW_OK);
    ck_assert(out == part_of(raw, at, at + 1000));
  }
  ck_assert_int_eq(pulled.read(raw.size(), 1000, out), GST_FLOW_EOS);
  ck_assert_uint_eq(pulled.errors() + pulled.warnings(), 0);
  for (const char* way : {" ! ", " ! queue ! "}) {
    ck_assert(run_pipeline("filesrc location=" + folder.file("in") + way +
                           "sigmadec ! filesink location=" + folder.file("out"))
                  .reached_eos);
    ck_assert(files::read_file(folder.file("out")) == raw);
  }
}
END_TEST

START_TEST(pulled_ranges_that_are_lost_are_errors_never_zeros) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(20 * 65536);
  Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  const uint64_t hit = all[9].header.raw_offset;
  stream[all[9].offset + 1000] ^= 1;
  write_file(folder.file("in"), stream);
  const codec::Salvaged expected = codec::salvage(stream);
  {
    Pulled pulled(folder.file("in"), "on-error=skip");
    Bytes out;
    ck_assert_int_eq(pulled.duration(), static_cast<gint64>(raw.size()));
    for (int round = 0; round < 3; round++) {
      ck_assert_int_eq(pulled.read(0, 1000, out), GST_FLOW_OK);
      ck_assert(out == part_of(raw, 0, 1000));
      ck_assert_int_eq(pulled.read(hit, 10, out), GST_FLOW_ERROR);
      ck_assert_int_eq(pulled.read(hit - 5, 10, out), GST_FLOW_ERROR);
      ck_assert_int_eq(pulled.read(raw.size() - 1000, 1000, out), GST_FLOW_OK);
      ck_assert(out == part_of(raw, raw.size() - 1000, raw.size()));
    }
    // The same place is told of once.
    ck_assert_uint_eq(pulled.warnings(), 1);
    ck_assert_uint_eq(pulled.errors(), 0);
    ck_assert_uint_eq(stat(pulled.element(), "bytes-lost"), expected.stats.bytes_lost);
    ck_assert_uint_eq(stat(pulled.element(), "chunks-lost"), expected.stats.chunks_lost);
  }
  Pulled pulled(folder.file("in"));
  Bytes out;
  ck_assert_int_eq(pulled.read(0, 1000, out), GST_FLOW_OK);
  ck_assert_int_eq(pulled.read(hit, 10, out), GST_FLOW_ERROR);
  // What does not need the damaged group can still be read.
  ck_assert_int_eq(pulled.read(raw.size() - 1000, 1000, out), GST_FLOW_OK);
  ck_assert(out == part_of(raw, raw.size() - 1000, raw.size()));
  ck_assert_int_eq(pulled.read(hit, 10, out), GST_FLOW_ERROR);
  ck_assert_uint_eq(pulled.errors(), 1);
}
END_TEST

START_TEST(pulled_ranges_without_a_key_before_them_are_told_of) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(12 * 65536);
  Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  const auto first = std::find_if(all.begin(), all.end(), [](const codec::PacketView& packet) {
    return packet.header.kind() == sigma::PacketKind::CHUNK;
  });
  stream[first->offset + 30] ^= 1;
  write_file(folder.file("in"), stream);
  Pulled pulled(folder.file("in"), "on-error=skip");
  Bytes got;
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq(pulled.read(100, 1000, got), GST_FLOW_ERROR);
  ck_assert_uint_eq(pulled.warnings(), 1);
  ck_assert_int_eq(pulled.read(5 * 65536, 1000, got), GST_FLOW_OK);
  ck_assert(got == part_of(raw, 5 * 65536, 5 * 65536 + 1000));
  ck_assert_uint_eq(pulled.errors(), 0);
  // Where no stream is left at all, that is an error.
  write_file(folder.file("in"), part_of(stream, first->offset, all[all.size() - 3].offset));
  Pulled nothing(folder.file("in"), "on-error=skip");
  ck_assert_int_eq(nothing.read(0, 100, got), GST_FLOW_ERROR);
  ck_assert_uint_eq(nothing.errors(), 1);
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

START_TEST(seeks_in_push_mode_reach_every_byte) {
  const TemporaryFolder folder;
  const Bytes a = testdata::mixed(2 * MiB, 1);
  const Bytes b = testdata::log_lines(1500000, 2);
  const Bytes raw = joined({a, b});
  const std::string source = "location=" + folder.file("in") + " ! ";
  for (const bool index : {true, false}) {
    write_file(folder.file("in"), joined({codec::encode(a, small_groups(3, index)),
                                          codec::encode(b, small_groups(3, index))}));
    check_seeks("filesrc " + source + "sigmadec", raw);
    check_seeks("filesrc " + source + "queue ! sigmadec", raw);
    check_seeks("filesrc " + source + "queue ! sigmadec ! queue", raw);
    check_seeks("filesrc " + source + "queue ! sigmadec threads=2", raw);
    check_seeks("pushfilesrc " + source + "sigmadec on-error=skip", raw);
  }
}
END_TEST

START_TEST(seeks_that_make_no_sense_are_refused) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::log_lines(300000);
  write_file(folder.file("in"), codec::encode(raw));
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec");
  ck_assert(pipeline.seek(100));
  ck_assert(!pipeline.read(10).empty());
  ck_assert(!pipeline.seek(static_cast<gint64>(raw.size()) + 1));
  ck_assert(!pipeline.seek(100, 50));
  ck_assert(pipeline.seek(5));
  guint64 offset = 0;
  ck_assert(!pipeline.read(10, &offset).empty());
  ck_assert_uint_eq(offset, 5);
}
END_TEST

START_TEST(a_segment_seek_ends_with_segment_done) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::log_lines(600000);
  write_file(folder.file("in"), codec::encode(raw, small_groups()));
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec");
  for (const gint64 stop : {gint64{200000}, gint64{-1}}) {
    ck_assert(pipeline.seek(100000, stop, GST_SEEK_FLAG_SEGMENT));
    const gint64 end = stop < 0 ? static_cast<gint64>(raw.size()) : stop;
    const Bytes got = pipeline.read(static_cast<size_t>(end) - 100000);
    ck_assert(got == part_of(raw, 100000, static_cast<size_t>(end)));
    ck_assert_int_eq(pipeline.segment_done(), end);
    ck_assert(!pipeline.at_eos());
  }
}
END_TEST

namespace {

/// An upstream that refuses seeks.
gboolean deny(GstPad* pad, GstObject* parent, GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEEK) return gst_pad_event_default(pad, parent, event);
  gst_event_unref(event);
  return FALSE;
}

}  // namespace

START_TEST(an_upstream_that_does_not_seek_any_more_plays_on) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(60 * 65536);
  write_file(folder.file("in"), codec::encode(raw, small_groups()));
  Seekable pipeline("filesrc location=" + folder.file("in") +
                    " ! queue max-size-buffers=1 name=between ! sigmadec");
  pipeline.hold_one();
  ck_assert(pipeline.seek(100));
  const Bytes before = pipeline.read(1000);
  GstPad* pad = pipeline.pad_of("between", "src");
  gst_pad_set_event_function(pad, deny);
  gst_object_unref(pad);
  ck_assert(!pipeline.seek(3000000));
  guint64 offset = 0;
  const Bytes after = pipeline.read(raw.size(), &offset);
  ck_assert_msg(pipeline.error().empty(), "%s", pipeline.error().c_str());
  ck_assert_uint_eq(offset, 100 + before.size());
  ck_assert(after == part_of(raw, static_cast<size_t>(offset), raw.size()));
}
END_TEST

START_TEST(an_upstream_that_ends_before_its_size_is_an_error) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(60 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  write_file(folder.file("in"), stream);
  Seekable pipeline("filesrc location=" + folder.file("in") +
                    " ! queue max-size-buffers=1 ! sigmadec");
  pipeline.hold_one();
  ck_assert(!pipeline.read(10).empty());
  ck_assert_int_eq(truncate(folder.file("in").c_str(), static_cast<off_t>(stream.size() / 2)), 0);
  pipeline.seek(static_cast<gint64>(raw.size()) - 1000);
  ck_assert(!pipeline.error(60 * GST_SECOND).empty());
}
END_TEST

START_TEST(seeks_over_damage_land_behind_it) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(20 * 65536);
  Bytes stream = codec::encode(raw, small_groups());
  const std::vector<codec::PacketView> all = codec::packets(stream);
  stream[all[9].offset + 1000] ^= 1;
  write_file(folder.file("in"), stream);
  const codec::Salvaged expected = codec::salvage(stream);
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec on-error=skip");
  for (const sigma::Damage& one : expected.damage) {
    ck_assert(pipeline.seek(static_cast<gint64>(one.position_begin + 10)));
    guint64 offset = 0;
    const Bytes got = pipeline.read(1000, &offset);
    ck_assert_uint_eq(offset, one.position_end);
    ck_assert(got == part_of(raw, offset, offset + got.size()));
  }
}
END_TEST

START_TEST(seeks_into_a_lost_beginning_find_what_is_left) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(40 * 65536);
  const Bytes stream = codec::encode(raw, small_groups());
  const size_t cut = codec::packets(stream)[4].offset + 10;
  write_file(folder.file("in"), part_of(stream, cut, stream.size()));
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec on-error=skip");
  for (const gint64 target : {1000, 20 * 65536, 5}) {
    ck_assert(pipeline.seek(target));
    guint64 offset = 0;
    const Bytes got = pipeline.read(1000, &offset);
    // The first copy of the head stands before chunk 16.
    ck_assert_int_eq(static_cast<gint64>(offset), std::max<gint64>(target, 16 * 65536));
    ck_assert(got == part_of(raw, offset, offset + got.size()));
  }
}
END_TEST

START_TEST(a_storm_of_seeks_ends_well) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::mixed(3 * MiB, 9);
  write_file(folder.file("in"), codec::encode(raw, small_groups()));
  for (const char* middle : {" ! sigmadec", " ! queue ! sigmadec ! queue"}) {
    Seekable pipeline("filesrc location=" + folder.file("in") + middle);
    testdata::Random random(54);
    for (int i = 0; i < 200; i++) {
      ck_assert(pipeline.seek_now(static_cast<gint64>(random.below(raw.size()))));
      if (i % 7 == 0) g_usleep(random.below(3000));
    }
    ck_assert(pipeline.seek(1234567));
    guint64 offset = 0;
    const Bytes got = pipeline.read(500000, &offset);
    ck_assert_msg(offset == 1234567, "%s: at %" G_GUINT64_FORMAT " %s", middle, offset,
                  pipeline.error().c_str());
    ck_assert(got == part_of(raw, offset, offset + got.size()));
    ck_assert(pipeline.error().empty());
  }
}
END_TEST

START_TEST(seeks_from_the_first_moment_on_are_no_error) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::mixed(3 * MiB, 9);
  write_file(folder.file("in"), codec::encode(raw, small_groups()));
  for (const char* source : {"filesrc", "pushfilesrc"})
    for (const char* middle : {" ! sigmadec", " ! queue ! sigmadec"})
      for (int round = 0; round < 10; round++) {
        GstElement* pipeline = gst_parse_launch(
            (std::string(source) + " location=" + folder.file("in") + middle + " ! fakesink")
                .c_str(),
            nullptr);
        gst_element_set_state(pipeline, GST_STATE_PLAYING);
        testdata::Random random(static_cast<uint64_t>(round) + 57);
        for (int i = 0; i < 40; i++)
          gst_element_seek_simple(pipeline, GST_FORMAT_BYTES, GST_SEEK_FLAG_FLUSH,
                                  static_cast<gint64>(random.below(raw.size())));
        gst_element_get_state(pipeline, nullptr, nullptr, 5 * GST_SECOND);
        gst_element_seek_simple(pipeline, GST_FORMAT_BYTES, GST_SEEK_FLAG_FLUSH, 1000000);
        GstBus* bus = gst_element_get_bus(pipeline);
        GstMessage* message = gst_bus_timed_pop_filtered(
            bus, 20 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
        ck_assert_msg(message == nullptr || GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS, "%s%s",
                      source, middle);
        ck_assert(message != nullptr);
        gst_message_unref(message);
        gst_object_unref(bus);
        gst_element_set_state(pipeline, GST_STATE_NULL);
        gst_object_unref(pipeline);
      }
}
END_TEST

START_TEST(who_asks_for_the_duration_at_an_error_gets_an_answer) {
  const TemporaryFolder folder;
  write_file(folder.file("in"), testdata::random_bytes(100000));
  GstElement* pipeline = gst_parse_launch(
      ("filesrc location=" + folder.file("in") + " ! sigmadec name=dec ! wavparse ! fakesink")
          .c_str(),
      nullptr);
  GstElement* decoder = gst_bin_get_by_name(GST_BIN(pipeline), "dec");
  GstBus* bus = gst_element_get_bus(pipeline);
  gst_bus_set_sync_handler(
      bus,
      [](GstBus*, GstMessage*, gpointer element) {
        GstPad* pad = gst_element_get_static_pad(GST_ELEMENT(element), "src");
        gint64 size = 0;
        gst_pad_query_duration(pad, GST_FORMAT_BYTES, &size);
        gst_object_unref(pad);
        return GST_BUS_PASS;
      },
      decoder, nullptr);
  gst_element_set_state(pipeline, GST_STATE_PAUSED);
  GstMessage* message = gst_bus_timed_pop_filtered(bus, 20 * GST_SECOND, GST_MESSAGE_ERROR);
  ck_assert(message != nullptr);
  gst_message_unref(message);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_bus_set_sync_handler(bus, nullptr, nullptr, nullptr);
  gst_object_unref(bus);
  gst_object_unref(decoder);
  gst_object_unref(pipeline);
}
END_TEST

START_TEST(the_duration_stays_that_of_the_stream_when_its_end_is_lost) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::samples(10 * 65536);
  Bytes stream = codec::encode(raw, small_groups());
  stream[codec::packets(stream)[11].offset + 500] ^= 1;  // the last chunk
  write_file(folder.file("in"), stream);
  Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec on-error=skip");
  pipeline.read(SIZE_MAX);
  ck_assert_int_eq(pipeline.query(gst_element_query_duration), static_cast<gint64>(raw.size()));
}
END_TEST

START_TEST(stopping_in_the_middle_of_seeks_does_not_hang) {
  const TemporaryFolder folder;
  const Bytes raw = testdata::mixed(2 * MiB, 9);
  write_file(folder.file("in"), codec::encode(raw, small_groups(3, false)));
  testdata::Random random(55);
  for (int i = 0; i < 20; i++) {
    Seekable pipeline("filesrc location=" + folder.file("in") + " ! queue ! sigmadec");
    pipeline.seek(static_cast<gint64>(random.below(raw.size())));
    g_usleep(random.below(2000));
  }
}
END_TEST

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
       {"P5",
        {skip_leaves_out_what_is_damaged_and_says_so,
         pulled_ranges_that_are_lost_are_errors_never_zeros,
         pulled_ranges_without_a_key_before_them_are_told_of, seeks_over_damage_land_behind_it,
         seeks_into_a_lost_beginning_find_what_is_left}},
       {"P6",
        {skip_warns_of_a_cut_stream_and_gives_all_before_it,
         a_cut_file_that_is_pulled_is_an_error_at_its_end}},
       {"P8",
        {skip_finds_a_stream_appended_to_a_cut_one,
         zeros_behind_a_stream_are_padding_pushed_and_pulled}},
       {"P9",
        {pulled_ranges_are_the_decoded_bytes,
         a_64_KiB_read_pulls_its_group_and_the_look_up_from_upstream,
         seeks_in_push_mode_reach_every_byte}},
       {"pull",
        {skip_sums_up_at_the_end_what_is_missing, skip_sums_up_what_a_cut_stream_is_known_to_miss,
         skip_of_what_is_no_stream_is_an_error, a_pulled_range_goes_into_the_buffer_that_is_brought,
         pulling_tells_of_an_input_that_shrank, a_sigma_inside_a_sigma_is_pulled_through_both,
         sizes_that_gstreamer_cannot_say_are_unknown, pulling_what_is_no_stream_is_an_error,
         queries_are_truthful_in_each_mode, seeks_that_make_no_sense_are_refused,
         a_segment_seek_ends_with_segment_done, an_upstream_that_does_not_seek_any_more_plays_on,
         an_upstream_that_ends_before_its_size_is_an_error, a_storm_of_seeks_ends_well,
         seeks_from_the_first_moment_on_are_no_error,
         who_asks_for_the_duration_at_an_error_gets_an_answer,
         the_duration_stays_that_of_the_stream_when_its_end_is_lost,
         stopping_in_the_middle_of_seeks_does_not_hang}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
