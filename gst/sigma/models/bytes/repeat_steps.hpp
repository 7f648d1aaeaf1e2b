/* Copies of what came long before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/models/model.hpp"
#include "gst/sigma/operators/copy_steps.hpp"

namespace sigma {

/// Steps that make the chunk of its repeats, at the distances that most bytes have, and of
/// literals. Sets the form's size and distances. No steps: there is no room, or nothing to copy.
FoundCopies copy_repeats(ByteSpan chunk, std::span<const FarRepeat> repeats, CopiesForm& form,
                         const CopyRoom& room);

}  // namespace sigma
