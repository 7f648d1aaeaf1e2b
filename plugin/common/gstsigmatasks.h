/* A GstTaskPool as the codec's threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "gst/sigma/base/task_pool.hpp"

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
