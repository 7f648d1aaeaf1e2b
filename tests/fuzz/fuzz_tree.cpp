/* Any bytes as the trees of a group's chunks, behind headers that are right: what random bytes into
 * the decoder cannot reach, because of the checks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "gst/sigma/operators/evaluator.hpp"
#include "gst/sigma/wire/head.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMemory = 4 << 20;
  sigma::GlyphBufferPool pool(kMemory);
  sigma::Evaluator evaluator(pool);
  sigma::Head head;
  head.chunk_max = 65536;
  head.slots_max = 4096;
  head.history_max = 65536;
  head.workspace_max = 65536;
  evaluator.start_stream(head);
  // Two bytes of chunk size, two of tree size, then the tree; the last chunk's output is history.
  std::vector<uint8_t> history;
  std::vector<uint8_t> out;
  for (size_t at = 0; size - at >= 4;) {
    const size_t raw = data[at] | size_t{data[at + 1]} << 8;
    size_t tree = data[at + 2] | size_t{data[at + 3]} << 8;
    at += 4;
    tree = tree < size - at ? tree : size - at;
    out.assign(raw, 0);
    if (evaluator.evaluate({data + at, tree}, history, out).ok()) history = out;
    at += tree;
  }
  if (pool.peak() > kMemory) abort();
  return 0;
}
