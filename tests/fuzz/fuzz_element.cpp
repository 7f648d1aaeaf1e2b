/* GStreamer in a fuzzer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz_element.hpp"

#include <cstdlib>

extern "C" void gst_plugin_sigma_register();

/// GStreamer with our plugin alone, which is linked in, and criticals that end the process.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  g_setenv("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
  g_setenv("GST_PLUGIN_PATH_1_0", "", TRUE);
  g_setenv("GST_REGISTRY_FORK", "no", TRUE);
  g_setenv("GST_REGISTRY_DISABLE", "yes", TRUE);
  gst_init(nullptr, nullptr);
  gst_debug_set_active(FALSE);
  g_log_set_always_fatal(
      static_cast<GLogLevelFlags>(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_FATAL_MASK));
  gst_plugin_sigma_register();
  return 0;
}

unsigned take_errors(GstBus* bus) {
  unsigned errors = 0;
  while (GstMessage* message = gst_bus_pop(bus)) {
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      GError* error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      if (error == nullptr || error->message[0] == '\0') abort();
      g_clear_error(&error);
      errors++;
    }
    gst_message_unref(message);
  }
  return errors;
}
