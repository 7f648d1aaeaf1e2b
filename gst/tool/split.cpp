/* Pieces of a large file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/split.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "gst/tool/numbers.hpp"

namespace tool {
namespace {

/// Bytes behind an even cut in which a line's end is looked for.
constexpr uint64_t kSearch = uint64_t{1} << 20;
constexpr uint64_t kMaxPieces = 1000000;

uint64_t even_cut(uint64_t size, uint64_t number, uint64_t count) {
  return size / count * number + size % count * number / count;
}

/// Where piece `number`, from 0, begins: behind the first line's end at the even cut or behind it.
/// Pieces with the same line's end in reach begin at the same place, so that none overlap.
sigma::Result<uint64_t> cut(Input& input, uint64_t number, uint64_t count) {
  const uint64_t size = input.size();
  const uint64_t even = even_cut(size, number, count);
  if (number == 0 || number == count || even == 0) return number == 0 ? 0 : even;
  std::vector<uint8_t> block(size_t{kSearch / 16});
  const uint64_t end = std::min(size, even + kSearch);
  for (uint64_t at = even - 1; at < end;) {
    const sigma::MutableByteSpan part(
        block.data(), static_cast<size_t>(std::min<uint64_t>(block.size(), end - at)));
    if (const sigma::Status status = input.read(at, part); !status.ok()) return status;
    const void* found = std::memchr(part.data(), '\n', part.size());
    if (found != nullptr)
      return at + static_cast<uint64_t>(static_cast<const uint8_t*>(found) - part.data()) + 1;
    at += part.size();
  }
  return even;
}

}  // namespace

bool parse_piece(std::string_view text, Piece& piece) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && parse_number(text.substr(0, slash), piece.number) &&
         parse_number(text.substr(slash + 1), piece.count) && piece.number >= 1 &&
         piece.number <= piece.count && piece.count <= kMaxPieces;
}

sigma::Status restrict_to(const Piece& piece, Input& input) {
  if (piece.count == 0) return {};
  if (!input.is_regular())
    return sigma::Status::error(sigma::ErrorCode::IO,
                                "only a file that can be read anywhere has pieces");
  const sigma::Result<uint64_t> begin = cut(input, piece.number - 1, piece.count);
  const sigma::Result<uint64_t> end = cut(input, piece.number, piece.count);
  if (!begin.ok() || !end.ok()) return begin.ok() ? end.status : begin.status;
  return input.restrict_to(begin.value, end.value);
}

CutCheck::CutCheck(const Piece& piece, uint64_t total, uint64_t begin, uint64_t size) {
  const uint64_t even = even_cut(total, piece.number, piece.count);
  const uint64_t end = begin + size;
  if (piece.number == piece.count || size == 0 || even <= begin) {
    // A line that ends where the piece before does, behind the even cut, leaves nothing for it.
    is_right_ = piece.number == piece.count || size == 0;
    from_ = UINT64_MAX;
    return;
  }
  is_right_ = end >= even && end - even <= kSearch;
  from_ = even - 1 - begin;
  last_ = size - 1;
  has_feed_ = end > even;
}

void CutCheck::see(uint64_t position, sigma::ByteSpan bytes) {
  const uint64_t end = position + bytes.size();
  if (!is_right_ || end <= from_) return;
  const auto skipped = static_cast<size_t>(std::max(from_, position) - position);
  const sigma::ByteSpan tail = bytes.subspan(skipped);
  const bool has_last = end > last_;
  const sigma::ByteSpan inner = tail.first(tail.size() - (has_last ? 1 : 0));
  if (std::find(inner.begin(), inner.end(), uint8_t{'\n'}) != inner.end()) is_right_ = false;
  if (has_last && has_feed_ && tail.back() != '\n') is_right_ = false;
}

std::string piece_name(const std::string& path, const Piece& piece) {
  if (piece.count == 0) return path;
  const std::string count = std::to_string(piece.count);
  const std::string number = std::to_string(piece.number);
  return path + "." + std::string(count.size() - number.size(), '0') + number + "-of-" + count;
}

bool parse_piece_name(const std::string& name, std::string& path, Piece& piece) {
  const size_t of = name.rfind("-of-");
  if (of == std::string::npos) return false;
  const size_t point = name.rfind('.', of);
  if (point == std::string::npos || point == 0) return false;
  path = name.substr(0, point);
  return parse_piece(name.substr(point + 1, of - point - 1) + "/" + name.substr(of + 4), piece);
}

}  // namespace tool
