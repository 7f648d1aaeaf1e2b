/* Raw pictures: what caps say of them is used, and they come back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string>
#include <string_view>

#include "gstsupport.hpp"
#include "suite.hpp"

namespace {

using testdata::Bytes;

/// Pushes `count` frames of these caps, each of `size` bytes: the same picture with noise. Every
/// second byte of words is a high one.
Bytes record(const char* caps, size_t size, size_t count, guint64& frames) {
  // These are the first caps that the element sees.
  GstHarness* harness = gst_harness_new_parse("sigmaenc framing=bytes");
  gst_harness_set_src_caps_str(harness, caps);
  Bytes all;
  testdata::Random random(1);
  const bool is_of_words = std::string_view(caps).find("16_LE") != std::string_view::npos ||
                           std::string_view(caps).find("le,") != std::string_view::npos;
  Bytes picture(size);
  uint64_t height = 100;
  for (uint8_t& sample : picture)
    sample = static_cast<uint8_t>(height = (height + random.below(5) + 126) % 128 + 40);
  for (size_t i = 0; i < count; i++) {
    Bytes frame = picture;
    for (size_t k = 0; k < size; k++)
      if (is_of_words && k % 2 != 0)
        frame[k] = 1;
      else
        frame[k] = static_cast<uint8_t>(frame[k] + random.below(4));
    ck_assert_int_eq(gst_harness_push(harness, gstsupport::buffer_of(frame)), GST_FLOW_OK);
    all.insert(all.end(), frame.begin(), frame.end());
  }
  gst_harness_push_event(harness, gst_event_new_eos());
  const codec::Decoded decoded = codec::decode(gstsupport::take_all(harness));
  ck_assert(decoded.status.ok());
  ck_assert(decoded.bytes == all);
  GstElement* element = gst_harness_find_element(harness, "sigmaenc");
  frames = gstsupport::stat(element, "chunks-frames");
  gst_object_unref(element);
  gst_harness_teardown(harness);
  return all;
}

}  // namespace

START_TEST(what_caps_say_of_frames_is_used) {
  const struct {
    const char* caps;
    size_t size;
  } kKnown[] = {
      {"video/x-raw,format=I420,width=160,height=120,framerate=25/1", 160 * 120 * 3 / 2},
      {"video/x-raw,format=NV12,width=160,height=120,framerate=25/1", 160 * 120 * 3 / 2},
      {"video/x-raw,format=RGB,width=161,height=120,framerate=25/1", 484 * 120},
      {"video/x-raw,format=YUY2,width=160,height=120,framerate=25/1", 320 * 120},
      {"video/x-raw,format=GRAY16_LE,width=160,height=120,framerate=25/1", 320 * 120},
      {"video/x-bayer,format=rggb,width=160,height=120,framerate=25/1", 160 * 120},
      {"video/x-bayer,format=bggr12le,width=160,height=120,framerate=25/1", 320 * 120},
  };
  for (const auto& known : kKnown) {
    guint64 frames = 0;
    record(known.caps, known.size, 20, frames);
    ck_assert_msg(frames >= 1, "%s", known.caps);
  }
}
END_TEST

START_TEST(caps_of_something_else_change_nothing) {
  guint64 found = 0;
  record("application/octet-stream", 10000, 20, found);
  for (const char* caps : {"video/x-raw,format=v210,width=160,height=120,framerate=25/1",
                           "video/x-raw,format=I420,width=0,height=120,framerate=25/1",
                           "audio/x-raw,format=S16LE", "video/x-h264,width=160,height=120",
                           "video/x-raw,format=GRAY8,width=32768,height=32768,framerate=25/1"}) {
    guint64 frames = 0;
    record(caps, 10000, 20, frames);
    ck_assert_uint_eq(frames, found);
  }
}
END_TEST

/// Buffers are longer than caps say: rows are elsewhere, and all comes back.
START_TEST(buffers_of_another_layout_come_back) {
  guint64 frames = 0;
  record("video/x-raw,format=I420,width=160,height=120,framerate=25/1", 30011, 40, frames);
}
END_TEST

/// The max-memory that an INFO message names while frames of these caps begin; 0: there is none.
uint64_t memory_named(const char* launch, const char* caps) {
  gstsupport::Harness harness(launch);
  gst_harness_set_src_caps_str(harness.get(), caps);
  ck_assert_int_eq(harness.push(Bytes(100000, 1)), GST_FLOW_OK);
  uint64_t named = 0;
  while (GstMessage* message = gst_bus_pop_filtered(harness.bus(), GST_MESSAGE_INFO)) {
    GError* info = nullptr;
    gst_message_parse_info(message, &info, nullptr);
    constexpr std::string_view kName = "max-memory=";
    const std::string_view text = info->message;
    if (const size_t at = text.find(kName); at != std::string_view::npos)
      named = g_ascii_strtoull(text.data() + at + kName.size(), nullptr, 10);
    g_error_free(info);
    gst_message_unref(message);
  }
  harness.push_eos();
  return named;
}

START_TEST(what_memory_would_buy_is_said) {
  const char* const large = "video/x-raw,format=I420,width=1920,height=1080,framerate=25/1";
  const char* const small = "video/x-raw,format=I420,width=640,height=480,framerate=25/1";
  const uint64_t named = memory_named("sigmaenc framing=bytes", large);
  ck_assert_uint_gt(named, sigma::kDefaultEncoderMemory);
  ck_assert_uint_le(named, 24 * testdata::MiB);
  const std::string enough = "sigmaenc framing=bytes max-memory=" + std::to_string(named);
  ck_assert_uint_eq(memory_named(enough.c_str(), large), 0);
  ck_assert_uint_eq(memory_named("sigmaenc framing=bytes", small), 0);
  ck_assert_uint_eq(memory_named("sigmaenc framing=bytes model=bytes", large), 0);
  ck_assert_uint_eq(memory_named("sigmaenc framing=bytes level=2", large), 0);
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result =
      run_suite("elements/frames", 120,
                {{"P1", {buffers_of_another_layout_come_back}},
                 {"P3", {what_memory_would_buy_is_said}},
                 {"P5", {what_caps_say_of_frames_is_used, caps_of_something_else_change_nothing}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
