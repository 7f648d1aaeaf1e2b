/* What a user asks of an encoder, and what that takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/export.hpp"

namespace sigma {

constexpr unsigned kMaxLevel = 9;
constexpr unsigned kDefaultLevel = 3;
constexpr uint32_t kMinChunkSize = 64 * 1024;
constexpr uint32_t kMaxChunkSize = 4 * 1024 * 1024;
constexpr uint64_t kDefaultEncoderMemory = 6 * 1024 * 1024;
constexpr uint64_t kDefaultDecoderMemory = 64 * 1024 * 1024;
constexpr uint32_t kDefaultKeyInterval = 8;  ///< where it is automatic, and nothing asks for more
/// Chunks in a row each of which may refer to the bytes of the one before: damage to one costs
/// those behind it.
constexpr uint32_t kDefaultChain = 4;
constexpr unsigned kMaxThreads = 64;

/// Resident pages of code and data of this library and libzstd, in bytes: measured as
/// what an encoder adds to a process less what the codec owns (docs/levels.md).
constexpr uint64_t kCodeMemory = 448 * 1024;

/// Bytes of max-memory that are left free for what no plan can foresee: holes in the heap, packets
/// that a sink keeps.
constexpr uint64_t kHeadroom = 416 * 1024;

/// The same for a decoder.
constexpr uint64_t kDecoderHeadroom = 224 * 1024;

/// How chunks are looked at.
enum class Model : uint8_t {
  AUTO,     ///< as the level has time for
  BYTES,    ///< as bytes
  RECORDS,  ///< as text records where that is smaller, at any level but 0
  SAMPLES,  ///< as numbers, predicted from those before, where that is smaller
  FRAMES,   ///< as pictures in rows, predicted from around and from before, where that is smaller
  TEXT,     ///< with codes for frequent words where that is smaller, at any level but 0
};
constexpr Model kLastModel = Model::TEXT;

/// `auto`, `bytes`, `records`, `samples`, `frames` or `text`; false if there is no such model.
SIGMA_API bool model_by_name(std::string_view name, Model& model);

constexpr size_t kMaxFramePlanes = 4;

struct FramePlane {
  size_t row = 1;  ///< samples
  size_t rows = 1;
  size_t period = 1;       ///< kinds of samples, which take turns in a row: at most 4
  bool is_skewed = false;  ///< each row begins with the kind after that of the row before: a mosaic

  bool operator==(const FramePlane&) const = default;
};

/// How bytes are frames of samples. Frames lie one behind the other, and so do the planes of a
/// frame.
struct FrameFormat {
  unsigned width = 1;  ///< bytes of a sample: 1 or 2
  bool big_endian = false;
  unsigned unused = 0;     ///< low bits, which are 0
  size_t plane_count = 0;  ///< 0: it is not known
  std::array<FramePlane, kMaxFramePlanes> planes;

  /// Samples of all planes.
  constexpr size_t frame_size() const {
    size_t size = 0;
    for (size_t i = 0; i < plane_count; i++)
      size += planes[i].row * planes[i].rows;
    return size;
  }
  bool operator==(const FrameFormat&) const = default;
};

struct EncoderSettings {
  unsigned level = kDefaultLevel;  ///< 0 stores, 1 fastest, 9 smallest
  uint32_t chunk_size = 0;         ///< bytes, 64 KiB to 4 MiB; 0 = automatic
  uint64_t max_memory = 0;  ///< bytes, code included; 0 = automatic: kDefaultEncoderMemory, and for
                            ///< more threads than one what so many need
  uint32_t key_interval = 0;  ///< chunks from key to key, at most; 0 = automatic:
                              ///< kDefaultKeyInterval, and more where a long history is for repeats
  uint32_t chain = kDefaultChain;  ///< chunks that need one another, at most
  bool index = true;               ///< write index packets
  bool verify = false;             ///< decode every chunk before it leaves
  unsigned threads = 1;  ///< that code chunks; 0 = one per core; at most kMaxThreads are used
  Model model = Model::AUTO;
  FrameFormat frames;         ///< of the stream from its first byte on, if it is known
  bool search_index = false;  ///< the index also says what searches need: words, and lines
};

struct DecoderSettings {
  uint64_t max_memory = kDefaultDecoderMemory;  ///< bytes, code included; streams that need more
                                                ///< are refused
  OnError on_error = OnError::FAIL;
  unsigned threads = 1;  ///< that decode groups; 0 = one per core; at most kMaxThreads are used
};

/// What an encoder reserves, in bytes, part by part.
struct MemoryEstimate {
  uint64_t window = 0;  ///< chunk and history
  uint64_t output = 0;  ///< the packet being made
  uint64_t coder = 0;   ///< tables of the entropy coder
  uint64_t filter = 0;  ///< half a dense chunk, filtered
  uint64_t verify = 0;  ///< decoder and its output, if chunks are verified
  uint64_t tables = 0;  ///< index and small packets
  uint64_t shared = 0;  ///< what chunks of a group share
  uint64_t held = 0;    ///< what a sink still holds of the packet before, beyond 1 MiB
  /// Bytes that the codec owns.
  uint64_t codec() const { return window + output + coder + filter + verify + tables + shared; }
  /// Bytes that an encoder may add to a process.
  uint64_t total() const { return codec() + held + kCodeMemory + kHeadroom; }
};

/// The chunk size that sigma began with, by the size of a file: 64 KiB below 10 MiB, 256 KiB below
/// 100 MiB, 1 MiB below 1 GiB, else 4 MiB. For callers that set chunk_size: automatic sizes never
/// depend on the input.
SIGMA_API uint32_t optimal_chunk_size(uint64_t file_size);

}  // namespace sigma
