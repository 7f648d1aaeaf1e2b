/* Conversions of colours by chance, and pixels that are made by them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/colours.hpp"
#include "gst/sigma/operators/tree_writer.hpp"
#include "testdata.hpp"

namespace forge {

/// Green, and what red and blue differ from it.
sigma::ColourForm colour_differences(size_t unit = 3);

/// A conversion that is near one in use: a third of its pixels can be made of others, too.
sigma::ColourForm random_colours(testdata::Random& random);

/// Whole frames of a picture that moves, of pixels that GStreamer has converted from YUV.
testdata::Bytes moving_pixels(size_t width, size_t height, size_t unit, size_t frames);

/// Planes whose samples change slowly, and at times a lot.
testdata::Bytes colour_planes(size_t pixels, size_t unit, testdata::Random& random);

/// Pixels that a conversion makes of planes.
testdata::Bytes colour_pixels(const sigma::ColourForm& form, const testdata::Bytes& planes);

/// The planes and the exceptions are the expressions written next.
void combined(sigma::TreeWriter& t, const sigma::ColourForm& form, unsigned mark);
/// The pixels are the expression written next.
void separated(sigma::TreeWriter& t, const sigma::ColourForm& form,
               const testdata::Bytes& rest = {});

}  // namespace forge
