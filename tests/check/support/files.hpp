/* Files for tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string>

#include "testdata.hpp"

namespace files {

using testdata::Bytes;

/// A folder that goes away with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string file(const char* name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void write_file(const std::string& path, const Bytes& bytes);
Bytes read_file(const std::string& path);

}  // namespace files
