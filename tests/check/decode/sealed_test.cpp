/* Streams whose contents are wrong in every way that can be thought of, or chosen at random, while
 * all their checks match.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bytes.hpp"
#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/wire/sync_search.hpp"
#include "hostile.hpp"
#include "parts.hpp"
#include "suite.hpp"

namespace {

using hostile::check_bounded;
using parts::Part;
using testdata::Bytes;
using testdata::from_text;
using testdata::joined;

/// Of places that are tried one by one: from each to the next. A short run has another bit of each
/// byte.
size_t stride() {
  return testdata::is_short_run() ? 9 : 1;
}

}  // namespace

START_TEST(every_bit_of_every_body_may_be_wrong) {
  const std::vector<Part> good = parts::take_apart(forge::every_operator().bytes);
  for (size_t i = 0; i < good.size(); i++)
    for (size_t bit = 0; bit < good[i].bytes.size() * 8; bit += stride()) {
      std::vector<Part> changed = good;
      uint8_t& byte = changed[i].bytes[bit / 8];
      byte = static_cast<uint8_t>(byte ^ (1 << bit % 8));
      check_bounded(parts::put_together(std::move(changed)));
    }
}
END_TEST

START_TEST(every_body_may_be_cut_anywhere) {
  const std::vector<Part> good = parts::take_apart(forge::every_operator().bytes);
  for (size_t i = 0; i < good.size(); i++)
    for (size_t size = 0; size < good[i].bytes.size(); size += stride()) {
      std::vector<Part> changed = good;
      changed[i].bytes.resize(size);
      parts::renumber(changed);
      check_bounded(parts::put_together(std::move(changed)));
    }
}
END_TEST

START_TEST(every_bit_of_every_header_may_be_wrong) {
  const Bytes good = forge::every_operator().bytes;
  constexpr size_t kSync = 8;
  constexpr size_t kCheck = 64;
  for (size_t at = sigma::find_packet_header(good); at < good.size();
       at = sigma::find_packet_header(good, at + 1))
    for (size_t bit = kSync * 8; bit < kCheck * 8; bit += stride()) {
      Bytes changed = good;
      uint8_t& byte = changed[at + bit / 8];
      byte = static_cast<uint8_t>(byte ^ (1 << bit % 8));
      parts::seal_header(changed, at);
      check_bounded(changed);
    }
}
END_TEST

START_TEST(packets_may_come_in_any_order_and_number) {
  const Bytes every = forge::every_operator().bytes;
  const std::vector<Part> good =
      parts::take_apart(joined({every, codec::encode(from_text("another stream")), every}));
  testdata::Random random(31);
  const int rounds = testdata::is_short_run() ? 300 : 3000;
  for (int round = 0; round < rounds; round++) {
    std::vector<Part> changed;
    for (size_t count = 1 + random.below(2 * good.size()); count > 0; count--)
      changed.push_back(good[random.below(good.size())]);
    if (round % 2 == 0) parts::renumber(changed);
    check_bounded(parts::put_together(std::move(changed)));
  }
}
END_TEST

int main() {
  return run_suite(
      "decode/sealed", 900,
      {{"P7",
        {every_bit_of_every_body_may_be_wrong, every_body_may_be_cut_anywhere,
         every_bit_of_every_header_may_be_wrong, packets_may_come_in_any_order_and_number}}});
}
