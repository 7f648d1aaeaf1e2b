/* What text records of a stream cost: an evaluator that looks at them before they are written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/explain.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/memory/pooled_array.hpp"
#include "gst/sigma/operators/evaluator.hpp"
#include "gst/sigma/operators/records/column_parser.hpp"

namespace sigma {

/// Evaluates all chunks of a stream, in order. What a column costs is its share of the lanes that
/// its values are in. Lanes are compressed as a whole, so shares are estimates, by what each part
/// of a lane would take by itself; they add up to what the lanes take.
class RecordExplanation : public Evaluator {
 public:
  RecordExplanation(GlyphBufferPool& pool, ExplanationListener& listener);

  Status configure();
  /// A stream with that head begins.
  Status start(const Head& head);
  /// Takes a chunk's body, without framing.
  Status add(const PacketHeader& header, ByteSpan body);

  /// Looks at the operands of records, which stay the next.
  Status add_records(const Node& node);
  void add_shared(uint64_t coded) { listener_.on_shared(coded); }

 private:
  /// Bytes that each lane takes.
  using LaneSizes = std::array<size_t, kRecordLanes>;

  /// Where the values of a column begin in a lane: they end where the next ones begin.
  struct Begin {
    const uint8_t* at = nullptr;
    size_t column = 0;
  };

  /// What a column has, over all templates.
  struct Sum {
    uint64_t values = 0;
    double bytes = 0;
    size_t first_text = 0;  ///< in texts_: the texts before it
    size_t text_count = 0;
  };

  Status read_lanes(RecordLanes& lanes, LaneSizes& coded);
  Status count_uses(const Column& top, ByteSpan ids);
  Status add_templates(const Templates& templates);
  Status add_begins(const Column& column, size_t number);
  Status add_costs(ByteSpan lane, size_t coded);
  Result<double> alone(ByteSpan part);

  ExplanationListener& listener_;
  LaneEncoder coder_;
  Buffer window_;     ///< the group's bytes that the next chunk may refer to, and room for it
  Buffer workspace_;  ///< of RecordPreparer
  Buffer room_;       ///< a part of a lane, coded
  PooledArray<uint64_t> uses_;   ///< records of each template
  PooledArray<ByteSpan> texts_;  ///< of all templates, one behind the other
  PooledArray<Sum> columns_;
  PooledArray<Begin> begins_;
  PooledArray<Begin> inside_;  ///< those in one lane, in order
  PooledArray<double> parts_;  ///< what each of these takes alone
};

}  // namespace sigma
