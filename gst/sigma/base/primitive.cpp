/* The registry of primitives, built at compile time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/primitive.hpp"

#include <array>
#include <cstddef>

namespace sigma {
namespace {

constexpr size_t kSlotNameSize = sizeof "LEARNED_127";
using SlotNames = std::array<std::array<char, kSlotNameSize>, 128>;

constexpr SlotNames make_slot_names() {
  SlotNames names{};
  for (size_t slot = 0; slot < names.size(); slot++) {
    size_t n = 0;
    for (const char* p = "LEARNED_"; *p != '\0'; p++)
      names[slot][n++] = *p;
    if (slot >= 100) names[slot][n++] = static_cast<char>('0' + slot / 100);
    if (slot >= 10) names[slot][n++] = static_cast<char>('0' + slot / 10 % 10);
    names[slot][n] = static_cast<char>('0' + slot % 10);
  }
  return names;
}

constexpr SlotNames slot_names = make_slot_names();

constexpr PrimitiveInfo named_primitives[] = {
#define SIGMA_PRIMITIVE(identifier, name, group) \
  {name, PrimitiveTier::DOMAIN, PrimitiveGroup::group},
#include "gst/sigma/base/primitives.inc"
#undef SIGMA_PRIMITIVE
};
static_assert(std::size(named_primitives) == 128);

constexpr std::array<PrimitiveInfo, 256> make_registry() {
  std::array<PrimitiveInfo, 256> all{};
  for (size_t id = 0; id < 128; id++) {
    all[id] = named_primitives[id];
    if (all[id].group == PrimitiveGroup::EXISTENTIAL) all[id].tier = PrimitiveTier::EXISTENTIAL;
  }
  for (size_t slot = 0; slot < 128; slot++)
    all[128 + slot] = {slot_names[slot].data(), PrimitiveTier::LEARNED, PrimitiveGroup::LEARNED};
  return all;
}

constexpr std::array<PrimitiveInfo, 256> registry = make_registry();

}  // namespace

const PrimitiveInfo& primitive_info(Primitive primitive) {
  return registry[static_cast<uint8_t>(primitive)];
}

}  // namespace sigma
