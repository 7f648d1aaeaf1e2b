/* Which contexts of symbols share a table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sigma {

struct TableChoice {
  size_t tables = 1;
  std::array<uint8_t, 256> map{};  ///< the table of each context
};

/// Groups of contexts that are worth a table each, at most `most` and 16. `counts` has 256 for each
/// context, and is used up; `sums` becomes those of the tables, of which there is room for `most`.
TableChoice choose_tables(uint32_t* counts, size_t contexts, size_t most, uint32_t* sums);

}  // namespace sigma
