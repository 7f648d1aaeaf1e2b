/* Columns for searches: bytes of filters behind their sizes, and sums of lines.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/wire/search_columns.hpp"

#include <algorithm>
#include <utility>

#include "gst/sigma/wire/glyph.hpp"

namespace sigma {
namespace {

/// A filter takes a hundredth of what the group takes.
constexpr size_t kFilterShare = 100;

}  // namespace

void SearchColumns::reset() {
  group_ = {};
  coded_ = entry_count_ = filters_size_ = 0;
  is_text_ = begins_line_ = true;
  lines_ = groups_before_ = entry_lines_[0] = 0;
}

void SearchColumns::add(const TextSummary& chunk, size_t coded) {
  for (size_t i = 0; i < kMaxFilter; i++)
    group_.bits[i] |= chunk.bits[i];
  group_.feeds += chunk.feeds;
  is_text_ = is_text_ && begins_line_ && !chunk.has_zeros;
  begins_line_ = chunk.ends_line;
  coded_ += coded;
}

void SearchColumns::add(ByteSpan chunk, size_t coded) {
  summarize_text(chunk, chunk_);
  add(chunk_, coded);
}

void SearchColumns::end_group() {
  if (coded_ == 0) return;
  uint8_t filter[kMaxFilter];
  const size_t most = is_text_ && begins_line_ ? coded_ / kFilterShare : 0;
  const size_t size = write_filter(group_.bits, most, filter);
  filters_size_ += write_varint(filters_.data() + filters_size_, size);
  std::copy_n(filter, size, filters_.data() + filters_size_);
  filters_size_ += size;
  entry_lines_[entry_count_++] = lines_;
  lines_ += group_.feeds;
  entry_lines_[entry_count_] = lines_;
  group_ = {};
  coded_ = 0;
  is_text_ = true;
}

size_t SearchColumns::take(MutableByteSpan out) {
  size_t n = write_glyph_header(out.data(),
                                {GlyphType::PRIMITIVE, Primitive::FILTER, true, filters_size_, 0});
  std::copy_n(filters_.data(), filters_size_, out.data() + n);
  n += filters_size_;
  // The payload is made behind the longest header, then moved down to the actual one.
  uint8_t* const payload = out.data() + n + kMaxGlyphHeader;
  size_t size = write_varint(payload, groups_before_);
  uint64_t before = 0;
  for (size_t i = 0; i <= entry_count_; i++)
    size += write_varint(payload + size, entry_lines_[i] - std::exchange(before, entry_lines_[i]));
  const size_t header =
      write_glyph_header(out.data() + n, {GlyphType::PRIMITIVE, Primitive::STRING, true, size, 0});
  std::copy(payload, payload + size, out.data() + n + header);
  groups_before_ += entry_count_;
  entry_lines_[0] = lines_;
  entry_count_ = 0;
  filters_size_ = 0;
  return n + header + size;
}

}  // namespace sigma
