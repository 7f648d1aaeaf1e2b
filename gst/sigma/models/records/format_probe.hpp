/* Which format the records of a chunk may have, told from a small sample.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/records/field_reader.hpp"

namespace sigma {

constexpr size_t kRecordFormats = 11;

/// Formats worth trying, the most promising first.
struct RecordCandidates {
  std::array<RecordFormat, kRecordFormats> formats;
  std::array<uint8_t, kRecordFormats> percents = {};   ///< of the bytes that are such records
  std::array<bool, kRecordFormats> are_doubtful = {};  ///< by a first look
  size_t count = 0;

  /// Of a format; 0 if that is none of them.
  unsigned percent_of(const RecordFormat& format) const;
};

/// Looks at a few KiB of `bytes`: in which formats do the same texts come again, with
/// other fields between them? None for what is not text. Formats of which fewer than
/// `least_percent` of the bytes are such records are left out.
RecordCandidates find_record_formats(ByteSpan bytes, unsigned least_percent = 0);

/// The same for one format.
bool has_record_format(ByteSpan bytes, const RecordFormat& format);

/// The end of the last line, or of the last object where there are no lines, if that is in the last
/// sixteenth of `bytes`; otherwise, also if these are no text, the end of the bytes.
size_t find_record_end(ByteSpan bytes);

}  // namespace sigma
