/* Records from templates and columns: what the operator COMPOSITE RECORD does. docs/format.md,
 * section 8, is normative.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/status.hpp"
#include "gst/sigma/operators/records/layout.hpp"

namespace sigma {

/// Writes `records` records to `out`, which they must fill exactly, using each lane up. `workspace`
/// is for tables, is aligned for them and does not overlap the lanes. Gives how much of it
/// was used; DAMAGED if anything does not fit together, UNSUPPORTED_OPERATOR (value: glyph type <<
/// 8 | primitive) for a column of a later format.
Result<size_t> expand_records(const RecordLanes& lanes, uint64_t records, MutableByteSpan workspace,
                              MutableByteSpan out);

/// The payload of the operator: bytes and number of its records.
bool parse_records(ByteSpan payload, uint64_t& size, uint64_t& count);

struct OperatorEntry;
extern const OperatorEntry kRecords;

}  // namespace sigma
