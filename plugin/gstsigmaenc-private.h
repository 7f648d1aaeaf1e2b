/* sigmaenc's parts: what streaming and the properties share.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#pragma once

#include <mutex>

#include "gst/sigma/encoder.hpp"
#include "gstsigmaenc.h"

namespace sigmaenc {

/// What the application asked for and what it may read: any thread, under the lock.
struct Shared {
  std::mutex lock;
  sigma::EncoderSettings settings;
  GstTaskPool* task_pool = nullptr;
  bool started = false;
  bool level_changed = false;
  sigma::StreamStats stats;
  guint64 out_offset = 0;
};

struct State;

struct Private {
  Shared shared;
  State* state = nullptr;
  GstPadActivateModeFunction base_activate_mode = nullptr;
};

// gstsigmaencproperties.cpp
/// The statistics so far, as a structure called `name`.
GstStructure* make_stats(GstSigmaEnc* self, const char* name);
/// Gives the class its properties, and the functions that set and read them.
void install_properties(GObjectClass* object_class);

}  // namespace sigmaenc

struct _GstSigmaEnc {
  GstBaseTransform parent;
  sigmaenc::Private* priv;
};
