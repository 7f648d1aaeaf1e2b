/* Lines for machines: one object of JSON for each file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gst/sigma/base/status.hpp"

namespace tool {

/// Objects, and arrays of them, in the order in which they are written.
class Json {
 public:
  Json& add(const char* key, uint64_t number);
  Json& add(const char* key, bool yes);
  Json& add(const char* key, double number);
  Json& add(const char* key, std::string_view text);
  Json& add(const char* key, const char* text) { return add(key, std::string_view(text)); }
  Json& add(const char* key, const sigma::Status& status);
  /// What is added up to the end of the array or object goes into it.
  Json& begin_array(const char* key);
  Json& begin_object(const char* key = nullptr);
  Json& end_array();
  Json& end_object();

  /// Writes the whole object as one line to stdout.
  void print();

 private:
  void add_key(const char* key);

  std::string text_ = std::string(1, '{');
};

/// Tells of an error with a file; also as an object, where machines read.
void tell_error(bool as_json, const char* file, const sigma::Status& status);

}  // namespace tool
