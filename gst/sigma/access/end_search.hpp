/* Streams, found from their end packets backwards.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/access/joined_stream.hpp"
#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/source.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"

namespace sigma {

/// Goes from end packet to head, from the end of the input to its front. A call that gave AGAIN is
/// to be repeated, and goes on where it was.
class EndSearch {
 public:
  EndSearch(ByteSource& source, GlyphBufferPool& pool, OnError on_error)
      : source_(source), pool_(pool), on_error_(on_error), front_(source.size()) {}

  /// The streams from here on were passed.
  uint64_t front() const { return front_; }

  /// The stream whose end packet is the last one before front(), with nothing but zeros behind it.
  Result<bool> find(JoinedStream& stream);
  /// That is the one found; what lies before it is looked at next.
  void pass(const JoinedStream& stream);

 private:
  Status measure_padding();
  Result<bool> read_end(uint64_t end, JoinedStream& stream);
  Result<bool> has_head(const JoinedStream& stream);

  ByteSource& source_;
  GlyphBufferPool& pool_;
  OnError on_error_;
  uint64_t front_;
  uint64_t padding_ = 0;        ///< zero bytes before that,
  bool padding_known_ = false;  ///< all of them, or enough
};

}  // namespace sigma
