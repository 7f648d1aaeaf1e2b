/* The model `bytes`: a chunk is one zstd lane, with the group's history as its prefix.
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

#include "gst/sigma/bytes.hpp"
#include "gst/sigma/status.hpp"
#include "gst/sigma/zstd_lane.hpp"

namespace sigma {

/// A chunk's tree, made inside the memory that the model was given.
struct CodedBody {
  ByteSpan bytes;  ///< empty: the chunk does not shrink and is better stored
  uint64_t glyphs = 0;
};

class SIGMA_API BytesModel {
 public:
  explicit BytesModel(GlyphBufferPool& pool) : lanes_(pool) {}

  Status configure(const LaneParameters& parameters) { return lanes_.configure(parameters); }

  /// Codes `chunk` into `scratch`, which holds kMaxGlyphHeader + chunk.size() bytes. A body is
  /// always smaller than the chunk.
  Result<CodedBody> encode(ByteSpan chunk, ByteSpan history, MutableByteSpan scratch);

 private:
  LaneEncoder lanes_;
};

}  // namespace sigma
