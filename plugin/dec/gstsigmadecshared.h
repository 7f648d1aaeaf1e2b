/* What sigmadec's threads and the application share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <array>
#include <mutex>
#include <utility>

#include "gst/sigma/base/settings.hpp"
#include "plugin/common/gstsigmamessages.h"
#include "plugin/dec/gstsigmadec.h"

namespace sigmadec {

constexpr guint64 kUnknownSize = G_MAXUINT64;

/// What the application asked for and what it may read: any thread, under the lock.
struct Shared {
  std::mutex lock;
  uint64_t max_memory = sigma::kDefaultDecoderMemory;
  sigma::OnError on_error = sigma::OnError::FAIL;
  guint threads = 1;
  GstTaskPool* task_pool = nullptr;
  bool started = false;
  sigma::StreamStats stats;
  guint64 chunks_lost = 0;
  guint64 bytes_lost = 0;
  guint64 out_offset = 0;
  guint64 total = kUnknownSize;  ///< decoded bytes in all, once they are known
  bool is_framed = false;        ///< streams that keep buffers and events, as far as is known
  guint64 position = GST_CLOCK_TIME_NONE;  ///< then: in the stream's time
  guint64 duration = GST_CLOCK_TIME_NONE;  ///< then: of all streams, once it is known
  bool is_timeless = false;                ///< there is no index that seeks in time could use
};

/// Posts what a decoder leaves out as warnings, each place once, however often it is read.
class Reporter : public sigma::DamageListener {
 public:
  Reporter(GstSigmaDec* self, Shared& shared) : self_(self), shared_(shared) {}
  void on_damage(const sigma::Damage& damage) override;
  /// At the end of the input: posts one warning for all that is missing, if anything is.
  void sum_up();
  void forget() {
    count_ = 0;
    sum_ = {};
  }
  /// Whether anything was told since it was asked last.
  bool was_told() { return std::exchange(told_, false); }

 private:
  GstSigmaDec* self_;
  Shared& shared_;
  std::array<guint64, 256> places_{};  ///< stream offsets of those reported last
  size_t count_ = 0;
  bool told_ = false;
  GstSigmaLosses sum_;  ///< since the input began
};

guint64 max_memory(GstSigmaDec* self);
sigma::OnError on_error(GstSigmaDec* self);
void publish_stats(GstSigmaDec* self, const sigma::StreamStats& stats, guint64 out_offset);
/// How much there is becomes known: decoded bytes, and ns, of which each may be unknown still.
void publish_total(GstSigmaDec* self, guint64 total, guint64 duration = GST_CLOCK_TIME_NONE);
guint64 known_total(GstSigmaDec* self);
guint64 known_duration(GstSigmaDec* self);
/// Whether the input's streams have framing, as far as is known.
bool is_framed(GstSigmaDec* self);

}  // namespace sigmadec
