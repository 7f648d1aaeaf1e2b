/* Residuals, predicted by filters that adapt to those before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"

namespace sigma {

constexpr size_t kMaxAdaptiveStages = 3;
constexpr size_t kTapStep = 16;
constexpr size_t kMaxTaps = 1024;  ///< of all stages
constexpr unsigned kMaxAdaptiveShift = 24;
constexpr unsigned kMaxAdaptiveDown = 16;
constexpr size_t kMaxAdaptiveChannels = 64;

/// How residuals of interleaved channels are filtered.
struct AdaptiveForm {
  struct Stage {
    size_t taps = 0;     ///< a multiple of kTapStep
    unsigned shift = 1;  ///< sums are divided by 2^shift
  };
  unsigned width = 2;  ///< bytes: 2, 3 or 4
  size_t channels = 1;
  unsigned down = 0;  ///< filters see residuals divided by 2^down
  size_t count = 0;   ///< of stages, 1 to kMaxAdaptiveStages
  std::array<Stage, kMaxAdaptiveStages> stages{};

  /// Of all stages.
  size_t taps() const;
};

/// Reads an operator's payload; false if it is malformed.
bool parse_adapted(ByteSpan payload, AdaptiveForm& form);

/// The filters of one channel, one behind the other: each predicts what the one before leaves.
class AdaptiveFilter {
 public:
  void start(const AdaptiveForm& form);
  /// Residuals, folded, in place: to what filters leave of them, and back.
  template <typename T>
  void subtract(T* residuals, size_t count);
  void restore(uint32_t* residuals, size_t count);

 private:
  static constexpr size_t kSlide = 512;  ///< inputs that are added before all of them are moved
  static constexpr size_t kHistory = kMaxTaps + kMaxAdaptiveStages * kSlide;

  struct Stage {
    size_t taps;
    unsigned shift;
    size_t weights;  ///< where they begin
    size_t history;  ///< where that begins
    size_t at;       ///< of the oldest input that still counts
    int16_t sign;    ///< of what was left of the last one
    uint32_t mean;   ///< 16 times that of inputs
  };

  int32_t wrapped(int32_t value) const;
  int32_t predict(Stage& stage);
  void learn(Stage& stage, int32_t input, int32_t left);

  unsigned up_ = 0;  ///< bits of an integer that residuals have not
  unsigned down_ = 0;
  size_t count_ = 0;
  std::array<Stage, kMaxAdaptiveStages> stages_;
  std::array<int16_t, kMaxTaps> weights_;
  std::array<int16_t, kHistory> inputs_;
  std::array<int16_t, kHistory> steps_;
};

struct OperatorEntry;
extern const OperatorEntry kAdapted;

}  // namespace sigma
