/* Exceptions, put in place of the numbers that stand for them. Nothing here allocates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/excepted.hpp"

#include <bit>
#include <cstring>

#include "gst/sigma/operators/context.hpp"

namespace sigma {
namespace {

constexpr unsigned kMaxUnit = 8;

uint64_t load_unit(const uint8_t* p, unsigned width) {
  uint64_t number = 0;
  for (unsigned i = 0; i < width; i++)
    number |= uint64_t{p[i]} << (8 * i);
  return number;
}

void store_unit(uint64_t number, unsigned width, uint8_t* p) {
  for (unsigned i = 0; i < width; i++)
    p[i] = static_cast<uint8_t>(number >> (8 * i));
}

size_t payload_size(const ExceptedForm& form) {
  return 2 + (2 * form.count + 1) * form.width;
}

bool read_excepted(ByteSpan payload, ExceptedForm& form) {
  if (payload.size() < 2) return false;
  form.width = payload[0];
  form.count = payload[1];
  if (form.width > kMaxUnit || !std::has_single_bit(form.width) || form.count > kMaxStandIns ||
      payload.size() != payload_size(form))
    return false;
  const uint8_t* p = payload.data() + 2;
  for (size_t i = 0; i < form.count; i++, p += 2 * form.width)
    form.stand_ins[i] = {load_unit(p, form.width), load_unit(p + form.width, form.width)};
  form.mark = load_unit(p, form.width);
  return true;
}

template <unsigned Width>
bool put_units(const ExceptedForm& form, ByteSpan exceptions, MutableByteSpan numbers) {
  const uint8_t* next = exceptions.data();
  const uint8_t* const end = next + exceptions.size();
  for (size_t i = 0; i < numbers.size(); i += Width) {
    uint8_t* const p = numbers.data() + i;
    const uint64_t number = load_unit(p, Width);
    if (number == form.mark) {
      if (next == end) return false;
      std::memcpy(p, next, Width);
      next += Width;
      continue;
    }
    for (size_t k = 0; k < form.count; k++)
      if (number == form.stand_ins[k].number) {
        store_unit(form.stand_ins[k].meant, Width, p);
        break;
      }
  }
  return next == end;
}

}  // namespace

size_t write_excepted(const ExceptedForm& form, MutableByteSpan out) {
  const size_t size = payload_size(form);
  if (out.size() < size) return 0;
  uint8_t* p = out.data();
  *p++ = static_cast<uint8_t>(form.width);
  *p++ = static_cast<uint8_t>(form.count);
  for (size_t i = 0; i < form.count; i++)
    for (const uint64_t number : {form.stand_ins[i].number, form.stand_ins[i].meant}) {
      store_unit(number, form.width, p);
      p += form.width;
    }
  store_unit(form.mark, form.width, p);
  return size;
}

bool put_exceptions(const ExceptedForm& form, ByteSpan exceptions, MutableByteSpan numbers) {
  switch (form.width) {
    case 1:
      return put_units<1>(form, exceptions, numbers);
    case 2:
      return put_units<2>(form, exceptions, numbers);
    case 4:
      return put_units<4>(form, exceptions, numbers);
    default:
      return put_units<8>(form, exceptions, numbers);
  }
}

namespace {

Result<uint64_t> measure_excepted(Operands& operands, const Node& node) {
  ExceptedForm form;
  if (!read_excepted(node.payload, form)) return malformed("exceptions are malformed");
  const Result<size_t> numbers = operands.measure();
  if (!numbers.ok()) return numbers.status;
  const Result<size_t> exceptions = operands.measure();
  if (!exceptions.ok()) return exceptions.status;
  if (numbers.value % form.width != 0 || exceptions.value % form.width != 0)
    return malformed("exceptions, or what has them, end in the middle of a number");
  if (exceptions.value > numbers.value) return malformed("there are more exceptions than numbers");
  return uint64_t{numbers.value};
}

Status write_excepted_value(Operands& operands, const Node& node, MutableByteSpan out) {
  ExceptedForm form;
  if (!read_excepted(node.payload, form)) return malformed("exceptions are malformed");
  if (const Status status = operands.write(out); !status.ok()) return status;
  const WorkspaceScope scope(operands);
  const Result<ByteSpan> exceptions = operands.view();
  if (!exceptions.ok()) return exceptions.status;
  return put_exceptions(form, exceptions.value, out)
             ? Status{}
             : malformed("there are not as many exceptions as marks");
}

}  // namespace

constinit const OperatorEntry kExcepted = {
    .name = "excepted",
    .type = GlyphType::COMPOSITE,
    .first = Primitive::EXCEPTION,
    .last = Primitive::EXCEPTION,
    .since_minor = 9,
    .has_payload = true,
    .measure = measure_excepted,
    .write = write_excepted_value,
};

}  // namespace sigma
