/* How a buffer differs from what is expected, and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/framing/prediction.hpp"

#include "gst/sigma/base/bytes.hpp"

namespace sigma {
namespace {

constexpr uint64_t kSecond = 1000000000;
constexpr size_t kFlagsField = 6;

/// In the order in which they are written.
constexpr uint64_t FramedBuffer::*kField[FramingState::kFields] = {
    &FramedBuffer::size,   &FramedBuffer::pts,        &FramedBuffer::dts,  &FramedBuffer::duration,
    &FramedBuffer::offset, &FramedBuffer::offset_end, &FramedBuffer::flags};

/// `time` and so many ns, if it is known.
uint64_t later(uint64_t time, uint64_t step) {
  return time == kNoTime ? kNoTime : time + step;
}

}  // namespace

uint64_t FramingState::next_step() const {
  return (clock_.phase + clock_.step * kSecond) / clock_.rate;
}

uint64_t FramingState::expected(const FramedBuffer& buffer, size_t i) const {
  switch (i) {
    case 1:
      return later(last_.pts, step_);
    case 2:
      return later(last_.dts, step_);
    case 3:
      return clock_.step != 0 && last_.duration != kNoTime ? next_step() : last_.duration;
    case 4:
      return last_.offset == kNoTime || last_.offset_end == kNoTime ? last_.offset
                                                                    : last_.offset_end;
    case 5:
      return last_.offset_end == kNoTime || buffer.offset == kNoTime
                 ? kNoTime
                 : buffer.offset + (last_.offset_end - last_.offset);
    default:
      return last_.*kField[i];
  }
}

uint64_t FramingState::residual(const FramedBuffer& buffer, size_t i) const {
  const uint64_t value = buffer.*kField[i];
  const uint64_t wanted = expected(buffer, i);
  return i == kFlagsField ? value ^ wanted : zigzag(value - wanted);
}

void FramingState::restore(FramedBuffer& buffer, size_t i, uint64_t residual) const {
  const uint64_t wanted = expected(buffer, i);
  buffer.*kField[i] = i == kFlagsField ? wanted ^ residual : wanted + unzigzag(residual);
}

void FramingState::advance(const FramedBuffer& buffer) {
  last_ = buffer;
  step_ = buffer.duration != kNoTime ? buffer.duration : 0;
  if (clock_.step == 0) return;
  step_ = next_step();
  clock_.phase = static_cast<uint32_t>((clock_.phase + clock_.step * kSecond) % clock_.rate);
}

}  // namespace sigma
