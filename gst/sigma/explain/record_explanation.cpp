/* What text records of a stream cost.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/explain/record_explanation.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "gst/sigma/operators/records/records.hpp"
#include "gst/sigma/operators/table.hpp"

namespace sigma {
namespace {

constexpr const char* kLaneNames[kRecordLanes] = {
    "templates",          "columns' forms",        "template of each record",
    "dictionary indexes", "second bytes of those", "numbers",
    "numbers' sizes",     "numbers' bits",         "strings"};

constexpr size_t kPreparerWorkspace = size_t{4} << 20;  ///< bytes

struct FormText {
  char text[160];
};

void append_form(FormText& to, const Column& column) {
  const size_t used = std::strlen(to.text);
  char* const at = to.text + used;
  const size_t room = sizeof to.text - used;
  switch (column.form) {
    case ColumnForm::STRINGS:
      std::snprintf(at, room, "strings");
      return;
    case ColumnForm::NUMBERS:
      std::snprintf(at, room, column.number.is_difference ? "differences" : "numbers");
      return;
    case ColumnForm::DICTIONARY:
      std::snprintf(at, room, "dictionary of %u ",
                    static_cast<unsigned>(column.dictionary.capacity));
      append_form(to, *column.inner);
      if (column.dictionary.partner != nullptr)
        std::snprintf(to.text + std::strlen(to.text), sizeof to.text - std::strlen(to.text),
                      ", predicted");
      return;
    case ColumnForm::SPLIT:
      std::snprintf(at, room, "parts, in %u shape%s",
                    static_cast<unsigned>(column.split.templates.count),
                    column.split.templates.count == 1 ? "" : "s");
      return;
    case ColumnForm::UNUSED:
      std::snprintf(at, room, "unused");
  }
}

/// Calls `visit(template, text before, column)` for each field of each template until one fails;
/// column 0 is the text behind the last one.
template <typename Visit>
Status each_field(const Templates& templates, Visit visit) {
  for (uint32_t i = 0; i < templates.count; i++) {
    const uint8_t* text = templates.text + templates.begins[i];
    for (uint32_t field = 1; field != 0;) {
      const ByteSpan literal = next_literal(text, field);
      if (const Status status = visit(i, literal, field); !status.ok()) return status;
    }
  }
  return {};
}

/// The number of columns that templates have.
uint32_t count_columns(const Templates& templates) {
  uint32_t count = 0;
  const Status status = each_field(templates, [&count](uint32_t, ByteSpan, uint32_t field) {
    count = std::max(count, field);
    return Status();
  });
  return status.ok() ? count : 0;
}

template <typename T>
Status fill(PooledArray<T>& array, size_t count) {
  array.clear();
  for (size_t i = 0; i < count; i++)
    if (const Status status = array.push_back(T()); !status.ok()) return status;
  return {};
}

Status write_explained(Operands& operands, const Node& node, MutableByteSpan out) {
  const Status status = static_cast<RecordExplanation&>(operands).add_records(node);
  return status.ok() ? chunk_operator("records").write(operands, node, out) : status;
}

Status store_explained(Operands& operands, const Node& node) {
  const size_t before = operands.tree_size();
  const Status status = chunk_operator("store").run(operands, node);
  if (!status.ok()) return status;
  const size_t glyph = glyph_header_size({node.op->type, node.op->first, false, 0, 0});
  static_cast<RecordExplanation&>(operands).add_shared(glyph + before - operands.tree_size());
  return status;
}

/// Those of chunks, of which two tell what they cost.
const OperatorTable& explained_operators() {
  static const OperatorEntry records = [] {
    OperatorEntry entry = chunk_operator("records");
    entry.write = write_explained;
    return entry;
  }();
  static const OperatorEntry store = [] {
    OperatorEntry entry = chunk_operator("store");
    entry.run = store_explained;
    return entry;
  }();
  static const OperatorTable table = [] {
    OperatorTable operators = chunk_operators();
    operators.replace(records);
    operators.replace(store);
    return operators;
  }();
  return table;
}

}  // namespace

RecordExplanation::RecordExplanation(GlyphBufferPool& pool, ExplanationListener& listener)
    : Evaluator(pool, explained_operators()),
      listener_(listener),
      coder_(pool),
      uses_(pool),
      texts_(pool),
      columns_(pool),
      begins_(pool),
      inside_(pool),
      parts_(pool) {}

Status RecordExplanation::configure() {
  LaneParameters parameters;
  parameters.window_log = 21;
  parameters.hash_log = parameters.chain_log = 16;
  const Status status = coder_.configure(parameters);
  return status.ok() ? pool_.reserve(workspace_, kPreparerWorkspace) : status;
}

Status RecordExplanation::start(const Head& head) {
  start_stream(head);
  window_.set_filled(0, 0);
  return pool_.reserve(window_, size_t{head.history_max} + head.chunk_max);
}

Status RecordExplanation::add(const PacketHeader& header, ByteSpan body) {
  if (header.is_key()) {
    start_group();
    window_.set_filled(0, 0);
  }
  if (header.raw_size > head_.chunk_max || (header.is_stored() && body.size() != header.raw_size))
    return malformed("a chunk is not as large as its header or the head say");
  const size_t kept = std::min<size_t>(window_.size(), head_.history_max);
  if (kept != 0) std::memmove(window_.block(), window_.block() + window_.size() - kept, kept);
  window_.set_filled(0, kept + header.raw_size);
  const MutableByteSpan chunk(window_.block() + kept, header.raw_size);
  if (!header.is_stored()) return evaluate(body, {window_.block(), kept}, chunk);
  copy_bytes(body, chunk);
  return {};
}

Status RecordExplanation::read_lanes(RecordLanes& lanes, LaneSizes& coded) {
  for (size_t i = 0; i < kRecordLanes; i++) {
    const size_t before = tree_size();
    const Result<ByteSpan> lane = view();
    if (!lane.ok()) return lane.status;
    lanes[i] = lane.value;
    coded[i] = before - tree_size();
    listener_.on_lane(kLaneNames[i], lanes[i].size(), coded[i]);
  }
  return {};
}

Status RecordExplanation::add_records(const Node& node) {
  VarintReader in(node.payload);
  uint64_t size = 0;
  uint64_t records = 0;
  if (!in.read(size) || !in.read(records)) return malformed("records are malformed");
  // They are written afterwards: nothing of what this takes counts.
  const ByteSpan tree = tree_;
  const uint64_t work = work_left_;
  const WorkspaceScope scope(*this);
  LaneSizes coded;
  RecordLanes lanes;
  Status status = read_lanes(lanes, coded);
  tree_ = tree;
  work_left_ = work;
  if (!status.ok()) return status;
  RecordPreparer preparer(lanes, {workspace_.block(), kPreparerWorkspace});
  const Result<Column> top = preparer.prepare(records);
  if (!top.ok()) return top.status;
  listener_.on_records(records);
  status = count_uses(top.value, lanes[static_cast<size_t>(RecordLane::IDS)]);
  if (status.ok()) status = add_templates(top.value.split.templates);
  begins_.clear();
  for (size_t i = 0; status.ok() && i < columns_.size(); i++)
    if (top.value.inner[i].form != ColumnForm::UNUSED) status = add_begins(top.value.inner[i], i);
  // Templates' numbers have low bytes, too.
  if (status.ok()) status = begins_.push_back({top.value.split.lows, columns_.size()});
  for (auto i = static_cast<size_t>(RecordLane::INDEXES); status.ok() && i < kRecordLanes; i++)
    status = add_costs(lanes[i], coded[i]);
  for (size_t i = 0; status.ok() && i < columns_.size(); i++) {
    const Sum& sum = columns_[i];
    FormText form{};
    append_form(form, top.value.inner[i]);
    if (sum.values != 0)
      listener_.on_column(
          {{texts_.begin() + sum.first_text, sum.text_count}, form.text, sum.values, sum.bytes});
  }
  return status;
}

/// How often each template comes.
Status RecordExplanation::count_uses(const Column& top, ByteSpan ids) {
  if (const Status status = fill(uses_, top.split.templates.count); !status.ok()) return status;
  const uint8_t* code = ids.data();
  const uint8_t* lows = top.split.lows;
  while (code != ids.data() + ids.size())
    uses_[read_wide(code, lows)]++;
  return {};
}

/// Tells of each template, and sums up the values of each column.
Status RecordExplanation::add_templates(const Templates& templates) {
  texts_.clear();
  if (const Status status = fill(columns_, count_columns(templates)); !status.ok()) return status;
  size_t first = 0;  // text of the template
  Status status = each_field(templates, [&](uint32_t, ByteSpan literal, uint32_t field) {
    const Status pushed = texts_.push_back(literal);
    if (field == 0) first = texts_.size();
    if (field == 0 || !pushed.ok()) return pushed;
    Sum& sum = columns_[field - 1];
    if (sum.text_count != 0) return pushed;
    sum.first_text = first;
    sum.text_count = texts_.size() - first;
    return pushed;
  });
  if (!status.ok()) return status;
  first = 0;
  size_t at = 0;
  return each_field(templates, [&](uint32_t i, ByteSpan, uint32_t field) {
    at++;
    if (field != 0) {
      columns_[field - 1].values += uses_[i];
      return Status();
    }
    if (uses_[i] != 0) listener_.on_template({{texts_.begin() + first, at - first}, uses_[i]});
    first = at;
    return Status();
  });
}

/// Where the values of a column, and of those inside it, begin.
Status RecordExplanation::add_begins(const Column& column, size_t number) {
  Status status;
  const auto add = [&](const uint8_t* at) {
    if (status.ok() && at != nullptr) status = begins_.push_back({at, number});
  };
  add(column.cursor);
  if (column.form == ColumnForm::NUMBERS) add(column.number.bits);
  if (column.form == ColumnForm::DICTIONARY) add(column.dictionary.lows);
  if (column.form == ColumnForm::SPLIT) add(column.split.lows);
  if (!status.ok()) return status;
  if (column.form == ColumnForm::DICTIONARY) return add_begins(*column.inner, number);
  if (column.form != ColumnForm::SPLIT) return {};
  const uint32_t count = count_columns(column.split.templates);
  for (uint32_t i = 0; status.ok() && i < count; i++)
    if (column.inner[i].form != ColumnForm::UNUSED) status = add_begins(column.inner[i], number);
  return status;
}

/// Shares out what a lane takes, by what each part of it would take alone.
Status RecordExplanation::add_costs(ByteSpan lane, size_t coded) {
  const uint8_t* const end = lane.data() + lane.size();
  inside_.clear();
  parts_.clear();
  for (const Begin& begin : begins_)
    if (begin.at >= lane.data() && begin.at < end)
      if (const Status status = inside_.push_back(begin); !status.ok()) return status;
  std::sort(inside_.begin(), inside_.end(), [](const Begin& a, const Begin& b) {
    return a.at != b.at ? a.at < b.at : a.column < b.column;
  });
  double all = 0;
  for (size_t i = 0; i < inside_.size(); i++) {
    const uint8_t* const next = i + 1 < inside_.size() ? inside_[i + 1].at : end;
    const Result<double> part = alone({inside_[i].at, static_cast<size_t>(next - inside_[i].at)});
    if (!part.ok()) return part.status;
    if (const Status status = parts_.push_back(part.value); !status.ok()) return status;
    all += part.value;
  }
  for (size_t i = 0; i < inside_.size(); i++)
    if (inside_[i].column < columns_.size())
      columns_[inside_[i].column].bytes +=
          parts_[i] * static_cast<double>(coded) / std::max(all, 1.0);
  return {};
}

/// What a part of a lane would take by itself, in bytes.
Result<double> RecordExplanation::alone(ByteSpan part) {
  if (const Status status = pool_.reserve(room_, part.size()); !status.ok()) return status;
  const Result<size_t> frame = coder_.encode(part, {}, {room_.block(), part.size()});
  if (!frame.ok()) return frame.status;
  const bool shrinks = frame.value != 0;
  return static_cast<double>(shrinks ? frame.value : part.size());
}

}  // namespace sigma
