/* Templates, columns and lanes of a part of a chunk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/analysis.hpp"

#include <algorithm>

#include "gst/sigma/memory/arena.hpp"
#include "gst/sigma/models/records/table_headers.hpp"
#include "gst/sigma/operators/records/columns.hpp"

namespace sigma {
namespace {

/// New templates that records have at most, before their words become fields: one for so many,
/// beside the first ones.
constexpr size_t kRecordsPerTemplate = 8;
constexpr size_t kFirstTemplates = 64;

/// Percent of the lists' memory that is left to columns, which make lists of their own.
constexpr size_t kOwnListsPercent = 12;

}  // namespace

void RecordAnalysis::start(const Memory& memory) {
  Arena arena(memory.tables);
  templates_.set_memory(arena, memory.text);
  lists_ = arena.take<Lists>(1);
  columns_.set_memory(arena);
  shapes_.set_memory(arena);
  const MutableByteSpan rest = arena.rest();
  fields_ = FieldStore({reinterpret_cast<uint32_t*>(rest.data()), rest.size() / sizeof(uint32_t)});
  lanes_ = LaneStore(memory.lanes);
  fitting_ = 50;
}

/// The template of a record that was just found. A new text makes one, without the words that are
/// known to change. Where there are many new ones, texts that come but once get none of their own:
/// their words become fields, too, and if that does not help, they are one field.
uint32_t RecordAnalysis::find_template(RecordReader& reader) {
  uint32_t id = templates_.find(reader);
  if (id != TemplateTable::kNone) return id;
  if (reader.syntax() != RecordSyntax::DELIMITED) {
    id = templates_.find_alike(reader);
    if (id != TemplateTable::kNone) return id;
    reader.read_again(RecordSyntax::TEXT);
    const uint32_t words = shapes_.watch(reader);
    reader.keep_fields(words);
    if (words != 0) id = templates_.find(reader, TemplateTable::Add::ROOM);
    if (id != TemplateTable::kNone) {
      templates_.note_alike(id);
      return id;
    }
  }
  const size_t fresh = templates_.count() - templates_.known();
  const bool has_many = fresh > kFirstTemplates && fresh * kRecordsPerTemplate > records_;
  id = templates_.find(reader, has_many ? TemplateTable::Add::REPEATED : TemplateTable::Add::ROOM);
  if (id != TemplateTable::kNone) return id;
  reader.read_again(RecordSyntax::TEXT);
  id = templates_.find(reader, TemplateTable::Add::ROOM);
  if (id != TemplateTable::kNone) return id;
  reader.read_again(RecordSyntax::WHOLE);
  return templates_.find(reader, TemplateTable::Add::ALWAYS);
}

/// The template of a header, which is one field. What comes behind it has columns of its own.
uint32_t RecordAnalysis::begin_table(RecordReader& reader) {
  reader.read_again(RecordSyntax::WHOLE);
  const uint32_t id = templates_.find(reader, TemplateTable::Add::ALWAYS);
  templates_.begin_table();
  return id;
}

ByteSpan RecordAnalysis::read(const RecordFormat& format, ByteSpan known, ByteSpan bytes) {
  templates_.start(format, known);
  lists_->fill({});
  records_ = values_ = 0;
  half_text_ = 0;
  const size_t reserved = fields_.capacity() * kOwnListsPercent / 100;
  RecordReader reader(format, bytes);
  HeaderFinder headers(format);
  for (size_t end = 0;; end = reader.end()) {
    if (end <= bytes.size() / 2) half_text_ = templates_.definitions().size();
    uint32_t id = templates_.follow(reader);
    if (id == TemplateTable::kNone && !reader.next()) return bytes;
    if (headers.is_header(reader))
      id = begin_table(reader);
    else if (id == TemplateTable::kNone)
      id = find_template(reader);
    if (id == TemplateTable::kNone || !fields_.has_room(reader.size() + reserved))
      return bytes.first(end);
    lanes_.put_wide(RecordLane::IDS, id);
    if (lanes_.overflowed()) return bytes.first(end);
    records_++;
    values_ += reader.size();
    const uint16_t* const columns = templates_.columns();
    for (size_t i = 0; i < reader.size(); i++)
      fields_.append((*lists_)[columns[i]], reader[i]);
  }
}

bool RecordAnalysis::order_templates(MutableByteSpan spare) {
  const auto front = reinterpret_cast<uintptr_t>(spare.data());
  const size_t skipped = (kWorkspaceUnit - front % kWorkspaceUnit) % kWorkspaceUnit;
  if (skipped > spare.size()) return false;
  Arena arena(spare.subspan(skipped));
  auto* const ids = arena.take<uint16_t>(kLimits.templates);
  auto* const columns = arena.take<uint16_t>(kLimits.columns);
  auto* const lists = arena.take<Lists>(1);
  auto* const codes = arena.take<uint8_t>(lanes_.size(RecordLane::IDS));
  auto* const lows = arena.take<uint8_t>(lanes_.size(RecordLane::LOWS));
  auto* const text = arena.take<uint8_t>(templates_.order_memory());
  if (lists == nullptr || codes == nullptr || lows == nullptr || text == nullptr) return false;
  if (!templates_.order_by_use(ids, columns, text)) return false;
  *lists = *lists_;
  for (size_t i = 0; i < templates_.column_count(); i++)
    (*lists_)[columns[i]] = (*lists)[i];
  lanes_.gather(RecordLane::IDS, codes);
  lanes_.gather(RecordLane::LOWS, lows);
  lanes_.clear();
  const uint8_t* low = lows;
  for (uint64_t i = 0; i < records_; i++)
    lanes_.put_wide(RecordLane::IDS, ids[widen(codes[i], low)]);
  return !lanes_.overflowed();
}

size_t RecordAnalysis::lanes_memory() const {
  size_t lanes = 0;
  for (size_t i = 1; i < kRecordLanes; i++)
    lanes += workspace_units(lanes_.size(static_cast<RecordLane>(i)));
  return lanes;
}

size_t RecordAnalysis::tables_memory() const {
  return workspace_units(templates_.definitions().size()) + columns_.decoder_memory() +
         scope_memory(templates_.count(), templates_.column_count());
}

bool RecordAnalysis::code_columns(ByteSpan bytes, uint64_t workspace) {
  columns_.start(bytes, templates_.syntax() == RecordSyntax::DELIMITED, fields_, lanes_);
  size_t coded = 0;
  for (size_t i = 0; fits_workspace(coded, workspace) && i < templates_.column_count(); i++) {
    const FieldList& list = (*lists_)[i];
    if (list.count != 0 && !columns_.code(i, list)) return false;
    coded += list.count;
  }
  return fits_workspace(coded, workspace);
}

/// Whether a decoder has room for what there is when so many values are coded.
bool RecordAnalysis::fits_workspace(size_t coded, uint64_t workspace) {
  const size_t needed = lanes_memory() + tables_memory();
  if (needed <= workspace) return true;
  // All values, as far as one can tell from those that are coded.
  const uint64_t all = uint64_t{needed} * values_ / std::max<size_t>(coded, 1);
  const auto percent = static_cast<size_t>(workspace * 100 / std::max<uint64_t>(all, 1));
  fitting_ = std::clamp<size_t>(percent, 50, 99);
  return false;
}

size_t RecordAnalysis::fitting_part(size_t size, size_t workspace) const {
  const size_t tables = tables_memory() + tables_memory() / 8;
  const size_t room = workspace > tables ? (workspace - tables) / 100 * kTriedPercent : 0;
  const uint64_t fitting = uint64_t{room} * size / std::max<size_t>(lanes_memory(), 1);
  return static_cast<size_t>(std::max<uint64_t>(fitting, size / 2));
}

}  // namespace sigma
