/* Line feeds counted back from the end, group by group.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/last_lines.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace tool {
namespace {

using sigma::Result;
using sigma::Status;

constexpr size_t kBlock = size_t{256} << 10;

struct FeedCount {
  uint64_t feeds = 0;
  uint64_t end = 0;  ///< behind the last of them
};

/// Line feeds among the decoded bytes from `begin` to `end`, `most` of them at most.
Result<FeedCount> count_feeds(sigma::RandomAccessDecoder& access, uint64_t begin, uint64_t end,
                              uint64_t most) {
  std::vector<uint8_t> block(static_cast<size_t>(std::min<uint64_t>(kBlock, end - begin)));
  FeedCount found;
  while (begin < end && found.feeds < most) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(block.size(), end - begin));
    const Result<size_t> got = access.read(begin, sigma::MutableByteSpan(block).first(wanted));
    if (!got.ok()) return got.status;
    if (got.value == 0) return access.end_status();
    const uint8_t* at = block.data();
    const uint8_t* const behind = at + got.value;
    while (found.feeds < most) {
      const void* const feed = std::memchr(at, '\n', static_cast<size_t>(behind - at));
      if (feed == nullptr) break;
      at = static_cast<const uint8_t*>(feed) + 1;
      found.feeds++;
      found.end = begin + static_cast<uint64_t>(at - block.data());
    }
    begin += got.value;
  }
  return found;
}

}  // namespace

Result<uint64_t> find_last_lines(sigma::RandomAccessDecoder& access, uint64_t count) {
  // The last byte belongs to the last line, also if it is a line feed.
  uint64_t end = access.size() - std::min<uint64_t>(access.size(), 1);
  while (end > 0) {
    const Result<sigma::EntryPoint> entry = access.locate(end - 1);
    if (!entry.ok()) return entry.status;
    const uint64_t begin = std::min(entry.value.base + entry.value.raw_offset, end - 1);
    const Result<FeedCount> all = count_feeds(access, begin, end, UINT64_MAX);
    if (!all.ok()) return all.status;
    if (all.value.feeds >= count) {
      const uint64_t wanted = all.value.feeds - count + 1;
      const Result<FeedCount> before = count_feeds(access, begin, end, wanted);
      return before.ok() ? Result<uint64_t>(before.value.end) : before.status;
    }
    count -= all.value.feeds;
    end = begin;
  }
  return uint64_t{0};
}

}  // namespace tool
