/* What slots hold, and what sets them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/slots.hpp"

#include "gst/sigma/operators/context.hpp"

namespace sigma {

void Slots::start_stream(uint64_t most) {
  most_ = most;
  clear();
}

void Slots::clear() {
  for (Buffer& slot : slots_)
    Buffer dropped = std::move(slot);
  size_ = 0;
}

Status Slots::admit(size_t size) {
  if (size > most_ || size_ > most_ - size || stored_ > most_ - size)
    return malformed("slots hold more than the head declares");
  stored_ += size;
  return {};
}

Result<Buffer> Slots::make(size_t size) {
  Result<Buffer> fresh = pool_.acquire(size, GlyphBufferPool::Fit::CLOSE);
  if (fresh.ok()) fresh.value.set_filled(0, size);
  return fresh;
}

void Slots::replace(size_t slot, Buffer value) {
  size_ += value.size();
  size_ -= slots_[slot].size();
  slots_[slot] = std::move(value);
}

Status Slots::set(size_t slot, ByteSpan bytes) {
  Result<Buffer> fresh = make(bytes.size());
  if (!fresh.ok()) return fresh.status;
  copy_bytes(bytes, {fresh.value.block(), bytes.size()});
  replace(slot, std::move(fresh.value));
  return {};
}

Result<MutableByteSpan> Slots::extend(size_t slot, size_t size) {
  Buffer& buffer = slots_[slot];
  const Status status = pool_.reserve(buffer, buffer.size() + size, GlyphBufferPool::Fit::CLOSE);
  if (!status.ok()) return status;
  return MutableByteSpan(buffer.block() + buffer.size(), size);
}

void Slots::extended(size_t slot, size_t size) {
  slots_[slot].set_filled(0, slots_[slot].size() + size);
  size_ += size;
}

namespace {

Status admit_to_slots(Operands& operands, size_t size) {
  if (const Status status = operands.slots().admit(size); !status.ok()) return status;
  return operands.admit_work(size);
}

Result<uint64_t> measure_slot(Operands& operands, const Node& node) {
  return uint64_t{operands.slots().value(node.number).size()};
}

Result<ByteSpan> view_slot(Operands& operands, const Node& node) {
  return operands.slots().value(node.number);
}

Status write_slot(Operands& operands, const Node& node, MutableByteSpan out) {
  copy_bytes(operands.slots().value(node.number), out);
  return {};
}

Status run_set(Operands& operands, const Node& node) {
  const Status status = admit_to_slots(operands, node.payload.size());
  return status.ok() ? operands.slots().set(node.number, node.payload) : status;
}

/// The value may refer to the slot's old one.
Status run_store(Operands& operands, const Node& node) {
  const Result<size_t> size = operands.next_size();
  if (!size.ok()) return size.status;
  if (const Status status = admit_to_slots(operands, size.value); !status.ok()) return status;
  Result<Buffer> fresh = operands.slots().make(size.value);
  if (!fresh.ok()) return fresh.status;
  const Status status = operands.write({fresh.value.block(), size.value});
  if (status.ok()) operands.slots().replace(node.number, std::move(fresh.value));
  return status;
}

/// The value may refer to the slot itself: the bytes it sees stay in place while it is written.
Status run_append(Operands& operands, const Node& node) {
  const Result<size_t> size = operands.next_size();
  if (!size.ok()) return size.status;
  if (const Status status = admit_to_slots(operands, size.value); !status.ok()) return status;
  const Result<MutableByteSpan> room = operands.slots().extend(node.number, size.value);
  if (!room.ok()) return room.status;
  const Status status = operands.write(room.value);
  if (status.ok()) operands.slots().extended(node.number, size.value);
  return status;
}

constexpr Primitive kFirstSlot = Primitive::LEARNED;
constexpr auto kLastSlot =
    static_cast<Primitive>(static_cast<uint8_t>(kFirstSlot) + kSlotCount - 1);

}  // namespace

constinit const OperatorEntry kSlot = {
    .name = "slot",
    .type = GlyphType::REFERENCE,
    .first = kFirstSlot,
    .last = kLastSlot,
    .since_minor = 0,
    .has_payload = false,
    .measure = measure_slot,
    .write = write_slot,
    .view = view_slot,
};

constinit const OperatorEntry kSetSlot = {
    .name = "set",
    .type = GlyphType::PRIMITIVE,
    .first = kFirstSlot,
    .last = kLastSlot,
    .since_minor = 0,
    .has_payload = true,
    .run = run_set,
};

constinit const OperatorEntry kStoreSlot = {
    .name = "store",
    .type = GlyphType::COMPOSITE,
    .first = kFirstSlot,
    .last = kLastSlot,
    .since_minor = 0,
    .has_payload = false,
    .run = run_store,
};

constinit const OperatorEntry kAppendSlot = {
    .name = "append",
    .type = GlyphType::DELTA,
    .first = kFirstSlot,
    .last = kLastSlot,
    .since_minor = 0,
    .has_payload = false,
    .run = run_append,
};

}  // namespace sigma
