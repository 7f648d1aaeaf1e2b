/* The operator table and the writer of trees.
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
#include "gst/sigma/tree.hpp"

#include <cstring>

namespace sigma {

Operator operator_of(GlyphType type, Primitive primitive) {
  if (is_learned(primitive)) {
    switch (type) {
      case GlyphType::PRIMITIVE:
        return Operator::SET_SLOT;
      case GlyphType::REFERENCE:
        return Operator::SLOT;
      case GlyphType::DELTA:
        return Operator::APPEND_SLOT;
      case GlyphType::COMPOSITE:
        return Operator::STORE_SLOT;
    }
  }
  switch (type) {
    case GlyphType::PRIMITIVE:
      if (primitive == Primitive::LITERAL) return Operator::LITERAL;
      if (primitive == Primitive::ABSTRACT) return Operator::LANE;
      if (primitive == Primitive::ITERATION) return Operator::RUN;
      break;
    case GlyphType::REFERENCE:
      if (primitive == Primitive::STREAM) return Operator::HISTORY;
      break;
    case GlyphType::DELTA:
      if (primitive == Primitive::ABSTRACT) return Operator::PREFIXED_LANE;
      break;
    case GlyphType::COMPOSITE:
      if (primitive == Primitive::LIST) return Operator::CONCATENATE;
      break;
  }
  return Operator::UNKNOWN;
}

void TreeWriter::run(uint64_t size, ByteSpan pattern) {
  uint8_t number[kMaxVarintSize];
  const size_t n = write_varint(number, size);
  put(GlyphType::PRIMITIVE, Primitive::ITERATION, {number, n}, pattern);
}

void TreeWriter::history(uint64_t distance, uint64_t size) {
  uint8_t numbers[2 * kMaxVarintSize];
  size_t n = write_varint(numbers, distance);
  n += write_varint(numbers + n, size);
  put(GlyphType::REFERENCE, Primitive::STREAM, {numbers, n});
}

void TreeWriter::concatenate(uint64_t count) {
  uint8_t number[kMaxVarintSize];
  put(GlyphType::COMPOSITE, Primitive::LIST, {number, write_varint(number, count)});
}

void TreeWriter::put(GlyphType type, Primitive primitive, ByteSpan payload, ByteSpan more) {
  if (!put_header({type, primitive, true, payload.size() + more.size(), 0})) return;
  for (const ByteSpan part : {payload, more}) {
    if (part.empty()) continue;
    std::memcpy(out_.data() + size_, part.data(), part.size());
    size_ += part.size();
  }
}

void TreeWriter::put_bare(GlyphType type, Primitive primitive) {
  put_header({type, primitive, false, 0, 0});
}

bool TreeWriter::put_header(const GlyphHeader& header) {
  const size_t left = out_.size() - size_;
  const size_t size = glyph_header_size(header);
  if (overflowed_ || left < size || left - size < header.payload_size) {
    overflowed_ = true;
    return false;
  }
  size_ += write_glyph_header(out_.data() + size_, header);
  glyphs_++;
  return true;
}

}  // namespace sigma
