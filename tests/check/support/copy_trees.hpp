/* Trees of copies with steps by chance.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/operators/copies.hpp"
#include "gst/sigma/operators/tree_writer.hpp"
#include "testdata.hpp"

namespace forge {

/// Writes `form` as the payload of copies.
void copies_payload(sigma::TreeWriter& t, const sigma::CopiesForm& form);

/// What copies by chance make, behind `reference`, and the tree that says so. Steps are up to
/// `longest` pixels long.
struct ForgedCopies {
  testdata::Bytes raw;
  testdata::Bytes steps;
  testdata::Bytes lengths;
  testdata::Bytes literals;
};
ForgedCopies random_copies(sigma::CopiesForm& form, const testdata::Bytes& reference,
                           size_t step_count, size_t longest, testdata::Random& random);

/// The glyph and its children, all of them literals.
void write_copies(sigma::TreeWriter& t, const sigma::CopiesForm& form,
                  const testdata::Bytes& reference, const ForgedCopies& made);

}  // namespace forge
