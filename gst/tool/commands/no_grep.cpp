/* sigma grep in a build without PCRE2.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"

namespace tool {

int grep(int, char**) {
  console().error("grep", "this build has none: libpcre2-8 was missing (Debian: libpcre2-dev)");
  return 2;
}

}  // namespace tool
