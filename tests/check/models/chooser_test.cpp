/* The seam between encoders and models: a model that only this test has.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "gst/sigma/models/chooser.hpp"

#include <algorithm>
#include <new>
#include <vector>

#include "gst/sigma/encode/chunk_encoder.hpp"
#include "gst/sigma/encode/model_set.hpp"
#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/encode/stream_head.hpp"
#include "gst/sigma/operators/evaluator.hpp"
#include "gst/sigma/operators/tree_writer.hpp"
#include "suite.hpp"
#include "testdata.hpp"

using sigma::ByteSpan;
using sigma::ChunkBody;
using sigma::ModelEntry;
using testdata::Bytes;

namespace {

constexpr auto kRuns = static_cast<sigma::Model>(77);

/// Recognises a chunk that repeats its first four bytes.
class RunModel final : public sigma::ChunkModel {
 public:
  sigma::Status configure(const sigma::ModelSettings&) override { return {}; }
  sigma::Result<sigma::CodedBody> encode(const sigma::ChunkInput& chunk, sigma::GroupState*,
                                         sigma::MutableByteSpan scratch) override {
    constexpr size_t kPattern = 4;
    const ByteSpan bytes = chunk.bytes;
    if (bytes.size() <= kPattern) return sigma::CodedBody{};
    if (!std::equal(bytes.begin() + kPattern, bytes.end(), bytes.begin()))
      return sigma::CodedBody{};
    sigma::TreeWriter tree(scratch);
    tree.run(bytes.size(), bytes.first(kPattern));
    if (tree.overflowed()) return sigma::CodedBody{};
    return sigma::CodedBody{tree.bytes(), tree.glyphs(), true};
  }
};

ModelEntry run_entry() {
  ModelEntry entry = {};
  entry.id = kRuns;
  entry.chunks = &sigma::StreamStats::chunks_bytes;
  entry.serves = [](const sigma::ModelSettings& settings) { return settings.level != 1; };
  entry.memory = [](const sigma::ModelSettings&) { return sigma::MemoryNeed{64, 0, 0, 0, 0}; };
  entry.make = [](sigma::GlyphBufferPool&, sigma::LaneEncoder&) {
    return std::unique_ptr<sigma::ChunkModel>(new (std::nothrow) RunModel());
  };
  return entry;
}

/// All models, and the one for runs before them.
std::vector<ModelEntry> models_and_runs() {
  std::vector<ModelEntry> list = {run_entry()};
  for (const ModelEntry& model : sigma::model_set())
    list.push_back(model);
  return list;
}

struct Coded {
  sigma::Model model;
  size_t size;
};

/// Codes a key chunk with the list's models, and back.
Coded code(const std::vector<ModelEntry>& list, const Bytes& chunk, unsigned level) {
  sigma::EncoderSettings settings;
  settings.level = level;
  const sigma::EncoderPlan plan = sigma::plan_encoder(settings, list).value;
  const sigma::Head head = sigma::make_head(plan);
  sigma::GlyphBufferPool pool;
  sigma::ChunkEncoder encoder(pool, list);
  ck_assert(encoder.configure(plan, head, true).ok());
  sigma::GroupStates states;
  ck_assert(states.make(list).ok());
  sigma::PacketHeader header;
  header.flags = sigma::kFlagKey;
  ChunkBody body;
  ck_assert(encoder.encode({chunk, {}, {}, {}, false}, header, states, body).ok());
  sigma::Evaluator evaluator(pool);
  evaluator.start_stream(head);
  Bytes out(chunk.size());
  ck_assert(evaluator.evaluate(body.bytes, {}, out).ok());
  ck_assert(out == chunk);
  return {body.model, body.bytes.size()};
}

Bytes run_of(size_t size) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; i++)
    bytes[i] = static_cast<uint8_t>(i % 4 * 50);
  return bytes;
}

}  // namespace

START_TEST(a_model_of_a_list_codes_the_chunks_of_its_kind_and_leaves_others) {
  const std::vector<ModelEntry> list = models_and_runs();
  const Coded run = code(list, run_of(500000), 3);
  ck_assert_int_eq(static_cast<int>(run.model), static_cast<int>(kRuns));
  ck_assert_uint_lt(run.size, 32);
  const Coded code_of = code(list, testdata::machine_code(500000), 3);
  ck_assert_int_eq(static_cast<int>(code_of.model), static_cast<int>(sigma::Model::BYTES));
  const Coded log = code(list, testdata::server_log(1000000), 3);
  ck_assert_int_eq(static_cast<int>(log.model), static_cast<int>(sigma::Model::RECORDS));
}
END_TEST

START_TEST(a_model_that_does_not_serve_a_level_is_not_asked) {
  const Coded run = code(models_and_runs(), run_of(500000), 1);
  ck_assert_int_eq(static_cast<int>(run.model), static_cast<int>(sigma::Model::BYTES));
}
END_TEST

START_TEST(plans_have_room_for_what_a_model_needs) {
  std::vector<ModelEntry> list = models_and_runs();
  const auto total = [&list] { return sigma::plan_encoder({}, list).value.memory.total(); };
  const uint64_t without = total();
  list[0].memory = [](const sigma::ModelSettings& settings) {
    const bool is_long = settings.chunk_size > 600000;
    return sigma::MemoryNeed{64, is_long ? size_t{8} << 20 : 1000, 0, 0, 0};
  };
  const sigma::EncoderPlan plan = sigma::plan_encoder({}, list).value;
  ck_assert_uint_le(plan.memory.total(), sigma::kDefaultEncoderMemory);
  ck_assert_uint_le(plan.chunk_size, 600000);
  list[0].memory = [](const sigma::ModelSettings&) {
    return sigma::MemoryNeed{64, size_t{8} << 20, 0, 0, 0};
  };
  sigma::EncoderSettings asked;
  const auto refused = sigma::plan_encoder(asked, list);
  ck_assert(refused.status.code == sigma::ErrorCode::INVALID_SETTINGS);
  ck_assert_uint_gt(refused.status.value, without);
  asked.max_memory = refused.status.value;
  ck_assert(sigma::plan_encoder(asked, list).ok());
}
END_TEST

START_TEST(slots_and_workspace_of_all_models_are_declared_whatever_serves) {
  std::vector<ModelEntry> list = models_and_runs();
  list[0].memory = [](const sigma::ModelSettings&) {
    return sigma::MemoryNeed{64, 0, 0, 3000000, 400000};
  };
  sigma::EncoderSettings settings;
  settings.level = 1;
  const auto plan = sigma::plan_encoder(settings, list);
  ck_assert(plan.ok());
  const sigma::Head head = sigma::make_head(plan.value);
  ck_assert_uint_eq(head.workspace_max, 3000000);
  ck_assert_uint_eq(head.slots_max, 400000);
}
END_TEST

int main() {
  return run_suite(
      "models/chooser", 120,
      {{"chooser",
        {a_model_of_a_list_codes_the_chunks_of_its_kind_and_leaves_others,
         a_model_that_does_not_serve_a_level_is_not_asked, plans_have_room_for_what_a_model_needs,
         slots_and_workspace_of_all_models_are_declared_whatever_serves}}});
}
