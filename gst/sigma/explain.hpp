/* What the bytes of a stream are for: why is it this size?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <span>

#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/source.hpp"
#include "gst/sigma/base/status.hpp"

namespace sigma {

/// How a chunk is coded.
enum class ChunkKind : uint8_t { STORED, BYTES, RECORDS, SAMPLES, FRAMES, TEXT };
constexpr ChunkKind kLastChunkKind = ChunkKind::TEXT;

/// A template of text records, in one chunk. What stands between its texts are fields.
struct ExplainedTemplate {
  std::span<const ByteSpan> texts;
  uint64_t records = 0;  ///< that have it
};

/// A column of text records, in one chunk: the fields at one place of all templates that have it.
struct ExplainedColumn {
  std::span<const ByteSpan> before;  ///< texts of the first such template, up to the field
  const char* form = "";             ///< how its values are written
  uint64_t values = 0;
  double bytes = 0;  ///< an estimate: its share of the lanes that its values are in
};

/// Numbers that were predicted: an array of them, in one chunk, which may have several.
struct ExplainedSamples {
  const char* layout = "";
  uint64_t predictor_bytes = 0;
  uint64_t size_bytes = 0;    ///< of residuals' sizes
  uint64_t bit_bytes = 0;     ///< of residuals' bits
  uint64_t blocks = 0;        ///< of all channels
  uint64_t medians = 0;       ///< blocks that are predicted by a median
  uint64_t coefficients = 0;  ///< of all blocks
  uint64_t pairs = 0;         ///< blocks of channels that are coded as pairs
  const char* filters = "";   ///< the taps of adapted filters behind predictors, if there are any
};

/// Hears what explain() finds. Spans and texts are valid during the call.
class ExplanationListener {
 public:
  virtual ~ExplanationListener() = default;
  /// Comes behind what the chunk holds. `coded`: bytes of its packet's body.
  virtual void on_chunk(ChunkKind kind, uint64_t raw, uint64_t coded) = 0;
  /// So many records in one chunk.
  virtual void on_records(uint64_t records) = 0;
  /// Bytes of what chunks of a group share.
  virtual void on_shared(uint64_t coded) = 0;
  /// A lane of records, by name, of which there are few; always in the same order.
  virtual void on_lane(const char* name, uint64_t raw, uint64_t coded) = 0;
  virtual void on_template(const ExplainedTemplate& found) = 0;
  virtual void on_column(const ExplainedColumn& found) = 0;
  virtual void on_samples(const ExplainedSamples& found) = 0;
};

/// Decodes all chunks of `source`, and tells `listener` what they are made of. The first damage is
/// an error. `max_memory`: streams that need more to be decoded are refused; it takes up to 16 MiB
/// more itself.
SIGMA_API Status explain(ByteSource& source, ExplanationListener& listener,
                         uint64_t max_memory = kDefaultDecoderMemory);

}  // namespace sigma
