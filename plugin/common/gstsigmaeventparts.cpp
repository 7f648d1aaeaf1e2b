/* Events in parts: docs/format.md, section 9.9, kind 9.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/common/gstsigmaeventparts.h"

#include "gst/sigma/operators/tree_writer.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace {

/// Bytes of an event in a part, beside what says where they belong.
constexpr gsize kPart = sigma::kMaxEvent - 32;

}  // namespace

GByteArray* gst_sigma_part_of_event(sigma::FramedEvent kind, sigma::ByteSpan payload, gsize& at) {
  guint8 front[1 + 2 * sigma::kMaxVarintSize] = {static_cast<guint8>(kind)};
  gsize size = 1;
  size += sigma::write_varint(front + size, payload.size());
  size += sigma::write_varint(front + size, at);
  const sigma::ByteSpan part = payload.subspan(at, MIN(payload.size() - at, kPart));
  at += part.size();
  GByteArray* out = g_byte_array_sized_new(static_cast<guint>(size + part.size()));
  g_byte_array_append(out, front, static_cast<guint>(size));
  return g_byte_array_append(out, part.data(), static_cast<guint>(part.size()));
}

void GstSigmaParts::drop() {
  g_clear_pointer(&bytes, g_byte_array_unref);
}

bool GstSigmaParts::take(sigma::ByteSpan part) {
  if (part.empty()) return false;
  const guint8 number = part[0];
  sigma::VarintReader in(part.subspan(1));
  guint64 whole = 0;
  guint64 offset = 0;
  if (!in.read(whole) || !in.read(offset) || whole > sigma::kMaxWholeEvent || in.at_end() ||
      offset > whole || in.rest().size() > whole - offset)
    return false;
  const auto its_kind = static_cast<sigma::FramedEvent>(number);
  if (offset == 0 && bytes == nullptr) {
    if (number == 0 || number >= static_cast<guint8>(sigma::FramedEvent::PART)) return false;
    bytes = g_byte_array_new();
    kind = its_kind;
    total = whole;
    is_entered = false;
  } else if (bytes == nullptr) {
    return is_entered;
  }
  if (its_kind != kind || whole != total || offset != bytes->len) return false;
  g_byte_array_append(bytes, in.rest().data(), static_cast<guint>(in.rest().size()));
  return true;
}
