/* Samples there and back: any bytes, any layout, any predictors, any filters; and what looks for
 * them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <cstdlib>

#include "forge.hpp"
#include "gst/sigma/models/samples/row_probe.hpp"
#include "gst/sigma/models/samples/scale_probe.hpp"
#include "gst/sigma/operators/evaluator.hpp"
#include "gst/sigma/operators/sum.hpp"
#include "sample_trees.hpp"

namespace {

using testdata::Bytes;

void require(bool holds) {
  if (!holds) abort();
}

bool evaluates_to(const sigma::TreeWriter& tree, const Bytes& raw) {
  sigma::GlyphBufferPool pool;
  sigma::Evaluator evaluator(pool);
  sigma::Head head;
  head.minor = sigma::kFormatMinor;
  head.workspace_max = 4 << 20;
  evaluator.start_stream(head);
  Bytes out(raw.size());
  return evaluator.evaluate(tree.bytes(), {}, out).ok() && out == raw;
}

void check_tree(const Bytes& raw, const sigma::SampleLayout& layout, bool narrow, uint64_t seed) {
  testdata::Random random(seed);
  Bytes room(raw.size() * 16 + 500000);
  sigma::TreeWriter tree(room);
  forge::write_predicted(tree, raw, layout, narrow, random);
  require(!tree.overflowed() && evaluates_to(tree, raw));
}

/// Residuals through filters that are named by some of the bytes.
void check_filters(Bytes residuals, const uint8_t* choice) {
  sigma::AdaptiveForm form;
  form.width = 2 + choice[0] % 3U;
  form.channels = size_t{1} + choice[1] % 4;
  form.down = choice[2] % (sigma::kMaxAdaptiveDown + 1);
  form.count = size_t{1} + choice[3] % sigma::kMaxAdaptiveStages;
  for (size_t k = 0; k < form.count; k++)
    form.stages[k] = {(size_t{1} + choice[k] % 20) * sigma::kTapStep,
                      1 + choice[k + 1] % sigma::kMaxAdaptiveShift};
  const size_t step = form.width * form.channels;
  residuals.resize(std::min<size_t>(residuals.size(), 4096) / step * step);
  Bytes room(residuals.size() + 200);
  sigma::TreeWriter tree(room);
  tree.adapted(form);
  tree.literal(forge::filtered(residuals, form));
  require(!tree.overflowed() && evaluates_to(tree, residuals));
}

/// Numbers by a scale that a probe found, missing ones and exceptions put back.
void check_scaled(const Bytes& in, uint32_t position, const sigma::SampleForms& forms) {
  sigma::ScaledForm scaled;
  if (!sigma::find_scaled_form(in, position, forms, scaled)) return;
  const Bytes numbers(
      in.begin() + static_cast<std::ptrdiff_t>(scaled.form.phase),
      in.end() - static_cast<std::ptrdiff_t>((in.size() - scaled.form.phase) % scaled.scale.width));
  Bytes integers(numbers.size());
  sigma::ExceptedForm excepted;
  size_t count = 0;
  if (!sigma::find_integers_but(scaled, numbers, SIZE_MAX, integers, excepted, count)) return;
  Bytes values = integers;
  sigma::scale_integers(scaled.scale, values);
  if (count != 0 || excepted.count != 0) {
    const auto exceptions = sigma::gather_exceptions(scaled, numbers, excepted, integers);
    require(sigma::put_exceptions(excepted, exceptions, values));
  }
  require(values == numbers);
}

/// What a probe promises to look at only: every byte may be of any value, every size is allowed.
void probe(const Bytes& in, uint32_t position) {
  const sigma::SampleForms forms = sigma::find_sample_forms(in, position);
  for (size_t i = 0; i < forms.count; i++) {
    const auto& [layout, phase] = forms.all[i];
    require(sigma::is_width(layout.width) && layout.channels >= 1 &&
            layout.channels <= sigma::kMaxChannels && phase < layout.frame_size());
  }
  check_scaled(in, position, forms);
  const sigma::RowForm rows = sigma::find_rows(in);
  if (rows.widths.count == 0) return;
  require(rows.widths.count <= sigma::kMaxRowFields && rows.phase < rows.widths.row());
  for (size_t k = 0; k < rows.widths.count; k++)
    require(sigma::is_width(rows.widths.all[k]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 9) return 0;
  constexpr unsigned kWidths[] = {1, 2, 3, 4, 8};
  const sigma::SampleLayout layout = {kWidths[data[0] % 5],
                                      (data[1] & 1) != 0,
                                      (data[1] & 2) != 0,
                                      size_t{1} + data[2] % sigma::kMaxChannels,
                                      sigma::kMinPredictorBlock + data[3],
                                      data[4]};
  Bytes in(data + 8, data + size);
  // Repeated, so that small inputs are long enough for samples.
  for (unsigned doublings = 0; (data[1] & 4) != 0 && doublings < 12 && in.size() < 40000;
       doublings++)
    in.insert(in.end(), in.begin(), in.begin() + static_cast<std::ptrdiff_t>(in.size()));
  probe(in, sigma::load_le<uint32_t>(data + 4));
  check_filters(in, data + 2);
  in.resize(in.size() / layout.frame_size() * layout.frame_size());
  if (!in.empty()) check_tree(in, layout, (data[1] & 8) != 0, data[5]);
  return 0;
}
