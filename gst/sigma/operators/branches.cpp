/* Branch filters for x86-64 and ARM64.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/branches.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "gst/sigma/operators/context.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sigma {
namespace {

bool parse_branches(ByteSpan payload, Architecture& architecture, uint32_t& position) {
  VarintReader in(payload);
  uint64_t machine = 0;
  uint64_t first = 0;
  if (!in.read(machine) || !in.read(first) || !in.at_end()) return false;
  architecture = static_cast<Architecture>(machine);
  position = static_cast<uint32_t>(first);
  return machine >= 1 && machine <= 2 && first <= UINT32_MAX;
}

constexpr size_t kX86Reach = 7;  ///< bytes of the longest instruction part that is looked at
constexpr size_t kLanes = 16;    ///< positions looked at once

using Vector __attribute__((vector_size(kLanes))) = uint8_t;

Vector load(const uint8_t* p) {
  Vector v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

Vector is_sign(Vector v) {
  return (v == 0x00) | (v == 0xFF);
}

/// E8 call and E9 jump, with 32 bits of displacement of which the highest 8 are equal.
bool is_call(const uint8_t* p) {
  return (p[0] & 0xFE) == 0xE8 && (p[4] == 0x00 || p[4] == 0xFF);
}

/// REX.W mov and lea whose operand is relative to the instruction pointer, likewise.
bool is_relative_operand(const uint8_t* p) {
  return (p[0] & 0xFB) == 0x48 && (p[1] & 0xF9) == 0x89 && (p[2] & 0xC7) == 0x05 &&
         (p[6] == 0x00 || p[6] == 0xFF);
}

/// Which of the kLanes positions from `p` on are one of both; kX86Reach − 1 bytes more are read.
Vector find_displacements(const uint8_t* p) {
  const Vector opcode = load(p);
  const Vector calls = ((opcode & 0xFE) == 0xE8) & is_sign(load(p + 4));
  const Vector operands = ((opcode & 0xFB) == 0x48) & ((load(p + 1) & 0xF9) == 0x89) &
                          ((load(p + 2) & 0xC7) == 0x05) & is_sign(load(p + 6));
  return calls | operands;
}

/// Adds `change` to the displacement at `field`, modulo 2^25: its highest 8 bits stay equal, so
/// that it is found again.
void change_displacement(uint8_t* field, uint32_t change) {
  uint32_t value = (load_le<uint32_t>(field) + change) & 0x01FFFFFF;
  if ((value & 0x01000000) != 0) value |= 0xFF000000;
  store_le(field, value);
}

/// Converts what begins at `i`, if anything does, and gives where its displacement begins. What
/// that is relative to is the end of the instruction; immediate operands behind it are not looked
/// at.
template <bool ToAbsolute>
inline unsigned convert_x86_at(uint32_t position, uint8_t* code, size_t i) {
  const uint8_t* p = code + i;
  const unsigned at = is_call(p) ? 1 : is_relative_operand(p) ? 3 : 0;
  if (at == 0) return 0;
  const auto end = static_cast<uint32_t>(position + i + at + 4);
  change_displacement(code + i + at, ToAbsolute ? end : 0 - end);
  return at;
}

/// Two bytes and four, in any order: four that were just written are not waited for if they are
/// read together.
uint64_t load_48(const uint8_t* two, const uint8_t* four) {
  return uint64_t{load_le<uint16_t>(two)} << 32 | load_le<uint32_t>(four);
}

/// Whether any of the bytes may be the first of an instruction that is converted.
bool have_opcode(uint64_t bytes) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const auto has_zero = [](uint64_t x) { return ((x - kEach) & ~x & 0x80 * kEach) != 0; };
  return has_zero((bytes & 0xFE * kEach) ^ 0xE8 * kEach) ||
         has_zero((bytes & 0xFB * kEach) ^ 0x48 * kEach);
}

/// A bit for each lane that is set; lane 0 is the lowest.
unsigned mask_of(Vector v) {
#if defined(__SSE2__)
  return static_cast<unsigned>(_mm_movemask_epi8(std::bit_cast<__m128i>(v)));
#else
  // Each byte's highest bit moves to the highest byte of the product, in the order of the lanes.
  constexpr uint64_t kGather = 0x0002040810204081;
  uint64_t halves[2];
  std::memcpy(halves, &v, sizeof(v));
  unsigned mask = 0;
  for (unsigned i = 0; i < 2; i++) {
    if constexpr (std::endian::native == std::endian::big) halves[i] = __builtin_bswap64(halves[i]);
    mask |= static_cast<unsigned>((halves[i] & 0x8080808080808080) * kGather >> 56) << (8 * i);
  }
  return mask;
#endif
}

/// Instructions may overlap, and what is converted may look like one. So that the inverse meets the
/// same bytes, it goes the other way: the last position is converted first, and restored last.
constexpr size_t kOverlap = kX86Reach - 1;  ///< positions next to one that may look at its bytes

/// Instructions are seldom so near to each other that one may look at bytes that were converted for
/// another: then positions are looked at one by one, and the mask of a vector no longer counts.
void x86_to_absolute(uint32_t position, MutableByteSpan code) {
  if (code.size() < kX86Reach) return;
  uint8_t* bytes = code.data();
  size_t end = code.size() - kX86Reach + 1;  // of the positions that are left
  while (end >= kLanes) {
    const size_t begin = end - kLanes;
    unsigned mask = mask_of(find_displacements(bytes + begin));
    end = begin;
    while (mask != 0) {
      size_t i = begin + static_cast<size_t>(std::bit_width(mask)) - 1;
      convert_x86_at<true>(position, bytes, i);
      const size_t stop = i - std::min(i, kOverlap);
      end = std::min(end, stop);
      mask &= stop > begin ? (1U << (stop - begin)) - 1 : 0;
      if (i >= kOverlap && !have_opcode(load_48(bytes + i - 6, bytes + i - 4))) continue;
      while (i > stop)
        convert_x86_at<true>(position, bytes, --i);
      end = stop;
      break;
    }
  }
  while (end > 0)
    convert_x86_at<true>(position, bytes, --end);
}

void x86_to_relative(uint32_t position, MutableByteSpan code) {
  if (code.size() < kX86Reach) return;
  uint8_t* bytes = code.data();
  const size_t end = code.size() - kX86Reach + 1;
  size_t next = 0;
  while (end - next >= kLanes) {
    const size_t begin = next;
    unsigned mask = mask_of(find_displacements(bytes + begin));
    next = begin + kLanes;
    while (mask != 0) {
      size_t i = begin + static_cast<size_t>(std::countr_zero(mask));
      const unsigned field = convert_x86_at<false>(position, bytes, i);
      const size_t stop = std::min(end, i + 1 + kOverlap);
      next = std::max(next, stop);
      mask &= stop - begin < kLanes ? ~0U << (stop - begin) : 0;
      if (!have_opcode(field == 1 ? load_48(bytes + i + 5, bytes + i + 1)
                                  : load_48(bytes + i + 1, bytes + i + 3)))
        continue;
      while (++i < stop)
        convert_x86_at<false>(position, bytes, i);
      next = stop;
      break;
    }
  }
  for (; next < end; next++)
    convert_x86_at<false>(position, bytes, next);
}

/// Counts values that came a short while before, by a small table of those seen last.
class Repeats {
 public:
  uint32_t see(uint32_t value) {
    uint32_t& last = seen_[value * 2654435761U >> 22];
    const bool again = last == value;
    last = value;
    return again ? 1 : 0;
  }

 private:
  std::array<uint32_t, 1024> seen_{};
};

BranchCount count_x86(uint32_t position, ByteSpan code) {
  BranchCount count;
  Repeats distances;
  Repeats targets;
  for (size_t i = 0; i + kLanes + kX86Reach <= code.size(); i += kLanes)
    for (unsigned mask = mask_of(find_displacements(code.data() + i)); mask != 0;
         mask &= mask - 1) {
      const size_t begin = i + static_cast<size_t>(std::countr_zero(mask));
      const size_t field = begin + (is_call(code.data() + begin) ? 1 : 3);
      const auto distance = load_le<uint32_t>(code.data() + field);
      count.branches++;
      count.same_distance += distances.see(distance);
      count.same_target += targets.see(static_cast<uint32_t>(position + field + distance));
    }
  return count;
}

/// All bits where two words are equal, none where not.
uint32_t where_equal(uint32_t a, uint32_t b) {
  return a == b ? UINT32_MAX : 0;
}

using Words __attribute__((vector_size(16))) = uint32_t;

Words where_equal(Words a, Words b) {
  return reinterpret_cast<Words>(a == b);
}

/// BL, and ADRP with up to ±512 MiB. Instructions are whole words, so each is by itself: of one
/// Word or several. Without branches, which would be foreseen as seldom as those in the code.
template <bool ToAbsolute, typename Word>
Word convert_arm64(Word word, Word address) {
  const auto moved = [](Word value, Word by) { return ToAbsolute ? value + by : value - by; };
  const Word zero = word ^ word;
  const Word call = 0x94000000 | (moved(word, address >> 2) & 0x03FFFFFF);
  const Word pages = (word >> 29 & 3) | (word >> 3 & 0x1FFFFC);
  const Word near = moved(pages, address >> 12) & 0x3FFFF;
  const Word value = near | ((zero - (near >> 17)) & 0x1C0000);
  const Word page = (word & 0x9F00001F) | (value & 3) << 29 | (value & 0x1FFFFC) << 3;
  const Word is_call = where_equal(word & 0xFC000000, zero + 0x94000000);
  const Word is_page = where_equal(word & 0x9F000000, zero + 0x90000000) &
                       where_equal((pages + 0x20000) & 0x1C0000, zero);
  return (call & is_call) | (page & is_page) | (word & ~(is_call | is_page));
}

template <bool ToAbsolute>
void convert_arm64(uint32_t position, MutableByteSpan code) {
  size_t i = (0 - position) & 3;
  if constexpr (std::endian::native == std::endian::little)
    for (; i + sizeof(Words) <= code.size(); i += sizeof(Words)) {
      Words words;
      std::memcpy(&words, code.data() + i, sizeof(words));
      const Words offsets = {0, 4, 8, 12};
      words = convert_arm64<ToAbsolute>(words, offsets + static_cast<uint32_t>(position + i));
      std::memcpy(code.data() + i, &words, sizeof(words));
    }
  for (; i + 4 <= code.size(); i += 4) {
    const auto word = load_le<uint32_t>(code.data() + i);
    store_le(code.data() + i, convert_arm64<ToAbsolute>(word, static_cast<uint32_t>(position + i)));
  }
}

BranchCount count_arm64(uint32_t position, ByteSpan code) {
  BranchCount count;
  Repeats distances;
  Repeats targets;
  for (size_t i = (0 - position) & 3; i + 4 <= code.size(); i += 4) {
    const auto word = load_le<uint32_t>(code.data() + i);
    const uint32_t absolute = convert_arm64<true>(word, static_cast<uint32_t>(position + i));
    if (absolute == word) continue;
    count.branches++;
    count.same_distance += distances.see(word);
    count.same_target += targets.see(absolute);
  }
  return count;
}

}  // namespace

BranchCount count_branches(Architecture architecture, uint32_t position, ByteSpan code) {
  return architecture == Architecture::X86 ? count_x86(position, code)
                                           : count_arm64(position, code);
}

void branches_to_absolute(Architecture architecture, uint32_t position, MutableByteSpan code) {
  if (architecture == Architecture::X86) x86_to_absolute(position, code);
  if (architecture == Architecture::ARM64) convert_arm64<true>(position, code);
}

void branches_to_relative(Architecture architecture, uint32_t position, MutableByteSpan code) {
  if (architecture == Architecture::X86) x86_to_relative(position, code);
  if (architecture == Architecture::ARM64) convert_arm64<false>(position, code);
}

namespace {

Result<uint64_t> measure_branches(Operands& operands, const Node& node) {
  Architecture architecture = Architecture::NONE;
  uint32_t position = 0;
  if (!parse_branches(node.payload, architecture, position))
    return malformed("a branch filter is malformed");
  const Result<size_t> code = operands.measure();
  if (!code.ok()) return code.status;
  return uint64_t{code.value};
}

Status write_branches(Operands& operands, const Node& node, MutableByteSpan out) {
  Architecture architecture = Architecture::NONE;
  uint32_t position = 0;
  if (!parse_branches(node.payload, architecture, position))
    return malformed("a branch filter is malformed");
  const Status status = operands.write(out);
  if (status.ok()) branches_to_relative(architecture, position, out);
  return status;
}

}  // namespace

constinit const OperatorEntry kBranches = {
    .name = "branches",
    .type = GlyphType::DELTA,
    .first = Primitive::BRANCH,
    .last = Primitive::BRANCH,
    .since_minor = 1,
    .has_payload = true,
    .measure = measure_branches,
    .write = write_branches,
};

}  // namespace sigma
