/* Planes, put together.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/array.hpp"

#include <cstring>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/wire/packet.hpp"

#if defined(SIGMA_AVX2)
#include <immintrin.h>
#endif

namespace sigma {
namespace {

bool parse_planes(ByteSpan payload, uint64_t& count) {
  VarintReader in(payload);
  return in.read(count) && in.at_end() && count >= 2 && count <= kMaxPlanes;
}

#if defined(SIGMA_AVX2)
/// Puts 16 bytes at a time among those of the other planes; gives how many. Where there are more
/// than four planes, single bytes are as quick.
template <size_t Count>
SIGMA_AVX2 size_t scatter_avx2(ByteSpan plane, size_t k, uint8_t* out) {
  __m128i from[Count];
  __m128i others[Count];
  for (size_t v = 0; v < Count; v++) {
    alignas(16) uint8_t sources[16];
    alignas(16) uint8_t kept[16];
    for (size_t i = 0; i < 16; i++) {
      const bool is_ours = (16 * v + i) % Count == k;
      sources[i] = static_cast<uint8_t>(is_ours ? (16 * v + i) / Count : 0x80);
      kept[i] = is_ours ? 0 : 0xFF;
    }
    from[v] = _mm_load_si128(reinterpret_cast<const __m128i*>(sources));
    others[v] = _mm_load_si128(reinterpret_cast<const __m128i*>(kept));
  }
  size_t i = 0;
  for (; i + 16 < plane.size(); i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(plane.data() + i));
    auto* to = reinterpret_cast<__m128i*>(out + i * Count);
    for (size_t v = 0; v < Count; v++)
      _mm_storeu_si128(to + v, _mm_or_si128(_mm_and_si128(_mm_loadu_si128(to + v), others[v]),
                                            _mm_shuffle_epi8(bytes, from[v])));
  }
  return i;
}
#endif

}  // namespace

void scatter_plane(ByteSpan plane, size_t k, size_t count, MutableByteSpan out) {
  if (plane.empty()) return;
  const uint8_t* __restrict from = plane.data();
  uint8_t* __restrict to = out.data() + k;
  size_t i = 0;
#if defined(SIGMA_AVX2)
  if (kHasAvx2 && count == 3) i = scatter_avx2<3>(plane, k, out.data());
  if (kHasAvx2 && count == 4) i = scatter_avx2<4>(plane, k, out.data());
#endif
  for (; i < plane.size(); i++)
    to[i * count] = from[i];
}

void merge_planes(ByteSpan first, ByteSpan second, MutableByteSpan out) {
  using Vector __attribute__((vector_size(16))) = uint8_t;
  const uint8_t* a = first.data();
  const uint8_t* b = second.data();
  uint8_t* to = out.data();
  size_t i = 0;
  for (; i + 16 <= second.size(); i += 16) {
    Vector even;
    Vector odd;
    std::memcpy(&even, a + i, 16);
    std::memcpy(&odd, b + i, 16);
    const Vector low =
        __builtin_shufflevector(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const Vector high = __builtin_shufflevector(even, odd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                                29, 14, 30, 15, 31);
    std::memcpy(to + 2 * i, &low, 16);
    std::memcpy(to + 2 * i + 16, &high, 16);
  }
  for (; i < second.size(); i++) {
    const uint8_t even = a[i];
    to[2 * i + 1] = b[i];
    to[2 * i] = even;
  }
  if (first.size() > second.size()) to[2 * i] = a[i];
}

namespace {

/// The first operand's size is that of the longest plane. Those of the others follow from the
/// whole.
Result<uint64_t> measure_array(Operands& operands, const Node& node) {
  uint64_t count = 0;
  if (!parse_planes(node.payload, count)) return malformed("an array is malformed");
  size_t sizes[kMaxPlanes] = {};
  uint64_t total = 0;
  for (size_t k = 0; k < count; k++) {
    const Result<size_t> plane = operands.measure();
    if (!plane.ok()) return plane.status;
    sizes[k] = plane.value;
    total += plane.value;
  }
  if (total > kMaxChunk) return malformed("a value is too long");
  for (size_t k = 0; k < count; k++)
    if (sizes[k] != plane_size(static_cast<size_t>(total), static_cast<size_t>(count), k))
      return malformed("the planes of an array do not fit together");
  return total;
}

/// The first of two planes is made where it does no harm to what is written.
Status write_two(Operands& operands, MutableByteSpan out) {
  const MutableByteSpan first = out.last(plane_size(out.size(), 2, 0));
  if (const Status status = operands.write(first); !status.ok()) return status;
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> second = operands.view();
  if (second.ok()) merge_planes(first, second.value, out);
  return second.status;
}

/// One plane after the other, so that there need be room for one only.
Status write_array(Operands& operands, const Node& node, MutableByteSpan out) {
  uint64_t count = 0;
  if (!parse_planes(node.payload, count)) return malformed("an array is malformed");
  if (count == 2) return write_two(operands, out);
  for (size_t k = 0; k < count; k++) {
    const WorkspaceScope scope(operands);
    const Result<ByteSpan> plane = operands.view();
    if (!plane.ok()) return plane.status;
    scatter_plane(plane.value, k, static_cast<size_t>(count), out);
  }
  return {};
}

}  // namespace

constinit const OperatorEntry kArray = {
    .name = "array",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::ARRAY,
    .last = Primitive::ARRAY,
    .since_minor = 1,
    .has_payload = true,
    .measure = measure_array,
    .write = write_array,
};

}  // namespace sigma
