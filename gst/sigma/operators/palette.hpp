/* Numbers of which there are few different ones, by their place among these.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

struct PaletteForm {
  unsigned width = 4;  ///< bytes of a number: 2, 4 or 8
  unsigned index = 2;  ///< bytes of its place, little-endian: 1 or 2

  bool is_valid() const;
};

/// Puts numbers in the place of their indexes, which are the last bytes of `out`; false if one is
/// beyond the palette, which is whole numbers.
bool put_numbers(const PaletteForm& form, ByteSpan palette, MutableByteSpan out);

struct OperatorEntry;
extern const OperatorEntry kPalette;

}  // namespace sigma
