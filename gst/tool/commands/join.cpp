/* sigma join: complete files, one behind the other, as one. cat would do the same without looking.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <vector>

#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/numbers.hpp"
#include "gst/tool/overview.hpp"
#include "gst/tool/split.hpp"
#include "gst/tool/transfer.hpp"

namespace tool {
namespace {

using sigma::Result;
using sigma::Status;

Status wrong(const char* text) {
  return Status::error(sigma::ErrorCode::IO, text);
}

class Joining {
 public:
  explicit Joining(const Options& options) : options_(options), threads_(options.decoder.threads) {}

  void join();

 private:
  std::string output_path() const;
  Status check_order();
  Status measure();
  Status add(size_t number, Output& output);
  Status copy(Input& input, Output& output, CutCheck& cut);

  const Options& options_;
  Threads threads_;
  std::string path_;             ///< of what was split, if the names tell
  std::vector<uint64_t> sizes_;  ///< decoded bytes of the files
  uint64_t total_ = 0;           ///< all of them
  uint64_t begin_ = 0;           ///< of those before
};

/// If names say which pieces they are, all must be there, in order.
Status Joining::check_order() {
  for (size_t i = 0; i < options_.files.size(); i++) {
    const std::string& file = options_.files[i];
    const std::string name = file.ends_with(options_.suffix)
                                 ? file.substr(0, file.size() - options_.suffix.size())
                                 : file;
    Piece piece;
    std::string path;
    const bool is_piece = parse_piece_name(name, path, piece);
    if (i == 0 && is_piece) path_ = path;
    if (is_piece == path_.empty() || path != path_)
      return wrong("it is no piece like the first one");
    if (!is_piece) continue;
    if (piece.number != i + 1) return wrong("a piece before it is missing, or it is out of order");
    if (piece.count != options_.files.size())
      return wrong(piece.count > options_.files.size()
                       ? "pieces behind the last file are missing: its name says how many there are"
                       : "there are more files than its name says that there are pieces");
  }
  return {};
}

/// Bytes of complete streams; each chunk is checked unless that is not wanted.
Status Joining::copy(Input& input, Output& output, CutCheck& cut) {
  const bool checks = options_.checks_output != Choice::NO;
  sigma::StreamingDecoder decoder(options_.decoder.max_memory);
  Status status = decoder.set_threads(threads_.pool(), options_.decoder.threads);
  Progress progress(options_, input.name(), input.size(), true, options_.to_stdout);
  std::vector<uint8_t> block(kBlock);
  sigma::DecodedChunk chunk;
  uint64_t decoded = 0;
  for (uint64_t in = 0; status.ok();) {
    const Result<size_t> read = input.read_next(block);
    if (!read.ok()) return read.status;
    in += read.value;
    if (read.value == 0) decoder.end_input();
    if (read.value == 0 && !checks) return {};
    status = output.write({block.data(), read.value});
    if (status.ok() && checks && read.value != 0) status = decoder.push({block.data(), read.value});
    while (status.ok() && checks) {
      const Result<bool> more = decoder.next(chunk);
      status = more.status;
      if (!status.ok() || !more.value) break;
      decoded += chunk.bytes.size();
      cut.see(chunk.position, chunk.bytes);
    }
    progress.set(in, decoded);
    if (read.value == 0) break;
  }
  return status.ok() ? decoder.finish() : status;
}

/// Adds a file's size.
Status Joining::measure() {
  Input input;
  if (const Status status = input.open(options_.files[sizes_.size()]); !status.ok()) return status;
  sigma::RandomAccessDecoder access(input, options_.decoder.max_memory);
  const Result<Overview> found = look_at(input, access);
  if (!found.ok()) return found.status;
  sizes_.push_back(found.value.decoded);
  total_ += found.value.decoded;
  return found.value.end;
}

Status Joining::add(size_t number, Output& output) {
  Input input;
  if (const Status status = input.open(options_.files[number]); !status.ok()) return status;
  const uint64_t size = sizes_[number];
  const size_t count = path_.empty() ? 1 : sizes_.size();
  CutCheck cut({path_.empty() ? 1 : number + 1, count}, total_, begin_, size);
  begin_ += size;
  if (const Status status = copy(input, output, cut); !status.ok()) return status;
  return cut.is_right() ? Status()
                        : wrong(
                              "the pieces are not of one file: it was changed or replaced between "
                              "them, or one has another's name");
}

std::string Joining::output_path() const {
  return path_.empty() ? "" : path_ + options_.suffix;
}

void Joining::join() {
  const std::vector<std::string>& files = options_.files;
  if (const Status status = check_order(); !status.ok()) return console().error(files[0], status);
  for (const std::string& file : files)
    if (const Status status = measure(); !status.ok()) return console().error(file, status);
  Input first;
  if (const Status status = first.open(files[0]); !status.ok())
    return console().error(files[0], status);
  Output output;
  std::string shown;
  if (options_.output.empty() && !options_.to_stdout && path_.empty())
    return console().error("", "join needs -o FILE, or -c");
  if (!open_output(options_, first, output_path(), false, output, shown)) return;
  for (size_t i = 0; i < files.size(); i++)
    if (const Status status = add(i, output); !status.ok())
      return console().error(files[i], status);
  if (const Status status = output.finish(&first.info(), options_.syncs); !status.ok())
    return console().error(shown, status);
  console().tell(format("%zu files joined: %s  %s", files.size(),
                        size_text(output.written()).c_str(), shown.c_str()));
}

}  // namespace

void join(const Options& options) {
  Joining(options).join();
}

}  // namespace tool
