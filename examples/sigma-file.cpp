/* Encodes and decodes files with the library alone:
 *
 *     sigma-file encode [-LEVEL] IN OUT
 *     sigma-file decode IN OUT
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, see
 * <https://www.gnu.org/licenses/>.
 */
#include <cstdio>
#include <cstring>

#include "gst/sigma/sigma.hpp"

namespace {

int usage() {
  std::fputs(
      "usage: sigma-file encode [-LEVEL] IN OUT\n"
      "       sigma-file decode IN OUT\n",
      stderr);
  return 2;
}

int report(const sigma::Result<sigma::StreamStats>& result, bool encoded) {
  if (!result.ok()) {
    std::fprintf(stderr, "sigma-file: %s\n", sigma::describe(result.status).text);
    return 1;
  }
  const sigma::StreamStats& stats = result.value;
  const uint64_t raw = encoded ? stats.bytes_in : stats.bytes_out;
  std::printf("%llu -> %llu bytes, %llu chunks, %.1f MB/s, %.2f MB of memory\n",
              static_cast<unsigned long long>(stats.bytes_in),
              static_cast<unsigned long long>(stats.bytes_out),
              static_cast<unsigned long long>(stats.chunks), stats.throughput(raw),
              static_cast<double>(stats.peak_memory) / 1e6);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  sigma::EncoderSettings settings;
  int first = 2;
  if (argc > 2 && argv[2][0] == '-' && argv[2][1] >= '0' && argv[2][1] <= '9' &&
      argv[2][2] == '\0') {
    settings.level = static_cast<unsigned>(argv[2][1] - '0');
    first = 3;
  }
  if (argc != first + 2) return usage();
  if (std::strcmp(argv[1], "encode") == 0)
    return report(sigma::encode_file(argv[first], argv[first + 1], settings), true);
  if (std::strcmp(argv[1], "decode") == 0 && first == 2)
    return report(sigma::decode_file(argv[first], argv[first + 1]), false);
  return usage();
}
