/* Where the last lines of a text begin.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/random_access.hpp"

namespace tool {

/// The place of the first of the last `count` lines, at least 1, among the decoded bytes; a last
/// line without a line feed is one. `access` is open and knows its end. The groups that hold these
/// lines are read, up to twice, from the last one back; no index of lines is needed.
sigma::Result<uint64_t> find_last_lines(sigma::RandomAccessDecoder& access, uint64_t count);

}  // namespace tool
