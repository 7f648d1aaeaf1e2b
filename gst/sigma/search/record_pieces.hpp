/* The pieces that records are put together from, without putting them together.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/memory/buffer_pool.hpp"
#include "gst/sigma/memory/pooled_array.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/search/column_numbers.hpp"
#include "gst/sigma/search/piece_set.hpp"
#include "gst/sigma/sought_texts.hpp"

namespace sigma {

/// What is found out of records, one glyph after the other.
class RecordPieces {
 public:
  explicit RecordPieces(GlyphBufferPool& pool) : pool_(pool), templates_(pool) {}

  /// Looks at the operands of records, and passes them. True: the last record ends a line, no line
  /// has one of the texts or a zero byte, and there are `lines` of them in `size` bytes. False:
  /// that may be otherwise, or nothing can be said.
  bool lack(const SoughtTexts& texts, Operands& operands, const Node& node, uint64_t& size,
            uint64_t& lines);

 private:
  /// Of a template, its line feeds, and whether it ends with one.
  struct Feeds {
    uint32_t count = 0;
    bool is_last = false;
    void add(uint32_t more, bool is_end) {
      count += more;
      is_last = is_end;
    }
  };

  bool take_texts(const SoughtTexts& texts);
  bool look(Operands& operands, uint64_t& lines);
  bool view_lanes(Operands& operands, bool needs_numbers, RecordLanes& lanes);
  bool add_numbers(Operands& operands, const RecordLanes& lanes, uint64_t records);
  bool add_templates(ByteSpan definitions, bool is_split);
  bool count_feeds(ByteSpan definitions);
  void start_templates();
  bool end_template(Feeds& feeds);
  void join(PieceKind kind);
  bool add_script(ByteSpan script);
  bool add_strings(ByteSpan strings);
  bool count_lines(ByteSpan ids, ByteSpan lows, uint64_t& lines) const;
  bool fold(ByteSpan& bytes);
  bool is_possible() const;
  bool is_possible_with_numbers() const;
  std::span<PieceSet> sets() { return std::span(sets_).first(set_count_); }

  GlyphBufferPool& pool_;
  bool any_case_ = false;
  std::array<PieceSet, kMaxSoughtTexts> sets_;
  size_t set_count_ = 0;
  PooledArray<Feeds> templates_;
  bool are_lines_ = true;                         ///< all templates have one line feed, at the end
  std::array<bool, kNumberKinds> has_numbers_{};  ///< of that kind
  ColumnNumbers numbers_;
  Buffer folded_;  ///< in small letters
};

}  // namespace sigma
