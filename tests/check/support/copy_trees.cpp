/* Copies by chance: what they make is found pixel by pixel, as docs/format.md has it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "copy_trees.hpp"

#include <algorithm>
#include <cstdlib>

namespace forge {

using testdata::Bytes;

namespace {

int predict(const sigma::CopiesForm& form, const Bytes& all, size_t known) {
  const auto at = [&](size_t offset) -> int {
    return offset <= all.size() ? all[all.size() - offset] : 0;
  };
  const bool is_joined = form.joined >> (form.kind + all.size() - known) % form.unit & 1;
  const auto beyond = [&](size_t offset) { return at(offset) - (is_joined ? at(offset + 1) : 0); };
  const int left = beyond(form.unit);
  const int above = beyond(form.above);
  const int plane = left + above - beyond(form.unit + form.above);
  const int median = std::clamp(plane, std::min(left, above), std::max(left, above));
  return median + (is_joined ? at(1) : 0);
}

}  // namespace

void copies_payload(sigma::TreeWriter& t, const sigma::CopiesForm& form) {
  Bytes payload(256);
  payload.resize(sigma::write_copies(form, payload));
  t.copies(payload);
}

ForgedCopies random_copies(sigma::CopiesForm& form, const Bytes& reference, size_t step_count,
                           size_t longest, testdata::Random& random) {
  ForgedCopies made;
  Bytes all = reference;
  for (size_t i = 0; i < step_count; i++) {
    size_t source = random.below(form.distance_count + 1);
    const size_t units = 1 + random.below(random.below(4) == 0 ? longest : 6);
    if (source != 0 && form.distances[source - 1] * form.unit > all.size()) source = 0;
    const size_t code = std::min<size_t>(units - 1, 15);
    made.steps.push_back(static_cast<uint8_t>(source * 16 + code));
    if (code == 15) {
      made.lengths.push_back(static_cast<uint8_t>(units - 16));
      made.lengths.push_back(static_cast<uint8_t>((units - 16) >> 8));
    }
    for (size_t k = 0; k < units * form.unit; k++) {
      if (source != 0) {
        all.push_back(all[all.size() - form.distances[source - 1] * form.unit]);
        continue;
      }
      const auto literal = static_cast<uint8_t>(random.below(random.below(8) == 0 ? 256 : 9));
      made.literals.push_back(literal);
      const int residual = literal % 2 != 0 ? -(literal + 1) / 2 : literal / 2;
      const int base = form.above != 0 ? predict(form, all, reference.size()) : 0;
      all.push_back(static_cast<uint8_t>(form.above != 0 ? base + residual : literal));
    }
  }
  made.raw.assign(all.begin() + static_cast<std::ptrdiff_t>(reference.size()), all.end());
  form.size = made.raw.size();
  return made;
}

void write_copies(sigma::TreeWriter& t, const sigma::CopiesForm& form, const Bytes& reference,
                  const ForgedCopies& made) {
  copies_payload(t, form);
  for (const Bytes& child : {reference, made.steps, made.lengths, made.literals})
    t.literal(child);
}

}  // namespace forge
