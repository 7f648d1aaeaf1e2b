/* From one file to another: what encode, decode and recover share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gst/sigma/base/thread_pool.hpp"
#include "gst/sigma/decoder.hpp"
#include "gst/tool/inputs.hpp"
#include "gst/tool/options.hpp"
#include "gst/tool/output.hpp"
#include "gst/tool/progress.hpp"

namespace tool {

/// Bytes that are read at once: more leaves the cache of the processor, and costs a third more.
constexpr size_t kBlock = size_t{1} << 20;

/// Threads for encoders and decoders, if more than one is asked for.
class Threads {
 public:
  explicit Threads(unsigned count) {
    if (count != 1) pool_ = std::make_unique<sigma::ThreadPool>(count);
  }
  sigma::TaskPool* pool() const { return pool_.get(); }

 private:
  std::unique_ptr<sigma::ThreadPool> pool_;
};

/// Opens what the options ask for, `path` being the name beside the input. False: it was told why
/// not. Gives the name that the user is told, which is empty for standard output.
bool open_output(const Options& options, const Input& input, std::string path, bool sparse,
                 Output& output, std::string& shown);

/// Where a decoded file goes; empty if the input's name does not say, which was told.
std::string decoded_path(const Options& options, const Input& input);

/// Removes an input that is kept in another form now.
void remove_input(const Options& options, const Input& input);

/// Called with each chunk; false: no more are wanted.
using UseChunk = std::function<sigma::Result<bool>(const sigma::DecodedChunk& chunk)>;

/// Decodes what is left of the input. What was decoded and is written counts in `written`.
sigma::Status decode_input(Input& input, sigma::StreamingDecoder& decoder, Progress& progress,
                           const uint64_t& written, const UseChunk& use);

}  // namespace tool
