/* Compressing the lanes of records, each as it pays for what its bytes are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/lanes/block_cuts.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "gst/sigma/operators/records/layout.hpp"
#include "gst/sigma/operators/tree_writer.hpp"

namespace sigma {

/// How the first lanes of a group are smallest, so that the others need not try.
class LaneHabits {
 public:
  struct Habit {
    bool is_known = false;
    bool has_matches = false;  ///< there are some that are worth it, in blocks by frequency
    uint16_t share = 0;        ///< of a lane, in 1/256, what its frame takes
    uint16_t repeats = 0;      ///< the same, what repeats
  };
  Habit& operator[](RecordLane which) { return habits_[static_cast<size_t>(which)]; }
  const Habit& operator[](RecordLane which) const { return habits_[static_cast<size_t>(which)]; }

 private:
  std::array<Habit, kRecordLanes> habits_ = {};
};

/// Adds lanes to a tree.
class RecordLaneWriter {
 public:
  explicit RecordLaneWriter(LaneEncoder& lanes) : lane_coder_(lanes) {}

  /// Searches lanes from now on as these say. Not before the analysis of a part has ended, which
  /// has the coder's memory.
  Status use(const LaneParameters& lane) {
    lane_ = lane;
    return lane_coder_.configure(lane);
  }

  /// Adds a lane with the prefix that `slot` holds, or a literal where that is no larger.
  Status write(RecordLane which, ByteSpan bytes, ByteSpan prefix, size_t slot, TreeWriter& tree);

  /// Adds a lane of column after column. Where blocks that end with the frequencies of their bytes
  /// promise to be smaller, that is tried, too; at once, where a quick search finds few matches.
  /// What a group's first lane tells goes to `learned`; others have what is `known`.
  Status write_codes(RecordLane which, ByteSpan bytes, const LaneHabits& known, LaneHabits* learned,
                     TreeWriter& tree);

 private:
  /// A frame that was made at the front of a room.
  struct Frame {
    size_t size = 0;  ///< 0: none that is smaller than its bytes
    bool has_matches = true;
    bool is_cut = false;  ///< it was made again with blocks by frequency

    size_t taken(ByteSpan bytes) const { return size != 0 ? size : bytes.size(); }
  };
  bool is_quick() const { return lane_.strategy < strategy::BTOPT; }
  bool is_lazy() const { return lane_.strategy >= strategy::LAZY && is_quick(); }
  LaneParameters parameters_of(RecordLane which) const;
  Result<bool> encode_as_known(ByteSpan bytes, const LaneHabits::Habit& habit, MutableByteSpan room,
                               Frame& frame);
  Status encode_codes(RecordLane which, ByteSpan bytes, MutableByteSpan room, bool is_first,
                      Frame& frame);
  Status encode_in_place(ByteSpan bytes, const BlockCuts& cuts, MutableByteSpan room, Frame& frame);
  Status encode_in_blocks(ByteSpan bytes, const BlockCuts& cuts, bool tries_matches,
                          MutableByteSpan room, Frame& frame);

  LaneEncoder& lane_coder_;
  LaneParameters lane_;
};

}  // namespace sigma
