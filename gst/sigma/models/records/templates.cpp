/* Looking templates up, and learning new ones.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/templates.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "gst/sigma/models/records/text_hash.hpp"

namespace sigma {
namespace {

constexpr uint64_t kSeed = 0x9E3779B97F4A7C15;

/// Records that had a template before it is guessed last: what is rare may match with fewer texts
/// than another one has.
constexpr uint32_t kUsedOften = 16;

/// Columns of a table from which on they are shared more readily.
constexpr size_t kManyColumns = 512;

/// The keys of columns, template by template: which fields are alike enough to share a column.
class ColumnKeys {
 public:
  ColumnKeys(RecordSyntax syntax, bool by_path, uint64_t table, size_t fields, size_t before)
      : syntax_(syntax == RecordSyntax::JSON && by_path ? RecordSyntax::WORDS : syntax),
        table_(table),
        fields_(fields),
        before_(before) {}
  /// Of the field behind `literal`.
  uint32_t next(const uint8_t* literal, size_t size, const uint8_t* end) {
    literal_ = fold_hash(mix_text(~kSeed, literal, size, end));
    switch (syntax_) {
      case RecordSyntax::DELIMITED: {
        // Tables of different widths have different columns, and those behind different headers.
        const uint8_t place[4] = {
            static_cast<uint8_t>(index_ + before_), static_cast<uint8_t>((index_ + before_) >> 8),
            static_cast<uint8_t>(fields_), static_cast<uint8_t>(fields_ >> 8)};
        index_++;
        return fold_hash(mix_text(kSeed + table_, place, sizeof place, place + sizeof place));
      }
      case RecordSyntax::JSON:
      case RecordSyntax::TEXT:
        // The key, and what separates it from what was before, whatever that was.
        return fold_hash(
            mix_text(kSeed + static_cast<uint32_t>(syntax_) * 2 + (is_first_++ == 0 ? 1 : 0),
                     literal, size, end));
      default:
        // All that comes before: times at the beginning of every line are one column.
        chain_ = mix_text(chain_, literal, size, end);
        return fold_hash(chain_);
    }
  }
  /// Of the same field where columns are few: by the text right before it alone.
  uint32_t literal() const { return literal_; }

 private:
  RecordSyntax syntax_;
  uint64_t table_;
  size_t fields_;
  size_t before_;
  size_t index_ = 0;
  size_t is_first_ = 0;
  uint64_t chain_ = kSeed;
  uint32_t literal_ = 0;
};

}  // namespace

void TemplateTable::set_memory(Arena& arena, uint8_t* text) {
  templates_ = arena.take<Template>(limits_.templates);
  column_keys_ = arena.take<uint32_t>(2 * limits_.columns);
  column_numbers_ = arena.take<uint16_t>(2 * limits_.columns);
  slots_ = arena.take<uint16_t>(2 * limits_.templates);
  after_one_ = arena.take<uint16_t>(2 * limits_.templates);
  after_two_ = arena.take<uint16_t>(2 * limits_.templates);
  text_ = text;
}

void TemplateTable::start(const RecordFormat& format, ByteSpan known) {
  syntax_ = format.syntax;
  by_path_ = format.by_path;
  text_size_ = shared_size_ = 0;
  count_ = known_ = 0;
  column_count_ = key_count_ = 0;
  tables_ = 0;
  table_ = 0;
  last_ = before_last_ = kNone;
  std::fill_n(after_two_, 2 * limits_.templates, 0);
  looked_for_.fill(0);
  alike_.fill(0);
  by_start_.fill(0);
  std::fill_n(slots_, 2 * limits_.templates, 0);
  std::fill_n(column_numbers_, 2 * limits_.columns, 0);
  learn(known);
}

/// Takes over the definitions that a table made.
void TemplateTable::learn(ByteSpan known) {
  std::copy(known.begin(), known.end(), text_);
  text_size_ = known.size();
  const uint8_t* p = text_;
  const uint8_t* const end = p + known.size();
  while (p < end) {
    const uint8_t* const begin = p;
    uint64_t hash = kSeed;
    size_t fields = 0;
    for (bool counts : {true, false}) {
      ColumnKeys keys(syntax_, by_path_, 0, fields, 0);
      p = begin;
      for (fields = 0;; fields++) {
        const uint32_t size = read_known_varint(p);
        const uint8_t* const literal = p;
        p += size;
        const uint32_t column = read_known_varint(p);
        if (counts) hash = mix_text(hash, literal, size, end);
        if (column == 0) break;
        if (counts) continue;
        if (key_count_ < limits_.columns) {
          for (const uint32_t key : {keys.next(literal, size, end), keys.literal()})
            if (column_slot(key) == 0) set_column(key, static_cast<uint16_t>(column));
        }
        column_count_ = std::max<size_t>(column_count_, column);
      }
    }
    templates_[count_] = {fold_hash(hash), static_cast<uint32_t>(begin - text_), 0};
    after_one_[2 * count_] = after_one_[2 * count_ + 1] = 0;
    index(static_cast<uint32_t>(count_++), fold_hash(hash));
  }
  known_ = count_;
}

void TemplateTable::index(uint32_t id, uint32_t hash) {
  size_t place = hash & (2 * limits_.templates - 1);
  while (slots_[place] != 0)
    place = (place + 1) & (2 * limits_.templates - 1);
  slots_[place] = static_cast<uint16_t>(id + 1);
}

uint16_t& TemplateTable::column_slot(uint32_t key) {
  size_t place = key & (2 * limits_.columns - 1);
  while (column_numbers_[place] != 0 && column_keys_[place] != key)
    place = (place + 1) & (2 * limits_.columns - 1);
  column_keys_[place] = key;
  return column_numbers_[place];
}

uint16_t& TemplateTable::after_two() {
  constexpr uint32_t kFactor = 40503;
  return after_two_[(before_last_ * kFactor + last_) & (2 * limits_.templates - 1)];
}

/// By how a record begins, the template that one was found to have last.
uint16_t& TemplateTable::by_start(ByteSpan bytes, size_t begin) {
  constexpr size_t kLooked = 8;
  const uint8_t* const at = bytes.data() + begin;
  const size_t size = std::min(kLooked, bytes.size() - begin);
  const uint64_t hash = mix_text(kSeed, at, size, bytes.data() + bytes.size());
  return by_start_[fold_hash(hash) % by_start_.size()];
}

uint32_t TemplateTable::follow_as(RecordReader& reader, uint16_t guess) {
  const uint32_t id = guess - 1U;
  const bool is_there =
      reader.next_like(text_ + templates_[id].begin, text_ + limits_.text, found_columns_.data());
  return is_there ? note(id) : kNone;
}

uint32_t TemplateTable::follow(RecordReader& reader) {
  if (last_ == kNone) return kNone;
  const uint16_t* const behind_one = after_one_ + 2 * last_;
  const uint16_t guesses[] = {after_two(), behind_one[0], behind_one[1]};
  for (size_t i = 0; i < std::size(guesses); i++) {
    const uint16_t* const end = guesses + i;
    if (guesses[i] == 0 || std::find(guesses, end, guesses[i]) != end) continue;
    const bool is_last = i + 1 == std::size(guesses);
    if (is_last && templates_[guesses[i] - 1U].uses < kUsedOften) continue;
    const uint32_t id = follow_as(reader, guesses[i]);
    if (id != kNone) return id;
  }
  return kNone;
}

/// Remembers that a template came behind the last ones.
uint32_t TemplateTable::note(uint32_t id) {
  if (id == kNone) return id;
  const auto number = static_cast<uint16_t>(id + 1);
  if (last_ != kNone) {
    uint16_t* const behind_one = after_one_ + 2 * last_;
    if (behind_one[0] != number) behind_one[1] = std::exchange(behind_one[0], number);
    after_two() = number;
  }
  before_last_ = last_;
  templates_[id].uses++;
  return last_ = id;
}

uint32_t TemplateTable::follow(RecordReader& reader, size_t begin, size_t end) {
  const uint32_t id = last_ != kNone ? after_one_[2 * last_] - 1U : kNone;
  if (id == kNone || !reader.read_like(text_ + templates_[id].begin, text_ + limits_.text,
                                       found_columns_.data(), begin, end))
    return kNone;
  return note(id);
}

uint32_t TemplateTable::find(const RecordReader& record, Add how) {
  const uint32_t hash = hash_of(record);
  uint32_t id = find_hashed(record, hash);
  if (id == kNone) {
    if (how == Add::REPEATED && !was_looked_for(hash)) return kNone;
    if (!has_room(record, how)) return kNone;
    id = add(record, hash);
  }
  by_start(record.bytes(), record.begin()) = static_cast<uint16_t>(id + 1);
  return note(id);
}

uint32_t TemplateTable::find(const RecordReader& record) {
  const uint32_t id = find_hashed(record, hash_of(record));
  if (id != kNone) by_start(record.bytes(), record.begin()) = static_cast<uint16_t>(id + 1);
  return note(id);
}

uint32_t TemplateTable::find_alike(RecordReader& record) {
  constexpr size_t kLooked = 8;
  const uint8_t* const end = record.bytes().data() + record.bytes().size();
  uint64_t hash = kSeed;
  record.each_literal([&](const uint8_t* literal, size_t size, size_t) {
    hash = mix_text(hash, literal, std::min(size, kLooked), end);
    return true;
  });
  alike_place_ = fold_hash(hash) % alike_.size();
  const uint32_t id = alike_[alike_place_] - 1U;
  if (id == kNone ||
      !record.again_like(text_ + templates_[id].begin, text_ + limits_.text, found_columns_.data()))
    return kNone;
  by_start(record.bytes(), record.begin()) = static_cast<uint16_t>(id + 1);
  return note(id);
}

uint32_t TemplateTable::hash_of(const RecordReader& record) const {
  const uint8_t* const end = record.bytes().data() + record.bytes().size();
  uint64_t hash = kSeed + (record.syntax() == RecordSyntax::DELIMITED ? table_ : 0);
  record.each_literal([&](const uint8_t* literal, size_t size, size_t) {
    hash = mix_text(hash, literal, size, end);
    return true;
  });
  return fold_hash(hash);
}

uint32_t TemplateTable::find_hashed(const RecordReader& record, uint32_t hash) {
  const size_t mask = 2 * limits_.templates - 1;
  for (size_t place = hash & mask; slots_[place] != 0; place = (place + 1) & mask) {
    const uint32_t id = slots_[place] - 1U;
    if (templates_[id].hash == hash && matches(id, record)) return id;
  }
  return kNone;
}

/// Whether the record has this template's literals; its columns are known then.
bool TemplateTable::matches(uint32_t id, const RecordReader& record) {
  const uint8_t* p = text_ + templates_[id].begin;
  const uint8_t* const text_end = text_ + limits_.text;
  const uint8_t* const end = record.bytes().data() + record.bytes().size();
  return record.each_literal([&](const uint8_t* literal, size_t size, size_t i) {
    if (read_known_varint(p) != size || !same_text(p, text_end, literal, end, size)) return false;
    p += size;
    const uint32_t column = read_known_varint(p);
    if ((column == 0) != (i == record.size())) return false;
    found_columns_[i] = static_cast<uint16_t>(column - 1);
    return true;
  });
}

/// Whether this is not the first time, and notes that.
bool TemplateTable::was_looked_for(uint32_t hash) {
  uint64_t& word = looked_for_[hash / 64 % looked_for_.size()];
  const uint64_t bit = uint64_t{1} << hash % 64;
  const bool was = (word & bit) != 0;
  word |= bit;
  return was;
}

bool TemplateTable::has_room(const RecordReader& record, Add how) const {
  const bool leaves_some = how != Add::ALWAYS;
  const size_t size = record.end() - record.begin() + 8 * (record.size() + 1);
  return count_ + (leaves_some ? 16 : 0) < limits_.templates &&
         column_count_ + record.size() + (leaves_some ? limits_.columns / 4 : 0) <=
             limits_.columns &&
         key_count_ + 2 * record.size() <= 2 * limits_.columns - limits_.columns / 4 &&
         text_size_ + size + (leaves_some ? limits_.text / 16 : 0) <= limits_.text;
}

/// The column of a field. Where there are many columns, those of fields behind the same text are
/// one.
uint16_t TemplateTable::find_column(uint32_t key, uint32_t literal) {
  if (const uint16_t known = column_slot(key); known != 0) return known;
  uint16_t column = column_slot(literal);
  if (column == 0 || column_count_ < kManyColumns) {
    column = static_cast<uint16_t>(++column_count_);
    set_column(literal, column);
  }
  set_column(key, column);
  return column;
}

void TemplateTable::set_column(uint32_t key, uint16_t column) {
  uint16_t& slot = column_slot(key);
  if (slot == 0) key_count_++;
  slot = column;
}

uint32_t TemplateTable::add(const RecordReader& record, uint32_t hash) {
  ColumnKeys keys(record.syntax(), by_path_, table_, record.size(), record.fields_before());
  const uint8_t* const end = record.bytes().data() + record.bytes().size();
  uint8_t* to = text_ + text_size_;
  record.each_literal([&](const uint8_t* literal, size_t size, size_t i) {
    to += write_varint(to, size);
    to = std::copy_n(literal, size, to);
    uint16_t column = 0;
    if (i < record.size()) {
      column = find_column(keys.next(literal, size, end), keys.literal());
      found_columns_[i] = static_cast<uint16_t>(column - 1);
    }
    to += write_varint(to, column);
    return true;
  });
  templates_[count_] = {hash, static_cast<uint32_t>(text_size_), 0};
  after_one_[2 * count_] = after_one_[2 * count_ + 1] = 0;
  text_size_ = static_cast<size_t>(to - text_);
  index(static_cast<uint32_t>(count_), hash);
  return static_cast<uint32_t>(count_++);
}

void TemplateTable::begin_table() {
  // What came behind what was in the table before.
  std::fill_n(after_one_, 2 * count_, 0);
  std::fill_n(after_two_, 2 * limits_.templates, 0);
  last_ = before_last_ = kNone;
  table_ = column_count_ < kManyColumns / 4 * 3 ? ++tables_ : 0;
}

bool TemplateTable::order_by_use(uint16_t* ids, uint16_t* columns, uint8_t* memory) {
  // Slots and keys have served their purpose.
  uint16_t* const order = slots_;
  for (size_t i = 0; i < count_; i++)
    order[i] = static_cast<uint16_t>(i);
  std::stable_sort(order, order + count_, [this](uint16_t a, uint16_t b) {
    return templates_[a].uses > templates_[b].uses;
  });
  constexpr uint16_t kUnnamed = UINT16_MAX;
  std::fill_n(columns, column_count_, kUnnamed);
  uint16_t named = 0;
  uint8_t* to = memory;
  shared_size_ = 0;
  for (size_t i = 0; i < count_; i++) {
    ids[order[i]] = static_cast<uint16_t>(i);
    const Template& known = templates_[order[i]];
    const uint8_t* from = text_ + known.begin;
    for (uint32_t column = 1; column != 0;) {
      const uint32_t size = read_known_varint(from);
      to += write_varint(to, size);
      to = std::copy_n(from, size, to);
      from += size;
      column = read_known_varint(from);
      if (column != 0 && columns[column - 1] == kUnnamed) columns[column - 1] = named++;
      to += write_varint(to, column == 0 ? 0 : columns[column - 1] + 1U);
    }
    const auto size = static_cast<size_t>(to - memory);
    if (known.uses > 1 && i < limits_.templates / 2 && named <= limits_.columns / 2 &&
        size <= limits_.shared)
      shared_size_ = size;
  }
  text_size_ = static_cast<size_t>(to - memory);
  if (text_size_ > limits_.text) return false;
  std::copy_n(memory, text_size_, text_);
  return true;
}

}  // namespace sigma
