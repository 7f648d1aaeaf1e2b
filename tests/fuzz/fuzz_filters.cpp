/* Integers and branches there and back: any bytes, any operands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdlib>
#include <vector>

#include "codec.hpp"
#include "gst/sigma/models/bytes/integer_probe.hpp"
#include "gst/sigma/models/sampling/code.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/operators/branches.hpp"
#include "gst/sigma/operators/sum.hpp"

namespace {

using Bytes = std::vector<uint8_t>;

void require(bool holds) {
  if (!holds) abort();
}

void check_branches(const Bytes& in, sigma::Architecture architecture, uint32_t position) {
  Bytes changed = in;
  sigma::branches_to_absolute(architecture, position, changed);
  sigma::branches_to_relative(architecture, position, changed);
  require(changed == in);
}

/// What a probe promises to look at only: every byte may be of any value, every size is allowed.
void probe(const Bytes& in, uint32_t position) {
  const size_t split = in.size() / 3;
  const sigma::ByteSpan all(in);
  sigma::looks_incompressible(all.subspan(split), all.first(split));
  sigma::looks_dense(all);
  const sigma::IntegerForm form = sigma::find_integers(all);
  require(sigma::is_width(form.layout.width) && form.phase < form.layout.width &&
          form.layout.distance <= sigma::kMaxDistance);
  sigma::find_machine_code(all, position, 100);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 8) return 0;
  constexpr unsigned kWidths[] = {1, 2, 3, 4, 8};
  const sigma::IntegerLayout layout = {kWidths[data[0] % 5], (data[1] & 1) != 0,
                                       data[2] | size_t{data[3]} << (data[1] >> 4)};
  const auto position = sigma::load_le<uint32_t>(data + 4);
  Bytes in(data + 8, data + size);
  require(codec::to_planes_and_back(in, layout) == in);
  check_branches(in, sigma::Architecture::X86, position);
  check_branches(in, sigma::Architecture::ARM64, position);
  // Repeated, so that small inputs are long enough for samples; then as sums, which look like data.
  for (unsigned doublings = 0; (data[1] & 2) != 0 && doublings < 12 && in.size() < 40000;
       doublings++)
    in.insert(in.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(in.size()));
  if ((data[1] & 4) != 0) sigma::sum_up(layout, in);
  probe(in, position);
  return 0;
}
