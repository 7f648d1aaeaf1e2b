/* What libFuzzer does to bytes, done to packets: most inputs keep checks that match, so that the
 * fuzzers reach what lies behind them. Some are left to libFuzzer alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mutator.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "gst/sigma/wire/sync_search.hpp"
#include "parts.hpp"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

using parts::Part;
using testdata::Bytes;
using Parts = std::vector<Part>;

template <typename T>
void mutate_value(T& value) {
  LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(&value), sizeof value, sizeof value);
}

void mutate_bytes(Bytes& bytes, size_t more) {
  const size_t size = bytes.size();
  if (size + more == 0) return;
  bytes.resize(size + more);
  bytes.resize(LLVMFuzzerMutate(bytes.data(), size, bytes.size()));
}

void mutate_field(sigma::PacketHeader& header, testdata::Random& random) {
  switch (random.below(9)) {
    case 0:
      header.type = static_cast<sigma::GlyphType>(random.below(4));
      break;
    case 1:
      mutate_value(header.primitive);
      break;
    case 2:
      header.flags ^= static_cast<uint8_t>(1 << random.below(8));
      break;
    case 3:
      mutate_value(header.stream_id);
      break;
    case 4:
      mutate_value(header.sequence);
      break;
    case 5:
      mutate_value(header.raw_offset);
      break;
    case 6:
      mutate_value(header.raw_size);
      break;
    case 7:
      header.raw_size = static_cast<uint32_t>(random.below(300));
      break;
    default:
      mutate_value(header.framing_size);
      break;
  }
}

void change(Parts& all, testdata::Random& random, size_t room) {
  const size_t at = random.below(all.size());
  const auto place = all.begin() + static_cast<std::ptrdiff_t>(at);
  const size_t other = random.below(all.size());
  switch (random.below(8)) {
    case 0:
      mutate_field(all[at].header, random);
      break;
    case 1:
      std::swap(all[at], all[other]);
      break;
    case 2:
      if (all.size() > 1) all.erase(place);
      break;
    case 3: {
      Part copy = all[other];
      all.insert(place, std::move(copy));
      break;
    }
    case 4: {
      Part noise;
      noise.is_packet = false;
      noise.bytes = {static_cast<uint8_t>(random.next())};
      mutate_bytes(noise.bytes, std::min<size_t>(room, 100));
      all.insert(place, std::move(noise));
      break;
    }
    default:
      mutate_bytes(all[at].bytes, std::min<size_t>(room, 200));
      break;
  }
}

/// A header that contradicts itself or what is around it, with a check that matches.
void change_sealed_header(Bytes& stream, testdata::Random& random) {
  size_t sync = sigma::find_packet_header(stream, random.below(stream.size() + 1));
  if (sync >= stream.size()) sync = sigma::find_packet_header(stream);
  if (sync >= stream.size()) return;
  stream[sync + 8 + random.below(56)] ^= static_cast<uint8_t>(random.next());
  parts::seal_header(stream, sync);
}

size_t give_back(const Bytes& stream, uint8_t* data, size_t max_size) {
  const size_t size = std::min(stream.size(), max_size);
  if (size != 0) std::memcpy(data, stream.data(), size);
  return size;
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  testdata::Random random(seed);
  if (size <= kChoiceBytes || random.below(8) == 0) return LLVMFuzzerMutate(data, size, max_size);
  if (random.below(8) == 0) LLVMFuzzerMutate(data, kChoiceBytes, kChoiceBytes);
  Parts all = parts::take_apart({data + kChoiceBytes, size - kChoiceBytes});
  for (size_t changes = 1 + random.below(3); changes > 0; changes--)
    change(all, random, max_size - size);
  if (random.below(2) == 0) parts::renumber(all);
  Bytes stream = parts::put_together(std::move(all));
  if (random.below(6) == 0) change_sealed_header(stream, random);
  return kChoiceBytes + give_back(stream, data + kChoiceBytes, max_size - kChoiceBytes);
}

/// Packets of both, whole.
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2, uint8_t* out,
                                            size_t max_size, unsigned seed) {
  if (size1 <= kChoiceBytes || size2 <= kChoiceBytes || max_size <= kChoiceBytes) return 0;
  testdata::Random random(seed);
  Parts all = parts::take_apart({data1 + kChoiceBytes, size1 - kChoiceBytes});
  const Parts more = parts::take_apart({data2 + kChoiceBytes, size2 - kChoiceBytes});
  const size_t from = random.below(more.size());
  const size_t count = 1 + random.below(more.size() - from);
  const auto first = more.begin() + static_cast<std::ptrdiff_t>(from);
  all.insert(all.begin() + static_cast<std::ptrdiff_t>(random.below(all.size() + 1)), first,
             first + static_cast<std::ptrdiff_t>(count));
  if (random.below(2) == 0) parts::renumber(all);
  std::memcpy(out, data1, kChoiceBytes);
  return kChoiceBytes + give_back(parts::put_together(std::move(all)), out + kChoiceBytes,
                                  max_size - kChoiceBytes);
}
