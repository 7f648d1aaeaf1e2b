/* Differences and sums of integers. Nothing here allocates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/sum.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/stored_integer.hpp"

#if defined(SIGMA_AVX2)
#include <immintrin.h>
#endif

namespace sigma {
namespace {

bool parse_layout(ByteSpan payload, IntegerLayout& layout) {
  VarintReader in(payload);
  uint64_t width = 0;
  uint64_t order = 0;
  uint64_t distance = 0;
  if (!in.read(width) || !in.read(order) || !in.read(distance) || !in.at_end()) return false;
  layout = {static_cast<unsigned>(width), order == 1, static_cast<size_t>(distance)};
  return is_width(width) && order <= 1 && distance >= 1 && distance <= kMaxDistance;
}

template <unsigned Width, bool Big>
struct Element : StoredInteger<Width, Big> {
  using Value = typename StoredInteger<Width, Big>::Value;

  /// The byte that lies at `k` in memory.
  SIGMA_KERNEL static uint8_t byte(Value value, unsigned k) {
    if constexpr (Width == 1) return value;
    return static_cast<uint8_t>(value >> (8 * (Big ? Width - 1 - k : k)));
  }
};

/// Calls `use` with the element type of the layout.
template <typename Use>
void with_element(const IntegerLayout& layout, Use use) {
  const auto in_order = [&]<unsigned Width>() {
    layout.big_endian ? use(Element<Width, true>()) : use(Element<Width, false>());
  };
  switch (layout.width) {
    case 1:
      return use(Element<1, false>());
    case 2:
      return in_order.template operator()<2>();
    case 3:
      return in_order.template operator()<3>();
    case 4:
      return in_order.template operator()<4>();
    default:
      return in_order.template operator()<8>();
  }
}

/// 0, −1, 1, −2 … become 0, 1, 2, 3 …: the high bytes of small differences are zero, whatever the
/// sign.
template <typename E>
SIGMA_KERNEL typename E::Value fold(typename E::Value difference) {
  constexpr unsigned kSignBit = 8 * E::kWidth - 1;
  const auto sign = static_cast<typename E::Value>(0 - (difference >> kSignBit & 1));
  return static_cast<typename E::Value>((difference << 1) ^ sign);
}

/// Of one value or of a vector of them.
template <typename Value>
SIGMA_KERNEL Value unfold(Value folded) {
  return static_cast<Value>((folded >> 1) ^ static_cast<Value>(0 - (folded & 1)));
}

constexpr size_t kBlock =
    64;  ///< elements at a time: a fixed number, so that compilers use vectors

/// Byte `k` of kBlock or fewer elements from `p` on, less those `back` bytes before, if any are.
template <typename E, bool Differences>
SIGMA_KERNEL void scatter_block(const uint8_t* __restrict p, size_t back, unsigned k, size_t count,
                                uint8_t* __restrict out) {
  for (size_t i = 0; i < count; i++) {
    auto value = E::load(p + i * E::kWidth);
    if constexpr (Differences)
      value = fold<E>(static_cast<typename E::Value>(value - E::load(p + i * E::kWidth - back)));
    out[i] = E::byte(value, k);
  }
}

template <typename E, bool Differences>
SIGMA_KERNEL void scatter_values(const uint8_t* p, size_t back, unsigned k, size_t count,
                                 uint8_t* out) {
  for (; count >= kBlock; count -= kBlock, p += kBlock * E::kWidth, out += kBlock)
    scatter_block<E, Differences>(p, back, k, kBlock, out);
  scatter_block<E, Differences>(p, back, k, count, out);
}

template <typename E>
SIGMA_KERNEL void subtract(size_t distance, ByteSpan in, unsigned k, MutableByteSpan out) {
  const size_t count = in.size() / E::kWidth;
  const size_t plain = distance == 0 ? count : std::min(distance, count);
  scatter_values<E, false>(in.data(), 0, k, plain, out.data());
  scatter_values<E, true>(in.data() + plain * E::kWidth, distance * E::kWidth, k, count - plain,
                          out.data() + plain);
  // What is left of the last element.
  if (count < out.size()) out[count] = in[count * E::kWidth + k];
}

#if defined(SIGMA_AVX2)
template <typename E>
SIGMA_AVX2 void subtract_avx2(size_t distance, ByteSpan in, unsigned k, MutableByteSpan out) {
  subtract<E>(distance, in, k, out);
}
#endif

/// Sums from element `begin` on, with the last Distance values at hand, instead of waiting for them
/// to arrive in memory.
template <typename E, size_t Distance>
void sum_near(uint8_t* p, size_t begin, size_t count) {
  typename E::Value last[Distance];
  p += (begin - Distance) * E::kWidth;
  for (auto& value : last) {
    value = E::load(p);
    p += E::kWidth;
  }
  count -= begin;
  const auto next = [&](size_t j) {
    last[j] = static_cast<typename E::Value>(last[j] + unfold(E::load(p)));
    E::store(p, last[j]);
    p += E::kWidth;
  };
  for (; count >= Distance; count -= Distance)
    for (size_t j = 0; j < Distance; j++)
      next(j);
  for (size_t j = 0; j < count; j++)
    next(j);
}

template <typename E>
void sum_far(uint8_t* p, size_t begin, size_t count, size_t distance) {
  const size_t back = distance * E::kWidth;
  for (size_t i = begin; i < count; i++) {
    uint8_t* at = p + i * E::kWidth;
    E::store(at, static_cast<typename E::Value>(unfold(E::load(at)) + E::load(at - back)));
  }
}

#if defined(SIGMA_AVX2)
/// For _mm_shuffle_epi8: which byte of a vector each byte comes from, or kZero.
template <typename E, size_t Distance>
struct LaneMasks {
  static constexpr uint8_t kZero = 0x80;
  static constexpr size_t kLane = sizeof(typename E::Value);
  static constexpr size_t kStep = Distance * kLane;
  using Mask = std::array<uint8_t, 16>;

  template <typename From>
  static constexpr Mask make(From from) {
    Mask mask = {};
    for (size_t i = 0; i < mask.size(); i++)
      mask[i] = static_cast<uint8_t>(from(i));
    return mask;
  }
  /// Memory to lanes and back.
  static constexpr Mask kLoad = make([](size_t i) -> size_t {
    const size_t k = i % kLane;
    return k >= E::kWidth ? kZero : i / kLane * E::kWidth + (E::kBig ? E::kWidth - 1 - k : k);
  });
  static constexpr Mask kStore = make([](size_t i) -> size_t {
    const size_t k = i % E::kWidth;
    return i / E::kWidth * kLane >= 16 ? kZero
                                       : i / E::kWidth * kLane + (E::kBig ? E::kWidth - 1 - k : k);
  });
  /// What the sums of the next vector go on from: the first elements, or the last of a vector.
  static constexpr Mask kFirst = make([](size_t i) { return i % kStep; });
  static constexpr Mask kLast = make([](size_t i) { return 16 - kStep + i % kStep; });
};

/// Sums vectors of elements, each vector by doubling steps as in a prefix sum, and gives the
/// element that comes next. Elements of three bytes take four in the vector.
template <typename E, size_t Distance>
SIGMA_AVX2 size_t sum_near_avx2(uint8_t* p, size_t count) {
  using Value = typename E::Value;
  using Vector __attribute__((vector_size(16))) = Value;
  using Masks = LaneMasks<E, Distance>;
  constexpr size_t kStep = Distance * sizeof(Value);
  constexpr size_t kElements = 16 / sizeof(Value);
  const auto mask = [](const std::array<uint8_t, 16>& bytes) SIGMA_AVX2 {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data()));
  };
  size_t i = Distance;
  uint8_t before[16] = {};
  std::memcpy(before, p, std::min(Distance * E::kWidth, sizeof(before)));
  __m128i last = _mm_loadu_si128(reinterpret_cast<const __m128i*>(before));
  last = _mm_shuffle_epi8(_mm_shuffle_epi8(last, mask(Masks::kLoad)), mask(Masks::kFirst));
  // Three-byte elements are read with four bytes more than they have.
  for (; i * E::kWidth + 16 <= count * E::kWidth; i += kElements) {
    auto* at = reinterpret_cast<__m128i*>(p + i * E::kWidth);
    const __m128i folded = _mm_shuffle_epi8(_mm_loadu_si128(at), mask(Masks::kLoad));
    auto sums = unfold(reinterpret_cast<Vector>(folded));
    if constexpr (kStep < 16)
      sums += reinterpret_cast<Vector>(_mm_slli_si128(reinterpret_cast<__m128i>(sums), kStep));
    if constexpr (2 * kStep < 16)
      sums += reinterpret_cast<Vector>(_mm_slli_si128(reinterpret_cast<__m128i>(sums), 2 * kStep));
    if constexpr (4 * kStep < 16)
      sums += reinterpret_cast<Vector>(_mm_slli_si128(reinterpret_cast<__m128i>(sums), 4 * kStep));
    if constexpr (8 * kStep < 16)
      sums += reinterpret_cast<Vector>(_mm_slli_si128(reinterpret_cast<__m128i>(sums), 8 * kStep));
    sums += reinterpret_cast<Vector>(last);
    last = _mm_shuffle_epi8(reinterpret_cast<__m128i>(sums), mask(Masks::kLast));
    const __m128i stored = _mm_shuffle_epi8(reinterpret_cast<__m128i>(sums), mask(Masks::kStore));
    if constexpr (E::kWidth != 3) {
      _mm_storeu_si128(at, stored);
    } else {
      _mm_storel_epi64(at, stored);
      const int rest = _mm_extract_epi32(stored, 2);
      std::memcpy(p + i * E::kWidth + 8, &rest, sizeof(rest));
    }
  }
  return i;
}

/// The same where the vector before is done when a vector begins.
template <typename E>
SIGMA_AVX2 size_t sum_far_avx2(uint8_t* p, size_t count, size_t distance) {
  using Vector __attribute__((vector_size(16))) = typename E::Value;
  size_t i = distance;
  for (; (i + 16 / E::kWidth) <= count; i += 16 / E::kWidth) {
    Vector sums;
    for (size_t j = 0; j < 16 / E::kWidth; j++)
      sums[j] = static_cast<typename E::Value>(unfold(E::load(p + (i + j) * E::kWidth)) +
                                               E::load(p + (i + j - distance) * E::kWidth));
    for (size_t j = 0; j < 16 / E::kWidth; j++)
      E::store(p + (i + j) * E::kWidth, sums[j]);
  }
  return i;
}
#endif

template <typename E, size_t Distance>
void sum_up_near(uint8_t* p, size_t count) {
  if (count <= Distance) return;
  size_t begin = Distance;
#if defined(SIGMA_AVX2)
  if constexpr (Distance * sizeof(typename E::Value) <= 16)
    if (kHasAvx2) begin = sum_near_avx2<E, Distance>(p, count);
#endif
  sum_near<E, Distance>(p, begin, count);
}

template <typename E>
void sum_up_far(uint8_t* p, size_t count, size_t distance) {
  if (count <= distance) return;
  size_t begin = distance;
#if defined(SIGMA_AVX2)
  if constexpr (E::kWidth != 3)
    if (kHasAvx2 && distance * E::kWidth >= 16) begin = sum_far_avx2<E>(p, count, distance);
#endif
  sum_far<E>(p, begin, count, distance);
}

}  // namespace

void subtract_to_plane(const IntegerLayout& layout, ByteSpan in, size_t k, MutableByteSpan out) {
  if (out.empty()) return;
  with_element(layout, [&]<typename E>(E) {
#if defined(SIGMA_AVX2)
    if (kHasAvx2) return subtract_avx2<E>(layout.distance, in, static_cast<unsigned>(k), out);
#endif
    subtract<E>(layout.distance, in, static_cast<unsigned>(k), out);
  });
}

void sum_up(const IntegerLayout& layout, MutableByteSpan bytes) {
  with_element(layout, [&]<typename E>(E) {
    const size_t count = bytes.size() / E::kWidth;
    switch (layout.distance) {
      case 0:
        return;
      case 1:
        return sum_up_near<E, 1>(bytes.data(), count);
      case 2:
        return sum_up_near<E, 2>(bytes.data(), count);
      case 3:
        return sum_up_near<E, 3>(bytes.data(), count);
      case 4:
        return sum_up_near<E, 4>(bytes.data(), count);
      default:
        return sum_up_far<E>(bytes.data(), count, layout.distance);
    }
  });
}

namespace {

Result<uint64_t> measure_sum(Operands& operands, const Node& node) {
  IntegerLayout layout;
  if (!parse_layout(node.payload, layout)) return malformed("a sum is malformed");
  const Result<size_t> differences = operands.measure();
  if (!differences.ok()) return differences.status;
  return uint64_t{differences.value};
}

Status write_sum(Operands& operands, const Node& node, MutableByteSpan out) {
  IntegerLayout layout;
  if (!parse_layout(node.payload, layout)) return malformed("a sum is malformed");
  const Status status = operands.write(out);
  if (status.ok()) sum_up(layout, out);
  return status;
}

}  // namespace

constinit const OperatorEntry kSum = {
    .name = "sum",
    .type = GlyphType::DELTA,
    .first = Primitive::SUMMATION,
    .last = Primitive::SUMMATION,
    .since_minor = 1,
    .has_payload = true,
    .measure = measure_sum,
    .write = write_sum,
};

}  // namespace sigma
