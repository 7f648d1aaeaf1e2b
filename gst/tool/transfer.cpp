/* From one file to another.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/transfer.hpp"

#include <unistd.h>

#include <vector>

#include "gst/tool/console.hpp"

namespace tool {
namespace {

/// The name in the folder that was asked for, which is made.
std::string in_output_folder(const Options& options, const std::string& path) {
  if (options.output_folder.empty()) return path;
  std::string folder = options.output_folder;
  mkdir(folder.c_str(), 0777);
  if (!options.mirrors) return folder + "/" + path.substr(path.rfind('/') + 1);
  for (size_t at = 0; at < path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, slash - at);
    at = slash + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return "";
    folder += "/" + part;
    if (at < path.size()) mkdir(folder.c_str(), 0777);
  }
  return folder;
}

/// Whether the output would take the input's place, which -f does not mean.
bool is_same_file(const std::string& path, const Input& input) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         info.st_dev == input.info().st_dev && info.st_ino == input.info().st_ino;
}

}  // namespace

bool open_output(const Options& options, const Input& input, std::string path, bool sparse,
                 Output& output, std::string& shown) {
  const bool may_be_sparse = options.sparse != Choice::NO && sparse;
  if (options.to_stdout || (input.is_stdin() && options.output.empty())) {
    const bool is_asked = options.command != Command::ENCODE;
    if (isatty(STDOUT_FILENO) == 1 && !options.force && !is_asked) {
      console().error(
          input.name(),
          "nothing is written to a terminal; -o FILE names a file, -f writes all the same");
      return false;
    }
    output.use_stdout(may_be_sparse && options.sparse == Choice::YES);
    return true;
  }
  shown = options.output.empty() ? in_output_folder(options, path) : options.output;
  if (shown.empty()) {
    console().error(input.name(), "a name with .. cannot be mirrored");
    return false;
  }
  if (is_same_file(shown, input)) {
    console().error(shown, "it is the input; -o names another file");
    return false;
  }
  const sigma::Status status = output.create(shown, options.force, may_be_sparse);
  if (!status.ok()) console().error(shown, status);
  return status.ok();
}

std::string decoded_path(const Options& options, const Input& input) {
  const std::string& path = input.path();
  const bool needs_none = options.to_stdout || !options.output.empty() || input.is_stdin();
  const size_t name = path.size() - path.rfind('/') - 1;
  if (path.ends_with(options.suffix) && name > options.suffix.size())
    return path.substr(0, path.size() - options.suffix.size());
  if (needs_none) return path;
  console().error(path, "its name does not end in " + options.suffix +
                            "; -o FILE names the output, -c writes to standard output");
  return "";
}

void remove_input(const Options& options, const Input& input) {
  struct stat named {};
  const bool is_same = stat(input.path().c_str(), &named) == 0 &&
                       named.st_dev == input.info().st_dev && named.st_ino == input.info().st_ino;
  if (!is_same) return;  // the output took its name
  struct stat link {};
  if (!options.force && lstat(input.path().c_str(), &link) == 0 && S_ISLNK(link.st_mode))
    return console().error(input.name(),
                           "it is a symbolic link, and is kept; -f --rm removes the link");
  if (!input.is_unchanged())
    console().error(input.name(), "it was changed meanwhile, and is kept");
  else if (unlink(input.path().c_str()) != 0)
    console().error(input.name(), io_error("it cannot be removed"));
}

sigma::Status decode_input(Input& input, sigma::StreamingDecoder& decoder, Progress& progress,
                           const uint64_t& written, const UseChunk& use) {
  std::vector<uint8_t> block(kBlock);
  sigma::DecodedChunk chunk;
  for (uint64_t in = progress.bytes_in();;) {
    const sigma::Result<size_t> size = input.read_next(block);
    if (!size.ok()) return size.status;
    in += size.value;
    if (size.value == 0)
      decoder.end_input();
    else if (const sigma::Status status = decoder.push({block.data(), size.value}); !status.ok())
      return status;
    for (;;) {
      const sigma::Result<bool> more = decoder.next(chunk);
      if (!more.ok()) return more.status;
      if (!more.value) break;
      const sigma::Result<bool> goes_on = use(chunk);
      if (!goes_on.ok() || !goes_on.value) return goes_on.status;
      progress.set(in, written);
    }
    progress.set(in, written);
    if (size.value == 0) return decoder.finish();
  }
}

}  // namespace tool
