/* An evaluator that can tell of a chunk that it lacks a text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <memory>

#include "gst/sigma/operators/evaluator.hpp"
#include "gst/sigma/search/record_pieces.hpp"

namespace sigma {

/// Looks between begin() and finish(). Where chunk after chunk may hold a text, it looks at fewer.
class SievingEvaluator : public Evaluator {
 public:
  explicit SievingEvaluator(GlyphBufferPool& pool) : Evaluator(pool) {}

  /// The texts stay where they are; null: none. NO_MEMORY.
  Status set_texts(const SoughtTexts* texts);
  bool has_texts() const { return texts_ != nullptr; }

  /// Behind begin(), of a chunk of `size` bytes: whether it consists of whole lines, `lines` of
  /// them, but that a line before it may go on in the first, and none has one of the texts or a
  /// zero byte. False: that may be otherwise. finish() goes on as if nobody had looked.
  bool lacks_texts(size_t size, uint64_t& lines);

 private:
  bool look(size_t size, uint64_t& lines);

  const SoughtTexts* texts_ = nullptr;
  std::unique_ptr<RecordPieces> pieces_;
  bool has_looked_ = false;  ///< at records of the last chunk
  unsigned in_vain_ = 0;     ///< looks in a row
  unsigned passed_ = 0;      ///< chunks since the last one
};

}  // namespace sigma
