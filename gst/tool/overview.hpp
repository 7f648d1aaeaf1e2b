/* What a file holds, by its ends and its index.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <vector>

#include "gst/sigma/random_access.hpp"
#include "gst/tool/inputs.hpp"
#include "gst/tool/json.hpp"

namespace tool {

struct Overview {
  uint64_t bytes = 0;
  uint64_t decoded = 0;
  uint64_t chunks = 0;
  uint64_t groups = 0;
  uint64_t memory = 0;     ///< bytes that a decoder needs
  bool is_counted = true;  ///< chunks of all streams are known
  bool has_index = true;   ///< all streams have one
  bool is_framed = false;  ///< one of them at least
  uint64_t duration = sigma::kNoTime;
  sigma::Status end;  ///< what the end of the file lacks
  std::vector<sigma::StreamInfo> streams;

  /// "bytes" or "recording".
  const char* kind() const { return is_framed ? "recording" : "bytes"; }
  bool is_whole() const { return end.ok(); }
  void add_to(Json& json, const Input& input) const;
};

/// Reads that; a file without its end is walked through, header by header.
sigma::Result<Overview> look_at(const Input& input, sigma::RandomAccessDecoder& access);

/// Where the bytes of a stream begin: behind position, if the file is a later one of a recording
/// that takes turns in several.
uint64_t first_position(sigma::RandomAccessDecoder& access, const sigma::StreamInfo& stream);

/// For commands that look anywhere: what must be a regular file.
sigma::Status check_seekable(const Input& input);

}  // namespace tool
