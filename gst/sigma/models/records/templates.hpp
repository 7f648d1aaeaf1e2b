/* The templates of records, and which column each of their fields belongs to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/base/status.hpp"
#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/records/field_reader.hpp"

namespace sigma {

/// Templates are found by their literal texts. They are kept as a records operator has them: for
/// each text its size, its bytes, and the number of the column behind it plus one, 0 at the end.
class TemplateTable {
 public:
  /// What a table can hold.
  struct Limits {
    size_t text;       ///< bytes of definitions
    size_t shared;     ///< bytes of definitions for tables that know them
    size_t templates;  ///< a power of two, less than 65536
    size_t columns;    ///< likewise
  };
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit TemplateTable(const Limits& limits) : limits_(limits) {}

  /// Bytes of memory that a table takes, beside the definitions.
  static constexpr size_t memory_size(const Limits& limits) {
    return workspace_units(limits.templates * sizeof(Template)) +
           workspace_units(2 * limits.columns * sizeof(uint32_t)) +
           workspace_units(2 * limits.columns * sizeof(uint16_t)) +
           workspace_units(2 * limits.templates * sizeof(uint16_t)) * 3;
  }
  /// Gives the table its memory, from `arena`, and that of the definitions: `limits.text` bytes.
  void set_memory(Arena& arena, uint8_t* text);

  /// Forgets all templates but those of `known`, the definitions of another table.
  void start(const RecordFormat& format, ByteSpan known);

  /// What to do with a record that has no template.
  enum class Add : uint8_t {
    ALWAYS,   ///< make one, if there is any room
    ROOM,     ///< make one, but leave some room
    REPEATED  ///< the same, if one like it was looked for before
  };

  /// Reads the next record if it is of a template that has come behind those of the records before;
  /// gives its number, or kNone.
  uint32_t follow(RecordReader& reader);
  /// The same for the bytes from `begin` to `end`.
  uint32_t follow(RecordReader& reader, size_t begin, size_t end);

  /// The number of a record's template, kNone if there is none, nor room for one.
  uint32_t find(const RecordReader& record, Add add);
  uint32_t find(const RecordReader& record);

  /// The number of the template that a record was last found to have whose texts begin like those
  /// of this one, if it has that, too: they may differ in words that the template has as fields.
  /// Reads the record anew. kNone: it is to be read again, and may be found otherwise.
  uint32_t find_alike(RecordReader& record);
  /// Notes that the record that was asked for last has that template.
  void note_alike(uint32_t id) { alike_[alike_place_] = static_cast<uint16_t>(id + 1); }

  /// Another table begins, of delimited text: what has the same texts as a record before it has
  /// other columns from now on, while these are few.
  void begin_table();

  /// Numbers templates anew, those that were found most often first, and columns in the order in
  /// which these have them. `ids` and `columns` get the new number of each. Nothing can be found
  /// afterwards. `memory`: order_memory() bytes. False if there is no room for longer numbers.
  bool order_by_use(uint16_t* ids, uint16_t* columns, uint8_t* memory);
  /// A field's text size and column take two bytes or more; the column may take one more.
  size_t order_memory() const { return text_size_ + text_size_ / 2; }

  /// The columns of the fields of the record that was found last.
  const uint16_t* columns() const { return found_columns_.data(); }

  RecordSyntax syntax() const { return syntax_; }
  size_t count() const { return count_; }
  size_t known() const { return known_; }
  size_t column_count() const { return column_count_; }
  /// Of all templates, the known ones first.
  ByteSpan definitions() const { return {text_, text_size_}; }
  /// Those that were found more than once, in the order of their use: as many of them as leave
  /// another table, which knows them, half its room.
  ByteSpan shared_definitions() const { return definitions().first(shared_size_); }

 private:
  struct Template {
    uint32_t hash;
    uint32_t begin;
    uint32_t uses;
  };

  uint32_t hash_of(const RecordReader& record) const;
  uint32_t find_hashed(const RecordReader& record, uint32_t hash);
  uint32_t note(uint32_t id);
  uint32_t follow_as(RecordReader& reader, uint16_t guess);
  uint16_t& after_two();
  uint16_t& by_start(ByteSpan bytes, size_t begin);
  bool matches(uint32_t id, const RecordReader& record);
  bool was_looked_for(uint32_t hash);
  bool has_room(const RecordReader& record, Add add) const;
  uint32_t add(const RecordReader& record, uint32_t hash);
  void index(uint32_t id, uint32_t hash);
  void learn(ByteSpan known);
  uint16_t& column_slot(uint32_t key);
  uint16_t find_column(uint32_t key, uint32_t literal);
  void set_column(uint32_t key, uint16_t column);

  Limits limits_;
  Template* templates_ = nullptr;
  uint32_t* column_keys_ = nullptr;
  uint16_t* column_numbers_ = nullptr;  ///< by key; plus one
  uint16_t* slots_ = nullptr;           ///< of templates, by hash; number plus one
  uint16_t* after_one_ = nullptr;       ///< what came last behind a template, and before that
  uint16_t* after_two_ = nullptr;       ///< the same, behind two, by their numbers
  uint8_t* text_ = nullptr;
  RecordSyntax syntax_ = RecordSyntax::NONE;
  bool by_path_ = false;
  size_t text_size_ = 0;
  size_t shared_size_ = 0;
  size_t count_ = 0;
  size_t known_ = 0;
  size_t column_count_ = 0;
  size_t key_count_ = 0;  ///< columns that can be found by key: more than there are, after learn()
  size_t tables_ = 0;     ///< that began behind others
  uint64_t table_ = 0;    ///< the current one; 0 for all if there are too many
  uint32_t last_ = kNone;
  uint32_t before_last_ = kNone;
  std::array<uint64_t, 128> looked_for_ = {};  ///< bits, by hash
  std::array<uint16_t, 256> alike_ = {};       ///< by how texts begin; number plus one
  std::array<uint16_t, 256> by_start_ = {};    ///< by how records begin; number plus one
  size_t alike_place_ = 0;
  std::array<uint16_t, kMaxFields + 1> found_columns_ = {};
};

}  // namespace sigma
