/* Buffers as runs of what is expected and rows of what is not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/framing/writer.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/framing/reader.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {
namespace {

constexpr uint64_t kSecond = 1000000000;
constexpr size_t kMaxRow = FramingState::kFields * kMaxVarintSize;
/// What buffers that wait, and the glyphs around them, take at most.
constexpr size_t kSlack = 2048;
/// Buffers that a clock has to foretell before another one takes its place.
constexpr uint64_t kPatience = 4;

/// Events that stay in effect until another one of their kind comes, and that a decoder needs which
/// starts at a key: the name of the stream is not among them.
bool is_in_context(FramedEvent kind) {
  return kind != FramedEvent::STREAM_START && kind != FramedEvent::GAP &&
         kind != FramedEvent::CUSTOM && kind != FramedEvent::PART;
}

/// What tells sticky events of a kind apart: tags by their scope, custom ones by their name.
ByteSpan identity_of(FramedEvent kind, ByteSpan payload) {
  if (kind == FramedEvent::TAG) return payload.first(std::min<size_t>(payload.size(), 1));
  if (kind != FramedEvent::CUSTOM_STICKY) return {};
  return {payload.begin(), std::find_if(payload.begin(), payload.end(),
                                        [](uint8_t c) { return c == ',' || c == ';'; })};
}

}  // namespace

void FramingWriter::start_stream() {
  state_ = {};
  if (context_) context_.set_filled(0, 0);
  left_ = 0;
  end_time_ = kNoTime;
  set_rate(0, 0);
}

Status FramingWriter::reserve(size_t more) {
  return pool_.reserve(script_, script_.size() + more + kSlack);
}

void FramingWriter::put_glyph(Buffer& to, GlyphType type, Primitive primitive, ByteSpan first,
                              ByteSpan rest) {
  uint8_t header[kMaxGlyphHeader];
  const GlyphHeader glyph = {type, primitive, true, first.size() + rest.size(), 0};
  to.append({header, write_glyph_header(header, glyph)});
  to.append(first);
  to.append(rest);
}

void FramingWriter::put_numbers(GlyphType type, Primitive primitive,
                                std::initializer_list<uint64_t> numbers) {
  uint8_t payload[4 * kMaxVarintSize];
  uint8_t* end = payload;
  for (const uint64_t number : numbers)
    end += write_varint(end, number);
  put_glyph(script_, type, primitive, {payload, end}, {});
}

/// Writes the buffers that wait. There is room for them.
void FramingWriter::end_run() {
  if (pending_ != 0) put_numbers(GlyphType::REFERENCE, Primitive::BLOCK, {pending_});
  if (rows_size_ != 0) {
    const auto mask = static_cast<uint8_t>(mask_);
    put_glyph(script_, GlyphType::DELTA, Primitive::BLOCK, {&mask, 1}, {rows_.data(), rows_size_});
  }
  pending_ = rows_size_ = 0;
}

bool FramingWriter::is_full(size_t size) const {
  return script_.size() + size + 2 * kSlack > kFramingMax || buffers_ >= kMaxBuffers;
}

Status FramingWriter::start_chunk(bool is_key) {
  if (script_) script_.set_filled(0, 0);
  front_ = 0;
  buffers_ = pending_ = rows_size_ = 0;
  before_ = state_;
  first_time_ = entry_time_ = kNoTime;
  if (const Status status = reserve(context_.size()); !status.ok()) return status;
  if (!is_key) return {};
  state_ = before_ = {};
  since_clock_ = kPatience;
  if (context_.size() != 0)
    put_glyph(script_, GlyphType::COMPOSITE, Primitive::ATTRIBUTE, context_.bytes(), {});
  if (left_ != 0) put_numbers(GlyphType::PRIMITIVE, Primitive::BOUNDARY, {left_});
  front_ = script_.size();
  return {};
}

Result<ByteSpan> FramingWriter::finish_chunk() {
  if (const Status status = reserve(0); !status.ok()) return status;
  // Buffers as expected, up to the chunk's end, need not be told of.
  if (state_.last().size != 0) pending_ = 0;
  end_run();
  return script_.bytes();
}

/// Reads what was added and writes it again, for a reader that knows nothing.
Result<ByteSpan> FramingWriter::finish_without_bytes() {
  Result<ByteSpan> script = finish_chunk();
  if (!script.ok()) return script;
  std::swap(script_, apart_);
  const ByteSpan added = apart_.bytes().subspan(front_);
  const FramingState before = before_;
  state_ = {};
  Status status = start_chunk(false);
  FramingReader reader(added, before, 0, false, 0);
  while (status.ok() && reader.next()) {
    if (reader.item() == FramingReader::Item::BUFFER)
      status = begin_buffer(reader.buffer());
    else if (reader.item() == FramingReader::Item::META)
      status = add_meta(reader.meta(), reader.payload());
    else
      status = add_event(reader.event(), reader.payload());
  }
  if (status.ok()) script = finish_chunk();
  if (!status.ok() || !script.ok()) return status.ok() ? script.status : status;
  std::swap(script_, apart_);
  state_ = before;
  return apart_.bytes();
}

Status FramingWriter::add_event(FramedEvent kind, ByteSpan payload) {
  if (left_ != 0 || payload.size() > kMaxEvent)
    return Status::error(ErrorCode::INVALID_ARGUMENT,
                         "an event is too large, or comes in the middle of a buffer");
  if (const Status status = reserve(payload.size()); !status.ok()) return status;
  end_run();
  const auto number = static_cast<uint8_t>(kind);
  if (kind == FramedEvent::CAPS)
    put_glyph(script_, GlyphType::PRIMITIVE, Primitive::TYPE, payload, {});
  else
    put_glyph(script_, GlyphType::PRIMITIVE, Primitive::EVENT, {&number, 1}, payload);
  if (kind == FramedEvent::STREAM_START && context_) context_.set_filled(0, 0);
  return is_in_context(kind) ? keep_context(kind, payload) : Status{};
}

/// Puts a sticky event in the place of the one that it replaces. Large ones are not repeated at
/// each key: a decoder that starts there does without them.
Status FramingWriter::keep_context(FramedEvent kind, ByteSpan payload) {
  if (const Status status = pool_.reserve(context_, kMaxContext); !status.ok()) return status;
  uint8_t* const begin = context_.block();
  size_t kept = 0;
  for (ByteSpan rest = context_.bytes(); !rest.empty();) {
    Glyph glyph;
    size_t size = 0;
    if (parse_glyph(rest, glyph, size) != GlyphParse::COMPLETE) break;
    const bool is_caps = glyph.primitive == Primitive::TYPE;
    const auto its_kind = is_caps ? FramedEvent::CAPS : static_cast<FramedEvent>(glyph.payload[0]);
    const ByteSpan its_payload = glyph.payload.subspan(is_caps ? 0 : 1);
    const ByteSpan its_identity = identity_of(its_kind, its_payload);
    const ByteSpan identity = identity_of(kind, payload);
    const bool is_replaced =
        its_kind == kind &&
        std::equal(its_identity.begin(), its_identity.end(), identity.begin(), identity.end());
    if (!is_replaced) {
      std::copy_n(rest.data(), size, begin + kept);
      kept += size;
    }
    rest = rest.subspan(size);
  }
  context_.set_filled(0, kept);
  // Caps may hold what decoders need to begin.
  if (payload.size() > (kind == FramedEvent::CAPS ? kMaxContextCaps : kMaxContextEvent) ||
      kept + payload.size() + kMaxGlyphHeader + 1 > kMaxContext)
    return {};
  const auto number = static_cast<uint8_t>(kind);
  if (kind == FramedEvent::CAPS)
    put_glyph(context_, GlyphType::PRIMITIVE, Primitive::TYPE, payload, {});
  else
    put_glyph(context_, GlyphType::PRIMITIVE, Primitive::EVENT, {&number, 1}, payload);
  return {};
}

Status FramingWriter::add_meta(uint64_t kind, ByteSpan payload) {
  if (left_ != 0 || payload.size() > kMaxEvent)
    return Status::error(ErrorCode::INVALID_ARGUMENT,
                         "what belongs to a buffer is too large, or comes in the middle of one");
  if (const Status status = reserve(payload.size()); !status.ok()) return status;
  end_run();
  uint8_t number[kMaxVarintSize];
  put_glyph(script_, GlyphType::PRIMITIVE, Primitive::ATTRIBUTE,
            {number, write_varint(number, kind)}, payload);
  return {};
}

uint64_t FramingWriter::find_mask(const FramedBuffer& buffer) const {
  uint64_t mask = 0;
  for (size_t i = 0; i < FramingState::kFields; i++)
    mask |= uint64_t{state_.residual(buffer, i) != 0} << i;
  return mask;
}

/// Sets the clock, if the rate that is known gives one that foretells the buffer's duration: its
/// time is then a whole number of ticks, rounded down to ns.
void FramingWriter::find_clock(const FramedBuffer& buffer) {
  if (rate_ == 0 || buffer.pts == kNoTime || buffer.duration > UINT32_MAX) return;
  if (since_clock_ < kPatience) return;
  FramingClock clock;
  clock.rate = rate_;
  const uint64_t ticks = (buffer.duration * rate_ + kSecond / 2) / kSecond;
  clock.step = rate_step_ != 0 ? rate_step_ : static_cast<uint32_t>(ticks);
  const uint64_t ns = buffer.pts % kSecond;
  const uint64_t tick = (ns * rate_ + kSecond - 1) / kSecond;
  clock.phase = static_cast<uint32_t>(tick * kSecond % rate_);
  const bool is_on_tick = tick * kSecond / rate_ == ns;
  const bool foretells = (clock.phase + clock.step * kSecond) / rate_ == buffer.duration;
  if (!is_on_tick || !foretells || clock.step == 0 || clock == state_.clock()) return;
  end_run();
  put_numbers(GlyphType::PRIMITIVE, Primitive::TEMPORAL, {clock.step, clock.rate, clock.phase});
  state_.set_clock(clock);
  since_clock_ = 0;
}

Status FramingWriter::begin_buffer(const FramedBuffer& buffer, const BufferTime& time) {
  if (left_ != 0)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "a buffer begins in the middle of another");
  if (const Status status = reserve(kMaxRow); !status.ok()) return status;
  constexpr uint64_t kTimes = 0x0a;  // PTS and duration
  uint64_t mask = find_mask(buffer);
  if ((mask & kTimes) != 0) {
    find_clock(buffer);
    mask = find_mask(buffer);
  }
  if (mask == 0) {
    if (rows_size_ != 0) end_run();
    pending_++;
    since_clock_++;
  } else {
    if (pending_ != 0 || mask != mask_ || rows_size_ + kMaxRow > rows_.size()) end_run();
    mask_ = mask;
    for (size_t i = 0; i < FramingState::kFields; i++)
      if ((mask >> i & 1) != 0)
        rows_size_ += write_varint(rows_.data() + rows_size_, state_.residual(buffer, i));
  }
  if (time.is_entry && entry_time_ == kNoTime) entry_time_ = time.begin;
  if (time.end != kNoTime && (end_time_ == kNoTime || time.end > end_time_)) end_time_ = time.end;
  if (first_time_ == kNoTime) first_time_ = buffer.pts != kNoTime ? buffer.pts : buffer.dts;
  state_.advance(buffer);
  left_ = buffer.size;
  buffers_++;
  return {};
}

}  // namespace sigma
