/* P11: every stream in tests/golden, whatever version wrote it, decodes to what it decoded to then,
 * or is refused for the same reason at the same place;
 * P12: the second decoder, written from docs/format.md alone, agrees.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "codec.hpp"
#include "files.hpp"
#include "forge.hpp"
#include "golden.hpp"
#include "parts.hpp"
#include "recording.hpp"
#include "suite.hpp"

namespace {

using codec::decode;
using files::read_file;
using testdata::Bytes;

/// Paths of all golden streams, without their endings.
std::vector<std::string> golden_streams() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(getenv("SIGMA_GOLDEN")))
    if (entry.path().extension() == ".sigma")
      found.push_back(std::filesystem::path(entry.path()).replace_extension().string());
  std::sort(found.begin(), found.end());
  ck_assert_uint_ge(found.size(), 11);
  return found;
}

struct GoldenError {
  std::string line;  ///< of errors.tsv
  std::string path;
  Bytes stream;
};

std::vector<GoldenError> golden_errors() {
  const std::string folder = getenv("SIGMA_GOLDEN");
  std::vector<GoldenError> found;
  std::ifstream table(folder + "/errors.tsv");
  for (std::string line; std::getline(table, line);) {
    const std::string path = folder + "/errors/" + line.substr(0, line.find('\t')) + ".sigma";
    found.push_back({line, path, read_file(path)});
  }
  ck_assert_uint_ge(found.size(), 32);
  return found;
}

/// What the second decoder makes of files does not depend on how this one is built.
bool asks_second_decoder() {
  return !testdata::is_short_run();
}

/// Runs the second decoder; gives its exit code.
int run_reference(const std::string& in, const std::string& out, const std::string& options = "") {
  const std::string command = std::string("/usr/bin/python3 ") + getenv("SIGMA_REFERENCE") +
                              options + " '" + in + "' '" + out + "' 2>/dev/null";
  return std::system(command.c_str());
}

}  // namespace

START_TEST(every_golden_stream_decodes) {
  for (const std::string& path : golden_streams()) {
    const codec::Decoded decoded = decode(read_file(path + ".sigma"));
    ck_assert_msg(decoded.status.ok(), "%s: %s", path.c_str(),
                  sigma::describe(decoded.status).text);
    ck_assert_msg(decoded.bytes == read_file(path + ".raw"), "%s", path.c_str());
  }
}
END_TEST

START_TEST(every_golden_error_is_the_same_error) {
  for (const GoldenError& error : golden_errors()) {
    ck_assert_msg(!error.stream.empty(), "%s is missing", error.path.c_str());
    const std::string name = error.line.substr(0, error.line.find('\t'));
    const std::string now = golden::describe_error(name, error.stream);
    ck_assert_msg(now == error.line, "\n%s\n%s", now.c_str(), error.line.c_str());
  }
}
END_TEST

START_TEST(the_second_decoder_refuses_the_golden_errors) {
  if (!asks_second_decoder()) return;
  const files::TemporaryFolder folder;
  for (const GoldenError& error : golden_errors()) {
    ck_assert_msg(run_reference(error.path, folder.file("out")) != 0, "%s", error.path.c_str());
    ck_assert_msg(read_file(folder.file("out")) == decode(error.stream).bytes, "%s",
                  error.path.c_str());
  }
}
END_TEST

START_TEST(the_second_decoder_gives_the_same_bytes) {
  const files::TemporaryFolder folder;
  for (const std::string& path : golden_streams()) {
    if (!asks_second_decoder()) break;
    ck_assert_msg(run_reference(path + ".sigma", folder.file("out")) == 0, "%s", path.c_str());
    ck_assert_msg(read_file(folder.file("out")) == read_file(path + ".raw"), "%s", path.c_str());
  }
  // A stream that this version has just written, at its default sizes.
  const Bytes data = testdata::mixed(3000000);
  files::write_file(folder.file("new"), codec::encode(data));
  ck_assert_int_eq(run_reference(folder.file("new"), folder.file("out")), 0);
  ck_assert(read_file(folder.file("out")) == data);
}
END_TEST

START_TEST(golden_framing_says_the_same_to_both_decoders) {
  const files::TemporaryFolder folder;
  size_t framed = 0;
  for (const std::string& path : golden_streams()) {
    const Bytes framing = read_file(path + ".framing");
    if (framing.empty()) continue;
    framed++;
    ck_assert_msg(recording::to_text(read_file(path + ".sigma")) == framing, "%s", path.c_str());
    if (!asks_second_decoder()) continue;
    const std::string out = folder.file("framing");
    ck_assert_int_eq(run_reference(path + ".sigma", folder.file("out"), " --framing '" + out + "'"),
                     0);
    ck_assert_msg(read_file(out) == framing, "%s", path.c_str());
  }
  ck_assert_uint_ge(framed, 2);
}
END_TEST

START_TEST(the_second_decoder_refuses_the_same_streams) {
  const files::TemporaryFolder folder;
  const Bytes good = read_file(std::string(getenv("SIGMA_GOLDEN")) + "/1.1-every-operator.sigma");
  ck_assert(!good.empty());
  testdata::Random random(21);
  for (int round = 0; round < testdata::rounds(40); round++) {
    Bytes damaged = good;
    if (round % 4 == 0)
      damaged.resize(random.below(good.size()));
    else
      damaged[random.below(good.size())] ^= static_cast<uint8_t>(1 << random.below(8));
    files::write_file(folder.file("bad"), damaged);
    ck_assert(!decode(damaged).status.ok());
    ck_assert_int_ne(run_reference(folder.file("bad"), folder.file("out")), 0);
    ck_assert(read_file(folder.file("out")) == decode(damaged).bytes);
  }
}
END_TEST

START_TEST(the_second_decoder_agrees_about_streams_that_are_wrong_behind_their_checks) {
  const files::TemporaryFolder folder;
  const std::vector<parts::Part> good = parts::take_apart(forge::every_operator().bytes);
  testdata::Random random(22);
  const int rounds = testdata::rounds(80);
  int decoded = 0;
  for (int round = 0; round < rounds; round++) {
    std::vector<parts::Part> changed = good;
    Bytes& body = changed[random.below(changed.size())].bytes;
    if (round % 4 == 0) {
      changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(random.below(changed.size())));
    } else if (round % 4 == 1) {
      body.resize(random.below(body.size()));
    } else {
      body[random.below(body.size())] ^= static_cast<uint8_t>(1 << random.below(8));
    }
    parts::renumber(changed);
    const Bytes stream = parts::put_together(std::move(changed));
    files::write_file(folder.file("changed"), stream);
    const codec::Decoded ours = decode(stream);
    const bool theirs = run_reference(folder.file("changed"), folder.file("out")) == 0;
    ck_assert_msg(theirs == ours.status.ok(), "round %d: %s", round,
                  sigma::describe(ours.status).text);
    ck_assert(read_file(folder.file("out")) == ours.bytes);
    decoded += theirs ? 1 : 0;
  }
  ck_assert(decoded > 0 && decoded < rounds);
}
END_TEST

int main() {
  return run_suite(
      "golden/golden", 300,
      {{"P11", {every_golden_stream_decodes, every_golden_error_is_the_same_error}},
       {"P12",
        {the_second_decoder_refuses_the_golden_errors, the_second_decoder_gives_the_same_bytes,
         golden_framing_says_the_same_to_both_decoders, the_second_decoder_refuses_the_same_streams,
         the_second_decoder_agrees_about_streams_that_are_wrong_behind_their_checks}}});
}
