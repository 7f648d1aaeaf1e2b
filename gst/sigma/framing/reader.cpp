/* Items of a framing tree's value, one after the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/framing/reader.hpp"

namespace sigma {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 60;  ///< of a buffer

}  // namespace

FramingReader::FramingReader(ByteSpan script, const FramingState& state, uint64_t left, bool is_key,
                             uint32_t raw_size)
    : script_(script), raw_size_(raw_size), is_at_context_(is_key), is_at_lead_(is_key) {
  if (is_key) return;
  state_ = state;
  lead_ = cursor_ = left;
}

bool FramingReader::reject(const char* text) {
  failed_ = text;
  return false;
}

bool FramingReader::next() {
  while (!failed()) {
    if (!context_.empty()) {
      item_ = Item::CONTEXT;
      return read_glyph(context_) && read_event();
    }
    if (repeats_ != 0) return read_expected();
    if (!rows_.empty()) return read_row();
    if (script_.empty()) {
      if (cursor_ >= raw_size_) return false;
      // What is not said is as expected.
      if (state_.last().size == 0) return reject("bytes of a chunk belong to no buffer");
      return read_buffer(0);
    }
    if (read_glyph(script_) && read_entry()) return true;
  }
  return false;
}

/// True if the glyph that was read is an item.
bool FramingReader::read_entry() {
  const auto is = [&](GlyphType type, Primitive primitive) {
    return header_.type == type && header_.primitive == primitive;
  };
  if (is(GlyphType::COMPOSITE, Primitive::ATTRIBUTE) && is_at_context_) {
    is_at_context_ = false;
    context_ = payload_;
    return false;
  }
  is_at_context_ = false;
  if (is(GlyphType::PRIMITIVE, Primitive::BOUNDARY) && is_at_lead_) return set_lead();
  is_at_lead_ = false;
  if (is(GlyphType::PRIMITIVE, Primitive::TEMPORAL)) return set_clock();
  if (is(GlyphType::REFERENCE, Primitive::BLOCK)) {
    VarintReader numbers(payload_);
    if (!numbers.read(repeats_) || !numbers.at_end() || repeats_ == 0)
      return reject("a number of buffers is malformed");
    return false;
  }
  if (is(GlyphType::DELTA, Primitive::BLOCK)) {
    VarintReader numbers(payload_);
    if (!numbers.read(mask_) || mask_ == 0 || mask_ >> FramingState::kFields != 0 ||
        numbers.at_end())
      return reject("buffers that differ are malformed");
    rows_ = numbers.rest();
    return false;
  }
  if (cursor_ > raw_size_) return reject("something comes in the middle of a buffer");
  if (is(GlyphType::PRIMITIVE, Primitive::ATTRIBUTE)) {
    item_ = Item::META;
    VarintReader numbers(payload_);
    if (!numbers.read(meta_)) return reject("what belongs to a buffer is malformed");
    payload_ = numbers.rest();
    return true;
  }
  item_ = Item::EVENT;
  return read_event();
}

bool FramingReader::read_glyph(ByteSpan& from) {
  if (parse_glyph_header(from, header_) != GlyphParse::COMPLETE || !header_.has_payload ||
      header_.payload_size > from.size() - header_.header_size)
    return reject("a glyph of framing is malformed");
  payload_ = from.subspan(header_.header_size, header_.payload_size);
  from = from.subspan(header_.header_size + header_.payload_size);
  return true;
}

bool FramingReader::read_event() {
  if (header_.type != GlyphType::PRIMITIVE) return reject("framing has an unknown glyph");
  event_ = FramedEvent::CAPS;
  if (header_.primitive == Primitive::TYPE) return true;
  if (header_.primitive != Primitive::EVENT || payload_.empty() || payload_[0] == 0 ||
      payload_[0] > kLastFramedEvent || payload_[0] == static_cast<uint8_t>(FramedEvent::CAPS))
    return reject("framing has an unknown glyph or event");
  event_ = static_cast<FramedEvent>(payload_[0]);
  payload_ = payload_.subspan(1);
  return true;
}

bool FramingReader::set_lead() {
  is_at_lead_ = false;
  VarintReader numbers(payload_);
  if (!numbers.read(lead_) || !numbers.at_end() || lead_ == 0 || lead_ > kMaxBytes)
    return reject("the rest of a buffer is malformed");
  cursor_ = lead_;
  return false;
}

bool FramingReader::set_clock() {
  VarintReader numbers(payload_);
  std::array<uint64_t, 3> read = {};
  for (uint64_t& number : read)
    if (!numbers.read(number) || number > UINT32_MAX) return reject("a clock is malformed");
  const auto [step, rate, phase] = read;
  if (!numbers.at_end() || step == 0 || rate == 0 || phase >= rate)
    return reject("a clock is malformed");
  state_.set_clock(
      {static_cast<uint32_t>(step), static_cast<uint32_t>(rate), static_cast<uint32_t>(phase)});
  return false;
}

bool FramingReader::read_expected() {
  repeats_--;
  return read_buffer(0);
}

bool FramingReader::read_row() {
  return read_buffer(mask_);
}

/// The next buffer, of which the fields in `mask` differ from what is expected.
bool FramingReader::read_buffer(uint64_t mask) {
  item_ = Item::BUFFER;
  VarintReader numbers(rows_);
  for (size_t i = 0; i < FramingState::kFields; i++) {
    uint64_t residual = 0;
    if ((mask >> i & 1) != 0 && !numbers.read(residual))
      return reject("buffers that differ are malformed");
    state_.restore(buffer_, i, residual);
  }
  if (mask != 0) rows_ = numbers.rest();
  begin_ = cursor_;
  // A buffer with a byte in the chunk begins before its end; and each costs the caller time.
  if (cursor_ > raw_size_ || (buffer_.size != 0 && cursor_ == raw_size_))
    return reject("a buffer begins outside its chunk");
  if (buffer_.size > kMaxBytes || buffers_++ >= kMaxBuffers + raw_size_)
    return reject("a chunk has too many buffers, or one too large");
  cursor_ += buffer_.size;
  state_.advance(buffer_);
  return true;
}

}  // namespace sigma
