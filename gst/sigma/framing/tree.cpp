/* Literals and lanes of framing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/framing/tree.hpp"

#include <algorithm>

#include "gst/sigma/framing/reader.hpp"
#include "gst/sigma/operators/concatenate.hpp"
#include "gst/sigma/operators/lane.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/operators/values.hpp"
#include "gst/sigma/wire/packet.hpp"
#include "gst/sigma/wire/sync_search.hpp"

namespace sigma {
namespace {

/// Shorter scripts are no smaller as a frame.
constexpr size_t kMinLane = 24;
constexpr GlyphHeader kWordsGlyph = {GlyphType::REFERENCE, Primitive::TYPE, false, 0, 0};

constexpr TreeTexts kTexts = {
    .malformed = "a framing tree is malformed",
    .payload = "a framing tree is malformed",
    .too_long = "a framing tree's value is too long",
    .unknown = "a framing tree has an unknown operator",
};

/// A glyph's header and payload behind what `out` has.
void put_glyph(MutableByteSpan out, size_t& used, GlyphType type, Primitive primitive,
               ByteSpan payload) {
  const GlyphHeader header = {type, primitive, true, payload.size(), 0};
  used += write_glyph_header(out.data() + used, header);
  std::copy(payload.begin(), payload.end(), out.begin() + static_cast<std::ptrdiff_t>(used));
  used += payload.size();
}

Result<uint64_t> measure_words(Operands&, const Node&) {
  return uint64_t{framing_words().size()};
}

Result<ByteSpan> view_words(Operands&, const Node&) {
  return framing_words();
}

Status write_words(Operands&, const Node&, MutableByteSpan out) {
  copy_bytes(framing_words(), out);
  return {};
}

/// The words of the format, which stand as the prefix of a lane and nowhere else.
constexpr OperatorEntry kWords = {
    .name = "words",
    .type = kWordsGlyph.type,
    .first = kWordsGlyph.primitive,
    .last = kWordsGlyph.primitive,
    .since_minor = 3,
    .has_payload = false,
    .measure = measure_words,
    .write = write_words,
    .view = view_words,
};

Result<uint64_t> measure_prefixed_lane(Operands& operands, const Node& node) {
  if (operands.next_operator() != &kWords) return malformed(kTexts.malformed);
  return kPrefixedLane.measure(operands, node);
}

/// Literals and lanes: a list has none in it.
Result<uint64_t> measure_list(Operands& operands, const Node& node) {
  VarintReader in(node.payload);
  uint64_t count = 0;
  if (!in.read(count) || !in.at_end() || count > operands.tree_size())
    return malformed(kTexts.malformed);
  uint64_t total = 0;
  for (; count > 0; count--) {
    const OperatorEntry* part = operands.next_operator();
    if (part == &kWords) return malformed(kTexts.malformed);
    if (part != nullptr && part->type == GlyphType::COMPOSITE) return malformed(kTexts.unknown);
    const Result<size_t> size = operands.measure();
    if (!size.ok()) return size.status;
    total += size.value;
  }
  return total;
}

OperatorEntry measured_by(OperatorEntry entry, decltype(entry.measure) measure) {
  entry.measure = measure;
  return entry;
}

const OperatorTable& framing_operators() {
  static const OperatorEntry prefixed_lane = measured_by(kPrefixedLane, measure_prefixed_lane);
  static const OperatorEntry list = measured_by(kConcatenate, measure_list);
  static const OperatorTable table({&kLiteral, &kLane, &prefixed_lane, &list, &kWords}, kTexts);
  return table;
}

}  // namespace

Result<size_t> write_framing_tree(LaneEncoder* lanes, ByteSpan script, MutableByteSpan out) {
  size_t used = 0;
  if (lanes != nullptr && script.size() >= kMinLane) {
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

FramingEvaluator::FramingEvaluator(GlyphBufferPool& pool, LaneDecoder& lanes)
    : Operands(pool, framing_operators(), &lanes) {}

Result<ByteSpan> FramingEvaluator::evaluate(ByteSpan tree, size_t most) {
  tree_ = tree;
  depth_ = 0;
  const OperatorEntry* op = next_operator();
  if (op == &kWords) return malformed(kTexts.malformed);
  const Result<size_t> size = measure();
  if (!size.ok()) return size.status;
  if (size.value > most) return malformed(kTexts.too_long);
  if (!tree_.empty()) return malformed("something follows a framing tree");
  tree_ = tree;
  if (op->view != nullptr) return view();
  if (const Status status = pool_.reserve(value_, size.value); !status.ok()) return status;
  value_.set_filled(0, size.value);
  if (const Status status = write({value_.block(), size.value}); !status.ok()) return status;
  return ByteSpan(value_.block(), size.value);
}

}  // namespace sigma
