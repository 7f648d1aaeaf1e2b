/* sigma encode: FILE becomes FILE.sigma.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstring>
#include <vector>

#include "gst/sigma/encoder.hpp"
#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/numbers.hpp"
#include "gst/tool/split.hpp"
#include "gst/tool/transfer.hpp"

namespace tool {
namespace {

using sigma::Result;
using sigma::Status;

/// One encoder for all files: its memory is reserved once.
class Encoding {
 public:
  explicit Encoding(const Options& options)
      : options_(options), threads_(options.encoder.threads), block_(kBlock) {}

  Status configure();
  void encode(Input& input);

 private:
  bool is_wanted(const Input& input) const;
  Status run(Input& input, Output& output, Progress& progress);
  Status add(sigma::ByteSpan bytes, Output& output);
  Status write_packets(Output& output);
  Status check(Input& input, Output& output) const;
  bool checks_output(const Output& output) const;

  const Options& options_;
  Threads threads_;
  sigma::StreamingEncoder encoder_;
  std::vector<uint8_t> block_;
  uint64_t in_ = 0;  ///< bytes of the input
};

Status Encoding::configure() {
  const Status status = encoder_.configure(options_.encoder, threads_.pool());
  if (options_.encoder.max_memory > sigma::kDefaultDecoderMemory)
    console().note("",
                   "decoding may need --memory, too: what it takes was made with more than 64M");
  const unsigned asked = options_.encoder.threads;
  if (status.ok() && encoder_.threads() < asked)
    console().note("", format("--memory has room for %u of %u threads", encoder_.threads(), asked));
  return status;
}

bool Encoding::is_wanted(const Input& input) const {
  if (!input.path().ends_with(options_.suffix) || options_.force) return true;
  console().error(input.path(), "its name ends in " + options_.suffix +
                                    " already; -f encodes it all the same, -d decodes it");
  return false;
}

Status Encoding::write_packets(Output& output) {
  for (sigma::Packet packet; encoder_.take(packet);)
    for (const sigma::ByteSpan part : {packet.bytes.bytes(), packet.lent})
      if (const Status status = output.write(part); !status.ok()) return status;
  return {};
}

Status Encoding::add(sigma::ByteSpan bytes, Output& output) {
  while (!bytes.empty()) {
    const Result<size_t> used = encoder_.push_lent(bytes);
    if (!used.ok()) return used.status;
    bytes = bytes.subspan(used.value);
    if (const Status status = write_packets(output); !status.ok()) return status;
  }
  return {};
}

Status Encoding::run(Input& input, Output& output, Progress& progress) {
  const uint64_t before = output.written();
  for (in_ = 0;;) {
    if (options_.flush_timeout_ms >= 0 && !input.waits_no_longer_than(options_.flush_timeout_ms)) {
      Status status = encoder_.flush();
      if (status.ok()) status = write_packets(output);
      if (!status.ok()) return status;
    }
    const Result<size_t> size = input.read_next(block_);
    if (!size.ok()) return size.status;
    if (size.value == 0) break;
    if (const Status status = add({block_.data(), size.value}, output); !status.ok()) return status;
    in_ += size.value;
    progress.set(in_, output.written() - before);
  }
  if (input.is_regular() && in_ < input.part_size())
    return Status::error(sigma::ErrorCode::IO, "it became shorter while it was read");
  Status status = encoder_.finish();
  if (status.ok()) status = write_packets(output);
  progress.set(in_, output.written() - before);
  return status;
}

/// Before the input is removed, what was written is read again, unless that is not wanted.
bool Encoding::checks_output(const Output& output) const {
  if (!output.is_file()) return false;
  if (options_.checks_output == Choice::AUTO) return options_.removes;
  return options_.checks_output == Choice::YES;
}

/// Decodes what was written, and compares it with the input, if that can be read again.
Status Encoding::check(Input& input, Output& output) const {
  sigma::StreamingDecoder decoder(UINT64_MAX);
  Status status = decoder.set_threads(threads_.pool(), options_.decoder.threads);
  std::vector<uint8_t> block(kBlock);
  std::vector<uint8_t> raw;
  uint64_t size = 0;
  sigma::DecodedChunk chunk;
  for (uint64_t at = 0; status.ok();) {
    const Result<size_t> read = output.read_back(at, block);
    if (!read.ok()) return read.status;
    at += read.value;
    if (read.value == 0) decoder.end_input();
    if (read.value != 0) status = decoder.push({block.data(), read.value});
    while (status.ok()) {
      const Result<bool> more = decoder.next(chunk);
      status = more.status;
      if (!status.ok() || !more.value) break;
      size = chunk.position + chunk.bytes.size();
      if (!input.is_regular() || input.is_stdin()) continue;
      raw.resize(chunk.bytes.size());
      status = input.read(input.begin() + chunk.position, raw);
      if (status.ok() && std::memcmp(raw.data(), chunk.bytes.data(), raw.size()) != 0)
        return !input.is_unchanged()
                   ? Status::error(sigma::ErrorCode::IO, "it was changed while it was read")
                   : Status::error(sigma::ErrorCode::VERIFY_FAILED,
                                   "what was written differs from the input", chunk.position);
    }
    if (read.value == 0) break;
  }
  if (status.ok()) status = decoder.finish();
  if (status.ok() && size != in_)
    return Status::error(sigma::ErrorCode::VERIFY_FAILED, "what was written lacks bytes", size);
  return status;
}

void Encoding::encode(Input& input) {
  Output output;
  std::string shown;
  if (!is_wanted(input)) return;
  if (const Status status = restrict_to(options_.piece, input); !status.ok())
    return console().error(input.name(), status);
  const std::string path = piece_name(input.path(), options_.piece) + options_.suffix;
  if (!open_output(options_, input, path, false, output, shown)) return;
  Progress progress(options_, input.name(), input.part_size(), false, shown.empty());
  Status status = run(input, output, progress);
  if (status.ok() && checks_output(output)) status = check(input, output);
  if (status.ok())
    status = output.finish(input.is_stdin() ? nullptr : &input.info(), options_.syncs);
  if (!status.ok()) {
    encoder_.reset();
    return console().error(input.name(), status);
  }
  progress.finish(shown);
  if (options_.removes && output.is_file() && !input.is_stdin()) remove_input(options_, input);
}

}  // namespace

void encode(const Options& options) {
  Encoding encoding(options);
  if (const Status status = encoding.configure(); !status.ok()) return console().error("", status);
  for_each_input(options, [&encoding](Input& input) { encoding.encode(input); });
}

}  // namespace tool
