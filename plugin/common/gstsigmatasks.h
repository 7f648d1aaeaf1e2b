/* A GstTaskPool as the codec's threads.
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

#include <gst/gst.h>

#include "gst/sigma/base/task.hpp"

/// The threads of an element: those of a pool that the application gave, or its own.
class GstSigmaTasks : public sigma::TaskPool {
 public:
  GstSigmaTasks() = default;
  ~GstSigmaTasks() override { close(); }
  GstSigmaTasks(const GstSigmaTasks&) = delete;
  GstSigmaTasks& operator=(const GstSigmaTasks&) = delete;

  /// `given` must be prepared, and stays the application's; if it is NULL, a GstSharedTaskPool with
  /// that many threads is made.
  void open(GstTaskPool* given, guint threads);

  /// Waits until no thread of the element's own pool works any more.
  void close();

  bool push(void (*run)(void*), void* data) override;

 private:
  GstTaskPool* pool_ = nullptr;
  bool owned_ = false;
};
