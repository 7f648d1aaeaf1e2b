/* Copies: what the payload says, steps, and the operator.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/copies.hpp"

#include <algorithm>
#include <cstring>

#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/frame_taps.hpp"
#include "gst/sigma/operators/payload_numbers.hpp"
#include "gst/sigma/operators/stored_integer.hpp"
#include "gst/sigma/wire/packet.hpp"

namespace sigma {
namespace {

using Length = StoredInteger<2, false>;

/// Copies `count` bytes from so far before; they may overlap.
void copy_from_before(uint8_t* to, size_t distance, size_t count) {
  const uint8_t* const from = to - distance;
  // What is copied repeats, so that twice as much can be taken each time.
  while (count > distance) {
    std::memcpy(to, from, distance);
    to += distance;
    count -= distance;
    distance *= 2;
  }
  std::memcpy(to, from, count);
}

/// A value on its way: what is made grows towards the literals that are left.
class CopyWriter {
 public:
  CopyWriter(const CopiesForm& form, size_t literal_size, const FrameBytes& bytes)
      : form_(form), bytes_(bytes), rest_(bytes.value.size() - literal_size) {
    if (form.above != 0)
      predictor_.prepare(literal_predictor(form), form.unit, kLiteralLayout.width, 0, false);
  }

  bool copy(size_t distance, size_t count) {
    if (count > rest_ - made_) return false;
    uint8_t* const to = bytes_.value.data() + made_;
    size_t before = distance > made_ ? distance - made_ : 0;
    if (before > bytes_.reference.size()) return false;
    made_ += count;
    if (before == 0) {
      copy_from_before(to, distance, count);
      return true;
    }
    const uint8_t* const from = bytes_.reference.data() + bytes_.reference.size() - before;
    before = std::min(before, count);
    std::memcpy(to, from, before);
    if (count > before) copy_from_before(to + before, distance, count - before);
    return true;
  }

  bool add_literals(size_t count) {
    if (count > bytes_.value.size() - rest_) return false;
    std::memmove(bytes_.value.data() + made_, bytes_.value.data() + rest_, count);
    if (form_.above != 0)
      for_each_literal_run(form_, made_, count, [&](const FrameRun& run) {
        restore_run(kLiteralLayout, predictor_, run, bytes_);
      });
    made_ += count;
    rest_ += count;
    return true;
  }

  bool is_whole() const { return made_ == bytes_.value.size(); }

 private:
  /// Of bytes: no more is asked of it.
  static inline const FrameLayout kLiteralLayout;

  const CopiesForm& form_;
  ReadyPredictor predictor_;
  const FrameBytes& bytes_;
  size_t made_ = 0;
  size_t rest_;  ///< where the literals that are left begin
};

}  // namespace

FramePredictor literal_predictor(const CopiesForm& form) {
  FramePredictor predictor;
  predictor.is_median = true;
  predictor.left = form.unit;
  predictor.above = form.above;
  for (size_t kind = 0; kind < form.unit; kind++)
    predictor.references[kind] = form.joined >> kind & 1;
  return predictor;
}

Status put_copies(const CopiesForm& form, const CopySteps& steps, size_t literal_size,
                  const FrameBytes& bytes) {
  CopyWriter writer(form, literal_size, bytes);
  size_t long_ones = 0;
  for (const uint8_t step : steps.steps) {
    const size_t source = step / 16;
    size_t units = size_t{step} % 16 + 1;
    if (units > kLongCopyCode) {
      if (long_ones == steps.lengths.size() / 2) return malformed("copies lack a length");
      units += Length::load(steps.lengths.data() + 2 * long_ones++);
    }
    if (source > form.distance_count) return malformed("a copy has no such distance");
    const bool fits = source == 0
                          ? writer.add_literals(form.unit * units)
                          : writer.copy(form.unit * form.distances[source - 1], form.unit * units);
    if (!fits) return malformed("a copy is out of range");
  }
  if (2 * long_ones != steps.lengths.size()) return malformed("copies have too many lengths");
  return writer.is_whole() ? Status{} : malformed("copies have another size");
}

size_t write_copies(const CopiesForm& form, MutableByteSpan out) {
  NumberWriter writer(out);
  writer.put(form.unit);
  writer.put(form.size);
  writer.put(form.distance_count);
  for (size_t i = 0; i < form.distance_count; i++)
    writer.put(form.distances[i]);
  writer.put(form.above);
  if (form.above != 0) {
    writer.put(form.kind);
    writer.put(form.joined);
  }
  return writer.size();
}

bool read_copies(ByteSpan payload, CopiesForm& form) {
  VarintReader in(payload);
  if (!read_number(in, 1, kMaxCopyUnit, form.unit) || !read_number(in, 1, kMaxChunk, form.size) ||
      form.size % form.unit != 0 || !read_number(in, 0, kMaxCopyDistances, form.distance_count))
    return false;
  for (size_t i = 0; i < form.distance_count; i++)
    if (!read_number(in, 1, kMaxCopyDistance, form.distances[i])) return false;
  const size_t most_above = form.unit <= kMaxFramePeriod ? kMaxFrameOffset : 0;
  if (!read_number(in, 0, most_above, form.above)) return false;
  if (form.above != 0 && (!read_number(in, 0, form.unit - 1, form.kind) ||
                          !read_number(in, 0, (1U << form.unit) - 1, form.joined)))
    return false;
  return in.at_end();
}

namespace {

/// The reference, steps, long lengths, and what is new.
Result<uint64_t> measure_copies(Operands& operands, const Node& node) {
  CopiesForm form;
  if (!read_copies(node.payload, form)) return malformed("copies are malformed");
  if (const Result<size_t> reference = operands.measure(); !reference.ok()) return reference.status;
  const Result<size_t> steps = operands.measure();
  if (!steps.ok()) return steps.status;
  const Result<size_t> lengths = operands.measure();
  if (!lengths.ok()) return lengths.status;
  const Result<size_t> literals = operands.measure();
  if (!literals.ok()) return literals.status;
  if (lengths.value % 2 != 0) return malformed("a length of copies is cut off");
  if (literals.value > form.size) return malformed("copies have too many literals");
  return uint64_t{form.size};
}

Status write_copies_value(Operands& operands, const Node& node, MutableByteSpan out) {
  CopiesForm form;
  if (!read_copies(node.payload, form)) return malformed("copies are malformed");
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> reference = operands.view();
  if (!reference.ok()) return reference.status;
  const Result<ByteSpan> steps = operands.view();
  if (!steps.ok()) return steps.status;
  const Result<ByteSpan> lengths = operands.view();
  if (!lengths.ok()) return lengths.status;
  // No copy comes to where literals lie before these have been taken.
  const Result<size_t> literals = operands.next_size();
  if (!literals.ok()) return literals.status;
  if (const Status status = operands.write(out.subspan(out.size() - literals.value)); !status.ok())
    return status;
  return put_copies(form, {steps.value, lengths.value}, literals.value, {reference.value, out});
}

}  // namespace

constinit const OperatorEntry kCopies = {
    .name = "copies",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::EQUALS,
    .last = Primitive::EQUALS,
    .since_minor = 7,
    .has_payload = true,
    .measure = measure_copies,
    .write = write_copies_value,
};

}  // namespace sigma
