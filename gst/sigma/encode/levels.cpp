/* Tables of levels.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/encode/levels.hpp"

#include <algorithm>
#include <bit>

namespace sigma {
namespace {

constexpr uint32_t KiB = 1024;

using namespace strategy;

// Each level's choices, best first; the first that fits is taken. Measured: docs/levels.md.
constexpr LevelChoice kLevel1[] = {
    {1024 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 7, 0},
    {512 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 7, 0},
    {256 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 7, 0},
    {128 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 7, 0},
    {64 * KiB, 64 * KiB, 1, FAST, 13, 13, 1, 7, 0},
};
constexpr LevelChoice kLevel2[] = {
    {kLongChunk, 512 * KiB, 1, FAST, 16, 14, 1, 6, 0},
    {512 * KiB, 256 * KiB, 1, FAST, 16, 14, 1, 6, 0},
    {256 * KiB, 256 * KiB, 1, FAST, 15, 14, 1, 6, 0},
    {128 * KiB, 128 * KiB, 1, FAST, 14, 14, 1, 6, 0},
    {64 * KiB, 64 * KiB, 1, FAST, 13, 13, 1, 6, 0},
};
constexpr LevelChoice kLevel3[] = {
    {kLongChunk, 512 * KiB, 3, DFAST, 17, 16, 1, 5, 0},
    {1024 * KiB, 512 * KiB, 3, DFAST, 17, 16, 1, 5, 0},
    {768 * KiB, 768 * KiB, 3, DFAST, 17, 16, 1, 5, 0},
    {512 * KiB, 512 * KiB, 3, DFAST, 17, 16, 1, 5, 0},
    {256 * KiB, 256 * KiB, 3, DFAST, 16, 16, 1, 5, 0},
    {128 * KiB, 128 * KiB, 3, DFAST, 15, 15, 1, 5, 0},
    {64 * KiB, 64 * KiB, 3, DFAST, 14, 14, 1, 5, 0},
};
constexpr LevelChoice kLevel4[] = {
    {kLongChunk, 1024 * KiB, 5, GREEDY, 18, 16, 3, 5, 0},
    {kLongChunk, 384 * KiB, 5, GREEDY, 17, 16, 3, 5, 0},
    {512 * KiB, 512 * KiB, 5, GREEDY, 17, 16, 3, 5, 0},
    {256 * KiB, 256 * KiB, 5, GREEDY, 16, 16, 3, 5, 0},
    {128 * KiB, 128 * KiB, 5, GREEDY, 15, 15, 3, 5, 0},
    {64 * KiB, 64 * KiB, 5, GREEDY, 14, 14, 3, 5, 0},
};
constexpr LevelChoice kLevel5[] = {
    {kLongChunk, 1024 * KiB, 6, LAZY2, 19, 16, 3, 5, 0},
    {kLongChunk, 384 * KiB, 6, LAZY2, 17, 16, 3, 5, 0},
    {512 * KiB, 512 * KiB, 6, LAZY2, 17, 16, 3, 5, 0},
    {256 * KiB, 256 * KiB, 6, LAZY2, 16, 16, 3, 5, 0},
    {128 * KiB, 128 * KiB, 6, LAZY2, 15, 15, 3, 5, 0},
    {64 * KiB, 64 * KiB, 6, LAZY2, 14, 14, 3, 5, 0},
};
constexpr LevelChoice kLevel6[] = {
    {2048 * KiB, 6144 * KiB, 6, LAZY2, 21, 16, 4, 5, 0, 768 * KiB},
    {2048 * KiB, 2048 * KiB, 6, LAZY2, 20, 16, 4, 5, 0, 768 * KiB},
    {kLongChunk, 768 * KiB, 6, LAZY2, 18, 16, 4, 5, 0, 768 * KiB},
    {512 * KiB, 512 * KiB, 6, LAZY2, 17, 16, 4, 5, 0},
    {256 * KiB, 256 * KiB, 6, LAZY2, 16, 16, 4, 5, 0},
    {128 * KiB, 128 * KiB, 6, LAZY2, 15, 15, 4, 5, 0},
    {64 * KiB, 64 * KiB, 6, LAZY2, 14, 14, 4, 5, 0},
};
constexpr LevelChoice kLevel7[] = {
    {2048 * KiB, 6144 * KiB, 6, LAZY2, 21, 16, 5, 5, 0, 768 * KiB},
    {2048 * KiB, 4096 * KiB, 6, LAZY2, 21, 16, 5, 5, 0, 768 * KiB},
    {kLongChunk, 768 * KiB, 6, LAZY2, 18, 16, 5, 5, 0, 768 * KiB},
    {512 * KiB, 512 * KiB, 6, LAZY2, 17, 16, 5, 5, 0},
    {256 * KiB, 256 * KiB, 6, LAZY2, 16, 16, 5, 5, 0},
    {128 * KiB, 128 * KiB, 6, LAZY2, 15, 15, 5, 5, 0},
    {64 * KiB, 64 * KiB, 6, LAZY2, 14, 14, 5, 5, 0},
};
constexpr LevelChoice kLevel8[] = {
    {2048 * KiB, 6144 * KiB, 15, BTOPT, 20, 22, 5, 4, 32, 768 * KiB},
    {2048 * KiB, 4096 * KiB, 15, BTOPT, 20, 21, 5, 4, 32, 768 * KiB},
    {kLongChunk, 768 * KiB, 15, BTOPT, 17, 18, 5, 4, 32, 768 * KiB},
    {512 * KiB, 256 * KiB, 15, BTOPT, 17, 18, 5, 4, 32},
    {256 * KiB, 256 * KiB, 15, BTOPT, 17, 17, 5, 4, 32},
    {128 * KiB, 128 * KiB, 15, BTOPT, 16, 16, 5, 4, 32},
    {64 * KiB, 64 * KiB, 15, BTOPT, 15, 15, 5, 4, 32},
};
constexpr LevelChoice kLevel9[] = {
    {2048 * KiB, 6144 * KiB, 19, BTULTRA2, 20, 23, 6, 3, 256, 768 * KiB},
    {2048 * KiB, 2048 * KiB, 19, BTULTRA2, 20, 22, 6, 3, 256, 768 * KiB},
    {2048 * KiB, 2048 * KiB, 19, BTULTRA2, 19, 20, 6, 3, 256, 768 * KiB},
    {kLongChunk, 768 * KiB, 19, BTULTRA2, 16, 18, 6, 4, 256, 768 * KiB},
    // With a search index.
    {kLongChunk, 768 * KiB, 19, BTULTRA2, 16, 17, 6, 4, 256, 768 * KiB},
    {512 * KiB, 256 * KiB, 19, BTULTRA2, 17, 18, 6, 3, 256},
    {256 * KiB, 256 * KiB, 19, BTULTRA2, 16, 17, 6, 3, 256},
    {128 * KiB, 128 * KiB, 19, BTULTRA2, 15, 16, 6, 3, 256},
    {64 * KiB, 64 * KiB, 19, BTULTRA2, 14, 15, 6, 3, 256},
};
constexpr LevelChoice kLevel0[] = {
    {1024 * KiB, 0, 1, FAST, 6, 6, 1, 7, 0},
    {256 * KiB, 0, 1, FAST, 6, 6, 1, 7, 0},
    {64 * KiB, 0, 1, FAST, 6, 6, 1, 7, 0},
};

constexpr std::span<const LevelChoice> kLevels[kMaxLevel + 1] = {
    kLevel0, kLevel1, kLevel2, kLevel3, kLevel4, kLevel5, kLevel6, kLevel7, kLevel8, kLevel9};

}  // namespace

std::span<const LevelChoice> level_choices(unsigned level) {
  return kLevels[level];
}

LaneParameters lane_parameters(const LevelChoice& choice, uint32_t window_size) {
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

MatchParameters match_parameters(unsigned level, const LaneParameters& lane) {
  // Quicker levels have no time for them.
  constexpr unsigned kFirstLevel = 5;
  // Beside smaller tables theirs would be most of the memory.
  constexpr int kLeastPlacesLog = 17;
  // Their tables take no more than those of a binary tree, of four bytes for each place.
  const bool has_tree = lane.strategy > strategy::LAZY2;
  const int places_log = has_tree ? std::min(lane.chain_log, lane.hash_log + 2) : lane.hash_log;
  MatchParameters matches;
  if (level < kFirstLevel || places_log < kLeastPlacesLog) return matches;
  matches.places_log = static_cast<unsigned>(places_log);
  matches.block = kMaxMatchBlock;
  if (level == kFirstLevel) matches.lazy = 1;
  // A parse by prices takes as long as two lazy ones, and saves 1 to 8 %; a second one 0.5 %.
  constexpr unsigned kFirstParsedLevel = 8;
  if (level >= kFirstParsedLevel) matches.parses = level - kFirstParsedLevel + 1;
  if (level > kFirstParsedLevel) matches.enough = 256;
  return matches;
}

}  // namespace sigma
