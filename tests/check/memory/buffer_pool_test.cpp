/* The pool of buffers, and memory of libraries in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <algorithm>
#include <utility>

#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/memory/buffer_pool.hpp"
#include "suite.hpp"
#include "testdata.hpp"

namespace {

using sigma::GlyphBufferPool;
using testdata::Bytes;

}  // namespace

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

int main() {
  return run_suite(
      "memory/buffer_pool", 60,
      {{"buffer_pool",
        {pool_reuses_counts_and_bounds, pool_keeps_a_large_buffer_from_who_would_hold_it_for_little,
         memory_of_libraries_is_within_the_bound_and_what_is_kept_makes_way,
         buffers_keep_their_bytes_when_shrunk_and_outlive_their_pool_disowned}}});
}
