/* The text of a file that is searched: what a stream decodes to, or the file as it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gst/sigma/decoder.hpp"
#include "gst/sigma/random_access.hpp"
#include "gst/tool/grep/line_search.hpp"
#include "gst/tool/inputs.hpp"
#include "gst/tool/transfer.hpp"

namespace tool {

/// What comes next of a text.
struct TextPart {
  uint64_t lost = 0;                      ///< bytes before it that are damaged
  uint64_t passed = 0;                    ///< bytes that have nothing that is sought,
  uint64_t lines = 0;                     ///< in so many lines
  std::string_view text;                  ///< valid until the next call,
  const MatchedLines* matched = nullptr;  ///< like what is known of its lines
};

/// Goes on behind damage. What is no stream is text as it is.
class TextInput : public SkippedText, private sigma::DamageListener {
 public:
  /// `sought`: what lines must have to be of interest; null: nothing is known.
  TextInput(const sigma::DecoderSettings& settings, sigma::TaskPool* tasks, LineExaminer& examiner,
            const sigma::SoughtTexts* sought)
      : settings_(settings), tasks_(tasks), examiner_(examiner), sought_(sought) {}

  /// "-": standard input.
  sigma::Status open(const std::string& path);
  /// False: the end.
  sigma::Result<bool> next(TextPart& part);
  sigma::Status read(uint64_t position, sigma::MutableByteSpan out) override;

  /// What was found so far.
  const std::vector<sigma::Damage>& damages() const { return damages_; }

 private:
  sigma::Status open_stream();
  sigma::Result<bool> next_block(TextPart& part);
  sigma::Result<bool> next_chunk(sigma::DecodedChunk& chunk);
  sigma::Result<bool> next_range(TextPart& part);
  sigma::Status enter(const sigma::TextRange& range);
  sigma::Result<bool> read_block();
  sigma::Result<bool> push_input();
  sigma::RandomAccessDecoder& anywhere();
  void on_damage(const sigma::Damage& damage) override { damages_.push_back(damage); }

  const sigma::DecoderSettings& settings_;
  sigma::TaskPool* tasks_;
  LineExaminer& examiner_;
  const sigma::SoughtTexts* sought_;
  Input input_;
  std::vector<uint8_t> block_;
  size_t block_size_ = 0;                                 ///< of what was read and is not used yet
  bool at_end_ = false;                                   ///< of the input
  uint64_t position_ = 0;                                 ///< behind the text that was given
  std::unique_ptr<sigma::StreamingDecoder> decoder_;      ///< null: it is no stream
  std::unique_ptr<sigma::RandomAccessDecoder> anywhere_;  ///< made when it is needed
  bool has_ranges_ = false;  ///< the index tells where what is sought may be:
  bool in_range_ = false;    ///< there,
  sigma::TextRange range_;   ///< or behind it
  std::vector<sigma::Damage> damages_;
};

}  // namespace tool
