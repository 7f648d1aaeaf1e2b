/* Where the fields of text records lie: what changes from record to record, between literal texts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <array>

#include "gst/sigma/base/bytes.hpp"
#include "gst/sigma/base/text_masks.hpp"

namespace sigma {

/// What a field is.
enum class RecordSyntax : uint8_t {
  NONE,
  WORDS,      ///< words that hold a digit ('.', '_' and '-' join), and strings in quotes
  PIECES,     ///< letters and digits that hold a digit: the parts of other fields
  JSON,       ///< strings but keys, numbers and bare words
  DELIMITED,  ///< all between two delimiters
  TEXT,       ///< every word and quoted string
  WHOLE,      ///< all but line feeds
};

struct RecordFormat {
  RecordSyntax syntax = RecordSyntax::NONE;
  uint8_t delimiter = 0;  ///< of DELIMITED
  uint8_t end = '\n';     ///< the last byte of each record
  bool by_path =
      false;  ///< of JSON: fields share columns by all texts before them, not by the last

  bool operator==(const RecordFormat&) const = default;
  /// Whether records are read alike, whatever their columns are.
  bool is_like(const RecordFormat& other) const {
    return syntax == other.syntax && delimiter == other.delimiter && end == other.end;
  }
};

/// A part of a record. None holds a line feed.
struct Field {
  uint32_t begin = 0;  ///< from the first byte of what is read
  uint32_t size = 0;
};

constexpr size_t kMaxFields = 256;      ///< of a record: longer ones are read as several
constexpr size_t kMaxFieldSize = 2047;  ///< longer ones are several fields
/// Longer ones are read as several, too: what is read again in another syntax may end much sooner,
/// and the rest is read once more.
constexpr size_t kMaxRecordSize = size_t{32} << 10;

/// Reads records, front to back. Any bytes can be read in any format; what does not keep its rules
/// is literal text or a field all the same.
class RecordReader {
 public:
  RecordReader(const RecordFormat& format, ByteSpan bytes) : format_(format), bytes_(bytes) {}

  /// Finds the next record; false at the end.
  bool next();

  /// Finds the next record if it is one of the template whose definition (TemplateTable) is given:
  /// the same texts with fields between them, whatever these hold. `columns` gets the numbers of
  /// their columns. Several times as quick as next(), which is to be called if it gives false.
  bool next_like(const uint8_t* definition, const uint8_t* definitions_end, uint16_t* columns);

  /// Reads the record again, if it is one of the template; else it is to be read again otherwise.
  bool again_like(const uint8_t* definition, const uint8_t* definitions_end, uint16_t* columns);

  /// Reads the bytes from `begin` to `end`, none of which is a line feed, as one record; false if
  /// they have more fields than one can have.
  bool read(size_t begin, size_t end);

  /// The same if they are one of the template, as for next_like().
  bool read_like(const uint8_t* definition, const uint8_t* definitions_end, uint16_t* columns,
                 size_t begin, size_t end);

  /// Reads the record again, in another syntax. It may end sooner then.
  void read_again(RecordSyntax syntax);

  /// Of a record that was read again as TEXT, keeps the fields that the format has and those whose
  /// bit in `words` is set.
  void keep_fields(uint64_t words);

  RecordSyntax syntax() const { return syntax_; }  ///< that the record was read in
  size_t begin() const { return begin_; }          ///< of the record
  size_t end() const { return end_; }
  /// Fields of the same line before this record, if that was too long for one.
  size_t fields_before() const { return before_; }
  size_t size() const { return count_; }
  const Field& operator[](size_t i) const { return fields_[i]; }
  /// What is read.
  ByteSpan bytes() const { return bytes_; }

  /// Calls `take(begin, size, index)` for each literal text of the record, before its fields and
  /// behind the last, until one gives false, and gives that.
  template <typename Take>
  bool each_literal(Take take) const {
    size_t begin = begin_;
    for (size_t i = 0; i < count_; i++) {
      if (!take(bytes_.data() + begin, fields_[i].begin - begin, i)) return false;
      begin = fields_[i].begin + size_t{fields_[i].size};
    }
    return take(bytes_.data() + begin, end_ - begin, count_);
  }

 private:
  /// Bits for the bytes of a window: which ones fields are found by and which go on with a field,
  /// in the reader's format and in TEXT, and which may end a string.
  enum Mask : uint8_t { STARTS, INSIDE, WORDS, JOINED, QUOTES };
  static constexpr size_t kMasks = 5;
  static constexpr size_t kWindow = 4096;  ///< bytes looked at at once, at most

  void load(size_t at, size_t size);
  void load_more(size_t at);
  template <typename Classify>
  void load_with(size_t at, size_t size, Classify classify);
  template <Mask mask>
  size_t find(size_t at, size_t end);
  template <Mask mask>
  size_t run_end(size_t at, size_t end);
  template <Mask mask>
  size_t run_begin(size_t at, size_t low) const;
  bool is_inside(uint8_t byte) const;
  size_t match(const uint8_t* definition, const uint8_t* definitions_end, size_t at, size_t limit,
               uint16_t* columns, size_t& count);
  void take_record(size_t begin, size_t end, size_t count);
  size_t match_delimited(const uint8_t* definition, const uint8_t* definitions_end, size_t at,
                         uint16_t* columns, size_t& count);
  template <RecordSyntax syntax>
  size_t match_as(const uint8_t* definition, const uint8_t* definitions_end, size_t at,
                  size_t limit, uint16_t* columns, size_t& count);
  template <RecordSyntax syntax>
  size_t like_field_end(size_t at) const;
  size_t find_line_end(size_t at) const;
  template <RecordSyntax syntax>
  size_t like_word_end(size_t at) const;
  size_t like_string_end(size_t at) const;
  Bytes16 delimited_ends(Bytes16 bytes) const;
  size_t like_delimited_end(size_t at) const;

  void read_fields(RecordSyntax syntax);
  template <Mask starts, Mask inside>
  void read_words();
  void read_json();
  size_t string_end(size_t at);
  size_t single_end(size_t at, size_t end) const;
  bool is_key(size_t at) const;
  bool is_of_format(const Field& field) const;
  void read_delimited();
  void read_lines();
  void cut();
  size_t number_begin(size_t begin, size_t end) const;
  bool add(size_t begin, size_t end);
  bool add_long(size_t begin, size_t end);
  bool is_full() const { return count_ == kMaxFields; }

  RecordFormat format_;
  ByteSpan bytes_;
  RecordSyntax syntax_ = RecordSyntax::NONE;
  size_t window_ = 0;       ///< the first byte that the masks are of
  size_t window_size_ = 0;  ///< a multiple of 64
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t before_ = 0;
  bool is_long_ = false;    ///< the record ends before its last byte has come
  bool continues_ = false;  ///< the record before was cut
  size_t count_ = 0;
  std::array<Field, kMaxFields> fields_;
  std::array<std::array<uint64_t, kWindow / 64>, kMasks> masks_;
};

}  // namespace sigma
