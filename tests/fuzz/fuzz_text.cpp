/* Words there and back: a dictionary of any bytes, and any bytes as a dictionary and as codes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdlib>
#include <memory>
#include <vector>

#include "gst/sigma/models/text/word_counter.hpp"

namespace {

using sigma::ByteSpan;

void require(bool holds) {
  if (!holds) abort();
}

/// False if the dictionary or the codes are malformed.
bool decode(ByteSpan dictionary, ByteSpan codes, std::vector<uint8_t>& out) {
  sigma::DictionaryReader reader;
  if (!reader.start(dictionary)) return false;
  std::vector<uint64_t> tables(sigma::text_tables_size(reader.words()) / sizeof(uint64_t));
  sigma::TextDecoder decoder;
  return decoder.start(reader, {reinterpret_cast<uint8_t*>(tables.data()), 8 * tables.size()}) &&
         decoder.decode(codes, out);
}

/// Words that are found in the text, if there are enough, bring all of it back.
void check_words(ByteSpan text) {
  const auto counter = std::make_unique<sigma::WordCounter>();
  counter->start();
  counter->count(text);
  std::vector<uint8_t> dictionary(sigma::kDictionaryRoom);
  dictionary.resize(counter->write_dictionary(dictionary));
  if (dictionary.empty()) return;
  const auto index = std::make_unique<sigma::WordIndex>();
  index->start(dictionary);
  std::vector<uint8_t> codes(2 * text.size() + sigma::kMinCodeRoom);
  const sigma::CodedWords coded = index->code(text, codes);
  require(coded.taken == text.size() && coded.size <= codes.size());
  std::vector<uint8_t> out(text.size());
  require(decode(dictionary, {codes.data(), coded.size}, out));
  require(std::equal(out.begin(), out.end(), text.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const ByteSpan in(data + 4, size - 4);
  const size_t cut = (data[0] | data[1] << 8) % (in.size() + 1);
  std::vector<uint8_t> out(data[2] | data[3] << 8);
  decode(in.first(cut), in.subspan(cut), out);
  // Repeated, so that small inputs have frequent words.
  std::vector<uint8_t> text;
  for (size_t i = 0; i < 1 + data[2] % 16U && text.size() < 100000; i++)
    text.insert(text.end(), in.begin(), in.end());
  check_words(text);
  return 0;
}
