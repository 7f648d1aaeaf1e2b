/* What the chunks of a group share of records.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/models/model.hpp"
#include "gst/sigma/models/records/format_probe.hpp"
#include "gst/sigma/models/records/record_lane_writer.hpp"
#include "gst/sigma/models/records/shapes.hpp"

namespace sigma {

/// The slots that records use.
constexpr size_t kTemplateSlot = 0;
constexpr size_t kStringSlot = 1;

/// What the chunks of a group share: what a decoder has in slots after the key chunk.
struct RecordContext final : GroupState {
  RecordFormat format;     ///< NONE: the key chunk holds no records
  bool is_sure = false;    ///< that records are much smaller than the key chunk's bytes
  RecordCandidates vain;   ///< formats that the key chunk looked like, but is smaller as bytes
  bool was_tried = false;  ///< the key chunk was coded in one of them before
  size_t part_size = 0;    ///< bytes that a part may have, by what the key chunk took
  size_t whole_size = SIZE_MAX;  ///< bytes of a part that may not be too much, as far as is known
  size_t percent = 0;            ///< of its bytes that the key chunk takes as records
  size_t percent_of_bytes = 0;   ///< the same, of what it takes as bytes
  ShapeTable::Known shapes = {};
  LaneHabits habits;  ///< of the key chunk's lanes
  Buffer templates;   ///< the first ones
  Buffer strings;     ///< the beginning of its strings

  void forget() override {
    format = {};
    is_sure = was_tried = false;
    whole_size = SIZE_MAX;
    vain = {};
    part_size = percent = percent_of_bytes = 0;
    shapes = {};
    habits = {};
  }
  size_t slot_count() const override { return format.syntax == RecordSyntax::NONE ? 0 : 2; }
  ByteSpan slot(size_t index) const override {
    return index == kTemplateSlot ? templates.bytes() : strings.bytes();
  }
};

}  // namespace sigma
