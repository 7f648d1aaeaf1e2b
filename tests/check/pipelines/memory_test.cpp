/* Memory of whole pipelines.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <gst/gst.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "bytes.hpp"
#include "files.hpp"
#include "gstsupport.hpp"
#include "suite.hpp"

namespace {

using files::TemporaryFolder;
using gstsupport::check_runs;
using testdata::Bytes;
using testdata::MiB;

/// Peak RSS in KiB of `gst-launch-1.0 LINE`, the median of `runs`, which must succeed.
long peak_rss(const std::string& launch_line, size_t runs) {
  std::vector<long> peaks;
  const std::string command =
      std::string(g_getenv("SIGMA_PEAK_RSS")) + " gst-launch-1.0 -q " + launch_line;
  while (peaks.size() < runs) {
    FILE* output = popen(command.c_str(), "r");
    long peak = 0;
    ck_assert_int_eq(fscanf(output, "%ld", &peak), 1);
    ck_assert_msg(pclose(output) == 0, "%s", command.c_str());
    peaks.push_back(peak);
  }
  std::sort(peaks.begin(), peaks.end());
  return peaks[runs / 2];
}

/// Writes `size` bytes of all kinds of data without holding them.
void write_mixed_file(const std::string& path, size_t size) {
  std::ofstream out(path, std::ios::binary);
  for (size_t written = 0, seed = 1; written < size; seed++) {
    const Bytes part = testdata::mixed(std::min(size - written, 4 * MiB), seed % 5);
    out.write(reinterpret_cast<const char*>(part.data()),
              static_cast<std::streamsize>(part.size()));
    written += part.size();
  }
}

}  // namespace

START_TEST(memory_is_bounded_at_every_level_and_with_verify) {
  if (testdata::is_short_run()) return;
  const TemporaryFolder folder;
  // Shared objects change between all kinds of chunks, which is hard on a heap.
  const std::string tar =
      "find /usr/lib -xdev -name '*.so*' -type f -size +100k 2>/dev/null | sort | "
      "head -200 | xargs cat | head -c 40000000 >" +
      folder.file("in");
  ck_assert_int_eq(std::system(tar.c_str()), 0);
  const std::string in = "filesrc blocksize=1048576 location=" + folder.file("in") + " ! ";
  const long base = peak_rss(in + "identity ! fakesink", 3);
  for (const char* settings :
       {"level=0", "level=1", "level=1 verify=true", "level=2", "level=2 verify=true", "level=3",
        "level=3 verify=true", "level=4", "level=5 verify=true", "level=7", "level=7 verify=true",
        "level=2 chunk-size=1048576 verify=true"}) {
    const long added = peak_rss(in + "sigmaenc " + settings + " ! fakesink", 3) - base;
    ck_assert_msg(added <= 6144, "%s adds %ld KiB", settings, added);
  }
}
END_TEST

START_TEST(memory_is_constant_at_100_MB_against_1_GB) {
  // A sanitizer's memory is not ours, and leaks show without 1 GB, too.
  if (testdata::is_short_run()) return;
  const TemporaryFolder folder;
  long added[2][2] = {};
  const size_t sizes[2] = {100000000, 1000000000};
  for (int i = 0; i < 2; i++) {
    const std::string in = "filesrc blocksize=1048576 location=" + folder.file("in");
    const std::string coded = "filesrc blocksize=1048576 location=" + folder.file("coded");
    write_mixed_file(folder.file("in"), sizes[i]);
    check_runs(in + " ! sigmaenc ! filesink location=" + folder.file("coded"));
    const size_t runs = 3;
    added[i][0] = peak_rss(in + " ! sigmaenc ! fakesink", runs) -
                  peak_rss(in + " ! identity ! fakesink", runs);
    added[i][1] = peak_rss(coded + " ! sigmadec ! fakesink", runs) -
                  peak_rss(coded + " ! identity ! fakesink", runs);
  }
  for (int direction = 0; direction < 2; direction++) {
    ck_assert_int_le(added[0][direction], 6144);
    ck_assert_int_le(added[1][direction], 6144);
    ck_assert_msg(std::labs(added[1][direction] - added[0][direction]) < 1024,
                  "%s: %ld KiB at 100 MB, %ld KiB at 1 GB", direction == 0 ? "encode" : "decode",
                  added[0][direction], added[1][direction]);
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_init(&argc, &argv);
  const int result = run_suite("pipelines/memory", 600,
                               {{"P3",
                                 {memory_is_bounded_at_every_level_and_with_verify,
                                  memory_is_constant_at_100_MB_against_1_GB}}});
  gst_deinit();  // so that the leaks tracer reports
  return result;
}
