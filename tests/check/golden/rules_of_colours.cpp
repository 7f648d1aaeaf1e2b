/* Streams for the rules of colours, of planes of frames that are apart, and of ranks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <array>

#include "colour_trees.hpp"
#include "frame_trees.hpp"
#include "rules.hpp"
#include "rules_support.hpp"

namespace golden {
namespace {

using sigma::ColourForm;
using testdata::joined;

Change with_workspace(uint32_t size) {
  return [=](forge::Stream& s) {
    s.head.minor = 12;
    s.head.workspace_max = size;
  };
}

const Change kWithColours = with_workspace(1 << 16);

/// Pixels of all kinds: those that are made of planes, some of them with another colour, and any.
Bytes mixed_pixels(const ColourForm& form, testdata::Random& random) {
  Bytes pixels = forge::colour_pixels(form, forge::colour_planes(150, form.unit, random));
  for (size_t i = 0; i < pixels.size(); i++)
    if (random.below(12) == 0) pixels[i] = static_cast<uint8_t>(random.below(2) * 255);
  for (size_t i = 0; i < 40 * form.unit; i++)
    pixels.push_back(static_cast<uint8_t>(random.below(256)));
  for (size_t i = 0; i < 24 * form.unit; i++)
    pixels.push_back(static_cast<uint8_t>(i / form.unit % 3 == 0 ? 0 : random.below(2) * 255));
  return pixels;
}

RuleStream combined_pixels() {
  Joined all("1.12-combined");
  testdata::Random random(121);
  const auto add = [&](const ColourForm& form, unsigned mark, const Bytes& planes,
                       const Bytes& exceptions) {
    Bytes raw(planes.size());
    sigma::combine_colours(form, mark, planes, exceptions, raw);
    all.add(of_tree(
        raw,
        [&](TreeWriter& t) {
          forge::combined(t, form, mark), t.literal(planes), t.literal(exceptions);
        },
        kWithColours));
  };
  for (int k = 0; k < 24; k++) {
    const ColourForm form = forge::random_colours(random);
    const Bytes planes = forge::colour_planes(200, form.unit, random);
    const unsigned mark = k % 3 == 0 ? sigma::kNoColourMark : planes[k];
    const auto lumas = planes.begin() + 200;
    const auto marked = static_cast<size_t>(std::count(planes.begin(), lumas, mark));
    add(form, mark, planes, mark > 255 ? Bytes() : testdata::samples(3 * marked));
  }
  // No pixels.
  all.add(of_tree(
      kRaw,
      [](TreeWriter& t) {
        t.concatenate(2);
        forge::combined(t, forge::colour_differences(), 7), t.literal(Bytes()), t.literal(Bytes());
        t.literal(kRaw);
      },
      kWithColours));
  // The largest numbers there are.
  for (const bool joint : {false, true}) {
    ColourForm most;
    most.green_joint = joint;
    for (sigma::ColourCurve* const curve :
         {&most.luma, &most.red, &most.blue, &most.green_by_blue, &most.green_by_red})
      *curve = {sigma::kMaxColourSlope, -sigma::kMaxColourSlope, -sigma::kMaxColourOffset};
    most.luma.offset = sigma::kMaxColourOffset;
    most.estimates.fill({sigma::kMaxColourSlope, -sigma::kMaxColourSlope, sigma::kMaxColourSlope,
                         sigma::kMaxColourOffset});
    add(most, 0, forge::colour_planes(300, 3, random), {});
  }
  // Planes of 9 bytes, and exceptions behind them.
  all.add(of_tree(
      repeated(9, "raw"),
      [](TreeWriter& t) {
        forge::combined(t, forge::colour_differences(), 5);
        t.run(9, Bytes{5}), t.run(9, testdata::from_text("raw"));
      },
      with_workspace(32)));
  return all.take();
}

RuleStream separated_pixels() {
  Joined all("1.12-separated");
  testdata::Random random(122);
  const auto add = [&](const ColourForm& form, const Bytes& pixels, const Bytes& rest) {
    const size_t size = pixels.size() + rest.size();
    Bytes raw(size - size % form.unit);
    sigma::separate_colours(form, pixels, rest, raw);
    all.add(of_tree(
        raw, [&](TreeWriter& t) { forge::separated(t, form, rest), t.literal(pixels); },
        kWithColours));
  };
  for (int k = 0; k < 20; k++) {
    ColourForm form = k < 17 ? forge::random_colours(random) : forge::colour_differences(3 + k % 2);
    // Some differences are worth the same as others.
    if (k % 3 == 0) form.red.slope /= 4, form.blue.slope /= 4, form.green_by_red.slope /= 4;
    const Bytes pixels = mixed_pixels(form, random);
    const size_t cut = pixels.size() - random.below(form.unit);
    add(form, testdata::part_of(pixels, static_cast<size_t>(k) % 5, cut),
        testdata::part_of(pixels, cut, pixels.size()));
  }
  // No difference to red makes a difference.
  ColourForm flat = forge::colour_differences();
  flat.red = {};
  flat.estimates[2] = {0, 0, 0, 100 << sigma::kColourBits};
  add(flat, {5, 5, 9, 7, 7, 1}, {});
  // The pixel is hardly the child's.
  add(forge::colour_differences(), {9}, {10, 11});
  all.add(of_tree(
      {'r', 'r', 128, 128, 128, 128},
      [](TreeWriter& t) { forge::separated(t, forge::colour_differences()), t.run(6, Bytes{'r'}); },
      with_workspace(8)));
  return all.take();
}

RuleStream frames_apart() {
  Joined all("1.12-frames-apart");
  testdata::Random random(123);
  for (size_t k = 0; k < 20; k++) {
    sigma::FrameLayout layout;
    layout.width = 1 + k % 2;
    layout.big_endian = k % 4 == 1;
    layout.unused = k % 5 == 4 ? 2 : 0;
    layout.plane_count = 1 + k % 4;
    for (size_t i = 0; i < layout.plane_count; i++)
      layout.planes[i] = {24, 7, 1 + (i + k) % 4, i == 1};
    layout.block_height = 1 + k % 5;
    layout.is_apart = true;
    layout.position = k * 37 % 168;
    const size_t unit = layout.width * layout.plane_count;
    Bytes raw = testdata::samples((170 + 3 * k) * unit);
    for (size_t i = 0; layout.unused != 0 && i < raw.size(); i += layout.width)
      raw[layout.big_endian ? i + 1 : i] &= 0xFC;
    const Bytes reference = testdata::part_of(raw, 0, k % 3 == 0 ? 0 : (k * 9 + 20) * unit);
    const auto predictors = forge::random_frame_predictors(layout, 200, random);
    all.add(of_tree(
        raw,
        [&](TreeWriter& t) { forge::write_frames(t, reference, raw, layout, predictors, random); },
        kWithColours));
  }
  return all.take();
}

Tree payload_of(GlyphType type, Primitive primitive, const Bytes& payload,
                const std::vector<Bytes>& children) {
  return [=](TreeWriter& t) {
    const sigma::MutableByteSpan room = t.payload_room();
    std::copy(payload.begin(), payload.end(), room.begin());
    t.payload_made(type, primitive, payload.size());
    for (const Bytes& child : children)
      t.literal(child);
  };
}

Tree ranked(const Bytes& payload, const Bytes& samples) {
  return payload_of(GlyphType::DELTA, Primitive::SEARCH, payload, {samples});
}

/// As many values as there may be, from `first` on.
Bytes many_values(uint8_t first, size_t count) {
  Bytes payload = {0, first};
  payload.resize(1 + count, 1);
  return payload;
}

RuleStream ranks_at_limits() {
  Joined all("1.12-ranks");
  const auto add = [&](const Bytes& raw, const Tree& write) {
    all.add(of_tree(raw, write, kWithColours));
  };
  add({2, 0, 0, 0, 1, 0}, ranked({0, 10, 1, 0x80, 1}, {139, 0, 10, 0, 11, 0}));
  add({1, 0, 0, 0}, ranked({0, 0, 0xff, 0xff, 3}, {0xff, 0xff, 0xfe, 0xff}));
  add({0xff, 0x0f, 0, 0}, ranked(many_values(16, 4096), {0x0f, 0x10, 16, 0}));
  add({0, 0, 0, 0, 1, 0, 1, 0, 2, 0, 2, 0},
      ranked({0, 10, 1, 0x80, 1}, {9, 0, 10, 0, 11, 0, 138, 0, 139, 0, 0, 1}));
  add({1, 0, 0, 0}, ranked({1, 10, 1}, {0, 11, 0, 10}));
  return all.take();
}

}  // namespace

std::vector<RuleStream> colours_at_limits() {
  return {combined_pixels(), separated_pixels(), frames_apart(), ranks_at_limits()};
}

namespace {

/// Numbers of a conversion, of which one is changed.
Bytes form_numbers(size_t place = SIZE_MAX, uint64_t number = 0) {
  std::array<uint64_t, 31> numbers{3};
  if (place < numbers.size()) numbers[place] = number;
  Bytes payload;
  for (const uint64_t each : numbers)
    testdata::append(payload, varint(each));
  return payload;
}

void refuse_forms(Refused& r) {
  const auto payload = [&](const char* name, const Bytes& numbers, size_t size = 12) {
    Bytes marked = numbers;
    testdata::append(marked, varint(sigma::kNoColourMark));
    r.tree(name, Bytes(size, 0),
           payload_of(GlyphType::COMPOSITE, Primitive::COMBINE, marked, {Bytes(size, 0), {}}),
           kWithColours);
  };
  payload("colours-of-2-bytes", form_numbers(0, 2));
  payload("colours-of-5-bytes", form_numbers(0, 5), 15);
  payload("colours-behind-a-pixel", form_numbers(1, 1));
  payload("colours-in-a-third-order", form_numbers(2, 2));
  payload("colours-joint-twice", form_numbers(3, 2));
  payload("colours-of-a-steep-curve", form_numbers(4, (1 << 19) + 1));
  payload("colours-of-a-long-step", form_numbers(8, (1 << 19) + 1));
  payload("colours-of-a-far-curve", form_numbers(12, (1 << 27) + 1));
  payload("colours-of-a-steep-estimate", form_numbers(20, (1 << 19) + 1));
  payload("colours-of-a-far-estimate", form_numbers(30, (1 << 27) + 1));
}

void refuse_combined(Refused& r) {
  const auto combined = [&](const char* name, const Bytes& end, const Bytes& planes,
                            const Bytes& exceptions) {
    r.tree(name, Bytes(planes.size(), 0),
           payload_of(GlyphType::COMPOSITE, Primitive::COMBINE, joined({form_numbers(), end}),
                      {planes, exceptions}),
           kWithColours);
  };
  const Bytes black(6, 0);
  combined("combined-without-a-mark", {}, black, {});
  combined("combined-with-a-mark-of-257", varint(257), black, {});
  combined("combined-with-more-behind", {9, 0}, black, {});
  combined("combined-half-a-pixel", {9}, {0, 0, 0, 0}, {});
  combined("combined-half-an-exception", {9}, {9, 0, 0, 0, 0, 0}, {1, 2});
  combined("combined-lack-an-exception", {0}, black, {1, 2, 3});
  combined("combined-leave-an-exception", {9}, {9, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0});
  combined("combined-with-more-exceptions-than-pixels", {9}, {9, 0, 0}, {0, 0, 0, 0, 0, 0});
  r.tree(
      "combined-without-room", repeated(9, "raw"),
      [](TreeWriter& t) {
        forge::combined(t, forge::colour_differences(), 5);
        t.run(9, Bytes{5}), t.run(9, testdata::from_text("raw"));
      },
      with_workspace(31));
}

void refuse_separated(Refused& r) {
  const auto separated = [&](const char* name, const Bytes& end, const Bytes& pixels,
                             size_t size = 6) {
    r.tree(
        name, Bytes(size, 0),
        payload_of(GlyphType::DELTA, Primitive::SEPARATE, joined({form_numbers(), end}), {pixels}),
        kWithColours);
  };
  const Bytes black(6, 0);
  separated("separated-without-a-rest", {}, black);
  separated("separated-with-a-rest-of-a-pixel", {3, 0, 0, 0}, black, 9);
  separated("separated-with-half-a-rest", {2, 0}, black);
  separated("separated-with-a-rest-of-9-bits", {1, 0x80, 2}, black);
  separated("separated-with-more-behind", {0, 0}, black);
  r.tree(
      "separated-without-a-pixel", kRaw,
      [](TreeWriter& t) {
        t.concatenate(2);
        forge::separated(t, forge::colour_differences(), {0}), t.literal(Bytes{0});
        t.literal(kRaw);
      },
      kWithColours);
  r.tree(
      "separated-without-room", {'r', 'r', 128, 128, 128, 128},
      [](TreeWriter& t) { forge::separated(t, forge::colour_differences()), t.run(6, Bytes{'r'}); },
      with_workspace(7));
}

void refuse_apart(Refused& r) {
  // Planes of 3 by 1, with a predictor each, of the sample before.
  const Bytes one = {1, 0, 1, 2};
  const auto apart = [&](const char* name, const Bytes& payload, const Bytes& reference,
                         const Bytes& modes, size_t size) {
    r.tree(name, Bytes(size, 0),
           payload_of(GlyphType::COMPOSITE, Primitive::MATRIX, payload,
                      {reference, modes, Bytes(size, 0)}),
           kWithColours);
  };
  const auto two = [&](uint8_t order, uint8_t position, const Bytes& second) {
    return joined({{1, order, 0, position, 8, 8, 2, 3, 1, 1, 0}, second, {1}, one, {1}, one});
  };
  const Bytes same = {3, 1, 1, 0};
  apart("frames-apart-in-an-order-of-4", two(4, 0, same), {}, {0, 0}, 6);
  apart("frames-apart-in-an-order-of-one-byte", two(3, 0, same), {}, {0, 0}, 6);
  apart("frames-apart-with-other-rows", two(2, 0, {2, 1, 1, 0}), {}, {0, 0}, 4);
  apart("frames-apart-with-more-rows", two(2, 0, {3, 2, 1, 0}), {}, {0, 0}, 6);
  apart("frames-apart-from-behind-a-plane", two(2, 3, same), {}, {0, 0}, 6);
  apart("frames-apart-in-unlike-parts", two(2, 0, same), {}, {0, 0}, 5);
  apart("frames-apart-from-unlike-parts", two(2, 0, same), {1}, {0, 0}, 6);
  apart("frames-apart-of-other-blocks", two(2, 0, same), {}, {0, 0, 0}, 6);
  apart("frames-apart-without-such-a-predictor", two(2, 0, same), {}, {0, 1}, 6);
}

void refuse_ranks(Refused& r) {
  const auto refuse = [&](const char* name, const Tree& write, const Bytes& raw) {
    r.tree(name, raw, write, kWithColours);
  };
  refuse("ranks-in-a-third-order", ranked({2, 5}, {0, 0}), {0, 0});
  refuse("ranks-without-values", ranked({0}, {0, 0}), {0, 0});
  refuse("ranks-of-4097-values", ranked(many_values(1, 4097), {1, 0}), {0, 0});
  refuse("ranks-of-values-that-do-not-rise", ranked({0, 5, 0}, {4, 0}), {0, 0});
  refuse("ranks-of-17-bits", ranked({0, 0xff, 0xff, 3, 1}, {0, 0}), {0, 0});
  refuse("ranks-of-half-a-sample", ranked({0, 0}, {0}), {0, 0});
}

}  // namespace

std::vector<RuleStream> colours_beyond_limits() {
  Refused r("1.12-");
  refuse_forms(r);
  refuse_combined(r);
  refuse_separated(r);
  refuse_apart(r);
  refuse_ranks(r);
  return r.take();
}

}  // namespace golden
