/* Rows out of fields.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/fields.hpp"

#include "hostile.hpp"
#include "suite.hpp"

namespace {

using hostile::check_tree_fails;
using sigma::FieldWidths;
using sigma::TreeWriter;
using testdata::Bytes;

FieldWidths widths_of(std::initializer_list<uint8_t> widths) {
  FieldWidths out;
  for (const uint8_t width : widths)
    out.all[out.count++] = width;
  return out;
}

/// The fields of rows, each a literal.
void write_fields(TreeWriter& t, const FieldWidths& widths, const Bytes& rows) {
  t.fields(widths);
  const size_t count = rows.size() / widths.row();
  for (size_t k = 0, at = 0; k < widths.count; at += widths.all[k], k++) {
    Bytes field(count * widths.all[k]);
    sigma::gather_field(rows, widths.row(), at, widths.all[k], field);
    t.literal(field);
  }
}

Bytes payload_glyph(const Bytes& payload) {
  return forge::glyph(sigma::GlyphType::COMPOSITE, static_cast<uint8_t>(sigma::Primitive::CLASS),
                      payload);
}

/// A tree made by hand, with literals as fields.
void check_refused(const Bytes& payload, std::initializer_list<Bytes> fields) {
  Bytes tree = payload_glyph(payload);
  for (const Bytes& field : fields)
    testdata::append(tree, forge::tree([&](TreeWriter& t) { t.literal(field); }));
  forge::Stream s;
  hostile::check_fails(s.begin().coded(tree, testdata::from_text("rows"), true).end().bytes,
                       sigma::ErrorCode::DAMAGED);
}

}  // namespace

START_TEST(rows_come_back_from_fields_of_all_widths) {
  for (const auto& widths :
       {widths_of({1, 2}), widths_of({8, 1, 4, 2, 3}), widths_of({255, 7}), widths_of({1, 1, 1})})
    for (const size_t rows : {0U, 1U, 2U, 33U, 200U}) {
      const Bytes raw = testdata::random_bytes(rows * widths.row());
      forge::Stream s;
      s.begin().coded(forge::tree([&](TreeWriter& t) {
                        t.concatenate(2), t.literal(Bytes{'x'}), write_fields(t, widths, raw);
                      }),
                      testdata::joined({{'x'}, raw}), true);
      ck_assert(codec::decode(s.end().bytes).bytes == s.decoded);
    }
  FieldWidths most;
  most.count = sigma::kMaxRowFields;
  most.all.fill(1);
  const Bytes raw = testdata::random_bytes(10 * most.row());
  forge::Stream s;
  s.begin().coded(forge::tree([&](TreeWriter& t) { write_fields(t, most, raw); }), raw, true);
  ck_assert(codec::decode(s.end().bytes).bytes == raw);
}
END_TEST

START_TEST(fields_that_do_not_fit_together_are_refused) {
  check_refused({2, 2}, {{'r', 'o'}, {'w', 's'}, {}});      // a child too many
  check_refused({2, 2}, {{'r', 'o', 'w', 's'}, {}});        // two rows and none
  check_refused({3, 1}, {{'r', 'o'}, {'w', 's'}});          // two thirds of a row
  check_refused({4}, {{'r', 'o', 'w', 's'}});               // one field
  check_refused({4, 0}, {{'r', 'o', 'w', 's'}, {}});        // of no width
  check_refused({4, 0x80, 2}, {{'r', 'o', 'w', 's'}, {}});  // of 256 bytes
  check_refused({}, {});
  check_refused(Bytes(sigma::kMaxRowFields + 1, 1), {});
  // Rows of more bytes than a value may have.
  check_tree_fails([](TreeWriter& t) {
    t.fields(widths_of({1, 255})), t.run(1 << 20, Bytes{'a'}), t.run(255 << 20, Bytes{'a'});
  });
}
END_TEST

START_TEST(fields_take_the_workspace_of_one) {
  const Bytes raw = testdata::random_bytes(3 * 4096);
  const auto with_workspace = [&](uint32_t workspace) {
    forge::Stream s;
    s.head.workspace_max = workspace;
    const Bytes tree = forge::tree([&](TreeWriter& t) {
      t.fields(widths_of({1, 2}));
      Bytes first(4096), second(8192);
      sigma::gather_field(raw, 3, 0, 1, first);
      sigma::gather_field(raw, 3, 1, 2, second);
      t.lane(forge::frame(first)), t.lane(forge::frame(second));
    });
    return codec::decode(s.begin().coded(tree, raw, true).end().bytes);
  };
  ck_assert(with_workspace(8192).bytes == raw);
  ck_assert(with_workspace(8191).status.code == sigma::ErrorCode::DAMAGED);
}
END_TEST

int main() {
  return run_suite("operators/fields", 300,
                   {{"P1", {rows_come_back_from_fields_of_all_widths}},
                    {"P3", {fields_take_the_workspace_of_one}},
                    {"P7", {fields_that_do_not_fit_together_are_refused}}});
}
