/* Files for tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace files {

TemporaryFolder::TemporaryFolder() {
  char pattern[] = "/var/tmp/sigma-test-XXXXXX";
  path_ = mkdtemp(pattern);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

Bytes read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

}  // namespace files
