/* Error texts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/status.hpp"

#include <cstdio>
#include <cstring>

#include "gst/sigma/base/primitive.hpp"

namespace sigma {
namespace {

using ull = unsigned long long;

template <typename... Args>
void format(StatusText& out, const char* pattern, Args... args) {
  std::snprintf(out.text, sizeof out.text, pattern, args...);
}

void describe_unsupported(StatusText& out, const Status& s) {
  static const char* const type_names[] = {"PRIMITIVE", "REFERENCE", "DELTA", "COMPOSITE"};
  const auto primitive = static_cast<Primitive>(s.value & 0xff);
  format(out,
         "%s %s (0x%02X) at stream offset %llu: the stream was written for format 1.%u; "
         "decode it with a newer version of sigma",
         s.text, primitive_info(primitive).name, static_cast<unsigned>(s.value & 0xff),
         ull{s.offset}, static_cast<unsigned>(s.value >> 16 & 0xff));
  const char* type = type_names[s.value >> 8 & 3];
  const size_t used = std::strlen(out.text);
  std::snprintf(out.text + used, sizeof out.text - used, " (glyph type %s)", type);
}

}  // namespace

const char* error_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::OK:
      return "OK";
    case ErrorCode::INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case ErrorCode::INVALID_SETTINGS:
      return "INVALID_SETTINGS";
    case ErrorCode::NO_MEMORY:
      return "NO_MEMORY";
    case ErrorCode::NOT_SIGMA:
      return "NOT_SIGMA";
    case ErrorCode::UNSUPPORTED_VERSION:
      return "UNSUPPORTED_VERSION";
    case ErrorCode::UNSUPPORTED_OPERATOR:
      return "UNSUPPORTED_OPERATOR";
    case ErrorCode::UNSUPPORTED_PACKET:
      return "UNSUPPORTED_PACKET";
    case ErrorCode::NEEDS_MORE_MEMORY:
      return "NEEDS_MORE_MEMORY";
    case ErrorCode::TRUNCATED:
      return "TRUNCATED";
    case ErrorCode::DAMAGED:
      return "DAMAGED";
    case ErrorCode::VERIFY_FAILED:
      return "VERIFY_FAILED";
    case ErrorCode::AGAIN:
      return "AGAIN";
    case ErrorCode::IO:
      return "IO";
    case ErrorCode::CANCELLED:
      return "CANCELLED";
  }
  return "?";
}

StatusText describe(const Status& s) {
  StatusText out{};
  switch (s.code) {
    case ErrorCode::OK:
      format(out, "%s", "no error");
      break;
    case ErrorCode::INVALID_ARGUMENT:
      format(out, "%s", s.text);
      break;
    case ErrorCode::INVALID_SETTINGS:
      format(out, "%s; the least max-memory that would do is %llu bytes", s.text, ull{s.value});
      break;
    case ErrorCode::NO_MEMORY:
      format(out,
             "%s (%llu bytes asked for, at stream offset %llu): free memory, or encode with a "
             "smaller chunk-size",
             s.text, ull{s.value}, ull{s.offset});
      break;
    case ErrorCode::NOT_SIGMA:
      format(out, "%s at stream offset %llu: this is not a .sigma stream", s.text, ull{s.offset});
      break;
    case ErrorCode::UNSUPPORTED_VERSION:
      format(out, "%s %u.%u: decode the stream with a newer version of sigma", s.text,
             static_cast<unsigned>(s.value >> 8 & 0xff), static_cast<unsigned>(s.value & 0xff));
      break;
    case ErrorCode::UNSUPPORTED_OPERATOR:
    case ErrorCode::UNSUPPORTED_PACKET:
      describe_unsupported(out, s);
      break;
    case ErrorCode::NEEDS_MORE_MEMORY:
      format(out, "%s %llu bytes of memory: set max-memory to at least that to decode it", s.text,
             ull{s.value});
      break;
    case ErrorCode::TRUNCATED:
      format(
          out,
          "%s at stream offset %llu: the file is incomplete; every complete chunk before this was "
          "decoded",
          s.text, ull{s.offset});
      break;
    case ErrorCode::DAMAGED:
      format(out,
             "%s at stream offset %llu: the stream is damaged; fetch it again or restore it from a "
             "copy, or skip the damage (on-error=skip)",
             s.text, ull{s.offset});
      break;
    case ErrorCode::VERIFY_FAILED:
      format(out, "%s at input offset %llu: check this machine's memory and report the fault",
             s.text, ull{s.offset});
      break;
    case ErrorCode::AGAIN:
      format(out, "%s: %llu bytes at offset %llu are not here yet", s.text, ull{s.value},
             ull{s.offset});
      break;
    case ErrorCode::IO:
      if (s.value == 0)
        format(out, "%s (at offset %llu)", s.text, ull{s.offset});
      else
        format(out, "%s: %s (at offset %llu)", s.text, std::strerror(static_cast<int>(s.value)),
               ull{s.offset});
      break;
    case ErrorCode::CANCELLED:
      format(out, "%s, %llu bytes into the input", s.text, ull{s.offset});
      break;
  }
  return out;
}

}  // namespace sigma
