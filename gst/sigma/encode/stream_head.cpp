/* Limits, from the plan.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/stream_head.hpp"

#include <algorithm>

#include "gst/sigma/framing/description.hpp"

namespace sigma {

Head make_head(const EncoderPlan& plan) {
  Head head;
  head.chunk_max = plan.chunk_size;
  head.body_max = guarded_body_max(plan.chunk_size);
  head.history_max = plan.key_interval > 1 ? plan.history_size : 0;
  head.key_interval = plan.key_interval;
  // A level may change later, to or from the one that stores.
  head.minor = std::max(kUnframedMinor, plan.minor);
  head.workspace_max = plan.workspace_size;
  head.slots_max = plan.slots_size;
  return head;
}

Head make_framed_head(const EncoderPlan& plan) {
  Head head = make_head(plan);
  head.minor = std::max(kFramedMinor, plan.minor);
  head.flags = kHeadFramed;
  head.framing_max = kFramingMax;
  head.body_max += kFramingMax + kFramingMax / 32;
  return head;
}

}  // namespace sigma
