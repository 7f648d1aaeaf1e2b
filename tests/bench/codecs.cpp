/* The names of codecs, and which of them are to be measured.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <algorithm>
#include <charconv>
#include <optional>

#include "codec.hpp"
#include "options.hpp"

namespace bench {
namespace {

std::vector<Family> all_families() {
  std::vector<Family> all = sigma_families();
  for (auto* more : {&general_families, &pcm_families, &video_families, &array_families})
    for (Family& family : more())
      all.push_back(std::move(family));
  return all;
}

std::optional<int> parse_level(std::string_view text) {
  int level = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), level);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return level;
}

/// Of a text like "9@64M", "-5" or "hh".
Variant parse_variant(std::string_view text) {
  Variant variant;
  variant.text = text;
  const size_t at = text.find('@');
  if (at != text.npos) variant.memory = parse_bytes(text.substr(at + 1)).value_or(0);
  variant.level = parse_level(text.substr(0, at)).value_or(0);
  return variant;
}

bool has_variant(const Family& family, const std::string& text) {
  const auto& known = family.variants;
  if (std::find(known.begin(), known.end(), text) != known.end()) return true;
  const size_t at = text.find('@');
  if (at != text.npos && (family.library != "libsigma" || !parse_bytes(text.substr(at + 1))))
    return false;
  const auto level = parse_level(text.substr(0, at));
  return level && *level >= family.least_level && *level <= family.most_level;
}

CodecChoice choose(const Family& family, const std::string& variant) {
  std::string name(family.name);
  if (!variant.empty()) name += "-" + variant;
  return {name, parse_variant(variant), family.make};
}

/// The codec of a whole name that is no default.
std::optional<CodecChoice> find_codec(const std::vector<Family>& families, std::string_view name) {
  const size_t dash = name.find('-');
  const std::string variant(dash == name.npos ? "" : name.substr(dash + 1));
  for (const Family& family : families) {
    if (family.name == name.substr(0, dash) && family.make != nullptr &&
        has_variant(family, variant))
      return choose(family, variant);
  }
  return std::nullopt;
}

void add(std::vector<CodecChoice>& chosen, const CodecChoice& choice) {
  const auto is_same = [&](const CodecChoice& other) { return other.name == choice.name; };
  if (std::none_of(chosen.begin(), chosen.end(), is_same)) chosen.push_back(choice);
}

}  // namespace

bool is_meant(std::string_view name, std::string_view wanted, const std::vector<CodecChoice>& all) {
  const auto is_whole = [&](const CodecChoice& choice) { return choice.name == wanted; };
  if (std::any_of(all.begin(), all.end(), is_whole)) return name == wanted;
  return name.starts_with(wanted);
}

std::vector<CodecChoice> choose_codecs(std::string_view wanted, uint64_t level9_memory) {
  const std::vector<Family> families = all_families();
  std::vector<CodecChoice> defaults;
  for (const Family& family : families) {
    if (family.make == nullptr) continue;
    for (const std::string& variant : family.variants)
      defaults.push_back(choose(family, variant));
    if (family.name == "sigma")
      defaults.push_back(choose(family, "9@" + bytes_text(level9_memory)));
  }
  if (wanted.empty()) return defaults;
  std::vector<CodecChoice> chosen;
  for (const std::string& name : split(wanted, ',')) {
    const size_t before = chosen.size();
    for (const CodecChoice& choice : defaults) {
      if (is_meant(choice.name, name, defaults)) add(chosen, choice);
    }
    if (chosen.size() > before) continue;
    const auto found = find_codec(families, name);
    if (!found) give_up("no codec is called " + name);
    add(chosen, *found);
  }
  return chosen;
}

std::vector<std::string> missing_families() {
  std::vector<std::string> sentences;
  for (const Family& family : all_families()) {
    if (family.make == nullptr)
      sentences.push_back(std::string(family.name) + " is left out: built without " +
                          std::string(family.library));
  }
  return sentences;
}

}  // namespace bench
