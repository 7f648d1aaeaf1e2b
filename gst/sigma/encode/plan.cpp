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
#include <bit>
#include <span>
#include <thread>

#include "gst/sigma/framing/description.hpp"
#include "gst/sigma/wire/index.hpp"

namespace sigma {
namespace {

constexpr uint32_t KiB = 1024;

/// Bytes with which a dense chunk ends: GStreamer's sources read no more at
/// once as a rule, and what is stored can go out in the memory that it came in.
constexpr uint32_t kDenseChunk = 1024 * KiB;
constexpr uint32_t kLongChunk = 1472 * KiB;

/// From here on whatever may be smaller as records is tried.
constexpr unsigned kPatientLevel = 6;

/// One way to serve a level: larger sizes and tables where memory allows.
struct Choice {
  uint32_t chunk_size;
  uint32_t history_size;
  int base_level;
  int strategy;
  int hash_log;
  int chain_log;
  int search_log;
  int min_match;
  int target_length;
  /// Bytes of chunks that hold no records, if those are shorter.
  uint32_t bytes_size = 0;
};

// Strategies of zstd.
constexpr int FAST = 1, DFAST = 2, GREEDY = 3, LAZY2 = 5, BTOPT = 7, BTULTRA2 = 9;

// Each level's choices, best first; the first that fits is taken. Measured: docs/levels.md.
constexpr Choice kLevel1[] = {
    {1024 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 7, 0},
    {512 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 7, 0},
    {256 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 7, 0},
    {128 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 7, 0},
    {64 * KiB, 64 * KiB, 1, FAST, 13, 13, 1, 7, 0},
};
constexpr Choice kLevel2[] = {
    {kLongChunk, 512 * KiB, 1, FAST, 16, 14, 1, 6, 0},
    {512 * KiB, 256 * KiB, 1, FAST, 16, 14, 1, 6, 0},
    {256 * KiB, 256 * KiB, 1, FAST, 15, 14, 1, 6, 0},
    {128 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 6, 0},
    {64 * KiB, 64 * KiB, 1, FAST, 13, 13, 1, 6, 0},
};
constexpr Choice kLevel3[] = {
    {kLongChunk, 512 * KiB, 3, DFAST, 17, 16, 1, 5, 0},
    {1024 * KiB, 512 * KiB, 3, DFAST, 17, 16, 1, 5, 0},
    {768 * KiB, 768 * KiB, 3, DFAST, 17, 16, 1, 5, 0},
    {512 * KiB, 512 * KiB, 3, DFAST, 17, 16, 1, 5, 0},
    {256 * KiB, 256 * KiB, 3, DFAST, 16, 16, 1, 5, 0},
    {128 * KiB, 128 * KiB, 3, DFAST, 15, 15, 1, 5, 0},
    {64 * KiB, 64 * KiB, 3, DFAST, 14, 14, 1, 5, 0},
};
constexpr Choice kLevel4[] = {
    {kLongChunk, 1024 * KiB, 5, GREEDY, 18, 16, 3, 5, 0},
    {kLongChunk, 384 * KiB, 5, GREEDY, 17, 16, 3, 5, 0},
    {512 * KiB, 512 * KiB, 5, GREEDY, 17, 16, 3, 5, 0},
    {256 * KiB, 256 * KiB, 5, GREEDY, 16, 16, 3, 5, 0},
    {128 * KiB, 128 * KiB, 5, GREEDY, 15, 15, 3, 5, 0},
    {64 * KiB, 64 * KiB, 5, GREEDY, 14, 14, 3, 5, 0},
};
constexpr Choice kLevel5[] = {
    {kLongChunk, 1024 * KiB, 6, LAZY2, 19, 16, 3, 5, 0},
    {kLongChunk, 384 * KiB, 6, LAZY2, 17, 16, 3, 5, 0},
    {512 * KiB, 512 * KiB, 6, LAZY2, 17, 16, 3, 5, 0},
    {256 * KiB, 256 * KiB, 6, LAZY2, 16, 16, 3, 5, 0},
    {128 * KiB, 128 * KiB, 6, LAZY2, 15, 15, 3, 5, 0},
    {64 * KiB, 64 * KiB, 6, LAZY2, 14, 14, 3, 5, 0},
};
constexpr Choice kLevel6[] = {
    {2048 * KiB, 2048 * KiB, 6, LAZY2, 20, 16, 4, 5, 0, 768 * KiB},
    {kLongChunk, 768 * KiB, 6, LAZY2, 18, 16, 4, 5, 0, 768 * KiB},
    {512 * KiB, 512 * KiB, 6, LAZY2, 17, 16, 4, 5, 0},
    {256 * KiB, 256 * KiB, 6, LAZY2, 16, 16, 4, 5, 0},
    {128 * KiB, 128 * KiB, 6, LAZY2, 15, 15, 4, 5, 0},
    {64 * KiB, 64 * KiB, 6, LAZY2, 14, 14, 4, 5, 0},
};
constexpr Choice kLevel7[] = {
    {2048 * KiB, 4096 * KiB, 6, LAZY2, 21, 16, 5, 5, 0, 768 * KiB},
    {kLongChunk, 768 * KiB, 6, LAZY2, 18, 16, 5, 5, 0, 768 * KiB},
    {512 * KiB, 512 * KiB, 6, LAZY2, 17, 16, 5, 5, 0},
    {256 * KiB, 256 * KiB, 6, LAZY2, 16, 16, 5, 5, 0},
    {128 * KiB, 128 * KiB, 6, LAZY2, 15, 15, 5, 5, 0},
    {64 * KiB, 64 * KiB, 6, LAZY2, 14, 14, 5, 5, 0},
};
constexpr Choice kLevel8[] = {
    {2048 * KiB, 4096 * KiB, 15, BTOPT, 20, 21, 5, 4, 32, 768 * KiB},
    {kLongChunk, 768 * KiB, 15, BTOPT, 17, 18, 5, 4, 32, 768 * KiB},
    {512 * KiB, 256 * KiB, 15, BTOPT, 17, 18, 5, 4, 32},
    {256 * KiB, 256 * KiB, 15, BTOPT, 17, 17, 5, 4, 32},
    {128 * KiB, 128 * KiB, 15, BTOPT, 16, 16, 5, 4, 32},
    {64 * KiB, 64 * KiB, 15, BTOPT, 15, 15, 5, 4, 32},
};
constexpr Choice kLevel9[] = {
    {2048 * KiB, 2048 * KiB, 19, BTULTRA2, 20, 22, 6, 3, 256, 768 * KiB},
    {2048 * KiB, 2048 * KiB, 19, BTULTRA2, 19, 20, 6, 3, 256, 768 * KiB},
    {kLongChunk, 896 * KiB, 19, BTULTRA2, 16, 18, 6, 3, 256, 640 * KiB},
    {512 * KiB, 256 * KiB, 19, BTULTRA2, 17, 18, 6, 3, 256},
    {256 * KiB, 256 * KiB, 19, BTULTRA2, 16, 17, 6, 3, 256},
    {128 * KiB, 128 * KiB, 19, BTULTRA2, 15, 16, 6, 3, 256},
    {64 * KiB, 64 * KiB, 19, BTULTRA2, 14, 15, 6, 3, 256},
};
constexpr Choice kLevel0[] = {
    {1024 * KiB, 0, 1, FAST, 6, 6, 1, 7, 0},
    {256 * KiB, 0, 1, FAST, 6, 6, 1, 7, 0},
    {64 * KiB, 0, 1, FAST, 6, 6, 1, 7, 0},
};

constexpr std::span<const Choice> kLevels[kMaxLevel + 1] = {
    kLevel0, kLevel1, kLevel2, kLevel3, kLevel4, kLevel5, kLevel6, kLevel7, kLevel8, kLevel9};

LaneParameters lane_parameters(const Choice& choice, uint32_t window_size) {
  LaneParameters lane;
  lane.base_level = choice.base_level;
  lane.strategy = choice.strategy;
  lane.window_log = std::bit_width(window_size - 1);
  // Larger tables than the window can fill are cut by zstd, too.
  lane.hash_log = std::min(choice.hash_log, lane.window_log + 1);
  lane.chain_log = std::min(choice.chain_log, lane.window_log + (choice.strategy > LAZY2 ? 1 : 0));
  lane.search_log = choice.search_log;
  lane.min_match = choice.min_match;
  lane.target_length = choice.target_length;
  return lane;
}

/// The quick levels look for nothing but runs in planes, with a table of 256 places and in steps of
/// 32 bytes: in noise there are no matches, and what repeats in small numbers costs less as
/// entropy.
LaneParameters plane_parameters(const LaneParameters& lane) {
  if (lane.strategy > DFAST) return lane;
  LaneParameters plane = lane;
  plane.base_level = 1;
  plane.strategy = FAST;
  plane.hash_log = plane.chain_log = 8;
  plane.min_match = 7;
  plane.target_length = 31;
  return plane;
}

/// Lanes of records are a small part of what they are made from: there is time to search them
/// better than bytes.
LaneParameters record_parameters(const LaneParameters& lane) {
  LaneParameters record = lane;
  if (lane.strategy == FAST) {
    record.base_level = 3;
    record.strategy = DFAST;
    record.hash_log = 15;
    record.chain_log = 14;
    record.min_match = 5;
  } else if (lane.strategy <= GREEDY) {
    record.base_level = 6;
    record.strategy = LAZY2;
    record.search_log = 4;
  } else if (lane.strategy == BTULTRA2) {
    record.hash_log = record.chain_log = 17;
    record.min_match = 4;
  } else if (lane.strategy == LAZY2 && lane.search_log < 4) {
    record.search_log = 4;
  } else {
    record.base_level = 15;
    record.strategy = BTOPT;
    record.hash_log = 17;
    record.chain_log = 17;
    record.search_log = 5;
    record.min_match = 4;
    record.target_length = 32;
  }
  return record;
}

/// Lanes that tell what a chunk takes as bytes: not the best search for bytes, which takes more
/// time or memory than a comparison is worth. All levels that take only what promises much as
/// records take the same.
LaneParameters compared_parameters(const LaneParameters& lane, const LaneParameters& record) {
  if (lane.strategy <= DFAST) return lane;
  if (lane.strategy > LAZY2 || lane.search_log >= 4) return record;
  LaneParameters compared = lane;
  compared.base_level = 3;
  compared.strategy = DFAST;
  compared.hash_log = 17;
  compared.chain_log = 16;
  compared.search_log = 1;
  compared.min_match = 5;
  return compared;
}

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
EncoderPlan make_plan(const EncoderSettings& settings, unsigned level, const Choice& choice,
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
EncoderPlan choose_sizes(const EncoderSettings& settings, const Choice& choice) {
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
    for (const Choice& choice : kLevels[level]) {
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

Head make_head(const EncoderSettings& settings, const EncoderPlan& plan) {
  Head head;
  head.chunk_max = plan.chunk_size;
  head.body_max = guarded_body_max(plan.chunk_size);
  head.history_max = settings.key_interval > 1 ? plan.history_size : 0;
  head.key_interval = settings.key_interval;
  // A level may change later, to or from the one that stores.
  head.minor = kUnframedMinor;
  head.workspace_max = plan.workspace_size();
  head.slots_max = plan.slots_size();
  return head;
}

Head make_framed_head(const EncoderSettings& settings, const EncoderPlan& plan) {
  Head head = make_head(settings, plan);
  head.minor = kFormatMinor;
  head.flags = kHeadFramed;
  head.framing_max = kFramingMax;
  head.body_max += kFramingMax + kFramingMax / 32;
  return head;
}

}  // namespace sigma
