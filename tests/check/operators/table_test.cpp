/* The list of operators, against the document that says what they are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "gst/sigma/base/primitive.hpp"
#include "gst/sigma/operators/records/records.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/wire/head.hpp"
#include "suite.hpp"

namespace {

using sigma::GlyphType;
using sigma::OperatorEntry;
using sigma::Primitive;

constexpr const char* kTypeNames[] = {"PRIMITIVE", "REFERENCE", "DELTA", "COMPOSITE"};

std::string read_format() {
  std::ifstream file(std::getenv("SIGMA_FORMAT"));
  std::ostringstream text;
  text << file.rdbuf();
  ck_assert(file.good() && !text.str().empty());
  return text.str();
}

/// As in the tables of the document: name and glyph; the payload is what comes next.
std::string row_of(const OperatorEntry& entry) {
  const std::string primitive =
      sigma::is_learned(entry.first) ? "Σ128+*k*" : sigma::primitive_info(entry.first).name;
  return std::string("\n| ") + entry.name + ": " + kTypeNames[static_cast<size_t>(entry.type)] +
         " " + primitive + " | ";
}

START_TEST(every_operator_is_in_the_format) {
  const std::string format = read_format();
  for (const OperatorEntry* entry : sigma::chunk_operators().entries()) {
    const std::string row = row_of(*entry);
    const size_t place = format.find(row);
    ck_assert_msg(place != std::string::npos, "no row%s", row.c_str());
    const bool has_payload = format.compare(place + row.size(), 6, "none |") != 0;
    ck_assert_msg(entry->has_payload == has_payload, "payload of %s", entry->name);
  }
}
END_TEST

START_TEST(every_operator_came_with_a_version_that_exists) {
  for (const OperatorEntry* entry : sigma::chunk_operators().entries())
    ck_assert_msg(entry->since_minor <= sigma::kFormatMinor, "%s", entry->name);
}
END_TEST

START_TEST(every_operator_is_an_expression_or_a_statement) {
  for (const OperatorEntry* entry : sigma::chunk_operators().entries()) {
    const bool is_statement = entry->run != nullptr;
    ck_assert_msg((entry->measure != nullptr) != is_statement, "%s", entry->name);
    ck_assert_msg((entry->write != nullptr) != is_statement, "%s", entry->name);
    ck_assert_msg(entry->view == nullptr || !is_statement, "%s", entry->name);
  }
}
END_TEST

START_TEST(code_points_have_one_operator_each) {
  const sigma::OperatorTable& table = sigma::chunk_operators();
  std::array<std::array<const OperatorEntry*, 256>, 4> seen{};
  for (const OperatorEntry* entry : table.entries()) {
    ck_assert_msg(entry->first <= entry->last, "%s", entry->name);
    for (size_t point = static_cast<size_t>(entry->first);
         point <= static_cast<size_t>(entry->last); point++) {
      const OperatorEntry*& other = seen[static_cast<size_t>(entry->type)][point];
      ck_assert_msg(other == nullptr, "%s and %s", entry->name, other->name);
      other = entry;
    }
  }
  for (size_t type = 0; type < seen.size(); type++)
    for (size_t point = 0; point < seen[type].size(); point++)
      ck_assert(table.find(static_cast<GlyphType>(type), static_cast<Primitive>(point)) ==
                seen[type][point]);
}
END_TEST

START_TEST(an_entry_takes_the_place_of_another) {
  OperatorEntry entry = sigma::chunk_operator("records");
  entry.name = "another";
  sigma::OperatorTable table = sigma::chunk_operators();
  table.replace(entry);
  ck_assert(table.find(entry.type, entry.first) == &entry);
  ck_assert_uint_eq(table.entries().size(), sigma::chunk_operators().entries().size());
  ck_assert(sigma::chunk_operators().find(entry.type, entry.first) ==
            &sigma::chunk_operator("records"));
}
END_TEST

}  // namespace

int main() {
  return run_suite(
      "operators/table", 60,
      {{"table",
        {every_operator_is_in_the_format, every_operator_came_with_a_version_that_exists,
         every_operator_is_an_expression_or_a_statement, code_points_have_one_operator_each,
         an_entry_takes_the_place_of_another}}});
}
