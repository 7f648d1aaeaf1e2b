/* The lanes of records while they are made: bytes appended to several of them in turn.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <cstring>

#include "gst/sigma/operators/records/layout.hpp"

namespace sigma {

/// Keeps lanes in pages of memory that is given, so that none needs a size of its own beforehand.
class LaneStore {
 public:
  explicit LaneStore(MutableByteSpan memory) : memory_(memory) {}
  LaneStore() : LaneStore(MutableByteSpan()) {}

  void put(RecordLane which, uint8_t byte) {
    Lane& lane = lanes_[static_cast<size_t>(which)];
    if (lane.at == lane.end && !add_page(lane)) return;
    *lane.at++ = byte;
  }
  void put(RecordLane which, ByteSpan bytes) {
    Lane& lane = lanes_[static_cast<size_t>(which)];
    while (!bytes.empty()) {
      if (lane.at == lane.end && !add_page(lane)) return;
      const size_t part = std::min(bytes.size(), static_cast<size_t>(lane.end - lane.at));
      std::memcpy(lane.at, bytes.data(), part);
      lane.at += part;
      bytes = bytes.subspan(part);
    }
  }
  void put_number(RecordLane which, uint64_t number) {
    if (number < 0x80) return put(which, static_cast<uint8_t>(number));
    uint8_t bytes[kMaxVarintSize];
    put(which, {bytes, write_varint(bytes, number)});
  }
  /// An id or index: one byte, and a low one if need be.
  void put_wide(RecordLane which, size_t code) {
    if (code < kFirstWide) {
      put(which, static_cast<uint8_t>(code));
      return;
    }
    code -= kFirstWide;
    put(which, static_cast<uint8_t>(kFirstWide + code / 256));
    put(RecordLane::LOWS, static_cast<uint8_t>(code % 256));
  }

  /// Forgets all.
  void clear() { *this = LaneStore(memory_); }

  /// Whether there was no room for something: what the lanes hold is of no use then.
  bool overflowed() const { return overflowed_; }
  size_t size(RecordLane which) const { return lanes_[static_cast<size_t>(which)].size(); }

  /// Copies a lane to `out`, which has room for it.
  void gather(RecordLane which, uint8_t* out) const {
    const Lane& lane = lanes_[static_cast<size_t>(which)];
    size_t left = lane.size();
    for (uint32_t page = lane.first; left > 0; page = next_of(page)) {
      const size_t part = std::min(left, kPage - sizeof(uint32_t));
      std::memcpy(out, memory_.data() + page * kPage + sizeof(uint32_t), part);
      out += part;
      left -= part;
    }
  }

 private:
  static constexpr size_t kPage = 1024;  ///< the number of the next one first

  struct Lane {
    uint8_t* at = nullptr;
    uint8_t* end = nullptr;
    size_t room = 0;  ///< of its pages
    uint32_t first = 0;
    uint32_t last = 0;

    size_t size() const { return room - static_cast<size_t>(end - at); }
  };

  uint32_t next_of(uint32_t page) const { return load_le<uint32_t>(memory_.data() + page * kPage); }
  bool add_page(Lane& lane) {
    if ((pages_ + 1) * kPage > memory_.size()) {
      overflowed_ = true;
      return false;
    }
    const auto page = static_cast<uint32_t>(pages_++);
    if (lane.room == 0)
      lane.first = page;
    else
      store_le(memory_.data() + lane.last * kPage, page);
    lane.last = page;
    lane.at = memory_.data() + page * kPage + sizeof(uint32_t);
    lane.end = memory_.data() + (page + 1) * kPage;
    lane.room += kPage - sizeof(uint32_t);
    return true;
  }

  MutableByteSpan memory_;
  size_t pages_ = 0;
  bool overflowed_ = false;
  std::array<Lane, kRecordLanes> lanes_;
};

}  // namespace sigma
