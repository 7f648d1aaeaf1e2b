/* What predicted samples of a chunk cost.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/explain/sample_explanation.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "gst/sigma/operators/adapted.hpp"
#include "gst/sigma/operators/predicted.hpp"
#include "gst/sigma/operators/table.hpp"
#include "gst/sigma/wire/glyph.hpp"

namespace sigma {
namespace {

struct LayoutText {
  char text[128];
};

LayoutText name_of(const SampleLayout& layout) {
  LayoutText name{};
  const char* order = layout.width <= 1   ? ""
                      : layout.big_endian ? ", big-endian"
                                          : ", little-endian";
  const auto channels = static_cast<unsigned>(layout.channels);
  const int used = std::snprintf(name.text, sizeof name.text, "%u-bit %s%s, %u channel%s",
                                 static_cast<unsigned>(layout.bits()),
                                 layout.is_float ? "floating-point numbers" : "integers", order,
                                 channels, channels == 1 ? "" : "s");
  if (layout.row != 0 && used > 0)
    std::snprintf(name.text + used, sizeof name.text - static_cast<size_t>(used), ", rows of %u",
                  static_cast<unsigned>(layout.row));
  return name;
}

/// As in "256 and 32 taps".
LayoutText taps_of(const AdaptiveForm& form) {
  LayoutText taps{};
  size_t used = 0;
  for (size_t i = 0; i < form.count; i++) {
    const char* const joint = i == 0 ? "" : i + 1 == form.count ? " and " : ", ";
    const int more = std::snprintf(taps.text + used, sizeof taps.text - used, "%s%u%s", joint,
                                   static_cast<unsigned>(form.stages[i].taps),
                                   i + 1 == form.count ? " taps" : "");
    used += static_cast<size_t>(std::max(more, 0));
  }
  return taps;
}

/// The predictors of all blocks: as many as the payload has.
void add_predictors(PredictorReader& reader, ExplainedSamples& found) {
  const size_t channels = reader.layout().channels;
  while (!reader.at_end() && reader.next()) {
    for (size_t i = 0; i < channels; i++) {
      const Predictor& predictor = reader.block().channels[i];
      found.blocks++;
      found.medians += predictor.is_median ? 1 : 0;
      found.coefficients += predictor.order;
      found.pairs += i / 2 < channels / 2 && reader.block().is_paired(i) ? 1 : 0;
    }
  }
}

}  // namespace

void explain_samples(ByteSpan tree, ExplanationListener& listener) {
  ExplainedSamples found;
  LayoutText layout{};
  LayoutText filters{};
  bool has_found = false;
  bool is_integers = false;  // the glyph before: bits are its first child
  const auto tell = [&] {
    found.layout = layout.text;
    found.filters = filters.text;
    if (has_found) listener.on_samples(found);
  };
  Glyph glyph;
  for (size_t size = 0; parse_glyph(tree, glyph, size) == GlyphParse::COMPLETE;
       tree = tree.subspan(size)) {
    const OperatorEntry* op = chunk_operators().find(glyph.type, glyph.primitive);
    const std::string_view name = op != nullptr ? op->name : "";
    PredictorReader reader;
    AdaptiveForm form;
    if (name == "predicted" && reader.start(glyph.payload)) {
      tell();
      found = {};
      found.predictor_bytes = size;
      has_found = true;
      layout = name_of(reader.layout());
      filters = {};
      add_predictors(reader, found);
    } else if (name == "adapted" && parse_adapted(glyph.payload, form)) {
      found.predictor_bytes += size;
      filters = taps_of(form);
    } else if (is_integers) {
      found.bit_bytes += size;
    } else if (name == "symbols") {
      found.size_bytes += size;
    }
    is_integers = name == "integers";
  }
  tell();
}

}  // namespace sigma
