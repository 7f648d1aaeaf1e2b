/* Lines for machines.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/tool/json.hpp"

#include <cstdio>

#include "gst/tool/console.hpp"
#include "gst/tool/numbers.hpp"

namespace tool {
namespace {

/// Bytes of the character of UTF-8 at the front; 0 if there is none.
size_t character_size(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : byte(0) >= 0xc2 ? 2 : 0;
  if (size == 0 || byte(0) > 0xf4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; i++)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  // Longer than needed, a surrogate, or beyond the last character.
  const unsigned second = byte(1);
  const bool is_wrong = (byte(0) == 0xe0 && second < 0xa0) || (byte(0) == 0xed && second > 0x9f) ||
                        (byte(0) == 0xf0 && second < 0x90) || (byte(0) == 0xf4 && second > 0x8f);
  return is_wrong ? 0 : size;
}

/// Bytes that are no UTF-8, as names of files may have, become U+FFFD.
std::string quoted(std::string_view text) {
  std::string out(1, '"');
  while (!text.empty()) {
    const size_t size = character_size(text);
    const auto first = static_cast<unsigned char>(text[0]);
    if (size == 0)
      out += "\\ufffd";
    else if (first < 0x20 || first == 0x7f)
      out += format("\\u%04x", first);
    else if (first == '"' || first == '\\')
      out += {'\\', static_cast<char>(first)};
    else
      out += text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
  return out;
}

}  // namespace

void Json::add_key(const char* key) {
  if (text_.back() != '{' && text_.back() != '[') text_ += ", ";
  if (key != nullptr) text_ += quoted(key) + ": ";
}

Json& Json::add(const char* key, uint64_t number) {
  add_key(key);
  text_ += std::to_string(number);
  return *this;
}

Json& Json::add(const char* key, bool yes) {
  add_key(key);
  text_ += yes ? "true" : "false";
  return *this;
}

Json& Json::add(const char* key, double number) {
  add_key(key);
  text_ += format("%.6g", number);
  return *this;
}

Json& Json::add(const char* key, std::string_view text) {
  add_key(key);
  text_ += quoted(text);
  return *this;
}

Json& Json::add(const char* key, const sigma::Status& status) {
  begin_object(key);
  add("code", sigma::error_name(status.code));
  add("text", status_text(status));
  add("offset", status.offset);
  return end_object();
}

Json& Json::begin_array(const char* key) {
  add_key(key);
  text_ += '[';
  return *this;
}

Json& Json::begin_object(const char* key) {
  add_key(key);
  text_ += '{';
  return *this;
}

Json& Json::end_array() {
  text_ += ']';
  return *this;
}

Json& Json::end_object() {
  text_ += '}';
  return *this;
}

void Json::print() {
  text_ += "}\n";
  std::fputs(text_.c_str(), stdout);
  text_.resize(1);
}

void tell_error(bool as_json, const char* file, const sigma::Status& status) {
  if (as_json) Json().add("file", file).add("ok", false).add("error", status).print();
  console().error(file, status);
}

}  // namespace tool
