/* One lane a chunk.
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
#include "gst/sigma/model_bytes.hpp"

#include "gst/sigma/tree.hpp"

namespace sigma {
namespace {

/// Most bytes of the reference to the history: tag, primitive, length and two varints of 2^27.
constexpr size_t kHistoryGlyph = 3 + 2 * 4;

}  // namespace

Result<CodedBody> BytesModel::encode(ByteSpan chunk, ByteSpan history, MutableByteSpan scratch) {
  const size_t overhead = kMaxGlyphHeader + (history.empty() ? 0 : kHistoryGlyph);
  if (chunk.size() <= overhead) return CodedBody{};
  // The frame is made behind the longest glyph header, and its actual one then put right before it,
  // so that no byte of the frame moves.
  const MutableByteSpan room = scratch.subspan(kMaxGlyphHeader, chunk.size() - overhead);
  const Result<size_t> frame = lanes_.encode(chunk, history, room);
  if (!frame.ok()) return frame.status;
  if (frame.value == 0) return CodedBody{};
  const GlyphHeader lane = {history.empty() ? GlyphType::PRIMITIVE : GlyphType::DELTA,
                            Primitive::ABSTRACT, true, frame.value, 0};
  const size_t start = kMaxGlyphHeader - glyph_header_size(lane);
  write_glyph_header(scratch.data() + start, lane);
  const size_t end = kMaxGlyphHeader + frame.value;
  TreeWriter tail(scratch.subspan(end));
  if (!history.empty()) tail.history(history.size(), history.size());
  return CodedBody{scratch.subspan(start, end - start + tail.bytes().size()), 1 + tail.glyphs()};
}

}  // namespace sigma
