/* Mutations of streams that get past the checks; linked into the targets whose input is a stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstddef>

/// Bytes before the stream, from which a target reads its choices. Each target defines it.
extern const size_t kChoiceBytes;
