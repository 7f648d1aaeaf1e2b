/* Looking templates up, and learning new ones.
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include "gst/sigma/record_templates.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/text_hash.hpp"

namespace sigma {
namespace {

constexpr uint64_t kSeed = 0x9E3779B97F4A7C15;

/// The keys of columns, template by template: which fields are alike enough to share a column.
class ColumnKeys {
 public:
  ColumnKeys(RecordSyntax syntax, size_t fields, size_t before)
      : syntax_(syntax), fields_(fields), before_(before) {}
  /// Of the field behind `literal`.
  uint32_t next(const uint8_t* literal, size_t size, const uint8_t* end) {
    switch (syntax_) {
      case RecordSyntax::DELIMITED: {
        // Tables of different widths have different columns.
        const uint8_t place[4] = {
            static_cast<uint8_t>(index_ + before_), static_cast<uint8_t>((index_ + before_) >> 8),
            static_cast<uint8_t>(fields_), static_cast<uint8_t>(fields_ >> 8)};
        index_++;
        return fold_hash(mix_text(kSeed, place, sizeof place, place + sizeof place));
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

 private:
  RecordSyntax syntax_;
  size_t fields_;
  size_t before_;
  size_t index_ = 0;
  size_t is_first_ = 0;
  uint64_t chain_ = kSeed;
};

uint32_t read_number(const uint8_t*& p) {
  if (*p < 0x80) return *p++;
  uint32_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const uint8_t byte = *p++;
    value |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

}  // namespace

void TemplateTable::set_memory(uint8_t* memory) {
  const auto take = [&memory](size_t size) {
    uint8_t* const taken = memory;
    memory += size;
    return taken;
  };
  templates_ = reinterpret_cast<Template*>(take(limits_.templates * sizeof(Template)));
  column_keys_ = reinterpret_cast<uint32_t*>(take(2 * limits_.columns * sizeof(uint32_t)));
  column_numbers_ = reinterpret_cast<uint16_t*>(take(2 * limits_.columns * sizeof(uint16_t)));
  slots_ = reinterpret_cast<uint16_t*>(take(2 * limits_.templates * sizeof(uint16_t)));
  text_ = take(limits_.text);
}

void TemplateTable::start(RecordSyntax syntax, ByteSpan known) {
  syntax_ = syntax;
  text_size_ = shared_size_ = 0;
  count_ = known_ = 0;
  column_count_ = key_count_ = 0;
  last_ = kNone;
  looked_for_.fill(0);
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
      ColumnKeys keys(syntax_, fields, 0);
      p = begin;
      for (fields = 0;; fields++) {
        const uint32_t size = read_number(p);
        const uint8_t* const literal = p;
        p += size;
        const uint32_t column = read_number(p);
        if (counts) hash = mix_text(hash, literal, size, end);
        if (column == 0) break;
        if (counts) continue;
        if (key_count_ < limits_.columns / 2) {
          uint16_t& slot = column_slot(keys.next(literal, size, end));
          if (slot == 0) slot = static_cast<uint16_t>(column);
        }
        column_count_ = std::max<size_t>(column_count_, column);
      }
    }
    templates_[count_] = {fold_hash(hash), static_cast<uint32_t>(begin - text_), 0};
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
  if (column_numbers_[place] == 0) key_count_++;
  column_keys_[place] = key;
  return column_numbers_[place];
}

uint32_t TemplateTable::find(const RecordReader& record, Add how) {
  // What came behind the template before the last time comes again more often than not.
  uint32_t id = last_ != kNone ? templates_[last_].next - 1U : kNone;
  if (id >= count_ || !matches(id, record)) {
    const uint32_t hash = hash_of(record);
    id = find_hashed(record, hash);
    if (id == kNone) {
      if (how == Add::REPEATED && !was_looked_for(hash)) return kNone;
      if (!has_room(record, how)) return kNone;
      id = add(record, hash);
    }
    if (last_ != kNone) templates_[last_].next = id + 1;
  }
  last_ = id;
  return id;
}

uint32_t TemplateTable::hash_of(const RecordReader& record) {
  const uint8_t* const end = record.bytes().data() + record.bytes().size();
  uint64_t hash = kSeed;
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
    if (read_number(p) != size || !same_text(p, text_end, literal, end, size)) return false;
    p += size;
    const uint32_t column = read_number(p);
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
         std::max(column_count_, key_count_) + record.size() +
                 (leaves_some ? limits_.columns / 4 : 0) <=
             limits_.columns &&
         text_size_ + size + (leaves_some ? limits_.text / 16 : 0) <= limits_.text;
}

uint32_t TemplateTable::add(const RecordReader& record, uint32_t hash) {
  ColumnKeys keys(record.syntax(), record.size(), record.fields_before());
  const uint8_t* const end = record.bytes().data() + record.bytes().size();
  uint8_t* to = text_ + text_size_;
  record.each_literal([&](const uint8_t* literal, size_t size, size_t i) {
    to += write_varint(to, size);
    to = std::copy_n(literal, size, to);
    uint16_t column = 0;
    if (i < record.size()) {
      uint16_t& slot = column_slot(keys.next(literal, size, end));
      if (slot == 0) slot = static_cast<uint16_t>(++column_count_);
      column = slot;
      found_columns_[i] = static_cast<uint16_t>(column - 1);
    }
    to += write_varint(to, column);
    return true;
  });
  templates_[count_] = {hash, static_cast<uint32_t>(text_size_), 0};
  text_size_ = static_cast<size_t>(to - text_);
  if (count_ < limits_.templates / 2 && column_count_ <= limits_.columns / 2 &&
      text_size_ <= limits_.shared)
    shared_size_ = text_size_;
  index(static_cast<uint32_t>(count_), hash);
  return static_cast<uint32_t>(count_++);
}

}  // namespace sigma
