/* A system that refuses: the nth allocation, read or write fails. Linked into programs of their
 * own, because it takes the place of the C library's functions for the whole process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstddef>
#include <cstdint>

namespace refusals {

/// ALLOCATE: of any kind; MAP: of large blocks alone, which the codec maps and GLib does not.
enum class Call { ALLOCATE, MAP, READ, WRITE, CLOSE };

/// From now on, while calls are counted, the `nth` (1 = next) of that kind is refused with `error`,
/// an errno, and every later one if `for_good`.
void refuse(Call call, uint64_t nth, int error, bool for_good);

/// No more.
void stop();

/// Whether the call that was to be refused came.
bool was_reached();

/// While one lives, calls count. Tests count those of the library only, not their own.
class Counting {
 public:
  Counting();
  ~Counting();
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
};

/// Of what was allocated and freed while calls counted: blocks left on the heap, and bytes mapped.
int64_t blocks();
int64_t mapped();

}  // namespace refusals
