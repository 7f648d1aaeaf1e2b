/* Keeps packet headers out of bodies, so that who searches for one finds no false one.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
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
