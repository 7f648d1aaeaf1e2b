/* Lines of the table of golden errors. */
#include "golden.hpp"

#include <cinttypes>
#include <cstdio>

#include "codec.hpp"

namespace golden {
namespace {

using testdata::Bytes;

/// By the names of the enumeration: its numbers are not a promise.
const char* name_of(sigma::ErrorCode code) {
  switch (code) {
    case sigma::ErrorCode::OK:
      return "OK";
    case sigma::ErrorCode::NOT_SIGMA:
      return "NOT_SIGMA";
    case sigma::ErrorCode::UNSUPPORTED_VERSION:
      return "UNSUPPORTED_VERSION";
    case sigma::ErrorCode::UNSUPPORTED_OPERATOR:
      return "UNSUPPORTED_OPERATOR";
    case sigma::ErrorCode::UNSUPPORTED_PACKET:
      return "UNSUPPORTED_PACKET";
    case sigma::ErrorCode::NEEDS_MORE_MEMORY:
      return "NEEDS_MORE_MEMORY";
    case sigma::ErrorCode::TRUNCATED:
      return "TRUNCATED";
    case sigma::ErrorCode::DAMAGED:
      return "DAMAGED";
    default:
      return "not an error of a stream";
  }
}

std::string outcome(const sigma::Status& status, const Bytes& given) {
  char text[200];
  std::snprintf(text, sizeof text, "\t%s\t%" PRIu64 "\t%zu\t%016" PRIx64, name_of(status.code),
                status.offset, given.size(), sigma::hash_bytes(given));
  return text;
}

}  // namespace

std::string describe_error(const std::string& name, const Bytes& stream) {
  const codec::Decoded stopped = codec::decode(stream);
  const codec::Salvaged salvaged = codec::salvage(stream);
  return name + outcome(stopped.status, stopped.bytes) + outcome(salvaged.status, salvaged.bytes());
}

}  // namespace golden
