/* Lanes and memory of records.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "gst/sigma/models/model.hpp"

namespace sigma {

/// Lanes of records are a small part of what they are made from: there is time to search them
/// better than bytes.
LaneParameters record_parameters(const LaneParameters& lane);

/// Lanes that tell what a chunk takes as bytes: not the best search for bytes, which takes more
/// time or memory than a comparison is worth. All levels that take only what promises much as
/// records take the same.
LaneParameters compared_parameters(const LaneParameters& lane, const LaneParameters& record);

/// All of it depends on the sizes of chunks alone, but for the coder. Tables are too large for
/// small chunks. Decoders of long chunks have less workspace.
MemoryNeed records_memory(const ModelSettings& settings);

}  // namespace sigma
