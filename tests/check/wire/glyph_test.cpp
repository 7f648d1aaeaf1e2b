/* Glyphs, varints and primitives.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cerrno>

#include "gst/sigma/base/primitive.hpp"
#include "gst/sigma/wire/glyph.hpp"
#include "suite.hpp"
#include "testdata.hpp"

namespace {

using sigma::GlyphHeader;
using sigma::GlyphParse;
using sigma::GlyphType;
using sigma::Primitive;
using testdata::Bytes;

}  // namespace

START_TEST(every_glyph_header_reads_back_as_written) {
  for (unsigned type = 0; type < 4; type++)
    for (unsigned id = 0; id < 256; id++)
      for (const size_t size : {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{16384},
                                size_t{2097152}, sigma::kMaxGlyphPayload}) {
        const GlyphHeader header = {static_cast<GlyphType>(type), static_cast<Primitive>(id), true,
                                    size, 0};
        uint8_t wire[sigma::kMaxGlyphHeader];
        const size_t length = sigma::write_glyph_header(wire, header);
        ck_assert_uint_eq(length, sigma::glyph_header_size(header));
        GlyphHeader read;
        for (size_t cut = 0; cut < length; cut++)
          ck_assert(sigma::parse_glyph_header({wire, cut}, read) == GlyphParse::INCOMPLETE);
        ck_assert(sigma::parse_glyph_header({wire, length}, read) == GlyphParse::COMPLETE);
        ck_assert(read.type == header.type && read.primitive == header.primitive);
        ck_assert(read.has_payload && read.payload_size == size && read.header_size == length);
      }
}
END_TEST

START_TEST(glyphs_that_are_not_canonical_are_invalid) {
  const Bytes wrong[] = {
      {0x3F, 0x1E, 0x00},                    // an extended primitive below 31
      {0x20, 0x80, 0x00},                    // an overlong length
      {0x20, 0xFF, 0xFF, 0xFF, 0xFF},        // a fifth length byte would follow
      {0x20, 0x80, 0x80, 0x80, 0x80, 0x01},  // five length bytes
  };
  GlyphHeader header;
  for (const Bytes& bytes : wrong)
    ck_assert(sigma::parse_glyph_header(bytes, header) == GlyphParse::INVALID);
}
END_TEST

START_TEST(varints_are_canonical_up_to_64_bits) {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{1} << 32, UINT64_MAX - 1, UINT64_MAX}) {
    uint8_t wire[sigma::kMaxVarintSize];
    const size_t size = sigma::write_varint(wire, value);
    ck_assert_uint_eq(size, sigma::varint_size(value));
    uint64_t read = 0;
    size_t read_size = 0;
    ck_assert(sigma::read_varint({wire, size}, 10, read, read_size) ==
              sigma::VarintState::COMPLETE);
    ck_assert(read == value && read_size == size);
  }
  const Bytes too_large = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02};
  uint64_t value = 0;
  size_t size = 0;
  ck_assert(sigma::read_varint(too_large, 10, value, size) == sigma::VarintState::INVALID);
}
END_TEST

START_TEST(registry_names_all_256_primitives) {
  ck_assert_str_eq(sigma::primitive_info(Primitive::ENTITY).name, "ENTITY");
  ck_assert_str_eq(sigma::primitive_info(static_cast<Primitive>(0x7B)).name, "NULL");
  ck_assert_str_eq(sigma::primitive_info(Primitive::RECORD).name, "RECORD");
  ck_assert_str_eq(sigma::primitive_info(static_cast<Primitive>(128)).name, "LEARNED_0");
  ck_assert_str_eq(sigma::primitive_info(static_cast<Primitive>(255)).name, "LEARNED_127");
  unsigned tiers[3] = {};
  for (unsigned id = 0; id < 256; id++)
    tiers[static_cast<unsigned>(sigma::primitive_info(static_cast<Primitive>(id)).tier)]++;
  ck_assert_uint_eq(tiers[0], 16);
  ck_assert_uint_eq(tiers[1], 112);
  ck_assert_uint_eq(tiers[2], 128);
  ck_assert(sigma::primitive_info(Primitive::SUMMATION).group == sigma::PrimitiveGroup::MATH);
}
END_TEST

int main() {
  return run_suite(
      "wire/glyph", 60,
      {{"glyph",
        {every_glyph_header_reads_back_as_written, glyphs_that_are_not_canonical_are_invalid,
         varints_are_canonical_up_to_64_bits, registry_names_all_256_primitives}}});
}
