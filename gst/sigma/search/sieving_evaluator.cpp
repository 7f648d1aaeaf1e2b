/* Trees of records, looked at before they are written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/search/sieving_evaluator.hpp"

#include <algorithm>
#include <new>

#include "gst/sigma/operators/concatenate.hpp"
#include "gst/sigma/operators/records/records.hpp"

namespace sigma {
namespace {

/// Looks in vain behind which the next one comes later, each time by twice as many chunks.
constexpr unsigned kPatience = 2;
constexpr unsigned kMostPassed = 64;

}  // namespace

Status SievingEvaluator::set_texts(const SoughtTexts* texts) {
  if (texts == texts_) return {};
  if (texts != nullptr && pieces_ == nullptr) {
    pieces_.reset(new (std::nothrow) RecordPieces(pool_));
    if (pieces_ == nullptr)
      return Status::error(ErrorCode::NO_MEMORY, "out of memory", 0, sizeof(RecordPieces));
  }
  texts_ = texts;
  in_vain_ = passed_ = 0;
  return {};
}

bool SievingEvaluator::lacks_texts(size_t size, uint64_t& lines) {
  // What are no records is told at once, and says nothing of those that come.
  if (const OperatorEntry* first = next_operator(); first != &kRecords && first != &kConcatenate)
    return false;
  const unsigned pause =
      in_vain_ < kPatience ? 0 : std::min(1U << std::min(in_vain_ - kPatience, 8U), kMostPassed);
  if (passed_ < pause) {
    passed_++;
    return false;
  }
  passed_ = 0;
  const ByteSpan tree = tree_;
  const uint64_t work_left = work_left_;
  const uint64_t glyphs = glyphs_;
  const bool lacks = look(size, lines);
  tree_ = tree;
  work_left_ = work_left;
  glyphs_ = glyphs;
  if (lacks)
    in_vain_ = 0;
  else if (has_looked_)
    in_vain_++;
  return lacks;
}

/// Records, or several of them in a row.
bool SievingEvaluator::look(size_t size, uint64_t& lines) {
  has_looked_ = false;
  uint64_t left = 1;
  if (next_operator() == &kConcatenate) {
    Node node;
    if (!read_node(node).ok()) return false;
    VarintReader in(node.payload);
    if (!in.read(left) || !in.at_end() || left > tree_.size()) return false;
  }
  uint64_t total = 0;
  for (lines = 0; left > 0; left--) {
    Node node;
    if (next_operator() != &kRecords || !read_node(node).ok()) return false;
    has_looked_ = true;
    uint64_t part = 0;
    uint64_t part_lines = 0;
    if (!pieces_->lack(*texts_, *this, node, part, part_lines) || part > size - total) return false;
    total += part;
    lines += part_lines;
  }
  return total == size;
}

}  // namespace sigma
