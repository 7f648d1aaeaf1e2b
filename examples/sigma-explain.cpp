/* Why is my file this size? Shows what a stream's bytes are for: how its chunks are coded, and of
 * text records the templates and columns that were found, and of samples the layouts and
 * predictors, with what each costs:
 *
 *     sigma-explain STREAM.sigma [COLUMNS]      the COLUMNS (20) that cost most
 *
 * What a column costs is its share of the lanes that its values are in. Lanes are compressed as a
 * whole, so shares are estimates, by what each part of a lane would take by itself; they add up to
 * what the lanes take.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "gst/sigma/access/packet_walker.hpp"
#include "gst/sigma/operators/evaluator.hpp"
#include "gst/sigma/operators/predicted.hpp"
#include "gst/sigma/operators/records/column_parser.hpp"
#include "gst/sigma/operators/records/records.hpp"
#include "gst/sigma/operators/slots.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/sigma.hpp"
#include "gst/sigma/wire/head.hpp"

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

struct ColumnCost {
  std::string form;
  uint64_t values = 0;
  double bytes = 0;
};

Status damaged(const char* text) {
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

const sigma::OperatorTable& explained_operators();

/// Evaluates all chunks of a stream, and adds up what its records cost.
class Explanation : public sigma::Evaluator {
 public:
  explicit Explanation(sigma::GlyphBufferPool& pool)
      : Evaluator(pool, explained_operators()), coder_(pool) {}

  Status configure() {
    sigma::LaneParameters parameters;
    parameters.window_log = 21;
    parameters.hash_log = parameters.chain_log = 16;
    return coder_.configure(parameters);
  }
  void start(const sigma::Head& head) {
    start_stream(head);
    group_.clear();
  }
  /// Takes a chunk's body, without framing.
  Status add(const sigma::PacketHeader& header, ByteSpan body);
  void print(size_t columns) const;

  /// Looks at the operands of records, which stay the next.
  Status add_records(const sigma::Node& node);
  void add_to_slots(size_t coded) { slots_coded_ += coded; }

 private:
  void keep(ByteSpan chunk);
  void add_columns(const Column& top, const sigma::RecordLanes& lanes,
                   const std::array<size_t, sigma::kRecordLanes>& coded, ByteSpan ids);
  double alone(ByteSpan part);

  sigma::LaneEncoder coder_;
  Bytes group_;  ///< what the next chunk may refer to
  uint64_t records_ = 0;
  uint64_t slots_coded_ = 0;
  std::array<uint64_t, sigma::kRecordLanes> raw_ = {};
  std::array<uint64_t, sigma::kRecordLanes> coded_ = {};
  std::map<std::string, uint64_t> templates_;  ///< records of each
  std::map<std::string, ColumnCost> columns_;  ///< by the text before them
};

Status write_explained(sigma::Operands& operands, const sigma::Node& node,
                       sigma::MutableByteSpan out) {
  const Status status = static_cast<Explanation&>(operands).add_records(node);
  return status.ok() ? sigma::chunk_operator("records").write(operands, node, out) : status;
}

Status store_explained(sigma::Operands& operands, const sigma::Node& node) {
  const size_t before = operands.tree_size();
  const Status status = sigma::chunk_operator("store").run(operands, node);
  const size_t glyph = sigma::glyph_header_size({node.op->type, node.op->first, false, 0, 0});
  static_cast<Explanation&>(operands).add_to_slots(glyph + before - operands.tree_size());
  return status;
}

/// Those of chunks, of which two tell what they cost.
const sigma::OperatorTable& explained_operators() {
  static const sigma::OperatorEntry records = [] {
    sigma::OperatorEntry entry = sigma::chunk_operator("records");
    entry.write = write_explained;
    return entry;
  }();
  static const sigma::OperatorEntry store = [] {
    sigma::OperatorEntry entry = sigma::chunk_operator("store");
    entry.run = store_explained;
    return entry;
  }();
  static const sigma::OperatorTable table = [] {
    sigma::OperatorTable operators = sigma::chunk_operators();
    operators.replace(records);
    operators.replace(store);
    return operators;
  }();
  return table;
}

Status Explanation::add(const sigma::PacketHeader& header, ByteSpan body) {
  if (header.is_key()) {
    start_group();
    group_.clear();
  }
  if (header.is_stored()) {
    keep(body);
    return {};
  }
  if (header.raw_size > head_.chunk_max) return damaged("a chunk is larger than the head declares");
  Bytes chunk(header.raw_size);
  const ByteSpan group = group_;
  const ByteSpan history = group.last(std::min<size_t>(group.size(), head_.history_max));
  const Status status = evaluate(body, history, chunk);
  if (status.ok()) keep(chunk);
  return status;
}

void Explanation::keep(ByteSpan chunk) {
  const size_t most = head_.history_max;
  if (group_.size() > 2 * most)
    group_.erase(group_.begin(), group_.end() - static_cast<std::ptrdiff_t>(most));
  group_.insert(group_.end(), chunk.begin(), chunk.end());
}

Status Explanation::add_records(const sigma::Node& node) {
  sigma::VarintReader in(node.payload);
  uint64_t size = 0;
  uint64_t records = 0;
  if (!in.read(size) || !in.read(records)) return damaged("records are malformed");
  // They are written afterwards: nothing of what this takes counts.
  const ByteSpan tree = tree_;
  const uint64_t work = work_left_;
  const sigma::WorkspaceScope scope(*this);
  std::array<size_t, sigma::kRecordLanes> coded;
  sigma::RecordLanes lanes;
  for (size_t i = 0; i < sigma::kRecordLanes; i++) {
    const size_t before = tree_size();
    const Result<ByteSpan> lane = view();
    if (!lane.ok()) return lane.status;
    lanes[i] = lane.value;
    coded[i] = before - tree_size();
    raw_[i] += lanes[i].size();
    coded_[i] += coded[i];
  }
  tree_ = tree;
  work_left_ = work;
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

/// What samples of one layout cost.
struct SampleCost {
  uint64_t chunks = 0;
  uint64_t predictors = 0;  ///< bytes
  uint64_t bits = 0;
  uint64_t tokens = 0;
  uint64_t blocks = 0;  ///< channels' blocks
  uint64_t medians = 0;
  uint64_t coefficients = 0;
  uint64_t pairs = 0;
};

/// What predicted samples there are, by layout.
class SampleExplanation {
 public:
  void add(ByteSpan tree);
  void print() const;

 private:
  static std::string name_of(const sigma::SampleLayout& layout);
  void add_predictors(ByteSpan payload, uint64_t bytes);

  std::map<std::string, SampleCost> costs_;
  SampleCost* last_ = nullptr;
};

std::string SampleExplanation::name_of(const sigma::SampleLayout& layout) {
  std::string name = std::to_string(layout.bits()) + "-bit ";
  name += layout.is_float ? "floating-point numbers" : "integers";
  if (layout.width > 1) name += layout.big_endian ? ", big-endian" : ", little-endian";
  name +=
      ", " + std::to_string(layout.channels) + (layout.channels == 1 ? " channel" : " channels");
  if (layout.row != 0) name += ", rows of " + std::to_string(layout.row);
  return name;
}

/// The predictors of all blocks: as many as the payload has, which the decoder has checked against
/// the samples.
void SampleExplanation::add_predictors(ByteSpan payload, uint64_t bytes) {
  sigma::PredictorReader reader;
  if (!reader.start(payload)) return;
  SampleCost& cost = costs_[name_of(reader.layout())];
  last_ = &cost;
  cost.chunks++;
  cost.predictors += bytes;
  while (!reader.at_end() && reader.next()) {
    for (size_t i = 0; i < reader.layout().channels; i++) {
      const sigma::Predictor& predictor = reader.block().channels[i];
      cost.blocks++;
      cost.medians += predictor.is_median ? 1 : 0;
      cost.coefficients += predictor.order;
      cost.pairs += i / 2 < reader.layout().channels / 2 && reader.block().is_paired(i) ? 1 : 0;
    }
  }
}

void SampleExplanation::add(ByteSpan tree) {
  const sigma::OperatorTable& table = sigma::chunk_operators();
  sigma::Glyph glyph;
  last_ = nullptr;
  bool is_integers = false;  // the glyph before: bits are its first child
  for (size_t size = 0; sigma::parse_glyph(tree, glyph, size) == sigma::GlyphParse::COMPLETE;
       tree = tree.subspan(size)) {
    const sigma::OperatorEntry* op = table.find(glyph.type, glyph.primitive);
    const std::string_view name = op != nullptr ? op->name : "";
    if (name == "predicted")
      add_predictors(glyph.payload, size);
    else if (last_ != nullptr && is_integers)
      last_->bits += size;
    else if (last_ != nullptr && name == "symbols")
      last_->tokens += size;
    is_integers = name == "integers";
  }
}

void SampleExplanation::print() const {
  for (const auto& [name, cost] : costs_) {
    const auto share = [&](uint64_t part) {
      return 100.0 * static_cast<double>(part) /
             static_cast<double>(std::max<uint64_t>(cost.blocks, 1));
    };
    std::printf("\n%llu chunks of samples: %s\n\n     bytes  in\n",
                static_cast<unsigned long long>(cost.chunks), name.c_str());
    std::printf("%10llu  predictors: %.1f coefficients each, %.0f %% medians, %.0f %% of pairs\n",
                static_cast<unsigned long long>(cost.predictors), share(cost.coefficients) / 100,
                share(cost.medians), share(cost.pairs));
    std::printf("%10llu  residuals' sizes\n%10llu  residuals' bits\n",
                static_cast<unsigned long long>(cost.tokens),
                static_cast<unsigned long long>(cost.bits));
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
  Explanation explanation(pool);
  if (const Status status = explanation.configure(); !status.ok()) return status;
  Chunks stored;
  Chunks bytes;
  Chunks records;
  Chunks samples;
  SampleExplanation sample_explanation;
  uint64_t rest = source.size();
  for (sigma::FoundPacket packet;;) {
    const Result<bool> found = walker.next(packet);
    if (!found.ok()) return found.status;
    if (!found.value) break;
    const bool is_chunk = packet.header.kind() == sigma::PacketKind::CHUNK;
    const bool is_head = packet.header.kind() == sigma::PacketKind::HEAD &&
                         (packet.header.flags & sigma::kFlagCopy) == 0;
    if (!is_chunk && !is_head) continue;
    sigma::Buffer body;
    if (const Status status = read_body(source, packet, sigma::kMaxBody, pool, body); !status.ok())
      return status;
    if (is_head) {
      sigma::Head head;
      const Status status = sigma::parse_head(body.bytes(), packet.offset, head);
      if (!status.ok()) return status;
      explanation.start(head);
      continue;
    }
    if (packet.header.framing_size > body.size()) return damaged("framing is larger than its body");
    const ByteSpan coded = body.bytes().first(body.size() - packet.header.framing_size);
    const bool has_records = !packet.header.is_stored() && sigma::has_records(coded);
    const bool has_samples =
        !packet.header.is_stored() && !has_records && sigma::has_samples(coded);
    Chunks& chunks = packet.header.is_stored() ? stored
                     : has_records             ? records
                     : has_samples             ? samples
                                               : bytes;
    if (has_samples) sample_explanation.add(coded);
    chunks.count++;
    chunks.raw += packet.header.raw_size;
    chunks.coded += packet.header.body_size;
    rest -= packet.header.body_size;
    if (const Status status = explanation.add(packet.header, coded); !status.ok()) return status;
  }
  std::printf("%s: %llu bytes\n\n", path, static_cast<unsigned long long>(source.size()));
  print_chunks("of text records", records);
  print_chunks("of samples", samples);
  print_chunks("of bytes", bytes);
  print_chunks("stored as they are", stored);
  std::printf("%10llu for heads, headers, index and end\n", static_cast<unsigned long long>(rest));
  sample_explanation.print();
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
