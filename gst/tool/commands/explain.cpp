/* sigma explain: what a file's bytes are for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/commands/commands.hpp"

namespace tool {

void explain(const Options&) {}

}  // namespace tool
