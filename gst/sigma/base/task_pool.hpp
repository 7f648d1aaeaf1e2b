/* Threads that others have.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

namespace sigma {

/// Threads that an application or a framework has, for the codec to use.
class TaskPool {
 public:
  virtual ~TaskPool() = default;
  /// Has run(data) called once, in any thread, as soon as one is free. False: it never will be.
  virtual bool push(void (*run)(void*), void* data) = 0;
};

}  // namespace sigma
