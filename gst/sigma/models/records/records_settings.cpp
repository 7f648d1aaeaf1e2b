/* From a level to what records take.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "gst/sigma/models/records/records_settings.hpp"

#include <algorithm>

#include "gst/sigma/models/records/limits.hpp"

namespace sigma {

LaneParameters record_parameters(const LaneParameters& lane) {
  LaneParameters record = lane;
  if (lane.strategy == strategy::FAST) {
    record.base_level = 3;
    record.strategy = strategy::DFAST;
    record.hash_log = 15;
    record.chain_log = 14;
    record.min_match = 5;
  } else if (lane.strategy <= strategy::GREEDY) {
    record.base_level = 6;
    record.strategy = lane.strategy == strategy::GREEDY ? strategy::LAZY2 : strategy::LAZY;
    record.search_log = 4;
    // A lane holds column after column, each with frequencies of its own.
    record.splits_blocks = true;
  } else if (lane.strategy == strategy::BTULTRA2) {
    record.hash_log = record.chain_log = 17;
    record.min_match = 4;
  } else if (lane.strategy == strategy::LAZY2 && lane.search_log < 4) {
    record.search_log = 4;
    record.splits_blocks = true;
  } else {
    record.base_level = 15;
    record.strategy = strategy::BTOPT;
    record.hash_log = 17;
    record.chain_log = 17;
    record.search_log = 5;
    record.min_match = 4;
    record.target_length = 32;
  }
  return record;
}

LaneParameters compared_parameters(const LaneParameters& lane, const LaneParameters& record) {
  // The best one finds matches of three bytes, of which texts in other scripts are made.
  if (lane.strategy <= strategy::DFAST || lane.strategy == strategy::BTULTRA2) return lane;
  if (lane.strategy > strategy::LAZY2 || lane.search_log >= 4) return record;
  LaneParameters compared = lane;
  compared.base_level = 3;
  compared.strategy = strategy::DFAST;
  compared.hash_log = 17;
  compared.chain_log = 16;
  compared.search_log = 1;
  compared.min_match = 5;
  return compared;
}

MemoryNeed records_memory(const ModelSettings& settings) {
  if (settings.chunk_size < kMinRecordChunk) return {};
  MemoryNeed memory;
  memory.room = std::max(settings.room_size, std::min(settings.chunk_size, kRecordRoom));
  memory.coder = std::max<size_t>(
      lane_encoder_memory(record_parameters(settings.lane), settings.chunk_size), kRecordsMemory);
  memory.workspace = settings.chunk_size / (settings.chunk_size > settings.dense_size ? 3 : 2);
  memory.staging = std::min(memory.room / 2, memory.workspace);
  memory.slots = kSharedSize;
  return memory;
}

}  // namespace sigma
