/* Glyphs, varints, primitives and the boundary handler. */
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "suite.hpp"

namespace {

using sigma::BoundaryHandler;
using sigma::BoundaryState;
using sigma::ErrorCode;
using sigma::Glyph;
using sigma::GlyphBufferPool;
using sigma::GlyphHeader;
using sigma::GlyphParse;
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

START_TEST(pool_reuses_counts_and_bounds) {
  GlyphBufferPool pool(10000);
  auto first = pool.acquire(4000);
  ck_assert(first.ok());
  const uint8_t* block = first.value.block();
  pool.release(std::move(first.value));
  auto second = pool.acquire(3000);
  ck_assert(second.value.block() == block);
  ck_assert_uint_eq(pool.owned(), 4000);
  ck_assert(pool.acquire(6001).status.code == sigma::ErrorCode::NO_MEMORY);
  ck_assert(pool.acquire(6000).ok());
  ck_assert_uint_eq(pool.peak(), 10000);
  pool.release(std::move(second.value));
  ck_assert(pool.acquire(10000).ok());  // what is kept makes way
  ck_assert_uint_eq(pool.owned(), 0);
}
END_TEST

START_TEST(pool_keeps_a_large_buffer_from_who_would_hold_it_for_little) {
  GlyphBufferPool pool(10000);
  auto large = pool.acquire(8000);
  const uint8_t* block = large.value.block();
  pool.release(std::move(large.value));
  const auto held = pool.acquire(100, GlyphBufferPool::Fit::CLOSE);
  ck_assert(held.ok() && held.value.block() != block);
  ck_assert_uint_eq(pool.owned(), 8100);
  ck_assert(pool.acquire(5000, GlyphBufferPool::Fit::CLOSE).value.block() == block);
}
END_TEST

START_TEST(memory_of_libraries_is_within_the_bound_and_what_is_kept_makes_way) {
  const Bytes data(1000, 'x');
  Bytes frame(2000);
  GlyphBufferPool unbounded;
  sigma::LaneEncoder encoder(unbounded);
  ck_assert(encoder.configure(sigma::plan_encoder({}).value.models.lane).ok());
  const auto size = encoder.encode(data, {}, frame);
  ck_assert(size.ok() && size.value != 0);

  constexpr size_t kLimit = sigma::kLaneDecoderMemory + 1000;
  GlyphBufferPool pool(kLimit);
  sigma::LaneDecoder decoder(pool);
  Bytes out(data.size());
  auto buffer = pool.acquire(2000);
  ck_assert(decoder.decode({frame.data(), size.value}, {}, out).code ==
            sigma::ErrorCode::NO_MEMORY);
  pool.release(std::move(buffer.value));
  ck_assert(decoder.decode({frame.data(), size.value}, {}, out).ok());
  ck_assert(out == data);
  ck_assert_uint_le(pool.peak(), kLimit);
}
END_TEST

START_TEST(buffers_keep_their_bytes_when_shrunk_and_outlive_their_pool_disowned) {
  // From mapped to mapped, mapped to heap, and within the heap.
  for (const auto& [capacity, size] : {std::pair<size_t, size_t>{1 << 20, 300000},
                                       {1 << 20, 5000},
                                       {200000, 131071},
                                       {5000, 10},
                                       {1 << 20, 1}}) {
    sigma::Buffer buffer;
    const Bytes bytes = testdata::random_bytes(size);
    {
      GlyphBufferPool pool;
      buffer = std::move(pool.acquire(capacity).value);
      buffer.append(bytes);
      buffer.shrink_to_fit();
      ck_assert_uint_eq(buffer.capacity(), size);
      ck_assert_uint_eq(pool.owned(), size);
      buffer.disown();
      ck_assert_uint_eq(pool.owned(), 0);
    }
    ck_assert(std::equal(bytes.begin(), bytes.end(), buffer.bytes().begin()));
  }
}
END_TEST

START_TEST(every_error_says_what_happened_and_what_to_do) {
  const struct {
    ErrorCode code;
    uint64_t value;
    const char* parts[2];
  } cases[] = {
      {ErrorCode::INVALID_SETTINGS, 7000000, {"cause", "max-memory that would do is 7000000"}},
      {ErrorCode::NO_MEMORY, 4096, {"cause (4096 bytes", "free memory"}},
      {ErrorCode::NOT_SIGMA, 0, {"cause at stream offset 99", "not a .sigma stream"}},
      {ErrorCode::UNSUPPORTED_VERSION, 0x203, {"cause 2.3", "newer version"}},
      {ErrorCode::UNSUPPORTED_OPERATOR,
       0x4027F,
       {"cause RECORD (0x7F) at stream offset 99", "1.4"}},
      {ErrorCode::UNSUPPORTED_PACKET, 0x40205, {"TEMPORAL", "newer version"}},
      {ErrorCode::NEEDS_MORE_MEMORY, 9999999, {"cause 9999999 bytes", "set max-memory"}},
      {ErrorCode::TRUNCATED, 0, {"cause at stream offset 99", "incomplete"}},
      {ErrorCode::DAMAGED, 0, {"cause at stream offset 99", "damaged"}},
      {ErrorCode::VERIFY_FAILED, 0, {"cause at input offset 99", "report"}},
      {ErrorCode::IO, ENOSPC, {"cause: No space left", "offset 99"}},
      {ErrorCode::IO, 0, {"cause", "offset 99"}},
      {ErrorCode::AGAIN, 50, {"cause: 50 bytes at offset 99", "not here yet"}},
      {ErrorCode::INVALID_ARGUMENT, 0, {"cause", ""}},
      {ErrorCode::OK, 0, {"no error", ""}},
  };
  for (const auto& c : cases) {
    const sigma::StatusText text = describe(sigma::Status::error(c.code, "cause", 99, c.value));
    for (const char* part : c.parts)
      ck_assert_msg(strstr(text.text, part), "%s", text.text);
  }
}
END_TEST

START_TEST(damage_is_told_with_what_it_costs) {
  const sigma::Status cause = sigma::Status::error(ErrorCode::DAMAGED, "cause");
  const auto ends_with = [&](uint64_t begin, uint64_t end, const char* tail) {
    const std::string text = sigma::describe(sigma::Damage{cause, 10, 20, begin, end, 3}).text;
    return text.starts_with("Stream bytes 10 to 20 cannot be used: cause; ") &&
           text.ends_with(tail);
  };
  ck_assert(ends_with(5, 5, "all decoded bytes are there in spite of it"));
  ck_assert(ends_with(5, 8, "decoded bytes 5 to 8 (3 chunks) are missing"));
  ck_assert(ends_with(5, sigma::kUnknownPosition, "nothing tells how much that was"));
}
END_TEST

int main() {
  return run_suite(
      "wire/glyph", 60,
      {{"glyph",
        {every_glyph_header_reads_back_as_written, glyphs_that_are_not_canonical_are_invalid,
         varints_are_canonical_up_to_64_bits, registry_names_all_256_primitives,
         boundary_incomplete_header_waits_in_partial_header,
         boundary_without_crossing_gives_views_and_counts_none,
         boundary_varint_that_spans_inputs_is_joined,
         boundary_reset_forgets_pending_bytes_and_counts,
         boundary_gives_the_same_glyphs_for_any_split,
         boundary_refuses_payloads_above_its_bound_before_reserving, pool_reuses_counts_and_bounds,
         pool_keeps_a_large_buffer_from_who_would_hold_it_for_little,
         memory_of_libraries_is_within_the_bound_and_what_is_kept_makes_way,
         buffers_keep_their_bytes_when_shrunk_and_outlive_their_pool_disowned,
         every_error_says_what_happened_and_what_to_do, damage_is_told_with_what_it_costs}}});
}
