/* P4, P5: random damage to a stream, and what is recovered of it.
 *
 *     damage [BYTES [ROUNDS [SEED]]]      (104000000 1000 1)
 *
 * Encodes BYTES of lines and noise (the default gives a stream of 64 MB) with 64 KiB chunks in
 * groups of 8, so that a stream has many groups, and damages it ROUNDS times: 1 to 65536 bytes
 * overwritten, deleted or inserted at a random place. Each result is compared byte by byte with the
 * input, and with a model of what must be lost that shares nothing with the decoder. Exit code 1 if
 * anything is wrong.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "codec.hpp"
#include "damage.hpp"

namespace {

/// What was seen of one kind of damage.
struct Row {
  size_t rounds = 0;
  size_t wrong = 0;
  uint64_t groups = 0;
  uint64_t bytes_lost = 0;
  uint64_t most_lost = 0;
  size_t nothing_lost = 0;
};

uint64_t argument(int argc, char** argv, int i, uint64_t otherwise) {
  return argc > i ? std::strtoull(argv[i], nullptr, 10) : otherwise;
}

void print(const char* name, const Row& row) {
  std::printf("%-10s %7zu %12zu %8.2f %14.0f %12llu %13zu\n", name, row.rounds, row.wrong,
              static_cast<double>(row.groups) / static_cast<double>(row.rounds),
              static_cast<double>(row.bytes_lost) / static_cast<double>(row.rounds),
              static_cast<unsigned long long>(row.most_lost), row.nothing_lost);
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t size = argument(argc, argv, 1, 104000000);
  const uint64_t rounds = argument(argc, argv, 2, 1000);
  testdata::Random random(argument(argc, argv, 3, 1));
  // Not zeros: where zeros are cut out of stored zeros, nothing is lost, and the model does not
  // know.
  testdata::Bytes raw;
  while (raw.size() < size) {
    const size_t part = static_cast<size_t>(std::min<uint64_t>(size - raw.size(), 1000000));
    const testdata::Bytes more = raw.size() / 1000000 % 2 == 0
                                     ? testdata::log_lines(part, raw.size() + 1)
                                     : testdata::random_bytes(part, raw.size() + 1);
    raw.insert(raw.end(), more.begin(), more.end());
  }
  sigma::EncoderSettings settings;
  settings.chunk_size = 65536;
  const testdata::Bytes stream = codec::encode(raw, settings);
  const std::vector<codec::PacketView> packets = codec::packets(stream);
  std::printf("%zu bytes, stream of %zu bytes, %zu packets, groups of 8 chunks of 65536 bytes\n",
              raw.size(), stream.size(), packets.size());
  Row rows[3];
  for (uint64_t i = 0; i < rounds; i++) {
    const damage::Change change = damage::random_change(random, stream.size(), 65536);
    const damage::Expected expected =
        damage::expect(packets, damage::whole_packets(packets, change));
    const codec::Salvaged salvaged = codec::salvage(damage::apply(stream, change, i + 1));
    const std::string wrong = damage::compare(salvaged, expected, raw);
    Row& row = rows[static_cast<int>(change.kind)];
    uint64_t given = 0;
    for (const damage::Range& range : expected.delivered)
      given += range.end - range.begin;
    row.rounds++;
    row.groups += expected.groups_touched;
    row.bytes_lost += raw.size() - given;
    row.most_lost = std::max<uint64_t>(row.most_lost, raw.size() - given);
    if (given == raw.size()) row.nothing_lost++;
    if (wrong.empty()) continue;
    row.wrong++;
    std::printf("%s of %zu bytes at %zu: %s\n", damage::name_of(change.kind), change.size,
                change.at, wrong.c_str());
  }
  std::printf("%-10s %7s %12s %8s %14s %12s %13s\n", "damage", "rounds", "wrong result", "groups",
              "bytes lost", "most lost", "nothing lost");
  std::printf("%-10s %7s %12s %8s %14s %12s %13s\n", "", "", "", "touched", "(mean)", "", "");
  size_t wrong = 0;
  for (const damage::Kind kind :
       {damage::Kind::OVERWRITE, damage::Kind::DELETE, damage::Kind::INSERT}) {
    print(damage::name_of(kind), rows[static_cast<int>(kind)]);
    wrong += rows[static_cast<int>(kind)].wrong;
  }
  std::printf(
      "\"wrong result\" counts rounds with a wrong byte, sound data left out, or a reported "
      "range that is not exact.\n");
  return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
