/* Framing: any script for any chunk, any framing tree, and buffers and events made from any bytes
 * there and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdlib>
#include <vector>

#include "gst/sigma/framing/tree.hpp"
#include "gst/sigma/framing/writer.hpp"
#include "gst/sigma/sigma.hpp"

namespace {

using sigma::ByteSpan;
using sigma::FramedBuffer;
using sigma::FramingReader;

void require(bool holds) {
  if (!holds) abort();
}

/// Buffers lie in the chunk, one behind the other.
void read_script(ByteSpan script, uint64_t left, bool is_key, uint32_t raw_size) {
  FramingReader reader(script, {}, left, is_key, raw_size);
  uint64_t end = 0;
  uint64_t buffers = 0;
  while (reader.next()) {
    if (reader.item() != FramingReader::Item::BUFFER) continue;
    require(reader.begin() <= raw_size && (reader.begin() < raw_size || reader.buffer().size == 0));
    require(buffers++ == 0 ? reader.begin() == reader.lead() : reader.begin() == end);
    require(buffers <= sigma::kMaxBuffers + raw_size);
    end = reader.begin() + reader.buffer().size;
  }
  require(!reader.next());
  if (reader.failed()) return;
  require(buffers == 0 || end >= raw_size);
  require(reader.left() == (buffers == 0
                                ? reader.lead() - std::min<uint64_t>(reader.lead(), raw_size)
                                : end - raw_size));
}

void evaluate_tree(ByteSpan tree) {
  sigma::GlyphBufferPool pool;
  sigma::LaneDecoder lanes(pool);
  sigma::FramingEvaluator evaluator(pool, lanes);
  const sigma::Result<ByteSpan> value = evaluator.evaluate(tree, 5000);
  require(!value.ok() || value.value.size() <= 5000);
}

/// An item from the bytes at the front of `in`, which it takes.
struct Item {
  bool is_buffer = false;
  FramedBuffer buffer;
  std::vector<uint8_t> payload;
  bool operator==(const Item&) const = default;
};

Item take_item(ByteSpan& in) {
  Item item;
  const uint8_t what = in[0];
  in = in.subspan(1);
  item.is_buffer = what % 4 != 0;
  if (!item.is_buffer) {
    const size_t size = std::min<size_t>(in.size(), what / 4);
    item.payload.assign(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(size));
    in = in.subspan(size);
    return item;
  }
  uint64_t* const fields[] = {&item.buffer.size,     &item.buffer.pts,    &item.buffer.dts,
                              &item.buffer.duration, &item.buffer.offset, &item.buffer.offset_end,
                              &item.buffer.flags};
  for (size_t i = 0; i < std::size(fields) && !in.empty(); i++) {
    if ((what >> (i + 1) & 1) == 0) continue;
    *fields[i] = i == 0 ? in[0] : in[0] * uint64_t{40000000};
    in = in.subspan(1);
  }
  return item;
}

void add(sigma::StreamingEncoder& encoder, const Item& item, std::vector<uint8_t>& stream) {
  const auto take = [&] {
    for (sigma::Packet packet; encoder.take(packet);)
      stream.insert(stream.end(), packet.bytes.bytes().begin(), packet.bytes.bytes().end());
  };
  if (!item.is_buffer) {
    require(encoder.add_event(sigma::FramedEvent::CUSTOM, item.payload).ok());
    return take();
  }
  require(encoder.begin_buffer(item.buffer).ok());
  take();
  const std::vector<uint8_t> bytes(item.buffer.size, 'x');
  for (ByteSpan rest(bytes); !rest.empty(); take())
    rest = rest.subspan(encoder.push(rest).value);
}

void there_and_back(ByteSpan in, bool flushes) {
  sigma::EncoderSettings settings;
  settings.level = 1;
  settings.chunk_size = 65536;
  sigma::StreamingEncoder encoder;
  require(encoder.configure(settings).ok() && encoder.set_framing(true).ok());
  encoder.set_rate(25, 1);
  std::vector<Item> items;
  std::vector<uint8_t> stream;
  while (!in.empty()) {
    items.push_back(take_item(in));
    add(encoder, items.back(), stream);
    if (flushes && items.size() % 5 == 0) require(encoder.flush().ok());
    for (sigma::Packet packet; encoder.take(packet);)
      stream.insert(stream.end(), packet.bytes.bytes().begin(), packet.bytes.bytes().end());
  }
  require(encoder.finish().ok());
  for (sigma::Packet packet; encoder.take(packet);)
    stream.insert(stream.end(), packet.bytes.bytes().begin(), packet.bytes.bytes().end());
  sigma::StreamingDecoder decoder;
  require(decoder.push(stream).ok());
  std::vector<Item> got;
  for (sigma::DecodedChunk chunk;;) {
    const sigma::Result<bool> more = decoder.next(chunk);
    require(more.ok());
    if (!more.value) break;
    FramingReader reader = chunk.framing.read(static_cast<uint32_t>(chunk.bytes.size()));
    while (reader.next()) {
      if (reader.item() == FramingReader::Item::CONTEXT) continue;
      Item item;
      item.is_buffer = reader.item() == FramingReader::Item::BUFFER;
      if (item.is_buffer) item.buffer = reader.buffer();
      if (!item.is_buffer) item.payload.assign(reader.payload().begin(), reader.payload().end());
      got.push_back(item);
    }
  }
  require(got == items && decoder.finish().ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const ByteSpan rest(data + 4, size - 4);
  const auto raw_size = static_cast<uint32_t>(data[1] | data[2] << 8);
  switch (data[0] % 3) {
    case 0:
      read_script(rest, data[3], data[0] / 3 % 2 == 0, raw_size);
      break;
    case 1:
      evaluate_tree(rest);
      break;
    default:
      there_and_back(rest, data[1] % 2 != 0);
  }
  return 0;
}
