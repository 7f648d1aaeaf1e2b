/* Tokens of what predictors leave, and the bits that tokens leave open.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/integers.hpp"

namespace sigma {

/// Writes the tokens of `count` residuals of each channel, which lie one behind the other, in the
/// order of their samples, and puts their open bits. `width`: bytes of a sample.
template <typename T>
void split_residuals(unsigned width, const T* residuals, size_t channels, size_t count,
                     uint8_t* tokens, TokenBits& bits);

}  // namespace sigma
