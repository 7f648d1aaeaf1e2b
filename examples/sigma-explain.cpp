/* Why is my file this size? Shows what a stream's bytes are for: how its chunks are coded, and of
 * text records the templates and columns that were found, with what each costs:
 *
 *     sigma-explain STREAM.sigma [COLUMNS]      the COLUMNS (20) that cost most
 *
 * What a column costs is its share of the lanes that its values are in. Lanes are compressed as a
 * whole, so shares are estimates, by what each part of a lane would take by itself; they add up to
 * what the lanes take.
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
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "gst/sigma/access/packet_walker.hpp"
#include "gst/sigma/operators/evaluator.hpp"
#include "gst/sigma/operators/records/column_parser.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/sigma.hpp"

namespace {

using Bytes = std::vector<uint8_t>;
using sigma::ByteSpan;
using sigma::Column;
using sigma::ColumnForm;
using sigma::RecordLane;
using sigma::Result;
using sigma::Status;

constexpr const char* kLaneNames[sigma::kRecordLanes] = {
    "templates",          "columns' forms",        "template of each record",
    "dictionary indexes", "second bytes of those", "numbers",
    "numbers' sizes",     "numbers' bits",         "strings"};

/// The value of an expression, and the bytes of the tree that it takes.
struct Value {
  Bytes bytes;
  size_t coded = 0;
};

struct ColumnCost {
  std::string form;
  uint64_t values = 0;
  double bytes = 0;
};

Status not_ours(const char* text) {
  return Status::error(sigma::ErrorCode::DAMAGED, text);
}

std::string quoted(ByteSpan text) {
  std::string out;
  for (const uint8_t byte : text) {
    char escaped[8];
    const bool is_plain = byte >= 0x20 && byte != 0x7f;
    std::snprintf(escaped, sizeof escaped,
                  is_plain       ? "%c"
                  : byte == '\n' ? "\\n"
                                 : "\\x%02x",
                  byte);
    out += escaped;
  }
  return out;
}

/// The end of a text, for a line of a table.
std::string tail(const std::string& text) {
  constexpr size_t kMost = 48;
  if (text.empty()) return "(the beginning)";
  if (text.size() <= kMost) return text;
  size_t from = text.size() - kMost;
  while ((text[from] & 0xc0) == 0x80)  // not inside a character
    from++;
  return "…" + text.substr(from);
}

std::string form_of(const Column& column) {
  switch (column.form) {
    case ColumnForm::STRINGS:
      return "strings";
    case ColumnForm::NUMBERS:
      return column.number.is_difference ? "differences" : "numbers";
    case ColumnForm::DICTIONARY:
      return "dictionary of " + std::to_string(column.dictionary.capacity) + " " +
             form_of(*column.inner) + (column.dictionary.partner != nullptr ? ", predicted" : "");
    case ColumnForm::SPLIT:
      return "parts, in " + std::to_string(column.split.templates.count) +
             (column.split.templates.count == 1 ? " shape" : " shapes");
    case ColumnForm::UNUSED:
      break;
  }
  return "unused";
}

/// Calls `visit(template, text before, column)` for each field of each template; column 0 is the
/// text behind the last one.
template <typename Visit>
void each_field(const sigma::Templates& templates, Visit visit) {
  for (uint32_t i = 0; i < templates.count; i++) {
    const uint8_t* text = templates.text + templates.begins[i];
    for (uint32_t field = 1; field != 0;) {
      const ByteSpan literal = sigma::next_literal(text, field);
      visit(i, literal, field);
    }
  }
}

/// Adds up what all records of a stream cost.
class Explanation {
 public:
  Explanation() : lanes_(pool_), coder_(pool_) {}

  Status configure() {
    sigma::LaneParameters parameters;
    parameters.window_log = 21;
    parameters.hash_log = parameters.chain_log = 16;
    return coder_.configure(parameters);
  }
  void start_group() { slots_.clear(); }
  Status add(ByteSpan tree);
  void print(size_t columns) const;

 private:
  Result<Value> value(ByteSpan& tree);
  Status add_expression(ByteSpan& tree);
  Status add_records(const sigma::Glyph& glyph, ByteSpan& tree);
  void add_columns(const Column& top, const sigma::RecordLanes& lanes,
                   const std::array<size_t, sigma::kRecordLanes>& coded, ByteSpan ids);
  double alone(ByteSpan part);

  sigma::GlyphBufferPool pool_;
  sigma::LaneDecoder lanes_;
  sigma::LaneEncoder coder_;
  std::map<size_t, Bytes> slots_;
  uint64_t records_ = 0;
  uint64_t slots_coded_ = 0;
  std::array<uint64_t, sigma::kRecordLanes> raw_ = {};
  std::array<uint64_t, sigma::kRecordLanes> coded_ = {};
  std::map<std::string, uint64_t> templates_;  ///< records of each
  std::map<std::string, ColumnCost> columns_;  ///< by the text before them
};

/// Takes a chunk's tree that has records.
Status Explanation::add(ByteSpan tree) {
  for (;;) {
    sigma::Glyph glyph;
    size_t size = 0;
    if (sigma::parse_glyph(tree, glyph, size) != sigma::GlyphParse::COMPLETE)
      return not_ours("a tree is malformed");
    const sigma::Operator op = sigma::operator_of(glyph.type, glyph.primitive);
    if (!sigma::is_statement(op)) return add_expression(tree);
    if (op != sigma::Operator::STORE_SLOT)
      return not_ours("a statement that no encoder of ours makes");
    tree = tree.subspan(size);
    Result<Value> stored = value(tree);
    if (!stored.ok()) return stored.status;
    slots_coded_ += size + stored.value.coded;
    slots_[static_cast<size_t>(glyph.primitive)] = std::move(stored.value.bytes);
  }
}

Status Explanation::add_expression(ByteSpan& tree) {
  sigma::Glyph glyph;
  size_t size = 0;
  if (sigma::parse_glyph(tree, glyph, size) != sigma::GlyphParse::COMPLETE)
    return not_ours("a tree is malformed");
  const sigma::Operator op = sigma::operator_of(glyph.type, glyph.primitive);
  tree = tree.subspan(size);
  if (op == sigma::Operator::RECORDS) return add_records(glyph, tree);
  sigma::VarintReader in(glyph.payload);
  uint64_t count = 0;
  if (op != sigma::Operator::CONCATENATE || !in.read(count))
    return not_ours("a part is no records");
  for (; count > 0; count--)
    if (const Status status = add_expression(tree); !status.ok()) return status;
  return {};
}

/// The expression at the front of `tree`, which it passes: what lanes of records are made of.
Result<Value> Explanation::value(ByteSpan& tree) {
  sigma::Glyph glyph;
  size_t size = 0;
  if (sigma::parse_glyph(tree, glyph, size) != sigma::GlyphParse::COMPLETE)
    return not_ours("a tree is malformed");
  tree = tree.subspan(size);
  Value made = {{}, size};
  Value prefix;
  switch (sigma::operator_of(glyph.type, glyph.primitive)) {
    case sigma::Operator::LITERAL:
      made.bytes.assign(glyph.payload.begin(), glyph.payload.end());
      return made;
    case sigma::Operator::SLOT:
      made.bytes = slots_[static_cast<size_t>(glyph.primitive)];
      return made;
    case sigma::Operator::CONCATENATE: {
      sigma::VarintReader in(glyph.payload);
      uint64_t count = 0;
      if (!in.read(count)) return not_ours("a list is malformed");
      for (; count > 0; count--) {
        const Result<Value> child = value(tree);
        if (!child.ok()) return child.status;
        made.bytes.insert(made.bytes.end(), child.value.bytes.begin(), child.value.bytes.end());
        made.coded += child.value.coded;
      }
      return made;
    }
    case sigma::Operator::PREFIXED_LANE: {
      Result<Value> child = value(tree);
      if (!child.ok()) return child.status;
      prefix = std::move(child.value);
      made.coded += prefix.coded;
      break;
    }
    case sigma::Operator::LANE:
      break;
    default:
      return not_ours("a lane that no encoder of ours makes");
  }
  const Result<uint64_t> content = sigma::LaneDecoder::content_size(glyph.payload);
  if (!content.ok()) return content.status;
  if (content.value > sigma::kMaxChunk) return not_ours("a lane is too large");
  made.bytes.resize(static_cast<size_t>(content.value));
  const Status status = lanes_.decode(glyph.payload, prefix.bytes, made.bytes);
  return status.ok() ? Result<Value>(std::move(made)) : Result<Value>(status);
}

Status Explanation::add_records(const sigma::Glyph& glyph, ByteSpan& tree) {
  sigma::VarintReader in(glyph.payload);
  uint64_t size = 0;
  uint64_t records = 0;
  if (!in.read(size) || !in.read(records)) return not_ours("records are malformed");
  std::array<Value, sigma::kRecordLanes> values;
  std::array<size_t, sigma::kRecordLanes> coded;
  sigma::RecordLanes lanes;
  for (size_t i = 0; i < sigma::kRecordLanes; i++) {
    Result<Value> lane = value(tree);
    if (!lane.ok()) return lane.status;
    values[i] = std::move(lane.value);
    lanes[i] = values[i].bytes;
    coded[i] = values[i].coded;
    raw_[i] += lanes[i].size();
    coded_[i] += coded[i];
  }
  std::vector<uint64_t> workspace(size_t{4} << 17);
  sigma::RecordPreparer preparer(
      lanes, {reinterpret_cast<uint8_t*>(workspace.data()), workspace.size() * sizeof(uint64_t)});
  const Result<Column> top = preparer.prepare(records);
  if (!top.ok()) return top.status;
  records_ += records;
  add_columns(top.value, lanes, coded, lanes[static_cast<size_t>(RecordLane::IDS)]);
  return {};
}

/// What a part of a lane would take by itself, in bytes.
double Explanation::alone(ByteSpan part) {
  Bytes room(part.size());
  const Result<size_t> frame = coder_.encode(part, {}, room);
  const bool shrinks = frame.ok() && frame.value != 0;
  return static_cast<double>(shrinks ? frame.value : part.size());
}

void Explanation::add_columns(const Column& top, const sigma::RecordLanes& lanes,
                              const std::array<size_t, sigma::kRecordLanes>& coded, ByteSpan ids) {
  const sigma::Templates& templates = top.split.templates;
  // How often each template comes, and by it how many values each column has.
  std::vector<uint64_t> uses(templates.count);
  const uint8_t* code = ids.data();
  const uint8_t* lows = top.split.lows;
  while (code != ids.data() + ids.size())
    uses[sigma::read_wide(code, lows)]++;
  std::vector<std::string> texts(templates.count);
  std::vector<std::string> before;
  std::vector<uint64_t> values;
  each_field(templates, [&](uint32_t i, ByteSpan literal, uint32_t field) {
    texts[i] += quoted(literal);
    if (field == 0) return;
    if (field > before.size()) {
      before.resize(field);
      values.resize(field);
    }
    if (before[field - 1].empty()) before[field - 1] = tail(texts[i]);
    values[field - 1] += uses[i];
    texts[i] += "‹›";
  });
  for (size_t i = 0; i < texts.size(); i++)
    if (uses[i] != 0) templates_[texts[i]] += uses[i];
  // Where each column's values begin in each lane, in order: they end where the next ones begin.
  std::vector<std::pair<const uint8_t*, size_t>> begins;
  const auto visit = [&](const auto& self, const Column& column, size_t number) -> void {
    if (column.cursor != nullptr) begins.emplace_back(column.cursor, number);
    if (column.form == ColumnForm::NUMBERS && column.number.bits != nullptr)
      begins.emplace_back(column.number.bits, number);
    if (column.form == ColumnForm::DICTIONARY) {
      begins.emplace_back(column.dictionary.lows, number);
      self(self, *column.inner, number);
    }
    if (column.form != ColumnForm::SPLIT) return;
    if (column.split.lows != nullptr) begins.emplace_back(column.split.lows, number);
    uint32_t count = 0;
    each_field(column.split.templates,
               [&count](uint32_t, ByteSpan, uint32_t field) { count = std::max(count, field); });
    for (uint32_t i = 0; i < count; i++)
      if (column.inner[i].form != ColumnForm::UNUSED) self(self, column.inner[i], number);
  };
  for (size_t i = 0; i < values.size(); i++)
    if (top.inner[i].form != ColumnForm::UNUSED) visit(visit, top.inner[i], i);
  // Templates' numbers have low bytes, too.
  begins.emplace_back(top.split.lows, values.size());
  std::vector<double> costs(values.size() + 1);
  for (size_t i = static_cast<size_t>(RecordLane::INDEXES); i < sigma::kRecordLanes; i++) {
    const uint8_t* const end = lanes[i].data() + lanes[i].size();
    std::vector<std::pair<const uint8_t*, size_t>> inside;
    for (const auto& begin : begins)
      if (begin.first >= lanes[i].data() && begin.first < end) inside.push_back(begin);
    std::stable_sort(inside.begin(), inside.end());
    std::vector<double> parts;
    double all = 0;
    for (size_t k = 0; k < inside.size(); k++) {
      const uint8_t* const next = k + 1 < inside.size() ? inside[k + 1].first : end;
      parts.push_back(alone({inside[k].first, static_cast<size_t>(next - inside[k].first)}));
      all += parts.back();
    }
    for (size_t k = 0; k < inside.size(); k++)
      costs[inside[k].second] += parts[k] * static_cast<double>(coded[i]) / std::max(all, 1.0);
  }
  for (size_t i = 0; i < values.size(); i++) {
    if (values[i] == 0) continue;
    ColumnCost& cost = columns_[before[i]];
    if (cost.values == 0 || values[i] > cost.values / 4) cost.form = form_of(top.inner[i]);
    cost.values += values[i];
    cost.bytes += costs[i];
  }
}

void Explanation::print(size_t columns) const {
  if (records_ == 0) return;
  std::printf("\n%llu records, of %zu templates\n\n     bytes   from  in\n",
              static_cast<unsigned long long>(records_), templates_.size());
  std::printf("%10llu          what the chunks of a group share: templates, strings\n",
              static_cast<unsigned long long>(slots_coded_));
  for (size_t i = 0; i < sigma::kRecordLanes; i++)
    std::printf("%10llu %9llu  %s\n", static_cast<unsigned long long>(coded_[i]),
                static_cast<unsigned long long>(raw_[i]), kLaneNames[i]);
  std::vector<std::pair<uint64_t, std::string>> frequent;
  for (const auto& [text, uses] : templates_)
    frequent.emplace_back(uses, text);
  std::sort(frequent.rbegin(), frequent.rend());
  std::printf("\n   records  template\n");
  for (size_t i = 0; i < std::min(columns, frequent.size()); i++)
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(frequent[i].first),
                frequent[i].second.c_str());
  std::vector<std::pair<double, std::string>> costly;
  for (const auto& [text, cost] : columns_)
    costly.emplace_back(cost.bytes, text);
  std::sort(costly.rbegin(), costly.rend());
  std::printf("\n     bytes    values  values behind | form\n");
  for (size_t i = 0; i < std::min(columns, costly.size()); i++) {
    const ColumnCost& cost = columns_.at(costly[i].second);
    std::printf("%10.0f %9llu  %s | %s\n", cost.bytes, static_cast<unsigned long long>(cost.values),
                costly[i].second.c_str(), cost.form.c_str());
  }
}

/// Chunks of one kind.
struct Chunks {
  uint64_t count = 0;
  uint64_t raw = 0;
  uint64_t coded = 0;
};

void print_chunks(const char* kind, const Chunks& chunks) {
  if (chunks.count == 0) return;
  std::printf("%10llu from %llu bytes in %llu chunks %s\n",
              static_cast<unsigned long long>(chunks.coded),
              static_cast<unsigned long long>(chunks.raw),
              static_cast<unsigned long long>(chunks.count), kind);
}

Status explain(const char* path, size_t columns) {
  sigma::FileSource source(path);
  if (!source.status().ok()) return source.status();
  sigma::GlyphBufferPool pool;
  sigma::PacketWalker walker(source, pool, sigma::OnError::FAIL);
  walker.start(0, source.size());
  Explanation explanation;
  if (const Status status = explanation.configure(); !status.ok()) return status;
  Chunks stored;
  Chunks bytes;
  Chunks records;
  uint64_t rest = source.size();
  for (sigma::FoundPacket packet;;) {
    const Result<bool> found = walker.next(packet);
    if (!found.ok()) return found.status;
    if (!found.value) break;
    if (packet.header.kind() != sigma::PacketKind::CHUNK) continue;
    sigma::Buffer body;
    if (const Status status = read_body(source, packet, sigma::kMaxBody, pool, body); !status.ok())
      return status;
    if (packet.header.is_key()) explanation.start_group();
    const bool has_records = !packet.header.is_stored() && sigma::has_records(body.bytes());
    Chunks& chunks = packet.header.is_stored() ? stored : has_records ? records : bytes;
    chunks.count++;
    chunks.raw += packet.header.raw_size;
    chunks.coded += packet.header.body_size;
    rest -= packet.header.body_size;
    if (!has_records) continue;
    if (const Status status = explanation.add(body.bytes()); !status.ok()) return status;
  }
  std::printf("%s: %llu bytes\n\n", path, static_cast<unsigned long long>(source.size()));
  print_chunks("of text records", records);
  print_chunks("of bytes", bytes);
  print_chunks("stored as they are", stored);
  std::printf("%10llu for heads, headers, index and end\n", static_cast<unsigned long long>(rest));
  explanation.print(columns);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fputs("usage: sigma-explain STREAM.sigma [COLUMNS]\n", stderr);
    return 2;
  }
  const size_t columns = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 20;
  const Status status = explain(argv[1], columns);
  if (status.ok()) return 0;
  std::fprintf(stderr, "sigma-explain: %s\n", sigma::describe(status).text);
  return 1;
}
