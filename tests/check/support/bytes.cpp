/* Bytes, put together and taken apart.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bytes.hpp"

#include <algorithm>

namespace testdata {

void append(Bytes& to, std::span<const uint8_t> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

Bytes from_text(std::string_view text) {
  return Bytes(text.begin(), text.end());
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts)
    append(all, part);
  return all;
}

Bytes part_of(const Bytes& bytes, size_t begin, size_t end) {
  return Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
               bytes.begin() + static_cast<std::ptrdiff_t>(std::min(end, bytes.size())));
}

}  // namespace testdata
