/* A GstTaskPool as the codec's threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/common/gstsigmatasks.h"

void GstSigmaTasks::open(GstTaskPool* given, guint threads) {
  close();
  owned_ = given == nullptr;
  if (given != nullptr) {
    pool_ = GST_TASK_POOL(gst_object_ref(given));
    return;
  }
  pool_ = gst_shared_task_pool_new();
  gst_shared_task_pool_set_max_threads(GST_SHARED_TASK_POOL(pool_), threads);
  // Without threads push() refuses, and the waiting thread does the work.
  gst_task_pool_prepare(pool_, nullptr);
}

void GstSigmaTasks::close() {
  if (pool_ == nullptr) return;
  if (owned_) gst_task_pool_cleanup(pool_);
  gst_clear_object(&pool_);
}

bool GstSigmaTasks::push(void (*run)(void*), void* data) {
  GError* error = nullptr;
  gpointer handle = gst_task_pool_push(pool_, run, data, &error);
  if (error != nullptr) {
    g_error_free(error);
    return false;
  }
  // The codec waits in its own way, which pools that cannot be joined know, too.
  if (handle != nullptr) gst_task_pool_dispose_handle(pool_, handle);
  return true;
}
