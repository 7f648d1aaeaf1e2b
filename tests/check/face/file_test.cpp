/* Files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "bytes.hpp"
#include "codec.hpp"
#include "files.hpp"
#include "gst/sigma/lanes/zstd_lane.hpp"
#include "suite.hpp"

namespace {

using codec::at_level;
using codec::encode;
using sigma::EncoderSettings;
using sigma::ErrorCode;
using testdata::Bytes;
using testdata::MiB;

}  // namespace

START_TEST(files_round_trip_and_stats_agree) {
  namespace fs = std::filesystem;
  const std::string dir = fs::temp_directory_path() / ("sigma-test-" + std::to_string(getpid()));
  fs::create_directory(dir);
  const Bytes data = testdata::mixed(3 * MiB);
  std::ofstream(dir + "/in", std::ios::binary)
      .write(reinterpret_cast<const char*>(data.data()), static_cast<std::streamsize>(data.size()));
  const auto encoded = sigma::encode_file((dir + "/in").c_str(), (dir + "/coded").c_str());
  ck_assert(encoded.ok());
  ck_assert_uint_eq(encoded.value.bytes_in, data.size());
  ck_assert_uint_eq(encoded.value.bytes_out, fs::file_size(dir + "/coded"));
  const auto decoded = sigma::decode_file((dir + "/coded").c_str(), (dir + "/out").c_str());
  ck_assert(decoded.ok());
  ck_assert_uint_eq(decoded.value.bytes_out, data.size());
  std::ifstream out(dir + "/out", std::ios::binary);
  const Bytes back((std::istreambuf_iterator<char>(out)), std::istreambuf_iterator<char>());
  ck_assert(back == data);
  const auto onto_itself = sigma::encode_file((dir + "/in").c_str(), (dir + "/in").c_str());
  ck_assert(onto_itself.status.code == ErrorCode::INVALID_ARGUMENT);
  ck_assert_uint_eq(fs::file_size(dir + "/in"), data.size());
  const auto missing = sigma::encode_file((dir + "/none").c_str(), (dir + "/x").c_str());
  ck_assert(missing.status.code == ErrorCode::IO && missing.status.value == ENOENT);
  const auto folder = sigma::encode_file(dir.c_str(), (dir + "/x").c_str());
  ck_assert(folder.status.code == ErrorCode::IO && folder.status.value == EISDIR);
  const auto full = sigma::encode_file((dir + "/in").c_str(), "/dev/full");
  ck_assert(full.status.code == ErrorCode::IO && full.status.value == ENOSPC);
  fs::remove_all(dir);
}
END_TEST

START_TEST(a_damaged_file_gives_what_is_intact_if_asked) {
  std::string path = std::filesystem::temp_directory_path() / "sigma-rescue-XXXXXX";
  ck_assert(mkdtemp(path.data()) != nullptr);
  const std::string in = path + "/in";
  const std::string out = path + "/out";
  const Bytes raw = testdata::samples(400000);
  EncoderSettings settings = at_level(1, 65536);
  settings.key_interval = 2;
  Bytes stream = encode(raw, settings);
  stream[codec::packets(stream)[4].offset + 500] ^=
      1;  // the second group's key, which integers do not need
  std::ofstream(in, std::ios::binary)
      .write(reinterpret_cast<const char*>(stream.data()),
             static_cast<std::streamsize>(stream.size()));
  struct Log : sigma::DamageListener {
    std::vector<sigma::Damage> damage;
    void on_damage(const sigma::Damage& one) override { damage.push_back(one); }
  } log;
  ck_assert(sigma::decode_file(in.c_str(), out.c_str()).status.code == ErrorCode::DAMAGED);
  const sigma::DecoderSettings skips = {.on_error = sigma::OnError::SKIP};
  const auto rescued = sigma::decode_file(in.c_str(), out.c_str(), skips, &log);
  ck_assert(rescued.ok());
  ck_assert_uint_eq(log.damage.size(), 1);
  ck_assert_uint_eq(rescued.value.bytes_lost, 65536);
  // An input that gives nothing leaves what was there.
  ck_assert(sigma::decode_file(out.c_str(), in.c_str()).status.code == ErrorCode::NOT_SIGMA);
  ck_assert_uint_eq(std::filesystem::file_size(in), stream.size());
  ck_assert_uint_eq(std::filesystem::file_size(out), raw.size() - 65536);
  // The same file through FileSource.
  sigma::FileSource source(in.c_str());
  ck_assert(source.status().ok());
  sigma::RandomAccessDecoder decoder(source);
  uint8_t bytes[100];
  ck_assert(decoder.read(300000, bytes).ok());
  ck_assert(std::equal(std::begin(bytes), std::end(bytes), raw.begin() + 300000));
  ck_assert(decoder.read(2 * 65536, bytes).status.code == ErrorCode::DAMAGED);
  ck_assert(sigma::FileSource((path + "/none").c_str()).status().code == ErrorCode::IO);
  ck_assert(!sigma::FileSource(path.c_str()).status().ok());
  std::filesystem::remove_all(path);
}
END_TEST

START_TEST(threads_of_the_librarys_own_make_the_same_files) {
  const files::TemporaryFolder folder;
  const std::string in = folder.file("in");
  const std::string coded = folder.file("coded");
  const std::string out = folder.file("out");
  const Bytes raw = testdata::mixed(6 * MiB);
  files::write_file(in, raw);
  EncoderSettings settings = codec::small_groups();
  const Bytes stream = encode(raw, settings);
  for (const unsigned threads : {1u, 2u, 5u, 0u, 1000u}) {
    settings.threads = threads;
    ck_assert(sigma::encode_file(in.c_str(), coded.c_str(), settings).ok());
    ck_assert(files::read_file(coded) == stream);
    const sigma::DecoderSettings decoding = {.threads = threads};
    ck_assert(sigma::decode_file(coded.c_str(), out.c_str(), decoding).ok());
    ck_assert(files::read_file(out) == raw);
    Bytes room(sigma::encode_bound(raw.size()));
    const auto size = sigma::encode_bytes(raw, room, settings);
    ck_assert(size.ok() && size.value == stream.size());
    ck_assert(std::equal(stream.begin(), stream.end(), room.begin()));
    Bytes back(sigma::decoded_size(stream).value);
    ck_assert(sigma::decode_bytes(stream, back, decoding).ok() && back == raw);
  }
}
END_TEST

START_TEST(progress_is_told_and_a_call_can_be_cancelled) {
  struct Progress : sigma::ProgressListener {
    uint64_t in = 0;
    uint64_t out = 0;
    int calls = 0;
    int most = INT32_MAX;
    bool on_progress(uint64_t bytes_in, uint64_t bytes_out) override {
      ck_assert(bytes_in > in && bytes_out >= out);
      in = bytes_in;
      out = bytes_out;
      return ++calls < most;
    }
  };
  const files::TemporaryFolder folder;
  const std::string in = folder.file("in");
  const std::string coded = folder.file("coded");
  const std::string out = folder.file("out");
  const Bytes raw = testdata::mixed(3 * MiB);
  files::write_file(in, raw);
  for (const unsigned threads : {1u, 3u}) {
    EncoderSettings settings = codec::small_groups();
    settings.threads = threads;
    const sigma::DecoderSettings decoding = {.threads = threads};
    Progress whole;
    ck_assert(sigma::encode_file(in.c_str(), coded.c_str(), settings, &whole).ok());
    ck_assert(whole.in == raw.size() && whole.calls >= 3);
    Progress decoded;
    ck_assert(sigma::decode_file(coded.c_str(), out.c_str(), decoding, nullptr, &decoded).ok());
    ck_assert(decoded.in == files::read_file(coded).size());
    for (int most = 1; most < 4; most++) {
      Progress part;
      part.most = most;
      const auto stopped = sigma::encode_file(in.c_str(), out.c_str(), settings, &part);
      ck_assert(stopped.status.code == ErrorCode::CANCELLED && part.calls == most);
    }
    Progress part;
    part.most = 1;
    const std::string cut = folder.file(threads == 1 ? "cut1" : "cut3");
    const auto ended = sigma::decode_file(coded.c_str(), cut.c_str(), decoding, nullptr, &part);
    ck_assert(ended.status.code == ErrorCode::CANCELLED);
    ck_assert(codec::is_prefix(files::read_file(cut), raw));
  }
}
END_TEST

START_TEST(a_thread_pool_does_all_that_it_takes_before_it_goes) {
  for (const unsigned threads : {1u, 2u, 64u}) {
    std::atomic<int> done = 0;
    {
      sigma::ThreadPool pool(threads);
      for (int i = 0; i < 1000; i++)
        ck_assert(pool.push([](void* count) { ++*static_cast<std::atomic<int>*>(count); }, &done));
    }
    ck_assert_int_eq(done, 1000);
  }
}
END_TEST

int main() {
  return run_suite(
      "face/file", 600,
      {{"file",
        {files_round_trip_and_stats_agree, a_damaged_file_gives_what_is_intact_if_asked,
         threads_of_the_librarys_own_make_the_same_files,
         progress_is_told_and_a_call_can_be_cancelled,
         a_thread_pool_does_all_that_it_takes_before_it_goes}}});
}
