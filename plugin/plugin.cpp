/* The plugin: registers the elements and the typefinder.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"
#include "plugin/common/gstsigmatypefind.h"
#include "plugin/dec/gstsigmadec.h"
#include "plugin/enc/gstsigmaenc.h"

static gboolean plugin_init(GstPlugin* plugin) {
  gboolean registered = GST_ELEMENT_REGISTER(sigmaenc, plugin);
  registered &= GST_ELEMENT_REGISTER(sigmadec, plugin);
  registered &= GST_TYPE_FIND_REGISTER(sigma, plugin);
  return registered;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, sigma,
                  "Lossless compression of any stream of bytes, in constant memory", plugin_init,
                  VERSION, "LGPL", GST_PACKAGE_NAME, GST_PACKAGE_ORIGIN)
