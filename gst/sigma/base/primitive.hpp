/* The vocabulary: 256 Σ-primitives. Σ0–Σ15 existential, Σ16–Σ127 domain, Σ128–Σ255 learned.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>

#include "gst/sigma/base/export.hpp"

namespace sigma {

enum class Primitive : uint8_t {
#define SIGMA_PRIMITIVE(identifier, name, group) identifier,
#include "gst/sigma/base/primitives.inc"
#undef SIGMA_PRIMITIVE
  LEARNED = 128,  ///< the first of the 128 slots
};

enum class PrimitiveTier : uint8_t { EXISTENTIAL, DOMAIN, LEARNED };

enum class PrimitiveGroup : uint8_t {
  EXISTENTIAL,
  CODE,
  MATH,
  LOGIC,
  ENTITY,
  ACTION,
  COMMUNICATION,
  STRUCTURE,
  LEARNED
};

struct PrimitiveInfo {
  const char* name;  ///< such as "ENTITY"; "LEARNED_0" to "LEARNED_127" for the slots
  PrimitiveTier tier;
  PrimitiveGroup group;
};

constexpr bool is_learned(Primitive primitive) {
  return static_cast<uint8_t>(primitive) >= 128;
}

/// The registry: every one of the 256 ids has an entry.
SIGMA_API const PrimitiveInfo& primitive_info(Primitive primitive);

}  // namespace sigma
