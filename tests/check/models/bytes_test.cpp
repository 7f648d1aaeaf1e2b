/* Integers and machine code: the operators by themselves, and what the model makes of real bytes.
 */
#include <cstring>

#include "bytes.hpp"
#include "codec.hpp"
#include "forge.hpp"
#include "gst/sigma/models/bytes/code_probe.hpp"
#include "gst/sigma/models/bytes/integer_probe.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/operators/array.hpp"
#include "suite.hpp"

namespace {

using sigma::Architecture;
using sigma::ErrorCode;
using sigma::GlyphType;
using sigma::IntegerLayout;
using testdata::Bytes;
using testdata::MiB;

template <typename Use>
void for_each_layout(Use use) {
  for (const unsigned width : {1U, 2U, 3U, 4U, 8U})
    for (const bool big : {false, true})
      for (const size_t distance : {0U, 1U, 2U, 3U, 4U, 5U, 8U, 15U, 16U, 17U, 64U, 300U})
        use(IntegerLayout{width, big, distance});
}

/// Elements of `width` bytes, walks with noise, as many as fill `size` bytes.
Bytes walks(size_t size, unsigned width, unsigned channels, bool big, uint64_t seed) {
  testdata::Random random(seed);
  std::vector<int64_t> values(channels, 0);
  Bytes out;
  while (out.size() < size)
    for (int64_t& value : values) {
      value += static_cast<int64_t>(random.below(200)) - 100;
      for (unsigned k = 0; k < width; k++)
        out.push_back(static_cast<uint8_t>(value >> (8 * (big ? width - 1 - k : k))));
    }
  out.resize(size);
  return out;
}

/// A sine with noise as IEEE numbers, from integers alone: the same everywhere.
Bytes floats(size_t size, bool is_double) {
  testdata::Random random(5);
  double value = 1.5;
  Bytes out;
  while (out.size() < size) {
    value += (static_cast<double>(random.below(1000)) - 500.0) / 65537.0;
    uint8_t bytes[8];
    const float single = static_cast<float>(value);
    if (is_double)
      std::memcpy(bytes, &value, 8);
    else
      std::memcpy(bytes, &single, 4);
    out.insert(out.end(), bytes, bytes + (is_double ? 8 : 4));
  }
  out.resize(size);
  return out;
}

/// Encodes at a level, checks that it comes back, and gives how many times smaller it got.
double ratio_at(unsigned level, const Bytes& data) {
  sigma::EncoderSettings settings;
  settings.level = level;
  const Bytes stream = codec::encode(data, settings);
  const codec::Decoded decoded = codec::decode(stream);
  ck_assert_msg(decoded.status.ok(), "%s", sigma::describe(decoded.status).text);
  ck_assert(decoded.bytes == data);
  return static_cast<double>(data.size()) / static_cast<double>(stream.size());
}

void check_tree_fails(const Bytes& tree, const Bytes& raw) {
  forge::Stream s;
  const codec::Decoded decoded = codec::decode(s.begin().coded(tree, raw, true).end().bytes);
  ck_assert(decoded.status.code == ErrorCode::DAMAGED);
  ck_assert(decoded.bytes.empty());
}

}  // namespace

START_TEST(sums_undo_differences_in_every_layout) {
  for_each_layout([](const IntegerLayout& layout) {
    for (const size_t size : {0U, 1U, 2U, 7U, 8U, 9U, 63U, 64U, 65U, 1000U, 4099U})
      for (const Bytes& data : {testdata::random_bytes(size, size + 1), testdata::samples(size),
                                Bytes(size, 0xFF), Bytes(size, 0x80)})
        ck_assert(codec::to_planes_and_back(data, layout) == data);
  });
}
END_TEST

START_TEST(two_planes_are_merged_as_any_number_is) {
  for (size_t size = 2; size < 200; size++) {
    const Bytes data = testdata::random_bytes(size, size);
    Bytes planes[2] = {Bytes(sigma::plane_size(size, 2, 0)), Bytes(sigma::plane_size(size, 2, 1))};
    for (size_t k = 0; k < 2; k++)
      sigma::subtract_to_plane({2, false, 0}, data, k, planes[k]);
    Bytes out(size);
    const sigma::MutableByteSpan upper = sigma::MutableByteSpan(out).last(planes[0].size());
    std::memcpy(upper.data(), planes[0].data(), planes[0].size());
    sigma::merge_planes(upper, planes[1], out);
    ck_assert(out == data);
  }
}
END_TEST

START_TEST(branch_filters_undo_themselves_on_any_bytes) {
  testdata::Random random(11);
  for (int round = 0; round < 3000; round++) {
    const size_t size = random.below(300);
    Bytes data = round % 3 == 0 ? testdata::random_bytes(size, random.next())
                                : testdata::machine_code(size, round % 3 == 1, random.next());
    // Bytes that the rules look for, close together, so that what they convert overlaps.
    if (round % 2 == 0)
      for (uint8_t& byte : data)
        if (random.below(2) == 0) {
          constexpr uint8_t kLooked[] = {0xE8, 0xE9, 0x48, 0x4C, 0x8B,
                                         0x8D, 0x05, 0x00, 0xFF, 0x94};
          byte = kLooked[random.below(sizeof(kLooked))];
        }
    const auto position = static_cast<uint32_t>(random.next());
    for (const Architecture architecture : {Architecture::X86, Architecture::ARM64}) {
      Bytes changed = data;
      sigma::branches_to_absolute(architecture, position, changed);
      sigma::branches_to_relative(architecture, position, changed);
      ck_assert(changed == data);
    }
  }
}
END_TEST

