/* Recordings of buffers and events, made and compared.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recording.hpp"

#include <cstdio>
#include <string>

#include "threads.hpp"

#include <check.h>

namespace recording {

using sigma::FramingReader;

Entry event(sigma::FramedEvent kind, std::string_view payload) {
  Entry entry;
  entry.event = kind;
  entry.payload = testdata::from_text(payload);
  return entry;
}

Entry buffer(const Bytes& bytes, uint64_t pts, uint64_t duration) {
  Entry entry;
  entry.is_buffer = true;
  entry.bytes = bytes;
  entry.buffer.size = bytes.size();
  entry.buffer.pts = pts;
  entry.buffer.duration = duration;
  return entry;
}

Recording regular(size_t count, size_t size, uint32_t rate, const Bytes& content) {
  constexpr uint64_t kSecond = 1000000000;
  Recording all;
  all.push_back(event(sigma::FramedEvent::STREAM_START, "a stream"));
  all.push_back(event(sigma::FramedEvent::CAPS, "video/x-raw, format=(string)I420"));
  all.push_back(event(sigma::FramedEvent::SEGMENT, "from 0"));
  for (size_t i = 0; i < count; i++) {
    const uint64_t pts = i * kSecond / rate;
    const size_t at = content.size() > size ? i * size % (content.size() - size) : 0;
    all.push_back(
        buffer(testdata::part_of(content, at, at + size), pts, (i + 1) * kSecond / rate - pts));
    all.back().buffer.offset = i;
    all.back().buffer.offset_end = i + 1;
  }
  return all;
}

namespace {

void take_all(sigma::StreamingEncoder& encoder, Bytes& stream) {
  for (sigma::Packet packet; encoder.take(packet);)
    for (const sigma::ByteSpan part : {packet.bytes.bytes(), packet.lent})
      stream.insert(stream.end(), part.begin(), part.end());
}

/// Not ck_assert(), as make-golden uses this file, too.
void check(const sigma::Status& status) {
  if (!status.ok()) ck_abort_msg("%s", sigma::describe(status).text);
}

void add_buffer(sigma::StreamingEncoder& encoder, const Entry& entry, Bytes& stream) {
  for (const Bytes& meta : entry.metas) {
    check(encoder.add_meta(1, meta));
    take_all(encoder, stream);
  }
  // As of a segment from 0.
  const bool has_times = entry.buffer.pts != sigma::kNoTime;
  const uint64_t duration = entry.buffer.duration != sigma::kNoTime ? entry.buffer.duration : 0;
  const uint64_t end = has_times ? entry.buffer.pts + duration : sigma::kNoTime;
  check(encoder.begin_buffer(entry.buffer,
                             {entry.buffer.pts, end, (entry.buffer.flags & kDelta) == 0}));
  take_all(encoder, stream);
  for (sigma::ByteSpan rest(entry.bytes); !rest.empty(); take_all(encoder, stream)) {
    const sigma::Result<size_t> used = encoder.push(rest);
    check(used.status);
    rest = rest.subspan(used.value);
  }
}

/// Puts buffers together from chunks.
class Player {
 public:
  explicit Player(Decoded& decoded) : decoded_(decoded) {}

  void play(const sigma::DecodedChunk& chunk) {
    ck_assert(chunk.is_framed);
    const auto size = static_cast<uint32_t>(chunk.bytes.size());
    FramingReader reader = chunk.framing.read(size);
    if (chunk.framing.is_entry) is_open_ = false;
    bool is_started = false;
    while (reader.next()) {
      if (!is_started && reader.item() != FramingReader::Item::CONTEXT) {
        take(chunk.bytes, 0, reader.lead());
        is_started = true;
      }
      switch (reader.item()) {
        case FramingReader::Item::CONTEXT:
          if (chunk.framing.is_entry) decoded_.context.push_back(event_of(reader));
          break;
        case FramingReader::Item::EVENT:
          decoded_.entries.push_back(event_of(reader));
          break;
        case FramingReader::Item::META:
          metas_.emplace_back(reader.payload().begin(), reader.payload().end());
          break;
        case FramingReader::Item::BUFFER:
          open_ = {};
          open_.is_buffer = is_open_ = true;
          open_.buffer = reader.buffer();
          open_.metas = std::exchange(metas_, {});
          take(chunk.bytes, reader.begin(), reader.buffer().size);
      }
    }
    ck_assert(!reader.failed());
    if (!is_started) take(chunk.bytes, 0, reader.lead());
  }

 private:
  static Entry event_of(const FramingReader& reader) {
    Entry entry;
    entry.event = reader.event();
    entry.payload.assign(reader.payload().begin(), reader.payload().end());
    return entry;
  }
  void take(sigma::ByteSpan chunk, uint64_t begin, uint64_t size) {
    const sigma::ByteSpan rest = chunk.subspan(static_cast<size_t>(begin));
    const sigma::ByteSpan part =
        rest.first(static_cast<size_t>(std::min<uint64_t>(size, rest.size())));
    if (!is_open_) return;
    open_.bytes.insert(open_.bytes.end(), part.begin(), part.end());
    if (open_.bytes.size() < open_.buffer.size) return;
    decoded_.entries.push_back(open_);
    is_open_ = false;
  }

  Decoded& decoded_;
  Entry open_;
  bool is_open_ = false;
  std::vector<Bytes> metas_;
};

}  // namespace

Bytes encode(const Recording& recording, const Options& options) {
  threads::Pool tasks(2);
  sigma::StreamingEncoder encoder;
  sigma::EncoderSettings settings = options.settings;
  settings.threads = static_cast<unsigned>(options.threads);
  check(encoder.configure(settings, options.threads > 1 ? &tasks : nullptr));
  check(encoder.set_framing(true, options.joins));
  encoder.set_rate(options.rate, options.step);
  Bytes stream;
  size_t buffers = 0;
  for (const Entry& entry : recording) {
    if (!entry.is_buffer) {
      check(encoder.add_event(entry.event, entry.payload));
    } else {
      add_buffer(encoder, entry, stream);
      if (options.flush_every != 0 && ++buffers % options.flush_every == 0) check(encoder.flush());
    }
    take_all(encoder, stream);
  }
  check(encoder.finish());
  take_all(encoder, stream);
  return stream;
}

namespace {

std::string hex(sigma::ByteSpan bytes) {
  std::string text;
  char digits[3];
  for (const uint8_t byte : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

std::string line_of(const FramingReader& reader) {
  std::string text;
  if (reader.item() == FramingReader::Item::META) {
    text = "meta ";
    text += std::to_string(reader.meta());
    text += ' ';
    return text += hex(reader.payload());
  }
  if (reader.item() != FramingReader::Item::BUFFER) {
    if (reader.item() == FramingReader::Item::CONTEXT) text = "context ";
    if (reader.event() == sigma::FramedEvent::CAPS) {
      text += "caps ";
      return text.append(reader.payload().begin(), reader.payload().end());
    }
    text += "event ";
    text += std::to_string(static_cast<int>(reader.event()));
    text += ' ';
    return text += hex(reader.payload());
  }
  const sigma::FramedBuffer& buffer = reader.buffer();
  text = "buffer";
  for (const uint64_t number : {buffer.size, buffer.pts, buffer.dts, buffer.duration, buffer.offset,
                                buffer.offset_end, buffer.flags})
    text.append(" ").append(std::to_string(number));
  return text;
}

}  // namespace

Bytes to_text(const Bytes& stream) {
  std::string text;
  sigma::StreamingDecoder decoder;
  check(decoder.push(stream));
  sigma::DecodedChunk chunk;
  for (sigma::Result<bool> more = decoder.next(chunk); more.ok() && more.value;
       more = decoder.next(chunk)) {
    FramingReader reader = chunk.framing.read(static_cast<uint32_t>(chunk.bytes.size()));
    while (reader.next())
      if (reader.item() != FramingReader::Item::CONTEXT || chunk.framing.is_entry)
        text += line_of(reader) + "\n";
  }
  return testdata::from_text(text);
}

Decoded decode(const Bytes& stream, const codec::Split& split, sigma::OnError on_error) {
  Decoded decoded;
  Player player(decoded);
  sigma::StreamingDecoder decoder(sigma::kDefaultDecoderMemory, on_error);
  const auto take = [&] {
    sigma::DecodedChunk chunk;
    for (;;) {
      const sigma::Result<bool> more = decoder.next(chunk);
      decoded.status = more.status;
      if (!more.ok() || !more.value) return more.ok();
      player.play(chunk);
    }
  };
  sigma::ByteSpan rest(stream);
  while (!rest.empty()) {
    const size_t size = std::min(split(), rest.size());
    decoded.status = decoder.push(rest.first(size));
    if (!decoded.status.ok() || !take()) return decoded;
    rest = rest.subspan(size);
  }
  decoder.end_input();
  if (take()) decoded.status = decoder.finish();
  return decoded;
}

}  // namespace recording
