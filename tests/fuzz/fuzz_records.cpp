/* Text records there and back: any bytes as the records of a group's key chunk and of one that
 * depends on it, and any bytes read in any format.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdlib>
#include <vector>

#include "gst/sigma/encode/plan.hpp"
#include "gst/sigma/encode/stream_head.hpp"
#include "gst/sigma/models/records/records_model.hpp"
#include "gst/sigma/operators/evaluator.hpp"

namespace {

using Bytes = std::vector<uint8_t>;
using sigma::RecordFormat;
using sigma::RecordSyntax;

void require(bool holds) {
  if (!holds) abort();
}

/// Fields are in order, in the record, and hold no line feed.
void check_record(const sigma::RecordReader& reader) {
  size_t at = reader.begin();
  for (size_t i = 0; i < reader.size(); i++) {
    const sigma::Field& field = reader[i];
    require(field.begin >= at && field.size <= sigma::kMaxFieldSize);
    at = field.begin + size_t{field.size};
    for (size_t k = field.begin; k < at; k++)
      require(reader.bytes()[k] != '\n');
  }
  require(at <= reader.end());
}

void read_records(sigma::ByteSpan bytes, const RecordFormat& format, uint8_t words) {
  sigma::RecordReader reader(format, bytes);
  for (size_t end = 0; reader.next(); end = reader.end()) {
    require(reader.begin() == end && reader.end() > end);
    check_record(reader);
    reader.read_again(RecordSyntax::TEXT);
    check_record(reader);
    reader.keep_fields(words * uint64_t{0x0101010101010101});
    check_record(reader);
    reader.read_again(RecordSyntax::WHOLE);
    check_record(reader);
  }
}

/// What the bytes become after some repetitions: records with other digits each time.
Bytes repeat(const Bytes& in, size_t least) {
  Bytes out;
  for (uint8_t round = 0; !in.empty() && out.size() < least; round++)
    for (const uint8_t byte : in)
      out.push_back(byte >= '0' && byte <= '9'
                        ? static_cast<uint8_t>('0' + (byte - '0' + round * (byte % 3)) % 10)
                        : byte);
  return out;
}

/// Text in characters of `width` bytes; of a byte from 0xF0 on the next one is no zero.
Bytes widen(const Bytes& narrow, size_t width, size_t place) {
  Bytes wide(narrow.size() * width);
  for (size_t i = 0; i < narrow.size(); i++) {
    wide[i * width + place] = narrow[i];
    if (narrow[i] >= 0xF0) wide[i * width + (place + 1) % width] = narrow[i];
  }
  return wide;
}

void there_and_back(const Bytes& key, const Bytes& dependent, bool is_patient) {
  sigma::EncoderSettings settings;
  if (is_patient) settings.model = sigma::Model::RECORDS;
  const sigma::EncoderPlan plan = sigma::plan_encoder(settings).value;
  sigma::GlyphBufferPool pool(settings.max_memory);
  sigma::LaneEncoder lanes(pool);
  sigma::RecordsModel model(pool, lanes);
  require(model.configure(plan.models).ok());
  sigma::GlyphBufferPool decoder_pool(sigma::kDefaultEncoderMemory);
  sigma::Evaluator evaluator(decoder_pool);
  evaluator.start_stream(sigma::make_head(plan));
  sigma::RecordContext context;
  bool is_key = true;
  for (const Bytes* chunk : {&key, &dependent}) {
    Bytes scratch(sigma::RecordsModel::min_scratch() + chunk->size());
    const sigma::Result<sigma::CodedBody> body =
        model.encode({*chunk, {}, 0, is_key}, &context, scratch);
    require(body.ok());
    is_key = false;
    if (body.value.bytes.empty()) continue;
    Bytes out(chunk->size());
    require(evaluator.evaluate(body.value.bytes, {}, out).ok());
    require(out == *chunk);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  constexpr RecordSyntax kSyntaxes[] = {RecordSyntax::WORDS, RecordSyntax::JSON,
                                        RecordSyntax::DELIMITED};
  const RecordSyntax syntax = kSyntaxes[data[0] % 3];
  // Of those that are looked for.
  constexpr uint8_t kEnds[][4] = {
      {'\n', '\r', 0, ')'}, {'\n', '}', ']', '}'}, {'\n', '\n', '\n', '\n'}};
  const RecordFormat format = {syntax, data[1], kEnds[data[0] % 3][data[0] / 64]};
  const size_t split = 4 + (size - 4) * data[2] / 256;
  const Bytes first(data + 4, data + split);
  const Bytes second(data + split, data + size);
  read_records({data + 4, size - 4}, format, data[3]);
  const size_t least = size_t{2048} << (data[3] & 7);
  const size_t width = (data[3] & 32) != 0 ? 4 : 2;
  const size_t place = data[1] % width;
  const auto take = [&](const Bytes& bytes, size_t size) {
    const Bytes records = repeat(bytes, size);
    return (data[3] & 16) != 0 ? widen(records, width, place) : records;
  };
  there_and_back(take(first, least), take(second, least / 2), (data[3] & 8) != 0);
  return 0;
}
