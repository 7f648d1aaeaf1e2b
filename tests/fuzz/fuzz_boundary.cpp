/* Any bytes, in two different splits, through the boundary handler: the same glyphs, or the same
 * error.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "gst/sigma/wire/boundary_handler.hpp"

namespace {

/// All that came out, joined with the header bytes of each glyph, and where it ended.
struct Outcome {
  std::vector<uint8_t> bytes;
  uint64_t offset = 0;
  size_t pending = 0;
  bool ok = true;
  bool operator==(const Outcome&) const = default;
};

Outcome run(const uint8_t* data, size_t size, size_t piece) {
  sigma::GlyphBufferPool pool(1 << 20);
  sigma::BoundaryHandler handler(pool, 1 << 16);
  Outcome outcome;
  for (size_t at = 0; at < size && outcome.ok; at += piece) {
    if (!handler.push({data + at, piece < size - at ? piece : size - at}).ok()) abort();
    for (sigma::Glyph glyph;;) {
      const auto more = handler.next(glyph);
      outcome.ok = more.ok();
      if (!more.ok() || !more.value) break;
      outcome.bytes.push_back(static_cast<uint8_t>(glyph.type));
      outcome.bytes.push_back(static_cast<uint8_t>(glyph.primitive));
      outcome.bytes.insert(outcome.bytes.end(), glyph.payload.begin(), glyph.payload.end());
    }
  }
  outcome.offset = handler.offset();
  outcome.pending = outcome.ok ? handler.pending_bytes() : 0;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = 1 + data[0] % 16;
  if (run(data + 1, size - 1, piece) != run(data + 1, size - 1, size)) abort();
  return 0;
}
