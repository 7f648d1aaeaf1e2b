/* Lines of the table of golden errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "golden.hpp"

#include <cinttypes>
#include <cstdio>

#include "codec.hpp"
#include "gst/sigma/base/hash.hpp"

namespace golden {
namespace {

using testdata::Bytes;

/// By the names of codes: their numbers are not a promise.
std::string outcome(const sigma::Status& status, const Bytes& given) {
  char text[200];
  std::snprintf(text, sizeof text, "\t%s\t%" PRIu64 "\t%zu\t%016" PRIx64,
                sigma::error_name(status.code), status.offset, given.size(),
                sigma::hash_bytes(given));
  return text;
}

}  // namespace

std::string describe_error(const std::string& name, const Bytes& stream) {
  const codec::Decoded stopped = codec::decode(stream);
  const codec::Salvaged salvaged = codec::salvage(stream);
  return name + outcome(stopped.status, stopped.bytes) + outcome(salvaged.status, salvaged.bytes());
}

}  // namespace golden
