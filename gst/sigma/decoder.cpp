/* The decoder's calls, handed on to its state.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/decoder.hpp"

#include <new>

#include "gst/sigma/decode/ahead_decoder.hpp"
#include "gst/sigma/misuse.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {

static_assert(kLikenessBytes == kPacketFront);

StreamingDecoder::StreamingDecoder(uint64_t max_memory, OnError on_error)
    : state_(new (std::nothrow) AheadDecoder(max_memory, on_error)) {}

StreamingDecoder::~StreamingDecoder() {
  delete state_;
}

Status StreamingDecoder::set_threads(TaskPool* tasks, unsigned threads) {
  return state_ != nullptr ? state_->set_threads(tasks, threads) : no_state(sizeof(AheadDecoder));
}

Status StreamingDecoder::set_chunk_memory(ChunkMemory* memory) {
  return state_ != nullptr ? state_->set_chunk_memory(memory) : no_state(sizeof(AheadDecoder));
}

Status StreamingDecoder::set_sought(const SoughtTexts* texts) {
  return state_ != nullptr ? state_->set_sought(texts) : no_state(sizeof(AheadDecoder));
}

Status StreamingDecoder::set_examiner(ChunkExaminer* examiner) {
  return state_ != nullptr ? state_->set_examiner(examiner) : no_state(sizeof(AheadDecoder));
}

void StreamingDecoder::set_on_error(OnError on_error) {
  if (state_ != nullptr) state_->set_on_error(on_error);
}

void StreamingDecoder::set_listener(DamageListener* listener) {
  if (state_ != nullptr) state_->set_listener(listener);
}

Status StreamingDecoder::push(ByteSpan input) {
  if (state_ == nullptr) return no_state(sizeof(AheadDecoder));
  return is_null(input) ? null_bytes() : state_->push(input);
}

Result<bool> StreamingDecoder::next(DecodedChunk& chunk) {
  if (state_ == nullptr) return no_state(sizeof(AheadDecoder));
  return state_->next(chunk);
}

void StreamingDecoder::flush() {
  if (state_ != nullptr) state_->flush();
}

void StreamingDecoder::end_input() {
  if (state_ != nullptr) state_->end_input();
}

Status StreamingDecoder::finish() {
  return state_ != nullptr ? state_->finish() : no_state(sizeof(AheadDecoder));
}

void StreamingDecoder::reset() {
  if (state_ != nullptr) state_->reset();
}

Status StreamingDecoder::start_at(const EntryPoint& point) {
  return state_ != nullptr ? state_->start_at(point) : no_state(sizeof(AheadDecoder));
}

uint64_t StreamingDecoder::position() const {
  return state_ != nullptr ? state_->position() : 0;
}

StreamStats StreamingDecoder::stats() const {
  return state_ != nullptr ? state_->stats() : StreamStats{};
}

Likeness looks_like_stream(ByteSpan front) {
  static_assert(kLeastLikenessBytes == kPacketMagic);
  GlyphHeader glyph;
  if (is_null(front) || front.size() < kPacketMagic || !looks_like_sigma(front) ||
      parse_glyph_header(front, glyph) != GlyphParse::COMPLETE)
    return Likeness::NONE;
  if (front.size() < glyph.header_size + kPacketHeaderSize) return Likeness::LIKELY;
  PacketHeader header;
  const Status status =
      parse_packet_header(glyph, front.first(glyph.header_size),
                          front.subspan(glyph.header_size, kPacketHeaderSize), 0, header);
  return status.ok() ? Likeness::CERTAIN : Likeness::LIKELY;
}

}  // namespace sigma
