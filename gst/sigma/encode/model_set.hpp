/* The list of models.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <span>

#include "gst/sigma/models/model.hpp"

namespace sigma {

/// All models of an encoder, in the order in which they are asked.
std::span<const ModelEntry> model_set();

}  // namespace sigma
