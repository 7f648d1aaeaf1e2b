/* Levels, and the choice of sizes that fit under max-memory.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/encode/plan.hpp"

#include <algorithm>
#include <thread>

#include "gst/sigma/encode/levels.hpp"
#include "gst/sigma/wire/index.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {
namespace {

/// What a plan reserves with `threads` of them.
MemoryEstimate plan_memory(const EncoderSettings& settings, EncoderPlan plan, unsigned threads) {
  plan.threads = threads;
  const uint64_t makers = std::max<uint64_t>(plan.jobs(), 1);
  const uint32_t chunk_size = plan.chunk_size;
  MemoryEstimate memory;
  memory.window = uint64_t{plan.window_size()} + plan.window_slack();
  const uint64_t bytes_coder = lane_encoder_memory(plan.lane, chunk_size);
  const uint64_t bytes_room = kPacketFront + guarded_body_max(plan.room_size);
  memory.output = makers * bytes_room;
  memory.coder = plan.stores ? 0 : makers * bytes_coder;
  memory.filter = plan.stores ? 0 : makers * plan.filter_size();
  // Either model has its own share of the same memory.
  const uint64_t record_room = kPacketFront + guarded_body_max(plan.record_room());
  if (plan.finds_records && record_room + plan.record_coder_size() + plan.staging_size() >
                                bytes_room + bytes_coder + plan.filter_size()) {
    memory.output = makers * record_room;
    memory.coder = makers * plan.record_coder_size();
    memory.filter = makers * plan.staging_size();
  }
  // A stored chunk is compared in place; the decoder's workspace is the filter's memory.
  const uint64_t workspace =
      plan.workspace_size() - std::min(plan.workspace_size(), plan.filter_size());
  const uint64_t verify = chunk_size + kLaneDecoderMemory + workspace + plan.slots_size();
  memory.verify = settings.verify && !plan.stores ? makers * verify : 0;
  memory.shared = plan.finds_records ? makers * plan.slots_size() : 0;
  // Sinks keep the latest buffer, with or without an encoder; large packets are what the encoder
  // adds.
  memory.held = plan.room_size > kDenseChunk ? plan.room_size - kDenseChunk : 0;
  memory.tables = sizeof(IndexBuilder) + kMaxIndexBody;
  return memory;
}

/// The sizes that `plan` has, with a choice's parameters.
EncoderPlan make_plan(const EncoderSettings& settings, unsigned level, const LevelChoice& choice,
                      EncoderPlan plan) {
  plan.stores = level == 0;
  plan.lane = lane_parameters(choice, plan.window_size());
  plan.plane_lane = plane_parameters(plan.lane);
  plan.record_lane = record_parameters(plan.lane);
  plan.compared_lane = compared_parameters(plan.lane, plan.record_lane);
  // The filter takes a fifth of the quickest level's time for a twentieth of the size.
  plan.filters_code = level > 1;
  // Records take several times the time of bytes (docs/levels.md).
  const unsigned first_level = settings.model == Model::RECORDS ? 1 : kFirstRecordLevel;
  plan.finds_records = settings.model != Model::BYTES && level >= first_level && plan.has_records();
  const bool is_patient = level >= kPatientLevel || settings.model == Model::RECORDS;
  plan.record_percent = is_patient ? 100 : 88;
  plan.memory = plan_memory(settings, plan, plan.threads);
  return plan;
}

/// A choice's sizes, if the settings leave them open.
EncoderPlan choose_sizes(const EncoderSettings& settings, const LevelChoice& choice) {
  EncoderPlan plan;
  const uint32_t asked = settings.chunk_size;
  plan.chunk_size = asked != 0 ? asked : choice.chunk_size;
  if (asked == 0 && choice.bytes_size != 0 && choice.chunk_size <= kLongChunk) {
    plan.only_records_go_on = settings.model != Model::BYTES;
    if (!plan.only_records_go_on) plan.chunk_size = choice.bytes_size;
  }
  // A history longer than the chunk would cost more to load than it saves.
  plan.history_size = asked != 0 ? std::min(choice.history_size, asked) : choice.history_size;
  // A level cuts dense bytes at the same places whatever memory there is, and those of who asks for
  // a chunk size nowhere.
  const uint32_t dense = choice.bytes_size != 0 ? choice.bytes_size : kDenseChunk;
  plan.dense_size = asked == 0 ? std::min(plan.chunk_size, dense) : plan.chunk_size;
  // Choices of longer chunks are for who has memory to spare.
  plan.room_size = choice.chunk_size <= kLongChunk ? plan.dense_size : plan.chunk_size;
  return plan;
}

/// As many of the threads asked for as fit beside the rest of the plan, which does not change. All
/// of them, if nothing was said of memory.
void add_threads(const EncoderSettings& settings, EncoderPlan& plan) {
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  const unsigned asked = std::min(settings.threads != 0 ? settings.threads : cores, kMaxThreads);
  for (unsigned threads = 2; threads <= asked; threads++) {
    const MemoryEstimate memory = plan_memory(settings, plan, threads);
    if (settings.max_memory != 0 && memory.total() > settings.max_memory) break;
    plan.threads = threads;
    plan.memory = memory;
  }
}

/// Whether a plan takes no more than it may. If nothing was said of memory, that is what one of its
/// threads takes.
bool fits(const EncoderSettings& settings, const EncoderPlan& plan) {
  if (settings.max_memory != 0) return plan.memory.total() <= settings.max_memory;
  return plan_memory(settings, plan, 1).total() <= kDefaultEncoderMemory;
}

/// The first of a level's choices that fits, with the sizes of `fixed` if that is not null; without
/// records, if none does with them and they were not asked for. If none does at all,
/// INVALID_SETTINGS with what the least of them needs.
Result<EncoderPlan> first_that_fits(const EncoderSettings& settings, unsigned level,
                                    const EncoderPlan* fixed) {
  uint64_t least = UINT64_MAX;
  EncoderSettings asked = settings;
  while (true) {
    for (const LevelChoice& choice : level_choices(level)) {
      const EncoderPlan plan = make_plan(
          asked, level, choice, fixed != nullptr ? *fixed : choose_sizes(settings, choice));
      if (fits(settings, plan)) return plan;
      least = std::min(least, plan.memory.total());
    }
    if (asked.model != Model::AUTO) break;
    asked.model = Model::BYTES;
  }
  return Status::error(ErrorCode::INVALID_SETTINGS,
                       "max-memory cannot hold the level and chunk-size asked for", 0, least);
}

}  // namespace

Result<EncoderPlan> plan_encoder(const EncoderSettings& settings) {
  const uint32_t chunk = settings.chunk_size;
  if (settings.level > kMaxLevel)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "level must be 0 to 9");
  if (chunk != 0 && (chunk < kMinChunkSize || chunk > kMaxChunkSize))
    return Status::error(ErrorCode::INVALID_ARGUMENT,
                         "chunk-size must be 0 (automatic) or 65536 to 4194304 bytes");
  if (settings.key_interval == 0)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "key-interval must be at least 1 chunk");
  Result<EncoderPlan> plan = first_that_fits(settings, settings.level, nullptr);
  if (plan.ok()) add_threads(settings, plan.value);
  return plan;
}

Result<EncoderPlan> plan_level(const EncoderSettings& settings, const EncoderPlan& fixed,
                               unsigned level) {
  if (level > kMaxLevel) return Status::error(ErrorCode::INVALID_ARGUMENT, "level must be 0 to 9");
  return first_that_fits(settings, level, &fixed);
}

MemoryEstimate estimate_memory_usage(const EncoderSettings& settings) {
  const Result<EncoderPlan> plan = plan_encoder(settings);
  return plan.ok() ? plan.value.memory : MemoryEstimate{};
}

}  // namespace sigma
