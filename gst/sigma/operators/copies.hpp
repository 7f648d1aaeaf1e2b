/* Copies: pixels that equal others some distance before, and those that are new.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/operators/frames.hpp"

namespace sigma {

constexpr size_t kMaxCopyUnit = 8;
constexpr size_t kMaxCopyDistances = 15;
constexpr size_t kMaxCopyDistance = size_t{1} << 27;  ///< units
/// A step is one byte, source × 16 + length code. Codes below this are the units less one; this one
/// says that a longer length follows, of 16 bits, which is added to the code plus one.
constexpr size_t kLongCopyCode = 15;
constexpr size_t kMaxCopyLength = 65535 + kLongCopyCode + 1;  ///< units of a step

/// How a value is copied.
struct CopiesForm {
  size_t unit = 1;  ///< bytes of a pixel
  size_t size = 0;  ///< of the value: whole units
  size_t distance_count = 0;
  std::array<size_t, kMaxCopyDistances> distances{};  ///< units
  size_t above = 0;     ///< from a new byte to the one above it; 0: they are not predicted
  size_t kind = 0;      ///< of the value's first byte, in its pixel
  unsigned joined = 0;  ///< bit k: kind k is predicted as its difference from the byte before
};

/// What makes the value. A step's source is the number of a distance from 1 on, or 0: new units.
struct CopySteps {
  ByteSpan steps;
  ByteSpan lengths;  ///< of those that are long, of 16 bits, little-endian
};

/// The predictor of new bytes, of those of one plane; for a form that has one.
FramePredictor literal_predictor(const CopiesForm& form);

/// Calls `use(run)` for pieces of `count` bytes behind `begin`, which have the literal predictor.
template <typename Use>
void for_each_literal_run(const CopiesForm& form, size_t begin, size_t count, Use use) {
  while (count > 0) {
    const size_t piece = count < FrameRun::kMost ? count : FrameRun::kMost;
    use(FrameRun{begin, piece, form.unit, (form.kind + begin) % form.unit});
    begin += piece;
    count -= piece;
  }
}

/// Makes the value, whose new units lie at its end, in their order. DAMAGED if the steps do not
/// fit.
Status put_copies(const CopiesForm& form, const CopySteps& steps, size_t literal_size,
                  const FrameBytes& bytes);

/// Writes an operator's payload; gives its size, or 0 if there is no room.
size_t write_copies(const CopiesForm& form, MutableByteSpan out);

/// Reads it. False if it breaks a rule.
bool read_copies(ByteSpan payload, CopiesForm& form);

struct OperatorEntry;
extern const OperatorEntry kCopies;

}  // namespace sigma
