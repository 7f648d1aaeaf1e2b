/* sigma explain: why is a file this size? How its chunks are coded, and of text records the
 * templates and columns that were found, and of samples the layouts and predictors, with what each
 * costs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/explain.hpp"
#include "gst/sigma/decoder.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "gst/tool/commands/commands.hpp"
#include "gst/tool/console.hpp"
#include "gst/tool/json.hpp"
#include "gst/tool/numbers.hpp"
#include "gst/tool/overview.hpp"

namespace tool {
namespace {

using sigma::ByteSpan;
using sigma::Status;
using Texts = std::span<const ByteSpan>;

constexpr size_t kKinds = static_cast<size_t>(sigma::kLastChunkKind) + 1;
constexpr const char* kKindNames[kKinds] = {"stored",  "bytes",  "records",
                                            "samples", "frames", "text"};
constexpr const char* kKindTexts[kKinds] = {"stored as they are", "of bytes",  "of text records",
                                            "of samples",         "of frames", "of text"};

/// Printable, on one line.
std::string quoted(ByteSpan text) {
  std::string out;
  for (const uint8_t byte : text) {
    const bool is_plain = byte >= 0x20 && byte != 0x7f;
    out += is_plain ? format("%c", byte) : byte == '\n' ? "\\n" : format("\\x%02x", byte);
  }
  return out;
}

/// Texts with a mark for each field between them.
std::string with_fields(Texts texts) {
  std::string out;
  for (size_t i = 0; i < texts.size(); i++)
    out += (i == 0 ? "" : "‹›") + quoted(texts[i]);
  return out;
}

/// The end of a text, for a line of a table.
std::string tail(const std::string& text) {
  constexpr size_t kMost = 48;
  if (text.empty()) return "(the beginning)";
  if (text.size() <= kMost) return text;
  size_t from = text.size() - kMost;
  while (from < text.size() && (text[from] & 0xc0) == 0x80)  // not inside a character
    from++;
  return "…" + text.substr(from);
}

/// From the largest on.
template <typename Number>
std::vector<std::pair<Number, std::string>> sorted(const std::map<std::string, Number>& costs) {
  std::vector<std::pair<Number, std::string>> all;
  for (const auto& [text, cost] : costs)
    all.emplace_back(cost, text);
  std::sort(all.rbegin(), all.rend());
  return all;
}

struct ChunkSum {
  uint64_t count = 0;
  uint64_t raw = 0;
  uint64_t coded = 0;
};

struct LaneSum {
  std::string name;
  uint64_t raw = 0;
  uint64_t coded = 0;
};

struct ColumnSum {
  std::string form;
  uint64_t values = 0;
  double bytes = 0;
};

struct SampleSum {
  uint64_t arrays = 0;
  sigma::ExplainedSamples sum;
};

/// Adds up what the chunks of a file cost.
class Explanation : public sigma::ExplanationListener {
 public:
  void on_chunk(sigma::ChunkKind kind, uint64_t raw, uint64_t coded) override {
    ChunkSum& sum = chunks_[static_cast<size_t>(kind)];
    sum.count++;
    sum.raw += raw;
    sum.coded += coded;
  }
  void on_records(uint64_t records) override { records_ += records; }
  void on_shared(uint64_t coded) override { shared_ += coded; }
  void on_lane(const char* name, uint64_t raw, uint64_t coded) override;
  void on_template(const sigma::ExplainedTemplate& found) override {
    templates_[with_fields(found.texts)] += found.records;
  }
  void on_column(const sigma::ExplainedColumn& found) override;
  void on_samples(const sigma::ExplainedSamples& found) override;

  void print(const Input& input, size_t lines) const;
  void print_json(const Input& input, size_t lines) const;

 private:
  uint64_t rest(const Input& input) const;
  void print_samples() const;
  void print_records(size_t lines) const;
  std::map<std::string, double> column_bytes() const;

  std::array<ChunkSum, kKinds> chunks_;
  uint64_t records_ = 0;
  uint64_t shared_ = 0;
  std::vector<LaneSum> lanes_;
  std::map<std::string, uint64_t> templates_;  ///< records of each
  std::map<std::string, ColumnSum> columns_;   ///< by the text before them
  std::map<std::string, SampleSum> samples_;   ///< by their layout and filters
};

void Explanation::on_lane(const char* name, uint64_t raw, uint64_t coded) {
  auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                           [name](const LaneSum& sum) { return sum.name == name; });
  if (lane == lanes_.end()) lane = lanes_.insert(lane, LaneSum{name, 0, 0});
  lane->raw += raw;
  lane->coded += coded;
}

void Explanation::on_column(const sigma::ExplainedColumn& found) {
  ColumnSum& sum = columns_[tail(with_fields(found.before))];
  if (sum.values == 0 || found.values > sum.values / 4) sum.form = found.form;
  sum.values += found.values;
  sum.bytes += found.bytes;
}

void Explanation::on_samples(const sigma::ExplainedSamples& found) {
  const std::string filters =
      found.filters[0] == '\0' ? "" : format(", filters of %s", found.filters);
  SampleSum& sum = samples_[found.layout + filters];
  sum.arrays++;
  sum.sum.predictor_bytes += found.predictor_bytes;
  sum.sum.size_bytes += found.size_bytes;
  sum.sum.bit_bytes += found.bit_bytes;
  sum.sum.blocks += found.blocks;
  sum.sum.medians += found.medians;
  sum.sum.coefficients += found.coefficients;
  sum.sum.pairs += found.pairs;
}

/// Bytes of the file that are in no chunk's body.
uint64_t Explanation::rest(const Input& input) const {
  uint64_t rest = input.size();
  for (const ChunkSum& sum : chunks_)
    rest -= sum.coded;
  return rest;
}

std::map<std::string, double> Explanation::column_bytes() const {
  std::map<std::string, double> bytes;
  for (const auto& [text, sum] : columns_)
    bytes[text] = sum.bytes;
  return bytes;
}

void Explanation::print(const Input& input, size_t lines) const {
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("%s: %llu bytes\n\n", input.name(), number(input.size()));
  for (size_t i = kKinds; i-- > 0;) {
    if (chunks_[i].count == 0) continue;
    std::printf("%10llu from %llu bytes in %llu chunks %s\n", number(chunks_[i].coded),
                number(chunks_[i].raw), number(chunks_[i].count), kKindTexts[i]);
  }
  std::printf("%10llu for heads, headers, index and end\n", number(rest(input)));
  print_samples();
  if (records_ != 0) print_records(lines);
}

void Explanation::print_samples() const {
  for (const auto& [layout, sum] : samples_) {
    const sigma::ExplainedSamples& all = sum.sum;
    const auto share = [&all](uint64_t part) {
      return static_cast<double>(part) / static_cast<double>(std::max<uint64_t>(all.blocks, 1));
    };
    const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf("\n%llu arrays of samples: %s\n\n     bytes  in\n", number(sum.arrays),
                layout.c_str());
    std::printf("%10llu  predictors: %.1f coefficients each, %.0f %% medians, %.0f %% of pairs\n",
                number(all.predictor_bytes), share(all.coefficients), 100 * share(all.medians),
                100 * share(all.pairs));
    std::printf("%10llu  residuals' sizes\n%10llu  residuals' bits\n", number(all.size_bytes),
                number(all.bit_bytes));
  }
}

void Explanation::print_records(size_t lines) const {
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("\n%llu records, of %zu templates\n\n     bytes   from  in\n", number(records_),
              templates_.size());
  std::printf("%10llu          what the chunks of a group share: templates, strings\n",
              number(shared_));
  for (const LaneSum& lane : lanes_)
    std::printf("%10llu %9llu  %s\n", number(lane.coded), number(lane.raw), lane.name.c_str());
  std::printf("\n   records  template\n");
  const auto frequent = sorted(templates_);
  for (size_t i = 0; i < std::min(lines, frequent.size()); i++)
    std::printf("%10llu  %s\n", number(frequent[i].first), frequent[i].second.c_str());
  std::printf("\n     bytes    values  values behind | form\n");
  const auto costly = sorted(column_bytes());
  for (size_t i = 0; i < std::min(lines, costly.size()); i++) {
    const ColumnSum& sum = columns_.at(costly[i].second);
    std::printf("%10.0f %9llu  %s | %s\n", sum.bytes, number(sum.values), costly[i].second.c_str(),
                sum.form.c_str());
  }
}

void Explanation::print_json(const Input& input, size_t lines) const {
  Json json;
  json.add("file", input.path()).add("bytes", input.size()).add("rest", rest(input));
  for (size_t i = 0; i < kKinds; i++) {
    json.begin_object(kKindNames[i]).add("chunks", chunks_[i].count);
    json.add("decoded", chunks_[i].raw).add("bytes", chunks_[i].coded).end_object();
  }
  json.add("record_count", records_).add("shared", shared_).begin_array("lanes");
  for (const LaneSum& lane : lanes_)
    json.begin_object()
        .add("name", lane.name)
        .add("decoded", lane.raw)
        .add("bytes", lane.coded)
        .end_object();
  json.end_array().begin_array("templates");
  const auto frequent = sorted(templates_);
  for (size_t i = 0; i < std::min(lines, frequent.size()); i++)
    json.begin_object()
        .add("text", frequent[i].second)
        .add("records", frequent[i].first)
        .end_object();
  json.end_array().begin_array("columns");
  const auto costly = sorted(column_bytes());
  for (size_t i = 0; i < std::min(lines, costly.size()); i++) {
    const ColumnSum& sum = columns_.at(costly[i].second);
    json.begin_object().add("behind", costly[i].second).add("form", sum.form);
    json.add("values", sum.values).add("bytes", sum.bytes).end_object();
  }
  json.end_array().begin_array("samples");
  for (const auto& [layout, sum] : samples_) {
    json.begin_object().add("layout", layout).add("arrays", sum.arrays);
    json.add("predictors", sum.sum.predictor_bytes).add("sizes", sum.sum.size_bytes);
    json.add("bits", sum.sum.bit_bytes).end_object();
  }
  json.end_array().print();
}

Status explain_one(const Options& options, Input& input) {
  if (const Status status = check_seekable(input); !status.ok()) return status;
  uint8_t front[sigma::kLikenessBytes];
  const sigma::Result<size_t> size = input.peek(front);
  if (!size.ok()) return size.status;
  if (sigma::looks_like_stream({front, size.value}) == sigma::Likeness::NONE)
    return Status::error(sigma::ErrorCode::NOT_SIGMA, "this is no .sigma stream");
  Explanation explanation;
  const Status status = sigma::explain(input, explanation, options.decoder.max_memory);
  if (!status.ok()) return status;
  const auto lines = static_cast<size_t>(options.columns);
  if (options.json)
    explanation.print_json(input, lines);
  else
    explanation.print(input, lines);
  return status;
}

}  // namespace

void explain(const Options& options) {
  for_each_input(options, [&options](Input& input) {
    if (const Status status = explain_one(options, input); !status.ok())
      tell_error(options.json, input.name(), status);
  });
}

}  // namespace tool
