/* The sets that are measured: what the manifest lists and the corpus folder holds, or files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "corpus.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "measure.hpp"

namespace bench {
namespace {

[[noreturn]] void skip(const std::string& why) {
  std::fprintf(stderr, "sigma-bench: %s; tests/bench/fetch-corpus.sh fetches the corpus\n",
               why.c_str());
  std::exit(kSkipped);
}

std::string default_folder() {
  if (const char* folder = std::getenv("SIGMA_CORPUS")) return folder;
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : ".") + "/.cache/sigma-bench/corpus";
}

unsigned number(const std::string& text) {
  return static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, 10));
}

/// Of a name like "f32be" or "i16le".
void parse_number_type(const std::string& type, Format& format) {
  format.kind = Format::Kind::NUMBERS;
  format.is_float = type[0] == 'f';
  format.bits = number(type.substr(1));
  format.big_endian = type.ends_with("be");
}

/// Of "-", "pcm:RATE:CHANNELS:BITS", "video:I420:WIDTH:HEIGHT" (or RGB) or "numbers:TYPE".
Format parse_format(const std::string& text) {
  const auto parts = split(text, ':');
  Format format;
  if (parts[0] == "-") return format;
  if (parts.size() == 4 && parts[0] == "pcm") {
    format.kind = Format::Kind::PCM;
    format.rate = number(parts[1]);
    format.channels = number(parts[2]);
    format.bits = number(parts[3]);
  } else if (parts.size() == 4 && parts[0] == "video" &&
             (parts[1] == "I420" || parts[1] == "RGB")) {
    format.kind = Format::Kind::VIDEO;
    format.rgb = parts[1] == "RGB";
    format.width = number(parts[2]);
    format.height = number(parts[3]);
  } else if (parts.size() == 2 && parts[0] == "numbers" && !parts[1].empty()) {
    parse_number_type(parts[1], format);
  }
  const unsigned most_bits = format.kind == Format::Kind::NUMBERS ? 64 : 32;
  if (format.frame_size() == 0 || format.bits % 8 != 0 || format.bits > most_bits)
    give_up("there is no format " + text);
  return format;
}

/// Whether one of the comma-separated names is this one, or none is asked for.
bool is_wanted(const std::string& wanted, const std::string& name) {
  const auto names = split(wanted, ',');
  return wanted.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<Set> read_manifest(const std::string& manifest, const std::string& folder) {
  std::ifstream file(manifest);
  if (!file) skip(manifest + " cannot be read");
  std::vector<Set> sets;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto columns = split(line, '\t');
    if (columns.size() < 5) give_up(manifest + " has a line that is no set: " + line);
    sets.push_back({columns[0], columns[1], folder + "/" + columns[0] + "/" + columns[1],
                    std::strtoull(columns[2].c_str(), nullptr, 10), parse_format(columns[4])});
  }
  return sets;
}

/// Whether the file is there; says so on stderr if it is not, or is not what the manifest says.
bool is_there(Set& set) {
  std::error_code error;
  const auto size = std::filesystem::file_size(set.path, error);
  if (error) {
    std::fprintf(stderr, "%s/%s is left out: not in the corpus\n", set.class_name.c_str(),
                 set.name.c_str());
    return false;
  }
  if (size != set.size)
    std::fprintf(stderr, "%s/%s has %ju bytes, not %ju as in the manifest\n",
                 set.class_name.c_str(), set.name.c_str(), static_cast<uintmax_t>(size),
                 static_cast<uintmax_t>(set.size));
  set.size = size;
  return size != 0;
}

std::vector<Set> sets_of_files(const std::vector<std::string>& files, const Format& format) {
  std::vector<Set> sets;
  for (const std::string& path : files) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error || size == 0) give_up(path + " cannot be read, or is empty");
    sets.push_back({"files", measure::base_name(path.c_str()), path, size, format});
  }
  return sets;
}

}  // namespace

size_t Format::frame_size() const {
  if (kind == Kind::PCM) return size_t{channels} * (bits / 8);
  if (kind == Kind::NUMBERS) return bits / 8;
  const size_t pixels = size_t{width} * height;
  if (rgb) return pixels * 3;
  return pixels + 2 * (size_t{(width + 1) / 2} * ((height + 1) / 2));
}

std::vector<Set> choose_sets(Arguments& arguments) {
  const std::string folder = arguments.take("--corpus", default_folder());
  const std::string manifest = arguments.take("--manifest", SIGMA_BENCH_MANIFEST);
  const std::string classes = arguments.take("--classes", "");
  const std::string names = arguments.take("--sets", "");
  const Format format = parse_format(arguments.take("--format", "-"));
  if (!arguments.files().empty()) return sets_of_files(arguments.files(), format);
  if (!std::filesystem::is_directory(folder)) skip("there is no folder " + folder);
  std::vector<Set> chosen;
  for (Set& set : read_manifest(manifest, folder)) {
    if (is_wanted(classes, set.class_name) && is_wanted(names, set.name) && is_there(set))
      chosen.push_back(std::move(set));
  }
  if (chosen.empty()) skip("no set that was asked for is in " + folder);
  return chosen;
}

}  // namespace bench
