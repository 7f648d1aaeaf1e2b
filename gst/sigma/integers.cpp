/* Differences, sums and planes of integers. Nothing here allocates.
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
#include "gst/sigma/integers.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "gst/sigma/cpu.hpp"

namespace sigma {
namespace {

/// An integer of Width bytes in the byte order that is asked for.
template <unsigned Width, bool Big>
struct Element {
  static constexpr size_t kWidth = Width;
  using Value = std::conditional_t<
      Width == 1, uint8_t,
      std::conditional_t<Width == 2, uint16_t, std::conditional_t<Width <= 4, uint32_t, uint64_t>>>;

  SIGMA_KERNEL static Value load(const uint8_t* p) {
    if constexpr (Width == 3) {
      const Value first = p[Big ? 2 : 0];
      const Value last = p[Big ? 0 : 2];
      return first | Value{p[1]} << 8 | last << 16;
    } else {
      Value value;
      std::memcpy(&value, p, Width);
      return swapped(value);
    }
  }
  static void store(uint8_t* p, Value value) {
    if constexpr (Width == 3) {
      p[Big ? 2 : 0] = static_cast<uint8_t>(value);
      p[1] = static_cast<uint8_t>(value >> 8);
      p[Big ? 0 : 2] = static_cast<uint8_t>(value >> 16);
    } else {
      value = swapped(value);
      std::memcpy(p, &value, Width);
    }
  }
  /// The byte that lies at `k` in memory.
  SIGMA_KERNEL static uint8_t byte(Value value, unsigned k) {
    if constexpr (Width == 1) return value;
    return static_cast<uint8_t>(value >> (8 * (Big ? Width - 1 - k : k)));
  }

 private:
  SIGMA_KERNEL static Value swapped(Value value) {
    constexpr bool swaps = Big == (std::endian::native == std::endian::little);
    if constexpr (!swaps || Width == 1) return value;
    if constexpr (Width == 2) return __builtin_bswap16(value);
    if constexpr (Width == 4) return __builtin_bswap32(value);
    return static_cast<Value>(__builtin_bswap64(value));
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

template <typename E>
typename E::Value unfold(typename E::Value folded) {
  const auto sign = static_cast<typename E::Value>(0 - (folded & 1));
  return static_cast<typename E::Value>((folded >> 1) ^ sign);
}

constexpr size_t kBlock =
    64;  ///< elements at a time: a fixed number, so that compilers use vectors

/// Byte `k` of kBlock or fewer elements from `p` on, less those `back` bytes before, if any are.
template <typename E, bool Differences>
SIGMA_KERNEL void take_block(const uint8_t* __restrict p, size_t back, unsigned k, size_t count,
                             uint8_t* __restrict out) {
  for (size_t i = 0; i < count; i++) {
    auto value = E::load(p + i * E::kWidth);
    if constexpr (Differences)
      value = fold<E>(static_cast<typename E::Value>(value - E::load(p + i * E::kWidth - back)));
    out[i] = E::byte(value, k);
  }
}

template <typename E, bool Differences>
SIGMA_KERNEL void take_plane(const uint8_t* p, size_t back, unsigned k, size_t count,
                             uint8_t* out) {
  for (; count >= kBlock; count -= kBlock, p += kBlock * E::kWidth, out += kBlock)
    take_block<E, Differences>(p, back, k, kBlock, out);
  take_block<E, Differences>(p, back, k, count, out);
}

template <typename E>
SIGMA_KERNEL void subtract(size_t distance, ByteSpan in, unsigned k, MutableByteSpan out) {
  const size_t count = in.size() / E::kWidth;
  const size_t plain = distance == 0 ? count : std::min(distance, count);
  take_plane<E, false>(in.data(), 0, k, plain, out.data());
  take_plane<E, true>(in.data() + plain * E::kWidth, distance * E::kWidth, k, count - plain,
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

/// Sums with the last Distance values at hand, instead of waiting for them to arrive in memory.
template <typename E, size_t Distance>
void sum_near(uint8_t* p, size_t count) {
  if (count <= Distance) return;
  typename E::Value last[Distance];
  for (auto& value : last) {
    value = E::load(p);
    p += E::kWidth;
  }
  count -= Distance;
  const auto next = [&](size_t j) {
    last[j] = static_cast<typename E::Value>(last[j] + unfold<E>(E::load(p)));
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
void sum_far(uint8_t* p, size_t count, size_t distance) {
  const size_t back = distance * E::kWidth;
  for (size_t i = distance; i < count; i++) {
    uint8_t* at = p + i * E::kWidth;
    E::store(at, static_cast<typename E::Value>(unfold<E>(E::load(at)) + E::load(at - back)));
  }
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

void scatter_plane(ByteSpan plane, size_t k, size_t count, MutableByteSpan out) {
  if (plane.empty()) return;
  const uint8_t* __restrict from = plane.data();
  uint8_t* __restrict to = out.data() + k;
  for (size_t i = 0; i < plane.size(); i++)
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

void sum_up(const IntegerLayout& layout, MutableByteSpan bytes) {
  with_element(layout, [&]<typename E>(E) {
    const size_t count = bytes.size() / E::kWidth;
    switch (layout.distance) {
      case 0:
        return;
      case 1:
        return sum_near<E, 1>(bytes.data(), count);
      case 2:
        return sum_near<E, 2>(bytes.data(), count);
      case 3:
        return sum_near<E, 3>(bytes.data(), count);
      case 4:
        return sum_near<E, 4>(bytes.data(), count);
      default:
        return sum_far<E>(bytes.data(), count, layout.distance);
    }
  });
}

}  // namespace sigma
