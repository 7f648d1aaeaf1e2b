/* Writes seed corpora for the fuzzers: `make_seeds FOLDER GOLDEN` makes
 * FOLDER/{boundary,decoder,filters,framing,parallel,pull,push,random,round_trip,search,tree}, with
 * the small streams of GOLDEN.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <filesystem>
#include <string>
#include <vector>

#include "codec.hpp"
#include "colour_trees.hpp"
#include "copy_trees.hpp"
#include "files.hpp"
#include "forge.hpp"
#include "match_trees.hpp"
#include "sample_trees.hpp"
#include "text_trees.hpp"

namespace {

using testdata::Bytes;

class Corpus {
 public:
  Corpus(const std::string& root, const char* name) : folder_(root + "/" + name) {
    std::filesystem::create_directories(folder_);
  }
  void add(Bytes front, const Bytes& rest) {
    front.insert(front.end(), rest.begin(), rest.end());
    files::write_file(folder_ + "/seed" + std::to_string(count_++), front);
  }

 private:
  std::string folder_;
  int count_ = 0;
};

/// The marks 1 to 5, with a word of one mark and one of two.
Bytes small_dictionary() {
  return forge::dictionary(1, 5, 1, {{0, " the"}, {0, "cat"}});
}

void add_trees(Corpus& corpus) {
  const auto add = [&](const Bytes& tree, size_t raw) {
    corpus.add({static_cast<uint8_t>(raw), static_cast<uint8_t>(raw >> 8),
                static_cast<uint8_t>(tree.size()), static_cast<uint8_t>(tree.size() >> 8)},
               tree);
  };
  const Bytes text = testdata::log_lines(500);
  add(forge::tree([&](sigma::TreeWriter& t) { t.lane(forge::frame(text)); }), 500);
  add(forge::tree([&](sigma::TreeWriter& t) {
        t.set_slot(0, text);
        t.append_slot(0);
        t.run(9, testdata::from_text("ab"));
        t.store_slot(1);
        t.concatenate(2), t.slot(0), t.slot(0);
        t.prefixed_lane(forge::frame(text, Bytes(text)));
        t.literal(text);
      }),
      500);
  const Bytes samples = testdata::samples(600);
  for (const unsigned width : {2U, 3U})
    add(forge::tree([&](sigma::TreeWriter& t) {
          t.sum({width, width == 3, 2});
          t.interleave(width);
          for (unsigned k = 0; k < width; k++)
            t.lane(forge::frame(testdata::part_of(samples, 0, 600 / width)));
        }),
        600);
  testdata::Random random(1);
  for (const unsigned width : {1U, 2U, 3U})
    add(forge::tree([&](sigma::TreeWriter& t) {
          forge::write_predicted(t, samples, {width, false, false, width, 64, 5}, true, random);
        }),
        600);
  for (const unsigned width : {2U, 3U, 4U})
    add(forge::tree([&](sigma::TreeWriter& t) {
          t.adapted({width, 1, width, 2, {{{16, 12}, {16, 9}}}}), t.literal(samples);
        }),
        600);
  add(forge::tree([](sigma::TreeWriter& t) {
        sigma::ExceptedForm form;
        form.width = 2;
        form.count = 1;
        form.stand_ins[0] = {0x0101, 0x7fff};
        form.mark = 0x0202;
        t.excepted(form), t.literal(Bytes{1, 1, 2, 2, 3, 3, 1, 1}), t.literal(Bytes{9, 8});
      }),
      8);
  for (int k = 0; k < 4; k++) {
    const sigma::ColourForm form = forge::random_colours(random);
    const Bytes planes = forge::colour_planes(100, form.unit, random);
    const Bytes pixels = forge::colour_pixels(form, planes);
    add(forge::tree([&](sigma::TreeWriter& t) {
          forge::combined(t, form, 256), t.literal(planes), t.literal(Bytes());
        }),
        planes.size());
    add(forge::tree(
            [&](sigma::TreeWriter& t) { forge::separated(t, form, {9}), t.literal(pixels); }),
        (pixels.size() + 1) / form.unit * form.unit);
  }
  Bytes ranked =
      forge::glyph(sigma::GlyphType::DELTA, static_cast<uint8_t>(sigma::Primitive::SEARCH),
                   Bytes{0, 10, 1, 0x80, 1});
  testdata::append(ranked, forge::tree([](sigma::TreeWriter& t) {
                     t.literal(Bytes{2, 0, 0, 0, 1, 0, 1, 0});
                   }));
  add(ranked, 8);
  add(forge::tree([](sigma::TreeWriter& t) {
        t.palette({2, 1}), t.literal(Bytes{0, 1, 1, 0}), t.literal(Bytes{9, 8, 7, 6});
      }),
      8);
  for (const size_t unit : {size_t{1}, size_t{3}, size_t{8}}) {
    sigma::CopiesForm form;
    form.unit = unit;
    form.distances = {1, 20, 21};
    form.distance_count = 3;
    form.above = unit == 3 ? 60 : 0;
    form.joined = unit == 3 ? 6 : 0;
    const auto made = forge::random_copies(form, samples, 40, 20, random);
    add(forge::tree([&](sigma::TreeWriter& t) { forge::write_copies(t, form, samples, made); }),
        made.raw.size());
  }
  for (const auto machine : {sigma::Architecture::X86, sigma::Architecture::ARM64})
    add(forge::tree([&](sigma::TreeWriter& t) {
          t.branches(machine, 77);
          t.literal(testdata::machine_code(300, machine == sigma::Architecture::ARM64));
        }),
        300);
  add(forge::tree([](sigma::TreeWriter& t) {
        t.text(9), t.literal(small_dictionary()), t.literal(Bytes{1, 4, 0x20, 5, 4, 0x2E});
      }),
      9);
  add(forge::tree(
          [&](sigma::TreeWriter& t) { t.matches(forge::matches(text, {})), t.literal({}); }),
      500);
  const Bytes prose = testdata::prose(900);
  add(forge::tree(
          [&](sigma::TreeWriter& t) { t.matches(forge::matches(prose, text)), t.literal(text); }),
      900);
}

/// Where the dictionary ends, how long the text is, and codes; or text.
void add_text(Corpus& corpus) {
  const Bytes dictionary = small_dictionary();
  corpus.add({static_cast<uint8_t>(dictionary.size()), 0, 9, 0},
             testdata::joined({dictionary, Bytes{1, 4, 0x20, 5, 4, 0x2E}}));
  for (const uint8_t repeats : std::initializer_list<uint8_t>{0, 3, 15})
    corpus.add({0, 0, repeats, 0}, testdata::prose(3000));
}

/// Operands of the filters before bytes that they are for.
void add_filters(Corpus& corpus) {
  for (uint8_t width = 0; width < 5; width++)
    for (const uint8_t mode : std::initializer_list<uint8_t>{0, 1, 2, 7})
      corpus.add({width, mode, 1, 0, 3, 2, 1, 0}, testdata::samples(400));
  for (const bool arm64 : {false, true})
    corpus.add({0, 2, 1, 0, 0, 0, 0, 0}, testdata::machine_code(500, arm64));
}

/// Choices of layouts and predictors before samples.
void add_samples(Corpus& corpus) {
  for (uint8_t width = 0; width < 5; width++)
    for (uint8_t order = 0; order < 8; order++)
      corpus.add({width, order, static_cast<uint8_t>(1 + order % 3), order, 7, 1, 2, 3},
                 testdata::samples(300));
}

/// Text records, before which stand a syntax, a delimiter, where the dependent chunk begins, and
/// sizes.
void add_records(Corpus& corpus) {
  const std::string texts[] = {
      "2026-11-25 10:00:01.123 host app[17]: user 'ann lee' took 0.25 s, id 0x1f00aa\n"
      "2026-11-25 10:00:02.007 host app[17]: cache miss for key \"a b\" in red\n",
      "{\"name\": \"ann\", \"age\": 31, \"tags\": [\"a\", \"b\"], \"ok\": true, \"note\": \"a "
      "\\\"b\\\"\"}\n",
      "17,\"Lee, Ann\",-3.50,00123,x\r\n18,\"O\"\"Neil\",4.25,00124,y\r\n",
      "0123456789abcdef0123456789abcdef ok\nfedcba9876543210fedcba9876543210 no\n"};
  for (const std::string& text : texts) {
    Bytes bytes;
    for (unsigned i = 0; i < 12; i++)
      for (const char c : text)
        bytes.push_back(static_cast<uint8_t>(c >= '0' && c <= '9' ? '0' + (c - '0' + i) % 10 : c));
    for (uint8_t syntax = 0; syntax < 8; syntax++)
      corpus.add({syntax, ',', 128, syntax}, bytes);
  }
  corpus.add({0, ',', 160, 3}, testdata::log_lines(6000));
}

/// Scripts and trees of a stream that has framing, and bytes to make buffers and events from.
void add_framing(Corpus& corpus, const Bytes& stream) {
  sigma::StreamingDecoder decoder;
  if (!decoder.push(stream).ok()) return;
  for (sigma::DecodedChunk chunk; decoder.next(chunk).value && chunk.is_framed;) {
    const sigma::ByteSpan script = chunk.framing.script;
    const Bytes bytes(script.begin(), script.end());
    const auto size = static_cast<uint16_t>(chunk.bytes.size());
    const Bytes front = {static_cast<uint8_t>(chunk.framing.is_key ? 0 : 3),
                         static_cast<uint8_t>(size), static_cast<uint8_t>(size >> 8),
                         static_cast<uint8_t>(chunk.framing.left)};
    corpus.add(front, bytes);
  }
  for (const codec::PacketView& packet : codec::packets(stream))
    if (packet.header.framing_size != 0)
      corpus.add({1, 0, 0, 0},
                 Bytes(packet.body.end() - packet.header.framing_size, packet.body.end()));
  for (const uint8_t flushes : std::initializer_list<uint8_t>{0, 1})
    corpus.add({2, flushes, 0, 0}, testdata::random_bytes(200, flushes));
}

/// Streams that together have every packet and operator, sound and joined.
std::vector<Bytes> streams(const std::string& golden) {
  std::vector<Bytes> found = {forge::every_operator().bytes, codec::encode({})};
  Bytes joined = codec::encode(testdata::log_lines(3000));
  joined.insert(joined.end(), found[0].begin(), found[0].end());
  found.push_back(std::move(joined));
  for (const auto& entry : std::filesystem::directory_iterator(golden)) {
    if (entry.path().extension() != ".sigma") continue;
    Bytes stream = files::read_file(entry.path().string());
    if (stream.size() < 16000) found.push_back(std::move(stream));
  }
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string root = argv[1];
  Corpus boundary(root, "boundary");
  Corpus decoder(root, "decoder");
  Corpus filters(root, "filters");
  Corpus framing(root, "framing");
  Corpus parallel(root, "parallel");
  Corpus pull(root, "pull");
  Corpus push(root, "push");
  Corpus random(root, "random");
  Corpus records(root, "records");
  Corpus round_trip(root, "round_trip");
  Corpus samples(root, "samples");
  Corpus search(root, "search");
  Corpus text(root, "text");
  Corpus tree(root, "tree");
  for (const Bytes& stream : streams(argv[2])) {
    for (const uint8_t mode : std::initializer_list<uint8_t>{0, 77, 128, 205}) {
      decoder.add({mode}, stream);
      parallel.add({mode}, stream);
      for (const uint8_t event : std::initializer_list<uint8_t>{0, 129, 130})
        push.add({mode, event}, stream);
    }
    for (const uint8_t mode : std::initializer_list<uint8_t>{0, 1}) {
      pull.add({mode, 9}, stream);
      random.add({mode, 9}, stream);
    }
    for (const uint8_t text : std::initializer_list<uint8_t>{0, 1, 2, 3, 4})
      search.add({text, text}, stream);
    boundary.add({5}, stream);
  }
  add_framing(framing, files::read_file(std::string(argv[2]) + "/1.3-every-framing.sigma"));
  for (uint8_t level = 0; level < 10; level++)
    for (const Bytes& bytes :
         {testdata::mixed(3000, level + 1), testdata::samples(4000), testdata::machine_code(5000)})
      round_trip.add({level, 1, level, 200, 9, level, 30, 200}, bytes);
  add_trees(tree);
  add_filters(filters);
  add_samples(samples);
  add_text(text);
  add_records(records);
  return 0;
}
