/* The plan that serves what a user asks of an encoder best within the memory allowed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <algorithm>
#include <span>

#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/encode/model_set.hpp"
#include "gst/sigma/models/model.hpp"

namespace sigma {

/// Sizes and parameters that follow from settings alone, never from the input. Nothing that the
/// stream depends on follows from the threads.
struct EncoderPlan {
  uint32_t chunk_size = 0;
  /// Dense (high-entropy) chunks end at this size, at most chunk_size. The quick levels need longer
  /// chunks only where loading the history takes as long as coding does.
  uint32_t dense_size = 0;
  /// Bytes in which a chunk is coded at first: what is longer than dense_size is known to shrink.
  /// Should it need more, headroom is used.
  uint32_t room_size = 0;
  uint32_t history_size = 0;
  /// Only chunks that a model wants longer get longer than dense_size, and those have no history:
  /// they take its place.
  bool only_wanted_go_on = false;
  /// The history is for what repeats at any distance in a group, which is one chain.
  bool has_repeats = false;
  bool has_colours = false;  ///< there is memory for planes of pixels and ranks of samples
  uint32_t key_interval = kDefaultKeyInterval;  ///< chunks of a group, at most
  uint64_t group_size = UINT64_MAX;             ///< bytes after which a group ends
  uint32_t chain = kDefaultChain;               ///< chunks that need one another, at most
  bool stores = false;                          ///< level 0: nothing is compressed
  unsigned threads = 1;                         ///< as many of those asked for as memory allows
  ModelSettings models;                         ///< what models are told
  uint32_t workspace_size = 0;  ///< bytes that a decoder needs for a chunk, at any level
  uint32_t slots_size = 0;      ///< bytes that the chunks of a group share at most, at any level
  uint8_t minor = 0;            ///< version of the format that a model may need, at any level
  MemoryEstimate memory;

  /// Chunks that may be in the making while the next one is filled; 0: each is coded before the
  /// next one begins.
  size_t jobs() const { return threads > 1 ? threads + 1 : 0; }
  /// Bytes that a chunk and its history have at most.
  uint32_t window_size() const {
    if (!only_wanted_go_on) return chunk_size + history_size;
    return std::max(chunk_size, dense_size + history_size);
  }
  /// Bytes of the window that holds them, beyond one chunk and its history: so many that a history
  /// which moves to the front meets none of them. A long one moves once for each quarter of it,
  /// when no job runs.
  size_t window_slack() const {
    const size_t running = jobs() == 0 ? 0 : (jobs() + 1) * size_t{chunk_size};
    if (has_repeats) return history_size / 4 + running;
    return jobs() == 0 ? 0 : history_size + running;
  }
};

/// The best plan for the settings and a list of models. INVALID_SETTINGS (value: the least
/// max_memory that would do) if max_memory cannot hold them, INVALID_ARGUMENT if a setting is out
/// of its range.
Result<EncoderPlan> plan_encoder(const EncoderSettings& settings,
                                 std::span<const ModelEntry> list = model_set());

/// Like plan_encoder(), for a `level` that must live with chunk and history sizes fixed before.
Result<EncoderPlan> plan_level(const EncoderSettings& settings, const EncoderPlan& fixed,
                               unsigned level, std::span<const ModelEntry> list = model_set());

/// The least max_memory, in whole MiB, with which the history is as long as a model has use for: a
/// frame. 0: it is already, or there is none below 1 GiB.
uint64_t memory_for_history(const EncoderSettings& settings,
                            std::span<const ModelEntry> list = model_set());

/// Whether the model can work with chunks as long as the plan's, at some level.
bool can_use(const EncoderPlan& plan, Model model);

}  // namespace sigma
