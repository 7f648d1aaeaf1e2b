/* Texts that are looked for in what streams decode to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

/// A line is of interest if it has one of them, of which there are kMaxSoughtTexts at most. A text
/// has 1 to kMaxSoughtText bytes, no line feed and no zero byte; more of it than that is not looked
/// at. No text: all lines are of interest.
struct SoughtTexts {
  std::span<const ByteSpan> texts;
  bool any_case = false;  ///< of the letters of ASCII, which are small in the texts
};
constexpr size_t kMaxSoughtText = 64;
constexpr size_t kMaxSoughtTexts = 8;

}  // namespace sigma
