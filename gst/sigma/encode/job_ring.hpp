/* Chunks in the making: jobs in threads, in the order of the stream, and the groups they share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/task.hpp"
#include "gst/sigma/encode/chunk_encoder.hpp"
#include "gst/sigma/encode/packet_writer.hpp"
#include "gst/sigma/memory/pooled_array.hpp"

namespace sigma {

/// A chunk from when it is full to when its packet is queued.
struct Job {
  explicit Job(GlyphBufferPool& pool) : repeats(pool) {}
  ByteSpan chunk;
  ByteSpan history;
  Buffer framing;
  bool is_stored = false;  ///< without trying to code it
  PooledArray<FarRepeat> repeats;
  EncodedChunk made;  ///< flags and place are set before it starts
  Status status;
  uint64_t time_ns = 0;
};

/// The jobs that have started and are not collected, the oldest first. All calls are for one thread
/// at a time. A chunk waits in its thread until the key chunk of its group is coded.
class JobRing {
 public:
  explicit JobRing(GlyphBufferPool& pool) : pool_(pool) {}

  /// Reserves what the plan asks for. reset() must have been called. `tasks` is used if the plan
  /// has threads; without them, collect() does the work.
  Status configure(const EncoderPlan& plan, const Head& head, const EncoderSettings& settings,
                   TaskPool* tasks);
  /// Waits for all jobs and drops what they made.
  void reset();

  bool has_threads() const { return tasks_ != nullptr; }
  bool is_empty() const { return count_ == 0; }
  bool is_full() const { return count_ == size_; }

  /// The job that is to start next; the ring must not be full.
  Job& next() { return next_slot().job; }
  /// Gives it the plan's level, if that of its last chunk was another.
  Status set_level(const EncoderPlan& plan, const Head& head);
  /// Has its chunk coded, as one of the group that its key flag says.
  Status start();
  /// Its chunk needs no coding, and only takes its place in the group. The ring must be empty.
  Status pass();

  /// Waits for the oldest job and takes it out of the ring.
  Job& collect();

  /// Whether states() is what the group of the last chunk has from its key on.
  bool is_group_known() { return count_ == 0 || group_->is_ready(); }
  const GroupStates& states() const { return group_->states; }

  /// One that works on no chunk. The ring must be empty.
  ChunkEncoder& idle_encoder() { return slots_[0]->encoder; }

 private:
  /// What chunks of a group share, which dependent ones wait for.
  struct Group {
    GroupStates states;
    unsigned users = 0;  ///< jobs; the caller's thread counts
    std::mutex lock;
    std::condition_variable done;
    bool has_key = false;  ///< the key chunk is coded

    void wait();
    bool is_ready();
    void set_ready();
  };

  struct Slot {
    explicit Slot(GlyphBufferPool& pool) : encoder(pool), job(pool) {}
    Status set_search(bool has_search);
    ChunkEncoder encoder;
    unsigned level = kMaxLevel + 1;  ///< of `encoder`
    Group* group = nullptr;
    std::unique_ptr<TextSummary> text;  ///< null: there is no search index
    Job job;
    Task task;  ///< the last member: it is done before the others go
  };

  static constexpr size_t kMaxJobs = kMaxThreads + 1;

  static void run(void* slot);
  Slot& next_slot() { return *slots_[(first_ + count_) % size_]; }
  Status join_group(Slot& slot);

  GlyphBufferPool& pool_;
  TaskPool* tasks_ = nullptr;
  bool verifies_ = false;
  std::array<std::unique_ptr<Group>, kMaxJobs + 1> groups_;
  std::array<std::unique_ptr<Slot>, kMaxJobs> slots_;  ///< a ring; destroyed before what they use
  size_t size_ = 1;
  size_t first_ = 0;
  size_t count_ = 0;
  Group* group_ = nullptr;  ///< of the last chunk that joined one
};

}  // namespace sigma
