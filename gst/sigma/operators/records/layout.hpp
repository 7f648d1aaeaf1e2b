/* Lanes, templates and columns of records: their limits and codes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/memory/arena.hpp"

namespace sigma {

/// The lanes that a records operator takes its values from: its children, in this order.
enum class RecordLane : uint8_t {
  TEMPLATES,  ///< literal texts and the columns between them
  SCRIPT,     ///< a glyph expression for each column that has values
  IDS,        ///< a template's number for each record
  INDEXES,    ///< of dictionary entries, and of the templates of columns that are split
  LOWS,       ///< second bytes of ids and indexes
  NUMBERS,    ///< varints
  BUCKETS,    ///< a byte for each number: its size and leading bits
  BITS,       ///< the bits that buckets leave open
  STRINGS,    ///< each ended by kStringEnd
};
constexpr size_t kRecordLanes = 9;
using RecordLanes = std::array<ByteSpan, kRecordLanes>;

constexpr uint8_t kStringEnd = '\n';
/// Ids and indexes from here on have a low byte, too.
constexpr uint8_t kFirstWide = 192;
constexpr size_t kMaxTemplates = kFirstWide + (256 - kFirstWide) * 256;
constexpr size_t kMaxEntries = 16384;    ///< of one dictionary
constexpr size_t kMaxRecent = 16;        ///< entries of a dictionary that codes of their own name
constexpr size_t kMaxColumns = 65536;    ///< of one operator
constexpr unsigned kMaxColumnDepth = 8;  ///< expressions inside one another
constexpr size_t kMaxNumberWidth = 20;   ///< digits
constexpr unsigned kMaxPlaces = 18;      ///< digits behind a point

/// How a column's number is written.
enum class NumberKind : uint8_t {
  DECIMAL,  ///< without leading zeros
  SIGNED,   ///< the same, with '-' before negative ones
  PADDED,   ///< decimal, with leading zeros to a fixed width
  HEX,      ///< lower case, to a fixed width
  HEX_UPPER,
  SCALED  ///< signed, with a point: the number is in units of the last place
};
constexpr unsigned kNumberKinds = 6;

/// Whether numbers that are no differences may be negative.
constexpr bool is_signed(NumberKind kind) {
  return kind == NumberKind::SIGNED || kind == NumberKind::SCALED;
}

/// The places of SCALED numbers, which are their width.
struct Places {
  unsigned most = 0;   ///< 1 to kMaxPlaces
  unsigned least = 0;  ///< zeros at the end are left out down to so many, a point with the last
};
constexpr unsigned kPlacesStep = 32;
constexpr Places places_of(unsigned width) {
  return {width % kPlacesStep, width / kPlacesStep};
}
constexpr unsigned width_of(const Places& places) {
  return places.least * kPlacesStep + places.most;
}
constexpr bool is_valid(const Places& places) {
  return places.most >= 1 && places.most <= kMaxPlaces && places.least <= places.most;
}

/// How a column's number lies in its lanes.
enum class NumberCoding : uint8_t { VARINT, BUCKET };

constexpr size_t kColumnMemory = 64;
/// Workspace for the tables of one set of templates.
constexpr size_t scope_memory(size_t templates, size_t columns) {
  return 2 * workspace_units(4 * templates) + workspace_units(4 * columns) +
         kColumnMemory * columns;
}
/// Workspace for the tables of a dictionary whose partner has `partner_entries`.
constexpr size_t dictionary_memory(size_t entries, size_t window, size_t partner_entries) {
  return kColumnMemory + 8 * entries + workspace_units(2 * window) +
         workspace_units(2 * partner_entries);
}

/// The value of a bucket's leading bits, and how many bits follow them.
struct Bucket {
  uint64_t base = 0;
  unsigned bits = 0;
};
/// Bytes below 16 are the number itself; from there on four buckets share an exponent.
constexpr Bucket bucket_of(uint8_t code) {
  if (code < 16) return {code, 0};
  const unsigned bits = 2 + (code - 16U) / 4;
  return {(4 + uint64_t{(code - 16U) % 4}) << bits, bits};
}

}  // namespace sigma