START_TEST(malformed_integers_and_branches_are_refused) {
  const Bytes raw = testdata::random_bytes(6);
  const auto with_operands = [&](GlyphType type, uint8_t primitive,
                                 std::initializer_list<uint64_t> operands, size_t children) {
    Bytes payload;
    for (const uint64_t operand : operands) {
      uint8_t bytes[sigma::kMaxVarintSize];
      payload.insert(payload.end(), bytes, bytes + sigma::write_varint(bytes, operand));
    }
    Bytes tree = forge::glyph(type, primitive, payload);
    for (size_t i = 0; i < children; i++) {
      const Bytes child =
          forge::glyph(GlyphType::PRIMITIVE, 0x1A, Bytes(raw.begin(), raw.begin() + 6 / children));
      tree.insert(tree.end(), child.begin(), child.end());
    }
    return tree;
  };
  constexpr uint8_t kArray = 0x77;
  constexpr uint8_t kSum = 0x2A;
  constexpr uint8_t kBranch = 0x14;
  for (const uint64_t count : {0U, 1U, 17U, 255U})
    check_tree_fails(with_operands(GlyphType::COMPOSITE, kArray, {count}, 1), raw);
  check_tree_fails(with_operands(GlyphType::COMPOSITE, kArray, {2, 2}, 2), raw);
  check_tree_fails(with_operands(GlyphType::COMPOSITE, kArray, {3}, 2), raw);  // a child is missing
  for (const auto& operands : {std::initializer_list<uint64_t>{0, 0, 1},
                               {5, 0, 1},
                               {9, 0, 1},
                               {2, 2, 1},
                               {2, 0, 0},
                               {2, 0, 65536},
                               {2, 0},
                               {2, 0, 1, 1},
                               {uint64_t{1} << 33, 0, 1}})
    check_tree_fails(with_operands(GlyphType::DELTA, kSum, operands, 1), raw);
  for (const auto& operands : {std::initializer_list<uint64_t>{0, 0},
                               {3, 0},
                               {257, 0},
                               {1, uint64_t{1} << 32},
                               {1},
                               {1, 0, 0}})
    check_tree_fails(with_operands(GlyphType::DELTA, kBranch, operands, 1), raw);
  // Planes that do not fit together.
  for (const size_t first : {1U, 2U, 4U}) {
    const Bytes tree = forge::tree([&](sigma::TreeWriter& t) {
      t.interleave(2);
      t.literal({raw.data(), first});
      t.literal({raw.data(), 6 - first});
    });
    check_tree_fails(tree, raw);
  }
}
END_TEST

START_TEST(planes_take_the_workspace_of_one) {
  const Bytes raw = testdata::samples(3 * 4096);
  const auto with_workspace = [&](uint32_t workspace) {
    forge::Stream s;
    s.head.workspace_max = workspace;
    const Bytes tree = forge::tree([&](sigma::TreeWriter& t) {
      t.interleave(3);
      for (size_t k = 0; k < 3; k++) {
        Bytes plane(4096);
        sigma::subtract_to_plane({3, false, 0}, raw, k, plane);
        k == 1 ? t.literal(plane) : t.lane(forge::frame(plane));
      }
    });
    return codec::decode(s.begin().coded(tree, raw, true).end().bytes);
  };
  ck_assert(with_workspace(4096).bytes == raw);
  ck_assert(with_workspace(4095).status.code == ErrorCode::DAMAGED);
}
END_TEST

START_TEST(integers_are_found_whatever_their_width_order_and_channels) {
  for (const unsigned width : {2U, 3U, 4U})
    for (const unsigned channels : {1U, 2U})
      for (const bool big : {false, true})
        for (const size_t before : {0U, 1U}) {
          Bytes data = walks(MiB / 2, width, channels, big, width);
          data.insert(data.begin(), before, 0x77);  // elements begin anywhere
          const sigma::IntegerForm form = sigma::find_integers(data);
          ck_assert_uint_eq(form.layout.width, width);
          ck_assert_uint_eq(form.layout.distance, channels);
          // Shifted by a byte, the other order may read nearly the same numbers.
          if (before != 0) continue;
          ck_assert_int_eq(form.layout.big_endian, big);
          ck_assert_uint_eq(form.phase, 0);
        }
  for (const bool is_double : {false, true})
    ck_assert_uint_eq(sigma::find_integers(floats(MiB, is_double)).layout.width, is_double ? 8 : 4);
  for (const Bytes& other : {testdata::log_lines(MiB), testdata::random_bytes(MiB), Bytes(MiB, 7),
                             testdata::machine_code(MiB)})
    ck_assert(sigma::find_integers(other).is_plain());
}
END_TEST

