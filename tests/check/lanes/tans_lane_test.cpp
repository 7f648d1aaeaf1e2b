/* Lanes of symbols: there and back, as the document says, and all that is refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/lanes/tans_lane.hpp"

#include <algorithm>
#include <vector>

#include "sample_trees.hpp"
#include "suite.hpp"

namespace {

using sigma::SymbolContext;
using testdata::Bytes;

const SymbolContext kContexts[] = {
    {0, 1, 0},         {1, 4, 0},       {2, 4, 0},          {3, 1, 0},         {64, 8, 0},
    {1, 2, 500},       {2, 1, 3},       {5, 3, 65535},      {1, 1, 2},         {2, 2, 40},
    {3, 2, 100},       {4, 1, 37},      {1, 1, 3, true},    {1, 2, 500, true}, {2, 3, 5, true},
    {3, 8, 100, true}, {4, 1, 9, true}, {5, 3, 65535, true}};

/// Symbols that are near what came before them.
Bytes near_symbols(size_t size, unsigned most, uint64_t seed) {
  testdata::Random random(seed);
  Bytes symbols;
  unsigned near = 0;
  for (size_t i = 0; i < size; i++) {
    if (random.below(50) == 0) near = static_cast<unsigned>(random.below(most));
    symbols.push_back(static_cast<uint8_t>(near + random.below(5)));
  }
  return symbols;
}

/// Equal ones behind greater ones, from which a mean does not come all the way down.
Bytes falling_symbols(size_t size) {
  Bytes symbols(size, 7);
  std::fill_n(symbols.begin(), size / 5, 200);
  return symbols;
}

sigma::Status decode(const Bytes& lane, Bytes& out) {
  sigma::TansDecoder decoder;
  if (const sigma::Status status = decoder.parse(lane); !status.ok()) return status;
  out.assign(decoder.count() <= 1 << 20 ? decoder.count() : 0, 0);
  std::vector<uint64_t> memory(decoder.memory() / 8);
  return decoder.decode({reinterpret_cast<uint8_t*>(memory.data()), decoder.memory()}, out);
}

}  // namespace

START_TEST(symbols_come_back_in_every_context) {
  for (const SymbolContext& context : kContexts)
    for (const size_t size : {1U, 2U, 3U, 4U, 5U, 100U, 4097U, 70000U})
      for (const Bytes& symbols :
           {near_symbols(size, 60, size), near_symbols(size, 250, size), Bytes(size, 0),
            Bytes(size, 255), falling_symbols(size), testdata::random_bytes(size, size)}) {
        const Bytes lane = forge::symbols(symbols, context);
        ck_assert(!lane.empty());
        Bytes back;
        const sigma::Status status = decode(lane, back);
        ck_assert_msg(status.ok(), "%s", status.text);
        ck_assert(back == symbols);
      }
}
END_TEST

START_TEST(levels_make_a_lane_smaller_where_symbols_are_like_their_neighbours) {
  const Bytes symbols = near_symbols(50000, 200, 3);
  ck_assert_uint_lt(forge::symbols(symbols, {1, 2, 0}).size() * 10,
                    forge::symbols(symbols, {0, 1, 0}).size() * 8);
}
END_TEST

START_TEST(the_example_of_the_document_decodes) {
  const Bytes example = {0x03, 0x00, 0x01, 0x05, 0x30, 0x00, 0x00,
                         0x08, 0x00, 0x00, 0x00, 0x00, 0x00};
  Bytes back;
  const sigma::Status status = decode(example, back);
  ck_assert_msg(status.ok(), "%s", status.text);
  ck_assert(back == Bytes(3, 5));
  ck_assert(forge::symbols(back, {0, 1, 0}) == example);
}
END_TEST

START_TEST(a_lane_that_does_not_fit_is_none) {
  const Bytes symbols = testdata::random_bytes(5000);
  const size_t size = forge::symbols(symbols, {1, 4, 0}).size();
  std::vector<uint64_t> memory(sigma::TansEncoder::memory(symbols.size()) / 8 + 1);
  for (const size_t room : {size_t{0}, size_t{1}, size_t{40}, size_t{300}, size - 1}) {
    Bytes lane(room);
    sigma::TansEncoder encoder(
        {reinterpret_cast<uint8_t*>(memory.data()), memory.size() * sizeof(uint64_t)});
    ck_assert_uint_eq(encoder.encode(symbols, {1, 4, 0}, lane), 0);
  }
}
END_TEST

START_TEST(heads_out_of_range_are_refused) {
  const Bytes heads[] = {
      {},
      {0, 0, 1},                       // no symbols
      {3, 65, 4, 0, 1},                // too far apart
      {3, 1, 0, 0, 1},                 // no rate
      {3, 1, 9, 0, 1},                 // fine levels without a row
      {3, 2, 9, 4, 1},                 // of a row of twice the distance
      {3, 1, 17, 60, 1},               // too slow
      {3, 2, 4, 2, 1},                 // a row no longer than the distance
      {3, 1, 4, 0x80, 0x80, 4, 1},     // a row of 65536
      {3, 0, 2, 7},                    // two tables without levels
      {3, 1, 4, 0, 0},                 // no table
      {3, 1, 4, 0, 33},                // too many
      {3, 1, 4, 0, 3, 5},              // thresholds missing
      {3, 1, 4, 0, 2, 0},              // a threshold of 0
      {3, 1, 4, 0, 3, 5, 5},           // thresholds that do not rise
      {0x81, 0x80, 0x80, 0x40, 0, 1},  // more than 2^27 symbols
  };
  for (Bytes head : heads) {
    if (head.size() > 2) head.resize(head.size() + (head.size() == 6 ? 0 : 20));
    sigma::TansDecoder decoder;
    Bytes back;
    ck_assert(!decode(head, back).ok());
  }
}
END_TEST

START_TEST(every_change_is_refused_or_gives_as_many_symbols) {
  const Bytes symbols = near_symbols(300, 40, 9);
  const struct {
    SymbolContext context;
    size_t refused;  ///< percent; levels that no symbol has may change
  } cases[] = {{{0, 1, 0}, 97}, {{2, 2, 0}, 97}, {{1, 2, 20, true}, 96}};
  for (const auto& [context, percent] : cases) {
    const Bytes lane = forge::symbols(symbols, context);
    size_t refused = 0;
    for (size_t bit = 0; bit < 8 * lane.size(); bit++) {
      Bytes changed = lane;
      changed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      Bytes back;
      refused += decode(changed, back).ok() ? 0 : 1;
    }
    // The states must come to an end with the bits.
    ck_assert_uint_gt(refused * 100, 8 * lane.size() * percent);
    for (size_t size = 0; size < lane.size(); size++) {
      Bytes back;
      ck_assert(
          !decode(Bytes(lane.begin(), lane.begin() + static_cast<ptrdiff_t>(size)), back).ok());
    }
    Bytes longer = lane;
    longer.push_back(0);
    Bytes back;
    ck_assert(!decode(longer, back).ok());
  }
}
END_TEST

int main() {
  return run_suite(
      "lanes/tans_lane", 300,
      {{"P1",
        {symbols_come_back_in_every_context,
         levels_make_a_lane_smaller_where_symbols_are_like_their_neighbours,
         a_lane_that_does_not_fit_is_none}},
       {"P7", {heads_out_of_range_are_refused, every_change_is_refused_or_gives_as_many_symbols}},
       {"P12", {the_example_of_the_document_decodes}}});
}
