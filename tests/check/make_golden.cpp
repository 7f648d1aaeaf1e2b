/* Writes golden streams and what they decode to into a folder: `make-golden tests/golden`. A file
 * that is there already is what an earlier version wrote, and is never written again. */
#include <cstdio>
#include <filesystem>
#include <string>

#include "codec.hpp"
#include "forge.hpp"
#include "gstsupport.hpp"

namespace {

using testdata::Bytes;

void keep(const std::string& folder, const char* name, const Bytes& stream, const Bytes& raw) {
  const std::string path = folder + "/" + name;
  if (std::filesystem::exists(path + ".sigma")) return;
  gstsupport::write_file(path + ".sigma", stream);
  gstsupport::write_file(path + ".raw", raw);
  std::printf("%s.sigma: %zu bytes\n", path.c_str(), stream.size());
}

void keep_encoded(const std::string& folder, const char* name, const Bytes& raw, unsigned level,
                  uint32_t keys) {
  sigma::EncoderSettings settings;
  settings.level = level;
  settings.chunk_size = 65536;
  settings.key_interval = keys;
  keep(folder, name, codec::encode(raw, settings), raw);
}

/// Chunks beyond the interval of head copies, in one group each, and several index packets.
Bytes tiny_groups(Bytes& raw) {
  forge::Stream s;
  s.head.key_interval = 1;
  s.begin();
  sigma::IndexBuilder index;
  const auto write_index = [&] {
    Bytes body(sigma::kMaxIndexBody);
    body.resize(index.take_body(body, s.bytes.size()));
    s.index(body);
  };
  for (int i = 0; i < 40; i++) {
    if (i % 16 == 0 && i > 0) s.head_copy();
    index.add({s.sequence, s.raw_offset, s.bytes.size()});
    s.stored(Bytes(1 + i % 3, static_cast<uint8_t>('a' + i % 26)), true);
    if (i % 4 == 3) write_index();
  }
  raw = s.decoded;
  return s.end().bytes;
}

Bytes joined_late(Bytes& raw) {
  forge::Stream s;
  s.head.flags = sigma::kHeadJoin;
  s.sequence = 4;
  s.raw_offset = 400;
  s.head_copy();
  s.stored(testdata::from_text("left out"), false);
  s.decoded.clear();
  s.stored(testdata::from_text("from the key on"), true);
  raw = s.decoded;
  return s.end().bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  const std::string folder = argv[1];
  const Bytes example = testdata::from_text(
      "sigmasigmasigmasigmasigmasigmasigmasigmasigmasigma"
      "sigmasigmasigmasigmasigmasigmasigmasigmasigmasigma");
  keep(folder, "1.0-example", codec::encode(example), example);
  keep(folder, "1.0-empty", codec::encode({}), {});
  const forge::Stream all = forge::every_operator();
  keep(folder, "1.0-every-operator", all.bytes, all.decoded);
  keep_encoded(folder, "1.0-level-0", testdata::mixed(70000), 0, 16);
  keep_encoded(folder, "1.0-level-3", testdata::log_lines(300000), 3, 3);
  keep_encoded(folder, "1.0-level-9", testdata::samples(150000), 9, 16);
  keep_encoded(folder, "1.0-second-head", testdata::samples(140000), 1, 1);
  keep_encoded(folder, "1.0-stream-inside", codec::encode(testdata::mixed(30000)), 0, 16);
  Bytes joined = codec::encode(example);
  for (const Bytes& more : {codec::encode({}), codec::encode(testdata::random_bytes(500))})
    joined.insert(joined.end(), more.begin(), more.end());
  Bytes joined_raw = example;
  const Bytes noise = testdata::random_bytes(500);
  joined_raw.insert(joined_raw.end(), noise.begin(), noise.end());
  keep(folder, "1.0-joined", joined, joined_raw);
  Bytes raw;
  const Bytes groups = tiny_groups(raw);
  keep(folder, "1.0-index-links", groups, raw);
  const Bytes late = joined_late(raw);
  keep(folder, "1.0-join", late, raw);
  return 0;
}
