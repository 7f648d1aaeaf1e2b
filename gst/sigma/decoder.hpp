/* A .sigma stream in, bytes out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/damage.hpp"
#include "gst/sigma/base/settings.hpp"
#include "gst/sigma/base/stats.hpp"
#include "gst/sigma/base/task_pool.hpp"
#include "gst/sigma/decoded_chunk.hpp"
#include "gst/sigma/sought_texts.hpp"

namespace sigma {

class AheadDecoder;

/// Decodes streams, one or several joined, that arrive in any split:
///
///     if (!decoder.push(bytes).ok()) return;
///     for (;;) {
///       Result<bool> more = decoder.next(chunk);
///       if (!more.ok() || !more.value) break;
///       write(chunk.bytes);
///     }
///     ...
///     decoder.end_input();   // at the end of the input
///     (next() as before)
///     decoder.finish();      // is it complete?
///
/// After an error nothing more is decoded until reset(). With OnError::SKIP damage is no error:
/// what it costs goes to the listener, and decoding goes on with the next chunk that needs nothing
/// of what is missing (docs/format.md, "Damage"). Offsets in errors count stream bytes since
/// reset(). Each call is for one thread at a time.
///
/// With threads, groups of chunks are decoded in those of a pool before their turn, as far as
/// memory has room for more than one. Chunks, damage and errors are the same, in the same order;
/// but chunks may come later, at the latest after flush() or end_input().
class SIGMA_API StreamingDecoder {
 public:
  /// `max_memory`: bytes, code included; streams that need more are refused.
  explicit StreamingDecoder(uint64_t max_memory = kDefaultDecoderMemory,
                            OnError on_error = OnError::FAIL);
  ~StreamingDecoder();
  StreamingDecoder(const StreamingDecoder&) = delete;
  StreamingDecoder& operator=(const StreamingDecoder&) = delete;

  /// So many threads of `tasks`, which must outlive the decoder; 0: one per core. INVALID_ARGUMENT
  /// behind the first byte.
  Status set_threads(TaskPool* tasks, unsigned threads);

  /// Where chunks may go; null: to the decoder's own memory. INVALID_ARGUMENT behind the first
  /// byte.
  Status set_chunk_memory(ChunkMemory* memory);

  /// Chunks that can be told to have none of these texts, and no zero byte, without decoding them
  /// as a whole are passed: DecodedChunk::passed_size. The texts must outlive the decoder; null:
  /// all chunks are decoded. INVALID_ARGUMENT behind the first byte.
  Status set_sought(const SoughtTexts* texts);

  /// Examines chunks that threads decode: DecodedChunk::finding. It must outlive the decoder; null:
  /// nobody does. INVALID_ARGUMENT behind the first byte.
  Status set_examiner(ChunkExaminer* examiner);

  /// Also between chunks: what comes then is handled in the other way.
  void set_on_error(OnError on_error);

  /// Damage is reported there; may be null.
  void set_listener(DamageListener* listener);

  /// Adds input, which must stay valid until next() has given false. INVALID_ARGUMENT before that,
  /// and behind end_input().
  Status push(ByteSpan input);

  /// True: `chunk` is the next one. False: the input is used up.
  Result<bool> next(DecodedChunk& chunk);

  /// The calls of next() up to the one that gives false give all chunks that have come.
  void flush();

  /// The input is at its end. When damage is skipped, next() may find more chunks then, in what
  /// seemed to be the beginning of a packet.
  void end_input();

  /// After end_input() and the last next(): OK if the last stream is complete, else TRUNCATED (or
  /// NOT_SIGMA). When damage is skipped, an error only if no stream was found at all.
  Status finish();

  /// Forgets everything: the next byte is the first of a stream.
  void reset();

  /// Forgets everything but the statistics: the next byte is the tag of that key chunk.
  Status start_at(const EntryPoint& point);

  /// Decoded bytes before the next chunk that is due, over all joined streams.
  uint64_t position() const;

  StreamStats stats() const;

 private:
  AheadDecoder* state_;  ///< null: there was no memory for it
};

/// What bytes look like.
enum class Likeness : uint8_t {
  NONE,     ///< no .sigma stream begins with them
  LIKELY,   ///< they begin like one, but the head is damaged, or not here as a whole
  CERTAIN,  ///< a sound head of a stream
};

/// Bytes that looks_like_stream() needs to be certain; with fewer than kLeastLikenessBytes it says
/// NONE of a stream, too.
constexpr size_t kLikenessBytes = 78;
constexpr size_t kLeastLikenessBytes = 14;

/// Whether an input that begins with `front` is a .sigma stream.
SIGMA_API Likeness looks_like_stream(ByteSpan front);

}  // namespace sigma
