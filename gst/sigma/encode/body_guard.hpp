/* Splits a body wherever it would hold a packet header, so that a search finds real headers only.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/model.hpp"

namespace sigma {

/// Codes a chunk whose body would hold a packet header with a matching check (a file of the format
/// inside a file, as a rule) as parts that are joined again, each cut in the middle of a sync word.
/// `model` codes the parts; without one they are literals. `out` has guarded_body_max() bytes.
/// The body is empty if the headers lie so that they cannot be kept out.
Result<CodedBody> encode_guarded(ChunkModel* model, ByteSpan chunk, ByteSpan history,
                                 uint32_t position, MutableByteSpan out);

}  // namespace sigma
