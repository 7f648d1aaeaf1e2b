/* One chunk to a packet's body.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/chunk_encoder.hpp"

#include <cstring>
#include <utility>

#include "gst/sigma/base/hash.hpp"
#include "gst/sigma/encode/body_guard.hpp"
#include "gst/sigma/framing/tree.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {

Status ChunkEncoder::configure(const EncoderPlan& plan, const Head& head, bool verify) {
  verifies_ = verify;
  lane_ = plan.models.lane;
  codes_ = !plan.stores;
  verifier_.start_stream(head);
  if (plan.stores) return {};
  if (verify)
    if (const Status status = verifier_.reserve(plan.chunk_size); !status.ok()) return status;
  return models_.configure(plan.models);
}

Status ChunkEncoder::encode(const ChunkSource& source, PacketHeader& header, GroupStates& states,
                            ChunkBody& made) {
  const auto& [chunk, history, repeats, framing, stores] = source;
  framing_room_ = framing.empty() ? 0 : framing_tree_max(framing.size()) + kFramingCutRoom;
  stores_ = stores;
  repeats_ = repeats;
  states_ = &states;
  if (header.is_key()) states.forget();
  header.raw_size = static_cast<uint32_t>(chunk.size());
  header.raw_hash = hash_bytes(chunk);
  Buffer block;
  const size_t room = stores ? chunk.size() : models_.first_room(chunk.size());
  Result<ByteSpan> body = code_in(block, room, chunk, history, header);
  if (body.ok() && body.value.empty()) body = code_in(block, chunk.size(), chunk, history, header);
  if (body.ok() && find_packet_header(body.value) != body.value.size())
    body = code_guarded(chunk, history, header, block);
  if (!body.ok()) return body.status;
  if (verifies_) {
    if (!header.is_stored()) models_.release_memory();
    if (const Status status = verifier_.verify(chunk, history, header, body.value, states);
        !status.ok())
      return status;
  }
  if (!framing.empty())
    if (const Status status = append_framing(framing, header, block, body.value); !status.ok())
      return status;
  block.set_filled(static_cast<size_t>(body.value.data() - block.block()), body.value.size());
  block.shrink_to_fit();
  block.recycle_when_dropped();
  made.block = std::move(block);
  made.bytes = made.block.bytes();
  made.glyphs = coded_.glyphs;
  made.model = coded_.model;
  return {};
}

/// Makes the body in a block that has `room` for it; empty if it needs more.
Result<ByteSpan> ChunkEncoder::code_in(Buffer& block, size_t room, ByteSpan chunk, ByteSpan history,
                                       PacketHeader& header) {
  if (block) pool_.release(std::move(block));
  Result<Buffer> fresh = pool_.acquire(kPacketFront + kMaxGlyphHeader + room + framing_room_);
  if (!fresh.ok()) return fresh.status;
  block = std::move(fresh.value);
  return code(chunk, history, header, {block.block() + kPacketFront, kMaxGlyphHeader + room});
}

/// Makes the body, coded or stored, in `scratch` and completes the header. Empty: it does not fit.
Result<ByteSpan> ChunkEncoder::code(ByteSpan chunk, ByteSpan history, PacketHeader& header,
                                    MutableByteSpan scratch) {
  CodedBody coded;
  if (!stores_) {
    const Result<CodedBody> result =
        models_.encode({chunk, history, static_cast<uint32_t>(header.raw_offset), header.is_key(),
                        SIZE_MAX, header.raw_offset, repeats_},
                       *states_, scratch);
    if (!result.ok()) return result.status;
    coded = result.value;
  }
  if (!coded.bytes.empty()) return complete_coded(header, coded);
  if (scratch.size() < chunk.size()) return ByteSpan();
  lanes_.give_back();
  std::memcpy(scratch.data(), chunk.data(), chunk.size());
  header.type = GlyphType::PRIMITIVE;
  header.body_hash = header.raw_hash;
  header.body_size = header.raw_size;
  coded_ = {};
  return ByteSpan(scratch.first(chunk.size()));
}

ByteSpan ChunkEncoder::complete_coded(PacketHeader& header, const CodedBody& coded) {
  header.type = header.is_key() ? GlyphType::COMPOSITE : GlyphType::DELTA;
  header.body_hash = hash_bytes(coded.bytes);
  header.body_size = static_cast<uint32_t>(coded.bytes.size());
  coded_ = coded;
  return coded.bytes;
}

/// The same for a chunk whose body holds packet headers, in a larger block that takes the place of
/// `block`. What headers there are stay if they cannot be kept out.
Result<ByteSpan> ChunkEncoder::code_guarded(ByteSpan chunk, ByteSpan history, PacketHeader& header,
                                            Buffer& block) {
  pool_.release(std::move(block));
  if (header.is_key()) states_->forget();
  const size_t room = guarded_body_max(header.raw_size);
  Result<Buffer> larger = pool_.acquire(kPacketFront + room + framing_room_);
  if (!larger.ok()) return larger.status;
  block = std::move(larger.value);
  const MutableByteSpan scratch(block.block() + kPacketFront, room);
  const Result<CodedBody> coded =
      encode_guarded(stores_ ? nullptr : &models_.last(), chunk, history,
                     static_cast<uint32_t>(header.raw_offset), scratch);
  if (!coded.ok()) return coded.status;
  return coded.value.bytes.empty() ? code(chunk, history, header, scratch)
                                   : Result<ByteSpan>(complete_coded(header, coded.value));
}

Result<size_t> ChunkEncoder::encode_framing(ByteSpan framing, MutableByteSpan out) {
  if (codes_)
    if (const Status status = lanes_.configure(lane_); !status.ok()) return status;
  return write_framing_tree(codes_ ? &lanes_ : nullptr, framing, out);
}

/// Adds the framing tree to a body in `block`. That of a stored chunk is no lane: there is no
/// memory for tables beside such chunks.
Status ChunkEncoder::append_framing(ByteSpan framing, PacketHeader& header, Buffer& block,
                                    ByteSpan& body) {
  uint8_t* const end = block.block() + (body.data() - block.block()) + body.size();
  const MutableByteSpan room(end, framing_room_);
  const Result<size_t> tree = header.is_stored() ? write_framing_tree(nullptr, framing, room)
                                                 : encode_framing(framing, room);
  if (!tree.ok()) return tree.status;
  size_t size = tree.value;
  if (find_packet_header({body.data(), body.size() + size}) != body.size() + size)
    if (const size_t cut = write_cut_framing_tree(framing, room); cut != 0) size = cut;
  body = {body.data(), body.size() + size};
  header.framing_size = static_cast<uint32_t>(size);
  header.body_size = static_cast<uint32_t>(body.size());
  header.body_hash = hash_bytes(body);
  return {};
}

}  // namespace sigma
