/* A part of what a stream decodes to: by bytes, by lines, or by the times of a recording.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <optional>
#include <vector>

#include "gst/sigma/decoder.hpp"
#include "gst/sigma/random_access.hpp"
#include "gst/tool/inputs.hpp"
#include "gst/tool/options.hpp"
#include "gst/tool/output.hpp"

namespace tool {

class PartFilter {
 public:
  PartFilter(const Options& options, Output& output)
      : part_(options.part), options_(options.decoder), output_(output) {}

  /// Finds out where decoding begins: at the key chunk before the part, where the input can be read
  /// anywhere, otherwise at its front.
  sigma::Status start(Input& input, sigma::StreamingDecoder& decoder);
  /// Writes what is wanted of a chunk; false behind the part's end.
  sigma::Result<bool> use(const sigma::DecodedChunk& chunk);
  /// Whether the part has begun: its beginning may lie behind the end.
  sigma::Status finish() const;

 private:
  /// Where a joined stream begins on the time line of all.
  struct StreamTime {
    uint64_t base = 0;
    uint64_t origin = 0;
  };

  sigma::Status enter(Input& input, sigma::StreamingDecoder& decoder,
                      const sigma::EntryPoint& entry) const;
  sigma::Status start_range(Input& input, sigma::StreamingDecoder& decoder);
  sigma::Status start_last_lines(Input& input, sigma::StreamingDecoder& decoder);
  sigma::Status start_lines(Input& input, sigma::StreamingDecoder& decoder);
  sigma::Status start_time(Input& input, sigma::StreamingDecoder& decoder);
  sigma::Result<bool> use_range(const sigma::DecodedChunk& chunk);
  sigma::Result<bool> use_lines(const sigma::DecodedChunk& chunk);
  sigma::Result<bool> use_time(const sigma::DecodedChunk& chunk);
  sigma::Status write(sigma::ByteSpan bytes);
  void see_segment(sigma::ByteSpan payload);
  bool is_inside(const sigma::FramedBuffer& buffer, uint64_t stream) const;

  Part part_;
  sigma::DecoderSettings options_;
  Output& output_;
  bool has_begun_ = false;
  uint64_t line_ = 1;  ///< that the next byte belongs to

  std::vector<StreamTime> streams_;
  uint64_t last_group_ = 0;                    ///< position of the key chunk before the part's end
  int groups_behind_ = 0;                      ///< that began behind it
  bool is_selected_ = false;                   ///< the buffer that the next byte belongs to
  std::optional<uint64_t> segment_start_ = 0;  ///< none: its times are no times
  uint64_t segment_stop_ = sigma::kNoTime;
  uint64_t segment_time_ = 0;
};

}  // namespace tool
