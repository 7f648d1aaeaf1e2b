/* Bodies of head and end packets: what a stream asks of a decoder, and what it was in the end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {

constexpr uint8_t kFormatMajor = 1;
constexpr uint8_t kFormatMinor = 12;
constexpr uint8_t kUnframedMinor = 2;  ///< of streams with neither framing nor samples
constexpr uint8_t kFramedMinor = 3;    ///< of streams with framing and no samples

constexpr size_t kMaxHeadBody = 4096;
constexpr size_t kHeadBodySize = 32;
constexpr size_t kEndBodySize = 64;

/// What a decoder must be able to reserve, and how the stream may be entered.
struct Head {
  uint8_t major = kFormatMajor;
  uint8_t minor = kFormatMinor;
  uint16_t flags = 0;
  uint32_t chunk_max = 0;      ///< largest raw size of a chunk
  uint32_t body_max = 0;       ///< largest body of a chunk
  uint32_t slots_max = 0;      ///< bytes all slots hold at once
  uint32_t history_max = 0;    ///< bytes before a chunk, within its group, that it may refer to
  uint32_t workspace_max = 0;  ///< bytes of values that are neither output nor slot, per chunk
  uint32_t key_interval = 0;   ///< most chunks in a group
  uint32_t framing_max = 0;    ///< largest value of a framing tree; 0 without them

  bool is_framed() const;

  bool operator==(const Head&) const = default;
};

constexpr uint16_t kHeadJoin = 0x0001;    ///< may be entered at any key
constexpr uint16_t kHeadFramed = 0x0002;  ///< chunks carry framing trees

inline bool Head::is_framed() const {
  return (flags & kHeadFramed) != 0;
}

/// Bytes that the evaluation of such a stream takes at most. Slots count twice: they grow by
/// copying.
uint64_t decoder_needs(const Head& head);

struct EndTotals {
  uint64_t raw_size = 0;
  uint64_t chunks = 0;
  uint64_t stream_size = 0;  ///< first byte of the head to the last of the end packet
  uint64_t last_index = 0;   ///< stream offset of the last index packet, 0 if there is none
};

void write_head(uint8_t (&out)[kHeadBodySize], const Head& head);
Status parse_head(ByteSpan body, uint64_t offset, Head& head);

void write_end(uint8_t (&out)[kEndBodySize], const EndTotals& totals, const Head& head);
/// Gives the totals, and the copy of the head's first kHeadBodySize bytes as it lies in the body.
Status parse_end(ByteSpan body, uint64_t offset, EndTotals& totals, ByteSpan& head);

}  // namespace sigma
