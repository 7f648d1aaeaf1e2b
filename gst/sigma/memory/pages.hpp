/* Memory in whole pages, from the system.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstddef>
#include <cstdint>

/// Sizes are those asked for, of which pages are made here. Null, and all as it was: the system
/// refuses, or cannot do such a thing.
namespace sigma::pages {

uint8_t* map(size_t size);
void unmap(uint8_t* block, size_t size);
/// Gives a block's end back; `smaller` is not 0.
uint8_t* cut(uint8_t* block, size_t size, size_t smaller);
/// Makes a block longer, wherever it then lies.
uint8_t* lengthen(uint8_t* block, size_t size, size_t larger);

}  // namespace sigma::pages
