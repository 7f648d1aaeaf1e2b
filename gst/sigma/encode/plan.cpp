/* Levels, and the choice of sizes that fit under max-memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/plan.hpp"

#include <algorithm>
#include <thread>

#include "gst/sigma/encode/job_ring.hpp"
#include "gst/sigma/encode/levels.hpp"
#include "gst/sigma/encode/repeat_index.hpp"
#include "gst/sigma/operators/colours.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/copies.hpp"
#include "gst/sigma/operators/frames.hpp"
#include "gst/sigma/wire/index.hpp"
#include "gst/sigma/wire/packet.hpp"
#include "gst/sigma/wire/search_columns.hpp"

namespace sigma {
namespace {

using Models = std::span<const ModelEntry>;

/// Far repeats are looked for from this level on, where more memory may be taken than decoders have
/// by default, in the longest history that this has room for. A group has two of them.
constexpr unsigned kFirstRepeatLevel = 6;
constexpr uint32_t kRepeatHistories[] = {128 << 20, 64 << 20, 32 << 20};

/// The longest history that a model may ask for.
constexpr uint64_t kMaxHistory = 64 * 1024 * 1024;
/// The shortest chunk behind it, which must not take twice the time for its tables.
constexpr uint64_t kLeastChunkBehind = 768 * 1024;

/// The most that models which serve the plan take to code a chunk: they take turns in the same
/// memory. Slots are kept beside it.
MemoryNeed most_needed(const EncoderPlan& plan, Models list) {
  const auto total = [](const MemoryNeed& need) { return need.room + need.coder + need.staging; };
  MemoryNeed most;
  size_t shared = 0;
  for (const ModelEntry& model : list) {
    if (!model.serves(plan.models)) continue;
    MemoryNeed need = model.memory(plan.models);
    need.room = kPacketFront + guarded_body_max(static_cast<uint32_t>(need.room));
    shared = std::max({shared, need.slots, need.shared});
    if (total(need) > total(most)) most = need;
  }
  most.shared = shared;
  return most;
}

/// The least of the staging memory of the models that serve the plan: a decoder that verifies uses
/// it as its workspace.
size_t least_staging(const EncoderPlan& plan, Models list) {
  size_t least = SIZE_MAX;
  for (const ModelEntry& model : list)
    if (model.serves(plan.models)) least = std::min(least, model.memory(plan.models).staging);
  return least;
}

/// What a plan reserves with `threads` of them.
MemoryEstimate plan_memory(const EncoderSettings& settings, EncoderPlan plan, unsigned threads,
                           Models list) {
  plan.threads = threads;
  const uint64_t makers = std::max<uint64_t>(plan.jobs(), 1);
  const MemoryNeed need = most_needed(plan, list);
  MemoryEstimate memory;
  memory.window = uint64_t{plan.window_size()} + plan.window_slack();
  memory.output = makers * need.room;
  memory.coder = plan.stores ? 0 : makers * need.coder;
  memory.filter = plan.stores ? 0 : makers * need.staging;
  // A stored chunk is compared in place.
  const uint64_t workspace =
      plan.workspace_size - std::min<size_t>(plan.workspace_size, least_staging(plan, list));
  const uint64_t verify = plan.chunk_size + kLaneDecoderMemory + workspace + plan.slots_size;
  memory.verify = settings.verify && !plan.stores ? makers * verify : 0;
  memory.shared = makers * need.shared;
  // Sinks keep the latest buffer, with or without an encoder; large packets are what the encoder
  // adds.
  memory.held = plan.room_size > kDenseChunk ? plan.room_size - kDenseChunk : 0;
  memory.tables = sizeof(IndexBuilder) + kMaxIndexBody;
  if (plan.has_repeats)
    memory.tables += RepeatIndex::memory(plan.history_size) +
                     makers * RepeatIndex::kMostRepeats * sizeof(FarRepeat);
  if (settings.search_index)
    memory.tables += sizeof(SearchColumns) + kMaxSearchColumns + makers * sizeof(TextSummary);
  return memory;
}

/// Whether a model serves the settings at some level.
bool may_serve(const ModelEntry& model, ModelSettings settings) {
  for (settings.level = 1; settings.level <= kMaxLevel; settings.level++)
    if (model.serves(settings)) return true;
  return false;
}

/// What models are asked with before sizes are known.
ModelSettings model_settings(const EncoderSettings& settings, unsigned level, uint32_t chunk_size) {
  ModelSettings asked;
  asked.level = level;
  asked.asked = settings.model;
  asked.frames = settings.frames;
  asked.chunk_size = chunk_size;
  return asked;
}

/// Bytes of history that a model which serves the settings has use for; 0: what the level has.
uint64_t wanted_history(const ModelSettings& settings, Models list) {
  uint64_t history = 0;
  for (const ModelEntry& model : list)
    if (model.history != nullptr && model.serves(settings))
      history = std::max(history, model.history(settings));
  return history;
}

/// Whether one of them does at some level.
bool may_want_history(ModelSettings settings, Models list) {
  for (settings.level = 1; settings.level <= kMaxLevel; settings.level++)
    if (wanted_history(settings, list) != 0) return true;
  return false;
}

/// The sizes that `plan` has, with a choice's parameters.
EncoderPlan make_plan(const EncoderSettings& settings, unsigned level, const LevelChoice& choice,
                      EncoderPlan plan, Models list) {
  plan.stores = level == 0;
  plan.models = model_settings(settings, level, plan.chunk_size);
  // A history that a model asked for is none that lanes look at.
  const bool is_long = plan.history_size > choice.history_size &&
                       (plan.has_repeats || may_want_history(plan.models, list));
  plan.models.has_repeats = plan.has_repeats;
  plan.models.has_colours = plan.has_colours;
  plan.models.lane_history = is_long ? choice.history_size : UINT32_MAX;
  const uint32_t reach = plan.chunk_size + choice.history_size;
  plan.models.lane =
      lane_parameters(choice, is_long ? std::min(reach, plan.window_size()) : plan.window_size());
  if (plan.models.asked != Model::BYTES)
    plan.models.matches = match_parameters(level, plan.models.lane);
  plan.models.dense_size = plan.dense_size;
  plan.models.room_size = plan.room_size;
  // A level may change later, and another model serve then.
  size_t workspace = 0;
  size_t slots = 0;
  for (const ModelEntry& model : list) {
    const MemoryNeed need = model.memory(plan.models);
    workspace = std::max(workspace, need.workspace);
    slots = std::max(slots, need.slots);
    if (may_serve(model, plan.models)) plan.minor = std::max(plan.minor, model.minor);
  }
  if (plan.has_repeats) plan.minor = std::max(plan.minor, kCopies.since_minor);
  if (settings.model != Model::BYTES) plan.minor = std::max(plan.minor, kDifferencesMinor);
  if (plan.has_colours) plan.minor = std::max(plan.minor, kColoursMinor);
  plan.workspace_size = static_cast<uint32_t>(workspace);
  plan.slots_size = static_cast<uint32_t>(slots);
  plan.memory = plan_memory(settings, plan, plan.threads, list);
  return plan;
}

/// Whether a model that serves the settings may want longer chunks than others.
bool wants_longer(const EncoderSettings& settings, const LevelChoice& choice, Models list) {
  const ModelSettings asked = model_settings(settings, settings.level, choice.chunk_size);
  return std::any_of(list.begin(), list.end(), [&](const ModelEntry& model) {
    return model.goes_on != nullptr && model.serves(asked);
  });
}

/// A choice's sizes, if the settings leave them open.
EncoderPlan choose_sizes(const EncoderSettings& settings, const LevelChoice& choice, Models list) {
  EncoderPlan plan;
  plan.chain = settings.chain;
  if (settings.key_interval != 0) plan.key_interval = settings.key_interval;
  const uint32_t asked = settings.chunk_size;
  // More of a long chunk of frames has a frame before.
  const uint32_t look_size = settings.frames.plane_count == 0 ? choice.look_size : 0;
  plan.chunk_size = asked != 0 ? asked : choice.chunk_size;
  if (asked == 0 && look_size != 0 && choice.chunk_size <= kLongChunk) {
    plan.only_wanted_go_on = wants_longer(settings, choice, list);
    if (!plan.only_wanted_go_on) plan.chunk_size = look_size;
  }
  // A history longer than the chunk would cost more to load than it saves.
  plan.history_size = asked != 0 ? std::min(choice.history_size, asked) : choice.history_size;
  // A level cuts dense bytes at the same places whatever memory there is. A chunk size that was
  // asked for holds for them, too.
  const uint32_t dense = look_size != 0 ? look_size : kDenseChunk;
  plan.dense_size = asked == 0 ? std::min(plan.chunk_size, dense) : plan.chunk_size;
  // Choices of longer chunks are for users with memory to spare.
  plan.room_size = choice.chunk_size <= kLongChunk ? plan.dense_size : plan.chunk_size;
  return plan;
}

/// The same with the history that a model has use for, at the cost of the chunk if it must be; the
/// chunk size is 0 if there is no such plan.
EncoderPlan choose_wanted_sizes(const EncoderSettings& settings, unsigned level,
                                const LevelChoice& choice, bool same_window, Models list) {
  EncoderPlan plan = choose_sizes(settings, choice, list);
  const uint64_t history = wanted_history(model_settings(settings, level, plan.chunk_size), list);
  const uint64_t window = uint64_t{plan.chunk_size} + plan.history_size;
  if (history <= plan.history_size || history > kMaxHistory || settings.chunk_size != 0) return {};
  plan.history_size = static_cast<uint32_t>(history);
  if (!same_window) return plan;
  if (plan.only_wanted_go_on || history + kLeastChunkBehind > window) return {};
  plan.chunk_size = static_cast<uint32_t>(window - history);
  plan.dense_size = std::min(plan.dense_size, plan.chunk_size);
  plan.room_size = std::min(plan.room_size, plan.chunk_size);
  return plan;
}

/// Whether the settings leave room for far repeats. Who asks for short chunks alone wants short
/// groups, too.
bool looks_for_repeats(const EncoderSettings& settings, unsigned level) {
  return level >= kFirstRepeatLevel && settings.max_memory > kDefaultDecoderMemory &&
         (settings.chunk_size == 0 || settings.key_interval != 0) &&
         settings.frames.plane_count == 0;
}

/// A choice's sizes with a history for far repeats, as long as the group at most. Without
/// has_repeats, if that is no longer than what the choice has anyway.
EncoderPlan choose_repeat_sizes(const EncoderSettings& settings, const LevelChoice& choice,
                                uint32_t history_size, Models list) {
  EncoderPlan plan = choose_sizes(settings, choice, list);
  uint64_t history = history_size;
  if (settings.key_interval != 0)
    history = std::min(history, (settings.key_interval - uint64_t{1}) * plan.chunk_size);
  plan.has_repeats = history > plan.history_size;
  if (!plan.has_repeats) return plan;
  plan.history_size = static_cast<uint32_t>(history);
  plan.chain = UINT32_MAX;
  if (settings.key_interval != 0) return plan;
  plan.group_size = 2 * history;
  plan.key_interval = static_cast<uint32_t>(plan.group_size / plan.dense_size);
  return plan;
}

/// As many of the threads asked for as fit beside the rest of the plan, which does not change. All
/// of them, if nothing was said of memory.
void add_threads(const EncoderSettings& settings, EncoderPlan& plan, Models list) {
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
  const unsigned asked = std::min(settings.threads != 0 ? settings.threads : cores, kMaxThreads);
  for (unsigned threads = 2; threads <= asked; threads++) {
    const MemoryEstimate memory = plan_memory(settings, plan, threads, list);
    if (settings.max_memory != 0 && memory.total() > settings.max_memory) break;
    plan.threads = threads;
    plan.memory = memory;
  }
}

/// Whether a plan takes no more than it may. If nothing was said of memory, that is what one of its
/// threads takes.
bool fits(const EncoderSettings& settings, const EncoderPlan& plan, Models list) {
  if (settings.max_memory != 0) return plan.memory.total() <= settings.max_memory;
  return plan_memory(settings, plan, 1, list).total() <= kDefaultEncoderMemory;
}

/// The plan of some sizes, with the planes of pixels, or ranks of samples, if these fit, too.
EncoderPlan plan_of(const EncoderSettings& settings, unsigned level, const LevelChoice& choice,
                    EncoderPlan sizes, Models list) {
  const EncoderPlan plan = make_plan(settings, level, choice, sizes, list);
  sizes.has_colours = !plan.stores && settings.model != Model::BYTES &&
                      (is_frame_of_pixels(settings.frames) || is_frame_of_words(settings.frames));
  if (!sizes.has_colours) return plan;
  const EncoderPlan larger = make_plan(settings, level, choice, sizes, list);
  return fits(settings, larger, list) ? larger : plan;
}

/// The choices of a level. Where frames are told of, and there is no room for its longest chunks,
/// those of a lower one: lanes are no use there, but chunks of which more has a frame before.
std::span<const LevelChoice> choices_for(const EncoderSettings& settings, unsigned level,
                                         Models list) {
  constexpr unsigned kOfLongChunks = 5;
  const std::span<const LevelChoice> choices = level_choices(level);
  if (settings.frames.plane_count == 0 || level <= kOfLongChunks) return choices;
  for (const LevelChoice& choice : choices) {
    if (choice.chunk_size <= kLongChunk) break;
    const EncoderPlan sizes = choose_sizes(settings, choice, list);
    if (fits(settings, make_plan(settings, level, choice, sizes, list), list)) return choices;
  }
  return level_choices(kOfLongChunks);
}

/// The first of a level's choices that fits, with the history that a model has use for; the chunk
/// size is 0 if that does not fit.
EncoderPlan first_with_wanted_history(const EncoderSettings& settings, unsigned level,
                                      Models list) {
  for (const LevelChoice& choice : choices_for(settings, level, list)) {
    const EncoderPlan usual = choose_sizes(settings, choice, list);
    if (wanted_history(model_settings(settings, level, usual.chunk_size), list) == 0) break;
    if (!fits(settings, make_plan(settings, level, choice, usual, list), list)) continue;
    for (const bool same_window : {false, true}) {
      const EncoderPlan sizes = choose_wanted_sizes(settings, level, choice, same_window, list);
      if (sizes.chunk_size == 0) continue;
      const EncoderPlan plan = plan_of(settings, level, choice, sizes, list);
      if (fits(settings, plan, list)) return plan;
    }
    break;
  }
  return {};
}

/// The first of a level's choices that fits, with the sizes of `fixed` if that is not null; with
/// chunks of bytes alone, if none does with all models and none of them was asked for. If none does
/// at all, INVALID_SETTINGS with what the least of them needs.
Result<EncoderPlan> first_that_fits(const EncoderSettings& settings, unsigned level,
                                    const EncoderPlan* fixed, Models list) {
  uint64_t least = UINT64_MAX;
  EncoderSettings asked = settings;
  // Where only bytes fitted at first, the head says so.
  if (fixed != nullptr && fixed->models.asked == Model::BYTES) asked.model = Model::BYTES;
  if (fixed == nullptr && level != 0) {
    const EncoderPlan plan = first_with_wanted_history(asked, level, list);
    if (plan.chunk_size != 0) return plan;
  }
  for (const uint32_t history : kRepeatHistories) {
    if (fixed != nullptr || !looks_for_repeats(settings, level)) break;
    const LevelChoice& choice = level_choices(level)[0];
    const EncoderPlan sizes = choose_repeat_sizes(settings, choice, history, list);
    if (!sizes.has_repeats) break;
    const EncoderPlan plan = make_plan(asked, level, choice, sizes, list);
    if (fits(settings, plan, list)) return plan;
  }
  while (true) {
    for (const LevelChoice& choice : choices_for(asked, level, list)) {
      const EncoderPlan plan =
          fixed != nullptr
              ? make_plan(asked, level, choice, *fixed, list)
              : plan_of(asked, level, choice, choose_sizes(settings, choice, list), list);
      if (fits(settings, plan, list)) return plan;
      least = std::min(least, plan.memory.total());
    }
    if (asked.model != Model::AUTO) break;
    asked.model = Model::BYTES;
  }
  return Status::error(ErrorCode::INVALID_SETTINGS,
                       "max-memory cannot hold the level and chunk-size asked for", 0, least);
}

}  // namespace

Result<EncoderPlan> plan_encoder(const EncoderSettings& settings, Models list) {
  const uint32_t chunk = settings.chunk_size;
  if (settings.level > kMaxLevel)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "level must be 0 to 9");
  if (chunk != 0 && (chunk < kMinChunkSize || chunk > kMaxChunkSize))
    return Status::error(ErrorCode::INVALID_ARGUMENT,
                         "chunk-size must be 0 (automatic) or 65536 to 4194304 bytes");
  if (settings.model > kLastModel)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "there is no such model");
  if (settings.search_index && !settings.index)
    return Status::error(ErrorCode::INVALID_ARGUMENT, "search-index needs the index");
  if (settings.frames.plane_count != 0 && !is_frame_format(settings.frames))
    return Status::error(ErrorCode::INVALID_ARGUMENT, "frames are out of range");
  Result<EncoderPlan> plan = first_that_fits(settings, settings.level, nullptr, list);
  if (plan.ok()) add_threads(settings, plan.value, list);
  return plan;
}

Result<EncoderPlan> plan_level(const EncoderSettings& settings, const EncoderPlan& fixed,
                               unsigned level, Models list) {
  if (level > kMaxLevel) return Status::error(ErrorCode::INVALID_ARGUMENT, "level must be 0 to 9");
  return first_that_fits(settings, level, &fixed, list);
}

uint64_t memory_for_history(const EncoderSettings& settings, Models list) {
  constexpr uint64_t kMiB = 1024 * 1024;
  EncoderSettings tried = settings;
  const auto is_enough = [&] {
    const Result<EncoderPlan> plan = plan_encoder(tried, list);
    return plan.ok() && plan.value.history_size >= wanted_history(plan.value.models, list);
  };
  if (is_enough()) return 0;
  uint64_t most = 1024;
  tried.max_memory = most * kMiB;
  if (!is_enough()) return 0;
  for (uint64_t least = settings.max_memory / kMiB; least + 1 < most;) {
    const uint64_t middle = least + (most - least) / 2;
    tried.max_memory = middle * kMiB;
    (is_enough() ? most : least) = middle;
  }
  return most * kMiB;
}

bool can_use(const EncoderPlan& plan, Model model) {
  const auto& list = model_set();
  return std::any_of(list.begin(), list.end(), [&](const ModelEntry& entry) {
    return entry.id == model && entry.memory(plan.models).room != 0;
  });
}

}  // namespace sigma
