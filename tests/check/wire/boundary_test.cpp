/* The boundary handler: glyphs out of bytes in any split.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>

#include "forge.hpp"
#include "gst/sigma/wire/boundary_handler.hpp"
#include "suite.hpp"

namespace {

using sigma::BoundaryHandler;
using sigma::BoundaryState;
using sigma::Glyph;
using sigma::GlyphBufferPool;
using sigma::GlyphType;
using sigma::Primitive;
using testdata::Bytes;

/// All glyphs in `stream`, pushed in pieces of `piece` bytes.
struct Taken {
  size_t glyphs = 0;
  Bytes payloads;
  uint64_t crossings = 0;
  bool ok = true;
};

Taken take_all(const Bytes& stream, size_t piece) {
  GlyphBufferPool pool;
  BoundaryHandler handler(pool);
  Taken taken;
  for (size_t at = 0; at < stream.size() && taken.ok; at += piece) {
    const size_t size = std::min(piece, stream.size() - at);
    ck_assert(handler.push({stream.data() + at, size}).ok());
    for (;;) {
      Glyph glyph;
      const auto more = handler.next(glyph);
      taken.ok = more.ok();
      if (!more.ok() || !more.value) break;
      taken.glyphs++;
      taken.payloads.insert(taken.payloads.end(), glyph.payload.begin(), glyph.payload.end());
    }
  }
  taken.crossings = handler.crossings();
  if (handler.has_pending()) taken.ok = false;
  return taken;
}

Bytes many_glyphs() {
  Bytes stream;
  for (size_t i = 0; i < 300; i++) {
    const Bytes glyph = forge::glyph(static_cast<GlyphType>(i % 4), static_cast<uint8_t>(i),
                                     testdata::random_bytes(i * 7 % 400, i));
    stream.insert(stream.end(), glyph.begin(), glyph.end());
  }
  return stream;
}

}  // namespace

START_TEST(boundary_incomplete_header_waits_in_partial_header) {
  GlyphBufferPool pool;
  BoundaryHandler handler(pool);
  Glyph glyph;
  const Bytes tag = {0x3F};
  ck_assert(handler.state() == BoundaryState::IDLE);
  ck_assert(handler.push(tag).ok());
  ck_assert(!handler.next(glyph).value);
  ck_assert(handler.state() == BoundaryState::PARTIAL_HEADER);
  ck_assert(handler.has_pending());
  ck_assert_uint_eq(handler.pending_bytes(), 1);
  const Bytes rest = {0x7E, 0x02, 'o'};
  ck_assert(handler.push(rest).ok());
  ck_assert(!handler.next(glyph).value);
  ck_assert(handler.state() == BoundaryState::PARTIAL_PAYLOAD);
  const Bytes end = {'k'};
  ck_assert(handler.push(end).ok());
  ck_assert(handler.next(glyph).value);
  ck_assert(glyph.primitive == Primitive::STREAM && glyph.payload.size() == 2);
  ck_assert(handler.state() == BoundaryState::IDLE);
  ck_assert_uint_eq(handler.crossings(), 1);
}
END_TEST

START_TEST(boundary_without_crossing_gives_views_and_counts_none) {
  GlyphBufferPool pool;
  BoundaryHandler handler(pool);
  const Bytes stream = many_glyphs();
  ck_assert(handler.push(stream).ok());
  Glyph glyph;
  size_t count = 0;
  while (handler.next(glyph).value) {
    count++;
    if (!glyph.payload.empty())
      ck_assert(glyph.payload.data() > stream.data() &&
                glyph.payload.data() < stream.data() + stream.size());
  }
  ck_assert_uint_eq(count, 300);
  ck_assert_uint_eq(handler.crossings(), 0);
  ck_assert_uint_eq(pool.peak(), 0);
  ck_assert_uint_eq(handler.offset(), stream.size());
}
END_TEST

START_TEST(boundary_varint_that_spans_inputs_is_joined) {
  const Bytes stream = forge::glyph(GlyphType::DELTA, 200, testdata::random_bytes(20000));
  GlyphBufferPool pool;
  BoundaryHandler handler(pool);
  Glyph glyph;
  // The length of 20000 takes three bytes; each comes alone.
  for (size_t at = 0; at < 5; at++) {
    ck_assert(handler.push({stream.data() + at, 1}).ok());
    ck_assert(!handler.next(glyph).value);
    ck_assert_uint_eq(handler.pending_bytes(), at + 1);
  }
  ck_assert(handler.push({stream.data() + 5, stream.size() - 5}).ok());
  ck_assert(handler.next(glyph).value);
  ck_assert_uint_eq(glyph.payload.size(), 20000);
  ck_assert(std::equal(glyph.payload.begin(), glyph.payload.end(), stream.begin() + 5));
}
END_TEST

START_TEST(boundary_reset_forgets_pending_bytes_and_counts) {
  GlyphBufferPool pool;
  BoundaryHandler handler(pool);
  const Bytes stream = many_glyphs();
  Glyph glyph;
  ck_assert(handler.push({stream.data(), 5}).ok());
  while (handler.next(glyph).value)
    continue;
  handler.reset();
  ck_assert(!handler.has_pending());
  ck_assert(handler.state() == BoundaryState::IDLE);
  ck_assert_uint_eq(handler.crossings(), 0);
  ck_assert_uint_eq(handler.offset(), 0);
  ck_assert(handler.push(stream).ok());
  size_t count = 0;
  while (handler.next(glyph).value)
    count++;
  ck_assert_uint_eq(count, 300);
}
END_TEST

START_TEST(boundary_gives_the_same_glyphs_for_any_split) {
  const Bytes stream = many_glyphs();
  const Taken all = take_all(stream, stream.size());
  ck_assert(all.ok && all.glyphs == 300);
  for (const size_t piece : {1, 2, 3, 7, 64, 1000, 5000}) {
    const Taken taken = take_all(stream, piece);
    ck_assert(taken.ok && taken.glyphs == 300);
    ck_assert(taken.payloads == all.payloads);
    ck_assert(taken.crossings > 0);
  }
}
END_TEST

START_TEST(boundary_refuses_payloads_above_its_bound_before_reserving) {
  GlyphBufferPool pool;
  BoundaryHandler handler(pool, 1000);
  const Bytes start = {0x20, 0xE9, 0x07};  // declares 1001 bytes
  Glyph glyph;
  ck_assert(handler.push(start).ok());
  ck_assert(handler.next(glyph).status.code == sigma::ErrorCode::DAMAGED);
  ck_assert_uint_le(pool.peak(), 100);
}
END_TEST

int main() {
  return run_suite("wire/boundary", 60,
                   {{"boundary",
                     {boundary_incomplete_header_waits_in_partial_header,
                      boundary_without_crossing_gives_views_and_counts_none,
                      boundary_varint_that_spans_inputs_is_joined,
                      boundary_reset_forgets_pending_bytes_and_counts,
                      boundary_gives_the_same_glyphs_for_any_split,
                      boundary_refuses_payloads_above_its_bound_before_reserving}}});
}
