/* Buffers and events on their way through the library, for tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "codec.hpp"
#include "gst/sigma/framing/description.hpp"

namespace recording {

using testdata::Bytes;

/// The flag of a buffer that cannot be used without the ones before.
constexpr uint64_t kDelta = uint64_t{1} << 13;

struct Entry {
  bool is_buffer = false;
  sigma::FramedBuffer buffer;
  Bytes bytes;               ///< of the buffer
  std::vector<Bytes> metas;  ///< that belong to it
  sigma::FramedEvent event = sigma::FramedEvent::CAPS;
  Bytes payload;  ///< of the event

  bool operator==(const Entry&) const = default;
};
using Recording = std::vector<Entry>;

Entry event(sigma::FramedEvent kind, std::string_view payload);
Entry buffer(const Bytes& bytes, uint64_t pts, uint64_t duration);

/// `count` buffers of so many bytes each, at a rate of buffers a second.
Recording regular(size_t count, size_t size, uint32_t rate, const Bytes& content);

struct Options {
  sigma::EncoderSettings settings;
  size_t flush_every = 0;  ///< buffers; 0: never
  size_t threads = 1;
  bool joins = false;
  uint32_t rate = 0;
  uint32_t step = 0;
};
/// Encodes; the test fails on an error.
Bytes encode(const Recording& recording, const Options& options = {});

struct Decoded {
  Recording entries;  ///< complete ones
  Recording context;  ///< of the chunk where decoding began, if that was no stream's first
  sigma::Status status;
};
Decoded decode(const Bytes& stream, const codec::Split& split = codec::whole(),
               sigma::OnError on_error = sigma::OnError::FAIL);

/// What a stream's framing says, a line for each item, as the second decoder writes it; up to an
/// error.
Bytes to_text(const Bytes& stream);

}  // namespace recording
