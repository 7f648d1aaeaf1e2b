/* sigmadec behind every kind of upstream, read in every way, of streams in every state: changes of
 * state return at once, and what happens reaches the bus. P6.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <fcntl.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "codec.hpp"
#include "files.hpp"
#include "gstsupport.hpp"
#include "http_server.hpp"
#include "suite.hpp"
#include "watchdog.hpp"

namespace {

using files::TemporaryFolder;
using files::write_file;
using http_server::Server;
using testdata::Bytes;
using watchdog::Deadline;

constexpr int kSeconds = 60;        ///< for a whole cell, on a machine that does much else
constexpr int kChangeSeconds = 20;  ///< for one change of state

// What is upstream --------------------------------------------------------------------------------

/// How an upstream serves seeks.
enum class Seeks { YES, NO, PERHAPS };

struct Kind {
  const char* name;
  const char* line;  ///< {file}, {url}, {fd} and {tmp} are filled in
  Seeks seeks;
};

constexpr Kind kKinds[] = {
    {"a file", "filesrc location={file}", Seeks::YES},
    {"a file behind identity", "filesrc location={file} blocksize=65536 ! identity", Seeks::YES},
    {"a file behind queue", "filesrc location={file} ! queue", Seeks::YES},
    {"a file behind queue2", "filesrc location={file} ! queue2", Seeks::YES},
    {"a file behind queue2 with a ring buffer",
     "filesrc location={file} ! queue2 use-buffering=true ring-buffer-max-size=1000000",
     Seeks::YES},
    {"a file behind queue2 with a temporary file",
     "filesrc location={file} ! queue2 temp-template={tmp}/q-XXXXXX", Seeks::YES},
    {"a file behind downloadbuffer",
     "filesrc location={file} ! downloadbuffer temp-template={tmp}/d-XXXXXX", Seeks::YES},
    {"a file behind multiqueue", "filesrc location={file} ! multiqueue", Seeks::YES},
    {"a file behind typefind", "filesrc location={file} ! typefind", Seeks::YES},
    {"a file that is pushed", "pushfilesrc location={file}", Seeks::YES},
    {"giosrc", "giosrc location=file://{file}", Seeks::YES},
    {"giosrc behind queue", "giosrc location=file://{file} ! queue", Seeks::YES},
    {"a descriptor of a file", "fdsrc fd={fd}", Seeks::YES},
    {"a pipe", "fdsrc fd={fd}", Seeks::NO},
    {"a pipe behind queue2 with a temporary file",
     "fdsrc fd={fd} ! queue2 temp-template={tmp}/q-XXXXXX", Seeks::PERHAPS},
    {"an application's stream", "appsrc name=u stream-type=stream", Seeks::NO},
    {"an application's seekable stream", "appsrc name=u stream-type=seekable", Seeks::YES},
    {"an application's random access", "appsrc name=u stream-type=random-access", Seeks::YES},
    {"a server with ranges", "souphttpsrc location={url}", Seeks::YES},
    {"a server without ranges", "souphttpsrc location={url}", Seeks::PERHAPS},
    {"a server with ranges behind queue2 with a temporary file",
     "souphttpsrc location={url} ! queue2 temp-template={tmp}/q-XXXXXX", Seeks::YES},
    {"a server without ranges behind queue2 with a temporary file",
     "souphttpsrc location={url} ! queue2 temp-template={tmp}/q-XXXXXX", Seeks::PERHAPS},
    {"a server with ranges behind downloadbuffer",
     "souphttpsrc location={url} ! downloadbuffer temp-template={tmp}/d-XXXXXX", Seeks::YES},
    {"a server with ranges behind queue", "souphttpsrc location={url} ! queue", Seeks::YES},
    {"a file in a bin", "bin:filesrc location={file} ! queue", Seeks::YES},
};
constexpr int kKindCount = static_cast<int>(std::size(kKinds));

bool has(const Kind& kind, const char* what) {
  return std::strstr(kind.name, what) != nullptr;
}

std::string filled(std::string line, const std::string& name, const std::string& value) {
  for (size_t at = line.find(name); at != std::string::npos; at = line.find(name))
    line.replace(at, name.size(), value);
  return line;
}

/// An upstream that runs: what gives it its bytes lives as long as it does.
class Upstream {
 public:
  Upstream(const Kind& kind, const Bytes& stream) : kind_(kind), stream_(stream) {
    write_file(folder_.file("in.sigma"), stream);
    if (has(kind, "server")) {
      server_ = std::make_unique<Server>(has(kind, "without") ? Server::Ranges::IGNORED
                                                              : Server::Ranges::SERVED);
      server_->serve(stream);
    }
    if (has(kind, "descriptor")) fd_ = open(folder_.file("in.sigma").c_str(), O_RDONLY);
    if (has(kind, "pipe")) open_pipe();
  }
  ~Upstream() {
    if (fd_ >= 0) close(fd_);
    if (writer_.joinable()) writer_.join();
  }
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  /// The upstream as one element.
  GstElement* make() {
    std::string line = filled(kind_.line, "{file}", folder_.file("in.sigma"));
    line = filled(line, "{tmp}", folder_.path());
    line = filled(line, "{fd}", std::to_string(fd_));
    if (server_) line = filled(line, "{url}", server_->url());
    if (line.starts_with("bin:")) line = line.substr(4);
    GError* error = nullptr;
    GstElement* bin = gst_parse_bin_from_description(line.c_str(), TRUE, &error);
    ck_assert_msg(bin != nullptr, "%s: %s", line.c_str(), error != nullptr ? error->message : "");
    if (GstElement* source = gst_bin_get_by_name(GST_BIN(bin), "u")) {
      g_signal_connect(source, "need-data", G_CALLBACK(need_data), this);
      g_signal_connect(source, "seek-data", G_CALLBACK(seek_data), this);
      g_object_set(source, "size", static_cast<gint64>(stream_.size()), nullptr);
      gst_object_unref(source);
    }
    return bin;
  }
  int far_requests() { return server_ ? server_->far_requests() : 0; }

 private:
  void open_pipe() {
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    fd_ = ends[0];
    writer_ = std::thread([this, out = ends[1]] {
      for (size_t at = 0; at < stream_.size();) {
        const ssize_t written = write(out, stream_.data() + at, stream_.size() - at);
        if (written <= 0) break;
        at += static_cast<size_t>(written);
      }
      close(out);
    });
  }
  static void need_data(GstAppSrc* source, guint size, gpointer data) {
    auto* self = static_cast<Upstream*>(data);
    const size_t end = std::min(self->at_ + size, self->stream_.size());
    if (self->at_ == end) {
      gst_app_src_end_of_stream(source);
      return;
    }
    GstBuffer* buffer = gstsupport::buffer_of(testdata::part_of(self->stream_, self->at_, end));
    GST_BUFFER_OFFSET(buffer) = self->at_;
    self->at_ = end;
    gst_app_src_push_buffer(source, buffer);
  }
  static gboolean seek_data(GstAppSrc*, guint64 offset, gpointer data) {
    auto* self = static_cast<Upstream*>(data);
    self->at_ = std::min<size_t>(offset, self->stream_.size());
    return TRUE;
  }

  const Kind& kind_;
  const Bytes& stream_;
  TemporaryFolder folder_;
  std::unique_ptr<Server> server_;
  int fd_ = -1;
  std::thread writer_;
  size_t at_ = 0;  ///< of what an appsrc gives next
};

// How it is read ----------------------------------------------------------------------------------

constexpr const char* kReaders[] = {"fakesink", "wavparse", "decodebin"};

/// A pipeline of an upstream, sigmadec and a reader.
class Pipeline {
 public:
  Pipeline(Upstream& upstream, const std::string& reader)
      : pipeline_(gst_pipeline_new(nullptr)), bus_(gst_element_get_bus(pipeline_)) {
    GstElement* source = upstream.make();
    GstElement* decoder = gst_element_factory_make("sigmadec", nullptr);
    sink_ = gst_element_factory_make("fakesink", nullptr);
    g_object_set(sink_, "sync", FALSE, "signal-handoffs", TRUE, nullptr);
    g_signal_connect(sink_, "handoff", G_CALLBACK(handoff), this);
    gst_bin_add_many(GST_BIN(pipeline_), source, decoder, sink_, nullptr);
    ck_assert(gst_element_link(source, decoder));
    if (reader == "fakesink") {
      ck_assert(gst_element_link(decoder, sink_));
      return;
    }
    GstElement* parser = gst_element_factory_make(reader.c_str(), nullptr);
    gst_bin_add(GST_BIN(pipeline_), parser);
    ck_assert(gst_element_link(decoder, parser));
    if (reader == "decodebin")
      g_signal_connect(parser, "pad-added", G_CALLBACK(pad_added), sink_);
    else
      ck_assert(gst_element_link(parser, sink_));
  }
  ~Pipeline() {
    change(GST_STATE_NULL);
    gst_object_unref(bus_);
    gst_object_unref(pipeline_);
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void change(GstState state) {
    const Deadline deadline(std::string("set_state to ") + gst_element_state_get_name(state),
                            kChangeSeconds);
    gst_element_set_state(pipeline_, state);
  }
  /// Which of `types` comes first; errors always count, and are kept.
  GstMessageType wait_for(int types) {
    for (;;) {
      GstMessage* message = gst_bus_timed_pop_filtered(
          bus_, GST_CLOCK_TIME_NONE, static_cast<GstMessageType>(types | GST_MESSAGE_ERROR));
      const GstMessageType type = GST_MESSAGE_TYPE(message);
      if (type == GST_MESSAGE_ERROR) {
        GError* error = nullptr;
        gst_message_parse_error(message, &error, nullptr);
        if (error_.empty()) error_ = error->message;
        g_error_free(error);
      }
      gst_message_unref(message);
      return type;
    }
  }
  bool seek(GstFormat format, gint64 target) {
    forget();
    return gst_element_seek_simple(
               pipeline_, format,
               static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE),
               target) != FALSE;
  }
  const std::string& error() const { return error_; }
  Bytes bytes() {
    std::lock_guard guard(lock_);
    return bytes_;
  }
  void forget() {
    std::lock_guard guard(lock_);
    bytes_.clear();
  }

 private:
  static void handoff(GstElement*, GstBuffer* buffer, GstPad*, gpointer data) {
    auto* self = static_cast<Pipeline*>(data);
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_READ);
    {
      std::lock_guard guard(self->lock_);
      self->bytes_.insert(self->bytes_.end(), map.data, map.data + map.size);
    }
    gst_buffer_unmap(buffer, &map);
  }
  static void pad_added(GstElement*, GstPad* pad, gpointer sink) {
    GstPad* to = gst_element_get_static_pad(GST_ELEMENT(sink), "sink");
    gst_pad_link(pad, to);
    gst_object_unref(to);
  }

  GstElement* pipeline_;
  GstBus* bus_;
  GstElement* sink_;
  std::string error_;
  std::mutex lock_;
  Bytes bytes_;  ///< that the sink has got
};

// What is read ------------------------------------------------------------------------------------

constexpr size_t kHeader = 44;
constexpr size_t kRate = 8000;  ///< bytes a second: 8-bit samples of one channel

/// A WAV file of a minute.
Bytes wav_file() {
  Bytes samples = testdata::samples(kRate * 60);
  const auto u32 = [](size_t value) {
    return Bytes{static_cast<uint8_t>(value), static_cast<uint8_t>(value >> 8),
                 static_cast<uint8_t>(value >> 16), static_cast<uint8_t>(value >> 24)};
  };
  return testdata::joined({testdata::from_text("RIFF"), u32(samples.size() + kHeader - 8),
                           testdata::from_text("WAVEfmt "), u32(16), Bytes{1, 0, 1, 0}, u32(kRate),
                           u32(kRate), Bytes{1, 0, 8, 0}, testdata::from_text("data"),
                           u32(samples.size()), samples});
}

struct Content {
  const char* name;
  Bytes stream;
  bool is_sound;
};

const Content* contents() {
  static const Bytes whole = codec::encode(wav_file(), codec::small_groups());
  static const auto hit = [] {
    Bytes bytes = whole;
    for (size_t i = 0; i < 1000; i++)
      bytes[bytes.size() / 2 + i] ^= 0x55;
    return bytes;
  };
  static const Content all[] = {
      {"a sound stream", whole, true},
      {"a cut stream", testdata::part_of(whole, 0, whole.size() * 2 / 3), false},
      {"a damaged stream", hit(), false},
      {"no stream", testdata::log_lines(200000), false},
      {"nothing", {}, false},
  };
  return all;
}
constexpr int kContentCount = 5;

/// What the sink is to have got of a sound stream.
Bytes expected_bytes(const std::string& reader) {
  const Bytes wav = wav_file();
  return reader == "fakesink" ? wav : testdata::part_of(wav, kHeader, wav.size());
}

/// Plays from the beginning to the end, or to the error.
void play_through(Upstream& upstream, const std::string& reader, const Content& content,
                  const std::string& cell) {
  Pipeline pipeline(upstream, reader);
  pipeline.change(GST_STATE_PLAYING);
  const GstMessageType end = pipeline.wait_for(GST_MESSAGE_EOS);
  if (content.is_sound) {
    ck_assert_msg(end == GST_MESSAGE_EOS, "%s: %s", cell.c_str(), pipeline.error().c_str());
    ck_assert_msg(pipeline.bytes() == expected_bytes(reader), "%s: other bytes", cell.c_str());
  } else {
    ck_assert_msg(end == GST_MESSAGE_ERROR, "%s: no error", cell.c_str());
  }
}

/// Seeks to the middle from PAUSED, and plays to the end.
void seek_and_play(Upstream& upstream, const Kind& kind, const std::string& reader,
                   const std::string& cell) {
  Pipeline pipeline(upstream, reader);
  pipeline.change(GST_STATE_PAUSED);
  ck_assert_msg(pipeline.wait_for(GST_MESSAGE_ASYNC_DONE) == GST_MESSAGE_ASYNC_DONE, "%s: %s",
                cell.c_str(), pipeline.error().c_str());
  const bool is_bytes = reader == "fakesink";
  const bool sought = pipeline.seek(is_bytes ? GST_FORMAT_BYTES : GST_FORMAT_TIME,
                                    is_bytes ? 250000 : 30 * static_cast<gint64>(GST_SECOND));
  ck_assert_msg(sought == (kind.seeks == Seeks::YES) || kind.seeks == Seeks::PERHAPS,
                "%s: the seek was %s", cell.c_str(), sought ? "done" : "refused");
  pipeline.change(GST_STATE_PLAYING);
  const GstMessageType end = pipeline.wait_for(GST_MESSAGE_EOS);
  // A server that cannot go anywhere says so itself, as an error.
  if (kind.seeks == Seeks::PERHAPS && end == GST_MESSAGE_ERROR) return;
  ck_assert_msg(end == GST_MESSAGE_EOS, "%s: %s", cell.c_str(), pipeline.error().c_str());
  if (!sought) return;
  const Bytes all = expected_bytes(reader);
  const size_t from = is_bytes ? 250000 : kRate * 30;
  ck_assert_msg(pipeline.bytes() == testdata::part_of(all, from, all.size()),
                "%s: other bytes behind the seek", cell.c_str());
}

std::string cell_name(const Kind& kind, const std::string& reader, const char* content) {
  return std::string(kind.name) + ", read by " + reader + ", " + content;
}

}  // namespace

START_TEST(every_upstream_plays_to_its_end_or_to_an_error) {
  const Kind& kind = kKinds[_i];
  for (const std::string reader : kReaders)
    for (int i = 0; i < kContentCount; i++) {
      const Content& content = contents()[i];
      const std::string cell = cell_name(kind, reader, content.name);
      // downloadbuffer waits for the first byte of nothing for ever, whoever reads it.
      if (has(kind, "downloadbuffer") && content.stream.empty()) continue;
      const Deadline deadline(cell, kSeconds);
      Upstream upstream(kind, content.stream);
      play_through(upstream, reader, content, cell);
      if (has(kind, "without ranges")) ck_assert_int_eq(upstream.far_requests(), 0);
    }
}
END_TEST

START_TEST(every_upstream_that_seeks_is_sought) {
  const Kind& kind = kKinds[_i];
  for (const std::string reader : kReaders) {
    const std::string cell = cell_name(kind, reader, "sought");
    const Deadline deadline(cell, kSeconds);
    Upstream upstream(kind, contents()[0].stream);
    seek_and_play(upstream, kind, reader, cell);
  }
}
END_TEST

START_TEST(an_upstream_that_stands_still_holds_up_no_change_of_state) {
  constexpr const char* kStill[] = {
      "souphttpsrc location={url}", "souphttpsrc location={url} ! queue",
      "souphttpsrc location={url} ! queue2 temp-template={tmp}/q-XXXXXX",
      "souphttpsrc location={url} ! queue2 ring-buffer-max-size=100000",
      "souphttpsrc location={url} ! downloadbuffer temp-template={tmp}/d-XXXXXX"};
  const TemporaryFolder folder;
  for (const char* line : kStill)
    for (const std::string reader : kReaders)
      for (const size_t given : {size_t{0}, size_t{1000}, size_t{100000}}) {
        const std::string cell = std::string(line) + " ! " + reader;
        const Deadline deadline(cell, kSeconds);
        Server server(Server::Ranges::SERVED, given);
        server.serve(contents()[0].stream);
        const std::string filled_line =
            filled(filled(line, "{url}", server.url()), "{tmp}", folder.path()) + " ! sigmadec ! " +
            reader + (reader == "fakesink" ? "" : " ! fakesink");
        GstElement* pipeline = gst_parse_launch(filled_line.c_str(), nullptr);
        ck_assert(pipeline != nullptr);
        for (const GstState state : {GST_STATE_PLAYING, GST_STATE_NULL}) {
          const Deadline change(cell + ", a change of state", kChangeSeconds);
          gst_element_set_state(pipeline, state);
          if (state == GST_STATE_PLAYING) g_usleep(50000);
        }
        gst_object_unref(pipeline);
      }
}
END_TEST

int main(int argc, char** argv) {
  // Proxies are for other servers than the test's own.
  g_setenv("no_proxy", "127.0.0.1", TRUE);
  std::signal(SIGPIPE, SIG_IGN);  // pipelines end before all was written
  gst_init(&argc, &argv);
  return run_suite("elements/upstreams", 600,
                   {{"P6", {{every_upstream_plays_to_its_end_or_to_an_error, kKindCount}}},
                    {"P9", {{every_upstream_that_seeks_is_sought, kKindCount}}},
                    {"upstreams", {an_upstream_that_stands_still_holds_up_no_change_of_state}}});
}
