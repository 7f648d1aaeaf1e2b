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

/// Streams for the second decoder, which takes longer to start than to decode one of them.
class SecondDecoder {
 public:
  /// Notes a stream in a file; gives its number.
  size_t add(const std::string& path) {
    paths_.push_back(path);
    return paths_.size() - 1;
  }

  /// Writes a stream to a file and notes it.
  size_t add(const Bytes& stream) {
    const std::string path = file("stream", paths_.size());
    files::write_file(path, stream);
    return add(path);
  }

  /// Decodes all of them.
  void run() {
    std::ofstream jobs(folder_.file("jobs"));
    for (size_t i = 0; i < paths_.size(); i++)
      jobs << paths_[i] << '\t' << file("out", i) << '\t' << file("framing", i) << '\n';
    jobs.close();
    const std::string command = std::string("/usr/bin/python3 ") + getenv("SIGMA_REFERENCE") +
                                " '" + folder_.file("jobs") + "' '" + folder_.file("results") + "'";
    ck_assert_int_eq(std::system(command.c_str()), 0);
    std::ifstream lines(folder_.file("results"));
    for (std::string line; std::getline(lines, line);)
      results_.push_back(line);
    ck_assert_uint_eq(results_.size(), paths_.size());
  }

  /// "decoded", or why it is refused.
  const std::string& result(size_t stream) const { return results_[stream]; }
  bool decoded(size_t stream) const { return result(stream) == "decoded"; }
  /// What was decoded until then.
  Bytes bytes(size_t stream) const { return read_file(file("out", stream)); }
  Bytes framing(size_t stream) const { return read_file(file("framing", stream)); }

 private:
  std::string file(const char* name, size_t stream) const {
    return folder_.file((name + std::to_string(stream)).c_str());
  }

  files::TemporaryFolder folder_;
  std::vector<std::string> paths_;
  std::vector<std::string> results_;
};

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
  const std::vector<GoldenError> errors = golden_errors();
  SecondDecoder second;
  for (const GoldenError& error : errors)
    second.add(error.path);
  second.run();
  for (size_t i = 0; i < errors.size(); i++) {
    ck_assert_msg(!second.decoded(i), "%s", errors[i].path.c_str());
    ck_assert_msg(second.bytes(i) == decode(errors[i].stream).bytes, "%s", errors[i].path.c_str());
  }
}
END_TEST

START_TEST(the_second_decoder_gives_the_same_bytes) {
  SecondDecoder second;
  // A stream that this version has just written, at its default sizes.
  const Bytes data = testdata::mixed(3000000);
  const size_t latest = second.add(codec::encode(data));
  std::vector<std::string> streams;
  if (asks_second_decoder()) streams = golden_streams();
  std::vector<size_t> numbers;
  for (const std::string& path : streams)
    numbers.push_back(second.add(path + ".sigma"));
  second.run();
  ck_assert_str_eq(second.result(latest).c_str(), "decoded");
  ck_assert(second.bytes(latest) == data);
  for (size_t i = 0; i < streams.size(); i++) {
    ck_assert_msg(second.decoded(numbers[i]), "%s: %s", streams[i].c_str(),
                  second.result(numbers[i]).c_str());
    ck_assert_msg(second.bytes(numbers[i]) == read_file(streams[i] + ".raw"), "%s",
                  streams[i].c_str());
  }
}
END_TEST

START_TEST(golden_framing_says_the_same_to_both_decoders) {
  SecondDecoder second;
  std::vector<std::string> framed;
  for (const std::string& path : golden_streams()) {
    const Bytes framing = read_file(path + ".framing");
    if (framing.empty()) continue;
    framed.push_back(path);
    second.add(path + ".sigma");
    ck_assert_msg(recording::to_text(read_file(path + ".sigma")) == framing, "%s", path.c_str());
  }
  ck_assert_uint_ge(framed.size(), 2);
  if (!asks_second_decoder()) return;
  second.run();
  for (size_t i = 0; i < framed.size(); i++) {
    ck_assert_msg(second.decoded(i), "%s: %s", framed[i].c_str(), second.result(i).c_str());
    ck_assert_msg(second.framing(i) == read_file(framed[i] + ".framing"), "%s", framed[i].c_str());
  }
}
END_TEST

START_TEST(the_second_decoder_refuses_the_same_streams) {
  const Bytes good = read_file(std::string(getenv("SIGMA_GOLDEN")) + "/1.1-every-operator.sigma");
  ck_assert(!good.empty());
  testdata::Random random(21);
  SecondDecoder second;
  std::vector<Bytes> streams;
  for (int round = 0; round < testdata::rounds(40); round++) {
    Bytes damaged = good;
    if (round % 4 == 0)
      damaged.resize(random.below(good.size()));
    else
      damaged[random.below(good.size())] ^= static_cast<uint8_t>(1 << random.below(8));
    second.add(damaged);
    streams.push_back(std::move(damaged));
  }
  second.run();
  for (size_t i = 0; i < streams.size(); i++) {
    const codec::Decoded ours = decode(streams[i]);
    ck_assert(!ours.status.ok());
    ck_assert_msg(!second.decoded(i), "round %zu", i);
    ck_assert_msg(second.bytes(i) == ours.bytes, "round %zu", i);
  }
}
END_TEST

START_TEST(the_second_decoder_agrees_about_streams_that_are_wrong_behind_their_checks) {
  const std::vector<parts::Part> good = parts::take_apart(forge::every_operator().bytes);
  testdata::Random random(22);
  SecondDecoder second;
  std::vector<Bytes> streams;
  for (int round = 0; round < testdata::rounds(80); round++) {
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
    streams.push_back(parts::put_together(std::move(changed)));
    second.add(streams.back());
  }
  second.run();
  size_t decoded = 0;
  for (size_t i = 0; i < streams.size(); i++) {
    const codec::Decoded ours = decode(streams[i]);
    ck_assert_msg(second.decoded(i) == ours.status.ok(), "round %zu: %s; the second decoder: %s", i,
                  sigma::describe(ours.status).text, second.result(i).c_str());
    ck_assert_msg(second.bytes(i) == ours.bytes, "round %zu", i);
    decoded += ours.status.ok() ? 1 : 0;
  }
  ck_assert(decoded > 0 && decoded < streams.size());
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
