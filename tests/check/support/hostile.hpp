/* What must hold of streams that are wrong on purpose.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <algorithm>
#include <functional>

#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/random_access.hpp"
#include "memory_source.hpp"

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

namespace hostile {

using codec::decode;
using codec::Decoded;
using forge::Stream;
using sigma::ErrorCode;
using sigma::TreeWriter;
using testdata::Bytes;
using testdata::from_text;
using testdata::MemorySource;

constexpr uint64_t kMemory = 4 * 1024 * 1024;

/// The stream must fail with `code`, and give nothing but the start of `expected` before.
inline void check_fails(const Bytes& stream, ErrorCode code, const Bytes& expected = {},
                        const char* text = nullptr) {
  for (const size_t piece : {size_t{1} << 30, size_t{13}}) {
    const Decoded decoded = decode(stream, codec::pieces_of(piece), kMemory);
    ck_assert_msg(decoded.status.code == code, "got %d (%s)", static_cast<int>(decoded.status.code),
                  sigma::describe(decoded.status).text);
    ck_assert(codec::is_prefix(decoded.bytes, expected));
    ck_assert_uint_le(decoded.stats.peak_memory, kMemory);
    if (text != nullptr) ck_assert_str_eq(decoded.status.text, text);
  }
}

/// A stream whose only chunk has the tree that `write` makes; `raw` is what it claims to yield.
inline Bytes with_tree(const std::function<void(TreeWriter&)>& write,
                       const Bytes& raw = from_text("raw")) {
  Stream s;
  return s.begin().coded(forge::tree(write), raw, true).end().bytes;
}

inline void check_tree_fails(const std::function<void(TreeWriter&)>& write,
                             const Bytes& raw = from_text("raw")) {
  check_fails(with_tree(write, raw), ErrorCode::DAMAGED);
}

/// Read at random, it stays in its memory; of a sound stream it gives the right bytes.
inline void check_random_access(const Bytes& stream, const Bytes* raw) {
  MemorySource source(stream);
  sigma::RandomAccessDecoder decoder(source, kMemory);
  const sigma::Status opened = decoder.open();
  if (raw != nullptr) {
    ck_assert_msg(opened.ok(), "%s", sigma::describe(opened).text);
    ck_assert_uint_eq(decoder.size(), raw->size());
  }
  Bytes out(64);
  for (uint64_t at = 0; opened.ok() && at < std::min<uint64_t>(decoder.size(), 4000); at += 501) {
    const sigma::Result<size_t> got = decoder.read(at, out);
    if (raw == nullptr) continue;
    ck_assert_msg(got.ok(), "%s", sigma::describe(got.status).text);
    ck_assert(std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(got.value),
                         raw->begin() + static_cast<std::ptrdiff_t>(at)));
  }
  ck_assert_uint_le(decoder.stats().peak_memory, kMemory);
}

/// An error or bytes, the same for any split and in every way to read it, within the bound.
inline void check_bounded(const Bytes& stream) {
  const Decoded decoded = decode(stream, codec::whole(), kMemory);
  ck_assert_uint_le(decoded.stats.peak_memory, kMemory);
  const Decoded pieces = decode(stream, codec::pieces_of(61), kMemory);
  ck_assert(pieces.bytes == decoded.bytes && pieces.status.code == decoded.status.code);
  ck_assert_uint_eq(pieces.status.offset, decoded.status.offset);
  ck_assert_uint_le(pieces.stats.peak_memory, kMemory);
  const codec::Salvaged salvaged = codec::salvage(stream, codec::whole(), kMemory);
  ck_assert_uint_le(salvaged.stats.peak_memory, kMemory);
  if (decoded.status.ok()) {
    ck_assert(salvaged.status.ok() && salvaged.damage.empty());
    ck_assert(salvaged.bytes() == decoded.bytes);
  }
  check_random_access(stream, decoded.status.ok() ? &decoded.bytes : nullptr);
}

}  // namespace hostile