START_TEST(machine_code_is_found_and_nothing_else_taken_for_it) {
  ck_assert(sigma::find_machine_code(testdata::machine_code(MiB), 0, 400) == Architecture::X86);
  ck_assert(sigma::find_machine_code(testdata::machine_code(MiB, true), 0, 400) ==
            Architecture::ARM64);
  for (const Bytes& other : {testdata::log_lines(MiB), testdata::random_bytes(MiB),
                             Bytes(MiB, 0xE8), testdata::samples(MiB), walks(MiB, 4, 1, false, 3)})
    ck_assert(sigma::find_machine_code(other, 0, 128) == Architecture::NONE);
}
END_TEST

START_TEST(incompressible_bytes_are_told_from_those_that_repeat) {
  const Bytes noise = testdata::random_bytes(MiB);
  ck_assert(sigma::looks_incompressible(noise, {}));
  ck_assert(!sigma::looks_incompressible(testdata::samples(MiB), {}));
  const Bytes part = testdata::random_bytes(300000);
  const Bytes again = testdata::joined({part, part, part, testdata::random_bytes(148576, 2)});
  ck_assert(!sigma::looks_incompressible(again, {}));
  // What the history has, at any distance, is worth referring to.
  for (const size_t shift : {0U, 1U, 777U, 100000U}) {
    const Bytes both = testdata::joined({noise, testdata::random_bytes(shift, 3), noise});
    const sigma::ByteSpan all(both);
    ck_assert(!sigma::looks_incompressible(all.last(MiB), all.first(MiB + shift)));
  }
}
END_TEST

START_TEST(chunks_that_are_lent_are_stored_as_those_that_are_copied) {
  const Bytes noise = testdata::random_bytes(3 * MiB);
  const Bytes lines = testdata::log_lines(MiB + 1000);
  // A stream's header inside, which must not be stored as it is; and noise that comes again.
  const Bytes headers = testdata::joined({testdata::random_bytes(5 * MiB / 2, 4),
                                          codec::encode(testdata::from_text("inside")),
                                          testdata::random_bytes(MiB, 5)});
  for (const unsigned level : {0U, 1U, 3U})
    for (const Bytes& data :
         {noise, testdata::joined({noise, lines, noise, noise, lines}), headers}) {
      sigma::EncoderSettings settings;
      settings.level = level;
      const Bytes stream = codec::encode(data, settings);
      ck_assert(codec::encode(data, settings, codec::pieces_of(MiB / 2)) == stream);
      ck_assert(codec::encode(data, settings, codec::pieces_of(MiB)) == stream);
      ck_assert(codec::encode(data, settings, codec::random_pieces(level, 3 * MiB)) == stream);
      const codec::Decoded decoded = codec::decode(stream);
      ck_assert(decoded.status.ok() && decoded.bytes == data);
    }
}
END_TEST

START_TEST(integers_and_code_round_trip_at_every_level) {
  for (unsigned level = 0; level <= sigma::kMaxLevel; level++)
    for (const Bytes& data : {walks(300000, 2, 2, false, 1), walks(300001, 3, 2, false, 2),
                              walks(300002, 4, 1, true, 3), walks(300003, 1, 1, false, 4),
                              floats(300004, true), floats(300005, false),
                              testdata::machine_code(300006), testdata::machine_code(300007, true)})
      ratio_at(level, data);
}
END_TEST

START_TEST(integers_and_code_get_smaller_than_as_plain_bytes) {
  ck_assert(ratio_at(3, walks(MiB, 2, 2, false, 1)) > 1.7);
  ck_assert(ratio_at(3, walks(MiB, 3, 2, false, 1)) > 2.5);
  ck_assert(ratio_at(3, walks(MiB, 4, 1, true, 1)) > 3.5);
  ck_assert(ratio_at(1, floats(MiB, false)) > 1.25);
  // The same code with calls that a filter does not see.
  Bytes unseen = testdata::machine_code(MiB);
  for (uint8_t& byte : unseen)
    if (byte == 0xE8 || byte == 0x48) byte = 0xE7;
  ck_assert(ratio_at(3, testdata::machine_code(MiB)) > 1.2 * ratio_at(3, unseen));
}
END_TEST

int main() {
  return run_suite(
      "models/bytes", 300,
      {{"P1",
        {sums_undo_differences_in_every_layout, branch_filters_undo_themselves_on_any_bytes,
         integers_and_code_round_trip_at_every_level}},
       {"P2", {chunks_that_are_lent_are_stored_as_those_that_are_copied}},
       {"P7", {malformed_integers_and_branches_are_refused}},
       {"bytes",
        {two_planes_are_merged_as_any_number_is, planes_take_the_workspace_of_one,
         integers_are_found_whatever_their_width_order_and_channels,
         machine_code_is_found_and_nothing_else_taken_for_it,
         incompressible_bytes_are_told_from_those_that_repeat,
         integers_and_code_get_smaller_than_as_plain_bytes}}});
}
