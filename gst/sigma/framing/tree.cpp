/* Literals and lanes of framing.
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
#include "gst/sigma/framing/tree.hpp"

#include <algorithm>

#include "gst/sigma/framing/reader.hpp"
#include "gst/sigma/wire/packet.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {
namespace {

/// Shorter scripts are no smaller as a frame.
constexpr size_t kLeastLane = 24;
constexpr GlyphHeader kWordsGlyph = {GlyphType::REFERENCE, Primitive::TYPE, false, 0, 0};

Status damaged(const char* text) {
  return Status::error(ErrorCode::DAMAGED, text);
}

/// A glyph's header and payload behind what `out` has.
void put_glyph(MutableByteSpan out, size_t& used, GlyphType type, Primitive primitive,
               ByteSpan payload) {
  const GlyphHeader header = {type, primitive, true, payload.size(), 0};
  used += write_glyph_header(out.data() + used, header);
  std::copy(payload.begin(), payload.end(), out.begin() + static_cast<std::ptrdiff_t>(used));
  used += payload.size();
}

bool is(const Glyph& glyph, GlyphType type, Primitive primitive) {
  return glyph.type == type && glyph.primitive == primitive;
}

}  // namespace

Result<size_t> write_framing_tree(LaneEncoder* lanes, ByteSpan script, MutableByteSpan out) {
  size_t used = 0;
  if (lanes != nullptr && script.size() >= kLeastLane) {
    // The frame is made where it will be if its size takes as many bytes as the script's.
    const GlyphHeader longest = {GlyphType::DELTA, Primitive::ABSTRACT, true, script.size(), 0};
    const size_t front = glyph_header_size(longest);
    const size_t words = glyph_header_size(kWordsGlyph);
    const Result<size_t> frame =
        lanes->encode(script, framing_words(), out.subspan(front, script.size() - words - 1));
    if (!frame.ok()) return frame;
    if (frame.value != 0) {
      const GlyphHeader header = {GlyphType::DELTA, Primitive::ABSTRACT, true, frame.value, 0};
      used = write_glyph_header(out.data(), header);
      std::copy_n(out.data() + front, frame.value, out.data() + used);
      used += frame.value;
      return used + write_glyph_header(out.data() + used, kWordsGlyph);
    }
  }
  put_glyph(out, used, GlyphType::PRIMITIVE, Primitive::LITERAL, script);
  return used;
}

size_t write_cut_framing_tree(ByteSpan script, MutableByteSpan out) {
  constexpr size_t kCut = 4;  // bytes of a sync word
  uint64_t parts = 1;
  for (size_t at = find_packet_header(script); at < script.size();
       at = find_packet_header(script, at + 1))
    parts++;
  uint8_t count[kMaxVarintSize];
  if (out.size() < script.size() + (parts + 1) * kMaxGlyphHeader + sizeof count) return 0;
  size_t used = 0;
  put_glyph(out, used, GlyphType::COMPOSITE, Primitive::LIST, {count, write_varint(count, parts)});
  while (parts-- > 0) {
    const size_t size =
        parts == 0 ? script.size() : std::min(script.size(), find_packet_header(script) + kCut);
    put_glyph(out, used, GlyphType::PRIMITIVE, Primitive::LITERAL, script.first(size));
    script = script.subspan(size);
  }
  return used;
}

/// The size of the literal or lane at the front of `tree`, which it passes.
Result<size_t> FramingEvaluator::measure(ByteSpan& tree) const {
  Glyph glyph;
  size_t size = 0;
  if (parse_glyph(tree, glyph, size) != GlyphParse::COMPLETE || !glyph.has_payload)
    return damaged("a framing tree is malformed");
  tree = tree.subspan(size);
  if (is(glyph, GlyphType::PRIMITIVE, Primitive::LITERAL)) return glyph.payload.size();
  if (is(glyph, GlyphType::DELTA, Primitive::ABSTRACT)) {
    Glyph words;
    if (parse_glyph(tree, words, size) != GlyphParse::COMPLETE || words.has_payload ||
        !is(words, GlyphType::REFERENCE, Primitive::TYPE))
      return damaged("a framing tree is malformed");
    tree = tree.subspan(size);
  } else if (!is(glyph, GlyphType::PRIMITIVE, Primitive::ABSTRACT)) {
    return damaged("a framing tree has an unknown operator");
  }
  const Result<uint64_t> content = LaneDecoder::content_size(glyph.payload);
  if (!content.ok()) return content.status;
  if (content.value > kMaxChunk) return damaged("a framing tree's value is too long");
  return static_cast<size_t>(content.value);
}

/// The same, and writes its value, which has out's size.
Status FramingEvaluator::write(ByteSpan& tree, MutableByteSpan out) {
  Glyph glyph;
  size_t size = 0;
  parse_glyph(tree, glyph, size);
  const ByteSpan before = tree;
  if (const Result<size_t> passed = measure(tree); !passed.ok()) return passed.status;
  if (glyph.primitive == Primitive::LITERAL) {
    std::copy(glyph.payload.begin(), glyph.payload.end(), out.begin());
    return {};
  }
  const bool has_words = before.size() - tree.size() != size;
  return lanes_.decode(glyph.payload, has_words ? framing_words() : ByteSpan(), out);
}

Result<ByteSpan> FramingEvaluator::evaluate(ByteSpan tree, size_t most) {
  Glyph list;
  size_t size = 0;
  if (parse_glyph(tree, list, size) != GlyphParse::COMPLETE || !list.has_payload)
    return damaged("a framing tree is malformed");
  if (is(list, GlyphType::PRIMITIVE, Primitive::LITERAL) && size == tree.size()) {
    if (list.payload.size() > most) return damaged("a framing tree's value is too long");
    return list.payload;
  }
  uint64_t count = 1;
  if (is(list, GlyphType::COMPOSITE, Primitive::LIST)) {
    VarintReader numbers(list.payload);
    if (!numbers.read(count) || !numbers.at_end()) return damaged("a framing tree is malformed");
    tree = tree.subspan(size);
  }
  size_t total = 0;
  ByteSpan rest = tree;
  for (uint64_t i = 0; i < count; i++) {
    const Result<size_t> child = measure(rest);
    if (!child.ok()) return child.status;
    if (child.value > most - total) return damaged("a framing tree's value is too long");
    total += child.value;
  }
  if (!rest.empty()) return damaged("something follows a framing tree");
  if (const Status status = pool_.reserve(value_, total); !status.ok()) return status;
  value_.set_filled(0, total);
  size_t used = 0;
  for (uint64_t i = 0; i < count; i++) {
    ByteSpan measured = tree;
    const size_t child = measure(measured).value;
    if (const Status status = write(tree, {value_.block() + used, child}); !status.ok())
      return status;
    used += child;
  }
  return ByteSpan(value_.block(), total);
}

}  // namespace sigma
