/* Steps that make a picture by copies: which pixels equal others, some usual distance before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/copy_steps.hpp"

namespace sigma {

/// Finds steps for the value, each as long as it can be. Drops distances that none takes.
FoundCopies find_copies(CopiesForm& form, const FrameBytes& bytes, const CopyRoom& room);

/// About the bytes that copies take at least, from pieces.
size_t estimate_copies(const CopiesForm& form, const FrameBytes& bytes, const CopyRoom& room);

/// How new bytes are best predicted: sets `kind` and `joined`, for rows of so many bytes; `above` 0
/// if they cannot be.
void choose_literal_prediction(CopiesForm& form, size_t row, const FrameBytes& bytes,
                               const CopySteps& steps);

/// Calls `use(begin, count)` for the bytes of each step that has new units.
template <typename Use>
void for_each_literal(const CopiesForm& form, const CopySteps& steps, Use use) {
  size_t begin = 0;
  const uint8_t* length = steps.lengths.data();
  for (const uint8_t step : steps.steps) {
    size_t units = size_t{step} % 16 + 1;
    if (units > kLongCopyCode) {
      units += load_le<uint16_t>(length);
      length += 2;
    }
    if (step / 16 == 0) use(begin, units * form.unit);
    begin += units * form.unit;
  }
}

}  // namespace sigma
