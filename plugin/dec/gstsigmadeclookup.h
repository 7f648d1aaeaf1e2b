/* Where a seek leads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gst/gst.h>

#include <array>

#include "gst/sigma/random_access.hpp"
#include "plugin/dec/gstsigmadecshared.h"

namespace sigmadec {

/// A seek that was asked for.
struct Seek {
  GstFormat format = GST_FORMAT_BYTES;  ///< or TIME
  gdouble rate = 1.0;
  GstSeekFlags flags = GST_SEEK_FLAG_NONE;
  GstSeekType start_type = GST_SEEK_TYPE_NONE;
  gint64 start = 0;
  GstSeekType stop_type = GST_SEEK_TYPE_NONE;
  gint64 stop = -1;
  guint32 seqnum = GST_SEQNUM_INVALID;
  guint64 id = 0;           ///< of its own: a demuxer may use one seqnum for several seeks
  bool only_opens = false;  ///< nobody asked: it finds out how much there is, and begins at 0
  bool flushes() const { return (flags & GST_SEEK_FLAG_FLUSH) != 0; }
};

/// An upstream that is pushed and can seek: what is not here is asked for by seeking there.
class UpstreamReader : public sigma::ByteSource {
 public:
  explicit UpstreamReader(guint64 size) : size_(size) {}
  ~UpstreamReader() override;
  uint64_t size() const override { return size_; }
  sigma::Status read(uint64_t offset, sigma::MutableByteSpan out) override;
  /// Prepares to take in at least `size` bytes from `offset` on. FALSE: out of memory.
  bool expect(guint64 offset, guint64 size);
  /// Takes bytes that came at `offset`; true when all that was expected is here.
  bool take(guint64 offset, sigma::ByteSpan bytes);

 private:
  struct Blob {
    guint64 offset = 0;
    size_t filled = 0;
    size_t size = 0;
    guint8* data = nullptr;
  };
  guint64 size_;
  std::array<Blob, 32> blobs_;
  size_t latest_ = 0;
};

/// Looks for the place of a seek, in as many steps as upstream has to seek.
struct Seeker {
  UpstreamReader source;
  sigma::RandomAccessDecoder decoder;
  sigma::OnError on_error;
  Seeker(guint64 size, uint64_t max_memory, sigma::OnError at_damage)
      : source(size), decoder(source, max_memory, at_damage), on_error(at_damage) {}
};

/// What a seek has to do next.
struct Step {
  enum { NEEDS_INPUT, FOUND, FROM_START, AT_END, FAILED } what = FAILED;
  guint64 offset = 0;                      ///< where upstream has to go
  sigma::TimePoint point;                  ///< FOUND; of a seek in BYTES the entry alone
  guint64 position = 0;                    ///< what is seek_target, in the seek's format
  guint64 total = kUnknownSize;            ///< decoded bytes in all, if they are known
  guint64 duration = GST_CLOCK_TIME_NONE;  ///< and how long they play
  sigma::Status status;                    ///< of the look-up
};

/// The position or time that a seek means, of `total` in all; FALSE if it lies outside.
bool target_of(const Seek& seek, guint64 total, guint64& position);
/// Looks for the place of a seek as far as the source of `decoder` gives bytes; the step's status
/// is AGAIN if that is not far enough.
Step look_up(sigma::RandomAccessDecoder& decoder, const Seek& seek, sigma::OnError on_error);
/// Goes on with the look-up as far as the bytes at hand allow.
Step next_step(Seeker& seeker, const Seek& seek);

}  // namespace sigmadec
