/* Headers of tables: where delimited text goes on with another table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/text_masks.hpp"
#include "gst/sigma/models/records/field_reader.hpp"

namespace sigma {

/// Looks for rows of names above rows of numbers. Files that hold several tables have one above
/// each; a column with its name among its numbers would be a column of texts.
class HeaderFinder {
 public:
  explicit HeaderFinder(const RecordFormat& format)
      : delimiter_(format.delimiter), looks_(format.syntax == RecordSyntax::DELIMITED) {}

  /// Whether the record that was read last is a header.
  bool is_header(const RecordReader& record) {
    if (!looks_) return false;
    rows_++;
    const bool had_numbers = has_numbers_;
    has_numbers_ = find_number(record);
    if (has_numbers_ || !had_numbers || record.size() < 2) return false;
    if (!names_all(record) || !is_number_row(record)) return false;
    // Not where rows of names come again and again between the others.
    return ++headers_ * kLeastRows <= rows_ + kFirstRows;
  }

 private:
  static constexpr size_t kLeastRows = 8;    ///< of a table, on average
  static constexpr size_t kFirstRows = 128;  ///< counted before the first one

  /// Whether a field that begins here is a number.
  static bool begins_number(const uint8_t* at, const uint8_t* end) {
    while (at != end && (*at == '"' || *at == '-' || *at == '.' || *at == ' '))
      at++;
    return at != end && is_digit(*at);
  }
  static bool find_number(const RecordReader& record) {
    const uint8_t* const bytes = record.bytes().data();
    for (size_t i = 0; i < record.size(); i++) {
      const Field& field = record[i];
      if (begins_number(bytes + field.begin, bytes + field.begin + field.size)) return true;
    }
    return false;
  }
  static bool names_all(const RecordReader& record) {
    for (size_t i = 0; i < record.size(); i++)
      if (record[i].size == 0) return false;
    return true;
  }
  /// Whether the line behind the record has a number.
  bool is_number_row(const RecordReader& record) const {
    const uint8_t* at = record.bytes().data() + record.end();
    const uint8_t* const end = record.bytes().data() + record.bytes().size();
    for (bool begins = true; at != end && *at != '\n'; at++) {
      if (begins && begins_number(at, end)) return true;
      begins = *at == delimiter_;
    }
    return false;
  }

  uint8_t delimiter_;
  bool looks_;
  bool has_numbers_ = true;  ///< the row before
  size_t rows_ = 0;
  size_t headers_ = 0;
};

}  // namespace sigma
