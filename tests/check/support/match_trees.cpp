/* Lanes of matches.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "match_trees.hpp"

#include "bytes.hpp"

namespace forge {

using testdata::Bytes;

namespace {

class BitList {
 public:
  void put(uint32_t value, unsigned count) {
    for (unsigned i = 0; i < count; i++)
      bits_.push_back((value >> i & 1) != 0);
  }
  /// Zeros behind the bits, to whole bytes.
  Bytes padded() const { return bytes(); }
  /// Zeros and a mark before them.
  Bytes marked() const {
    BitList whole;
    whole.put(1U << (7 - bits_.size() % 8), 8 - bits_.size() % 8);
    whole.bits_.insert(whole.bits_.end(), bits_.begin(), bits_.end());
    return whole.bytes();
  }

 private:
  Bytes bytes() const {
    Bytes out((bits_.size() + 7) / 8);
    for (size_t i = 0; i < bits_.size(); i++)
      if (bits_[i]) out[i / 8] = static_cast<uint8_t>(out[i / 8] | 1U << (i % 8));
    return out;
  }
  std::vector<bool> bits_;
};

void put_family(const MatchFamily& family, BitList& out) {
  out.put(static_cast<uint32_t>(family.symbols.size() - 1), 4);
  for (size_t i = 0; i < family.map.size(); i++)
    if (family.map[i] == (i == 0 ? 0 : family.map[i - 1]))
      out.put(1, 1);
    else
      out.put(uint32_t{family.map[i]} << 1, 5);
  for (const uint8_t symbol : family.symbols) {
    out.put(symbol, 8);
    out.put(12 << 2, 6);  // the count 2048
    out.put(0, 11);
  }
}

Bytes varint(size_t number) {
  Bytes out(sigma::varint_size(number));
  sigma::write_varint(out.data(), number);
  return out;
}

}  // namespace

Bytes match_lane(size_t size, size_t tables, const std::vector<MatchBlock>& blocks) {
  Bytes lane = testdata::joined({varint(size), varint(tables)});
  for (const MatchBlock& block : blocks) {
    BitList head;
    for (const MatchFamily& family : block.families)
      put_family(family, head);
    BitList tokens;
    tokens.put(0, 3 * sigma::kTansLog);
    for (const MatchBits& bits : block.bits)
      tokens.put(bits.value, bits.count);
    BitList literals;
    literals.put(0, sigma::kTansLog);
    for (const size_t number :
         {block.length, block.sequences, tokens.marked().size(), literals.marked().size()})
      testdata::append(lane, varint(number));
    testdata::append(lane, testdata::joined({head.padded(), tokens.marked(), literals.marked()}));
  }
  return lane;
}

Bytes matches(const Bytes& bytes, const Bytes& prefix, const sigma::MatchParameters& parameters) {
  std::vector<uint64_t> memory(sigma::MatchEncoder::memory(parameters) / 8 + 1);
  const Bytes whole = testdata::joined({prefix, bytes});
  const sigma::ByteSpan all(whole);
  Bytes lane(2 * bytes.size() + 4096);
  sigma::MatchEncoder encoder(
      {reinterpret_cast<uint8_t*>(memory.data()), memory.size() * sizeof(uint64_t)}, parameters);
  lane.resize(encoder.encode(all.subspan(prefix.size()), all.first(prefix.size()), lane));
  return lane;
}

}  // namespace forge
