/* Prediction of samples. Nothing here allocates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/operators/predicted.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <type_traits>

#include "gst/sigma/base/cpu.hpp"
#include "gst/sigma/operators/context.hpp"
#include "gst/sigma/operators/stored_integer.hpp"
#include "gst/sigma/operators/sum.hpp"

namespace sigma {

namespace {

constexpr uint64_t kBigEndian = 1;
constexpr uint64_t kFloat = 2;
constexpr uint64_t kMedian = 33;
constexpr uint64_t kAsBefore = 34;
constexpr uint64_t kHasUnused = 64;

}  // namespace

bool Predictor::is_narrow() const {
  uint32_t sum = 0;
  for (const int16_t coefficient : coefficients)
    sum += static_cast<uint32_t>(std::abs(int32_t{coefficient}));
  return sum <= 65535;
}

bool PredictorReader::start(ByteSpan payload) {
  in_ = VarintReader(payload);
  uint64_t width = 0;
  uint64_t order = 0;
  uint64_t channels = 0;
  uint64_t block = 0;
  uint64_t row = 0;
  if (!in_.read(width) || !in_.read(order) || !in_.read(channels) || !in_.read(block) ||
      !in_.read(row))
    return false;
  if (!is_width(width) || order > (kBigEndian | kFloat) || channels == 0 ||
      channels > kMaxChannels || block < kMinPredictorBlock || block > kMaxPredictorBlock ||
      row > kMaxPredictorRow)
    return false;
  layout_ = {static_cast<unsigned>(width),  (order & kBigEndian) != 0,  (order & kFloat) != 0,
             static_cast<size_t>(channels), static_cast<size_t>(block), static_cast<size_t>(row)};
  has_block_ = false;
  return true;
}

bool PredictorReader::next() {
  block_.pairs = 0;
  const size_t pairs = layout_.channels / 2;
  if (pairs != 0 && (!in_.read(block_.pairs) || (pairs < 64 && block_.pairs >> pairs != 0)))
    return false;
  for (size_t i = 0; i < layout_.channels; i++)
    if (!read_predictor(block_.channels[i], i / 2 < pairs && block_.is_paired(i))) return false;
  has_block_ = true;
  return true;
}

bool PredictorReader::read_predictor(Predictor& predictor, bool is_paired) {
  uint64_t kind = 0;
  if (!in_.read(kind)) return false;
  if (kind == kAsBefore) return has_block_ && !(predictor.is_median && is_paired);
  uint64_t unused = 0;
  if (kind >= kHasUnused) {
    kind -= kHasUnused;
    if (!in_.read(unused) || unused == 0 || unused >= layout_.bits() || kind == kMedian)
      return false;
  }
  if (kind > kMedian) return false;
  predictor = Predictor();
  predictor.unused = static_cast<unsigned>(unused);
  predictor.is_median = kind == kMedian;
  if (predictor.is_median) return layout_.row != 0 && !is_paired;
  predictor.order = static_cast<unsigned>(kind);
  if (kind == 0) return true;
  uint64_t shift = 0;
  if (!in_.read(shift) || shift > kMaxPredictorShift) return false;
  predictor.shift = static_cast<unsigned>(shift);
  for (unsigned i = 0; i < predictor.order; i++) {
    uint64_t code = 0;
    if (!in_.read(code) || code > 65535) return false;
    predictor.coefficients[i] = static_cast<int16_t>(unzigzag(code));
  }
  return true;
}

void PredictorWriter::start(const SampleLayout& layout) {
  channels_ = layout.channels;
  const uint64_t order = (layout.big_endian ? kBigEndian : 0) | (layout.is_float ? kFloat : 0);
  for (const uint64_t number : {uint64_t{layout.width}, order, uint64_t{layout.channels},
                                uint64_t{layout.block}, uint64_t{layout.row}})
    put(number);
}

void PredictorWriter::add(const BlockPredictors& block) {
  if (channels_ > 1) put(block.pairs);
  for (size_t i = 0; i < channels_; i++)
    put_predictor(block.channels[i], before_.channels[i]);
  before_ = block;
  has_block_ = true;
}

void PredictorWriter::put(uint64_t number) {
  if (overflowed_ || out_.size() - size_ < varint_size(number)) {
    overflowed_ = true;
    return;
  }
  size_ += write_varint(out_.data() + size_, number);
}

void PredictorWriter::put_predictor(const Predictor& predictor, const Predictor& before) {
  if (has_block_ && predictor == before) return put(kAsBefore);
  const uint64_t kind = predictor.is_median ? kMedian : predictor.order;
  put(kind + (predictor.unused != 0 ? kHasUnused : 0));
  if (predictor.unused != 0) put(predictor.unused);
  if (kind == kMedian || kind == 0) return;
  put(predictor.shift);
  for (unsigned i = 0; i < predictor.order; i++)
    put(zigzag(static_cast<uint64_t>(int64_t{predictor.coefficients[i]})));
}

namespace {

/// The low bits of a value, as a signed number.
template <typename T>
SIGMA_KERNEL T sign_extend(std::make_unsigned_t<T> value, unsigned bits) {
  const unsigned up = 8 * sizeof(T) - bits;
  return static_cast<T>(value << up) >> up;
}

template <typename T>
SIGMA_KERNEL std::make_unsigned_t<T> as_unsigned(T value) {
  return static_cast<std::make_unsigned_t<T>>(value);
}

template <typename T>
SIGMA_KERNEL T sum_of(T a, T b) {
  return static_cast<T>(as_unsigned(a) + as_unsigned(b));
}

template <typename T>
SIGMA_KERNEL T difference_of(T a, T b) {
  return static_cast<T>(as_unsigned(a) - as_unsigned(b));
}

/// 0, −1, 1, −2 … become 0, 1, 2, 3 …
template <typename T>
SIGMA_KERNEL T fold(T difference) {
  return static_cast<T>(as_unsigned(difference) << 1 ^
                        as_unsigned(static_cast<T>(difference >> (8 * sizeof(T) - 1))));
}

template <typename T>
SIGMA_KERNEL T unfold(T folded) {
  return static_cast<T>(as_unsigned(folded) >> 1 ^ (0 - (as_unsigned(folded) & 1)));
}

/// A sample in memory.
template <unsigned Width, bool Big>
struct Sample : StoredInteger<Width, Big> {
  using StoredInteger<Width, Big>::load;
  using StoredInteger<Width, Big>::store;
  using Word = typename StoredInteger<Width, Big>::Value;
  static constexpr unsigned kBits = 8 * Width;

  /// Signed, in the order of floating-point numbers if these are such.
  template <typename T>
  SIGMA_KERNEL static T read(const uint8_t* p, bool is_float) {
    const T value = sign_extend<T>(load(p), kBits);
    return is_float ? turned(value) : value;
  }
  template <typename T>
  SIGMA_KERNEL static void write(uint8_t* p, T value, bool is_float) {
    store(p, static_cast<Word>(is_float ? turned(value) : value));
  }
  template <typename T>
  SIGMA_KERNEL static T turned(T value) {
    constexpr T kMagnitude = static_cast<T>((uint64_t{1} << (kBits - 1)) - 1);
    return value ^ ((value >> (8 * sizeof(T) - 1)) & kMagnitude);
  }
};

/// Calls `use` with the sample type of a layout.
template <typename Use>
void with_sample(unsigned width, bool big_endian, Use use) {
  const auto in_order = [&]<unsigned Width>() {
    big_endian ? use(Sample<Width, true>()) : use(Sample<Width, false>());
  };
  switch (width) {
    case 1:
      return use(Sample<1, false>());
    case 2:
      return in_order.template operator()<2>();
    case 3:
      return in_order.template operator()<3>();
    case 4:
      return in_order.template operator()<4>();
    default:
      return in_order.template operator()<8>();
  }
}

constexpr size_t kHistory = kMaxPredictorOrder;
constexpr size_t kGroup = 8;     ///< samples that share the sums over what is before them
constexpr size_t kPiece = 1024;  ///< samples at a time

/// Samples, with those before them, and room for a whole group behind them.
template <typename T>
struct Piece {
  T memory[kHistory + kPiece + kGroup];
  T* samples() { return memory + kHistory; }
};

/// Sums over samples before a group and, where they are known, in it; elsewhere there are zeros.
template <typename T>
SIGMA_KERNEL void sum_products(const Predictor& predictor, const T* samples,
                               std::make_unsigned_t<T>* sums) {
  using U = std::make_unsigned_t<T>;
  for (size_t i = 0; i < kGroup; i++)
    sums[i] = 0;
  for (unsigned j = 0; j < predictor.order; j++) {
    const U coefficient = static_cast<U>(static_cast<T>(predictor.coefficients[j]));
    const T* from = samples - 1 - j;
    for (size_t i = 0; i < kGroup; i++)
      sums[i] += coefficient * static_cast<U>(from[i]);
  }
}

template <typename T>
SIGMA_KERNEL void restore_linear(const Predictor& predictor, unsigned bits, const T* residuals,
                                 size_t count, T* samples) {
  using U = std::make_unsigned_t<T>;
  U coefficients[kGroup];
  for (size_t i = 0; i < kGroup; i++)
    coefficients[i] = static_cast<U>(static_cast<T>(predictor.coefficients[i]));
  const unsigned shift = predictor.shift;
  const unsigned up = 8 * static_cast<unsigned>(sizeof(T)) - bits + predictor.unused;
  for (size_t begin = 0; begin < count; begin += kGroup) {
    U sums[kGroup];
    sum_products(predictor, samples + begin, sums);
    // What was found last is at hand, instead of on its way to memory and back.
    T found[kGroup];
#pragma GCC unroll 8
    for (size_t i = 0; i < kGroup; i++) {
      U sum = sums[i];
#pragma GCC unroll 8
      for (size_t j = i; j > 0; j--)
        sum += coefficients[j - 1] * static_cast<U>(found[i - j]);
      const T guess = static_cast<T>(sum) >> shift;
      const U sample = as_unsigned(guess) + as_unsigned(unfold(residuals[begin + i]));
      found[i] = static_cast<T>(sample << up) >> up;
    }
    std::copy_n(found, kGroup, samples + begin);
  }
}

template <typename T>
SIGMA_KERNEL void subtract_linear_group(const Predictor& predictor, unsigned bits, const T* samples,
                                        T* residuals) {
  using U = std::make_unsigned_t<T>;
  U sums[kGroup];
  sum_products(predictor, samples, sums);
  const unsigned shift = predictor.shift;
  // What is written may not be what is read, as far as a compiler knows.
  T folded[kGroup];
  for (size_t i = 0; i < kGroup; i++) {
    const T guess = static_cast<T>(sums[i]) >> shift;
    folded[i] = fold(sign_extend<T>(as_unsigned(samples[i]) - as_unsigned(guess), bits));
  }
  std::copy_n(folded, kGroup, residuals);
}

template <typename T>
SIGMA_KERNEL void subtract_linear_all(const Predictor& predictor, unsigned bits, const T* samples,
                                      size_t count, T* residuals) {
  size_t i = 0;
  for (; i + kGroup <= count; i += kGroup)
    subtract_linear_group(predictor, bits, samples + i, residuals + i);
  if (i == count) return;
  T rest[kHistory + kGroup] = {};
  std::copy_n(samples + i - kHistory, kHistory + count - i, rest);
  T left[kGroup];
  subtract_linear_group(predictor, bits, rest + kHistory, left);
  std::copy_n(left, count - i, residuals + i);
}

#if defined(SIGMA_AVX2)
template <typename T>
SIGMA_AVX2 void subtract_linear_avx2(const Predictor& predictor, unsigned bits, const T* samples,
                                     size_t count, T* residuals) {
  subtract_linear_all(predictor, bits, samples, count, residuals);
}

template <typename T>
SIGMA_AVX2 void restore_linear_avx2(const Predictor& predictor, unsigned bits, const T* residuals,
                                    size_t count, T* samples) {
  restore_linear(predictor, bits, residuals, count, samples);
}
#endif

template <typename T>
void restore_linear_any(const Predictor& predictor, unsigned bits, const T* residuals, size_t count,
                        T* samples) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return restore_linear_avx2(predictor, bits, residuals, count, samples);
#endif
  restore_linear(predictor, bits, residuals, count, samples);
}

/// Samples that are `Step` bytes from one another, as many as there are in whole groups: compilers
/// do better where they know how far it is to the next one.
template <typename S, size_t Step, typename T>
size_t gather_near(const uint8_t* p, bool is_float, size_t count, T* out) {
  size_t done = 0;
  for (; done + kGroup <= count; done += kGroup, p += kGroup * Step) {
    T group[kGroup];
    for (size_t i = 0; i < kGroup; i++)
      group[i] = S::template read<T>(p + i * Step, false);
    for (size_t i = 0; is_float && i < kGroup; i++)
      group[i] = S::turned(group[i]);
    std::copy_n(group, kGroup, out + done);
  }
  return done;
}

template <typename S, typename T>
void gather(const SampleLayout& layout, const uint8_t* p, ChannelPart part, size_t count, T* out) {
  const size_t step = layout.frame_size();
  const bool is_float = layout.is_float;
  if (part == ChannelPart::SAMPLE) {
    size_t i = 0;
    if (step == S::kWidth) i = gather_near<S, S::kWidth>(p, is_float, count, out);
    if (step == 2 * S::kWidth) i = gather_near<S, 2 * S::kWidth>(p, is_float, count, out);
    for (p += i * step; i < count; i++, p += step)
      out[i] = S::template read<T>(p, is_float);
    return;
  }
  for (size_t i = 0; i < count; i++, p += step) {
    const T a = S::template read<T>(p, is_float);
    const T b = S::template read<T>(p + S::kWidth, is_float);
    const T difference = sign_extend<T>(as_unsigned(a) - as_unsigned(b), S::kBits);
    out[i] = part == ChannelPart::DIFFERENCE
                 ? difference
                 : sign_extend<T>(as_unsigned(b) + as_unsigned(static_cast<T>(difference >> 1)),
                                  S::kBits);
  }
}

}  // namespace

template <typename T>
void gather_samples(const SampleLayout& layout, ByteSpan bytes, size_t channel, ChannelPart part,
                    ptrdiff_t frame, size_t count, T* out) {
  if (frame < 0) {
    const size_t zeros = std::min(count, static_cast<size_t>(-frame));
    std::fill_n(out, zeros, T{0});
    out += zeros;
    count -= zeros;
    frame = 0;
  }
  // A pair is read from its first channel on.
  const size_t first = part == ChannelPart::SAMPLE ? channel : channel / 2 * 2;
  const uint8_t* p =
      bytes.data() + static_cast<size_t>(frame) * layout.frame_size() + first * layout.width;
  with_sample(layout.width, layout.big_endian, [&]<typename S>(S) {
    if constexpr (S::kWidth <= sizeof(T)) gather<S>(layout, p, part, count, out);
  });
}

template void gather_samples(const SampleLayout&, ByteSpan, size_t, ChannelPart, ptrdiff_t, size_t,
                             int32_t*);
template void gather_samples(const SampleLayout&, ByteSpan, size_t, ChannelPart, ptrdiff_t, size_t,
                             int64_t*);

template <typename T>
void subtract_linear(const Predictor& predictor, unsigned bits, const T* samples, size_t count,
                     T* residuals) {
#if defined(SIGMA_AVX2)
  if (kHasAvx2) return subtract_linear_avx2(predictor, bits, samples, count, residuals);
#endif
  subtract_linear_all(predictor, bits, samples, count, residuals);
}

template void subtract_linear(const Predictor&, unsigned, const int32_t*, size_t, int32_t*);
template void subtract_linear(const Predictor&, unsigned, const int64_t*, size_t, int64_t*);

namespace {

/// The median of left, above, and left + above − what is left above.
SIGMA_KERNEL int64_t guess_median(int64_t left, int64_t above, int64_t corner) {
  const int64_t least = std::min(left, above);
  const int64_t most = std::max(left, above);
  if (corner >= most) return least;
  if (corner <= least) return most;
  return sum_of(left, difference_of(above, corner));
}

/// A channel's samples around a place.
template <typename S>
struct Plane {
  Plane(const SampleLayout& layout, const uint8_t* bytes, size_t channel)
      : step(layout.frame_size()),
        row(layout.row),
        is_float(layout.is_float),
        begin(bytes + channel * layout.width) {}
  SIGMA_KERNEL int64_t at(size_t frame, size_t back) const {
    return frame < back ? 0 : S::template read<int64_t>(begin + (frame - back) * step, is_float);
  }
  size_t step;
  size_t row;
  bool is_float;
  const uint8_t* begin;
};

template <typename S, typename Use>
SIGMA_KERNEL void for_each_guess(const Plane<S>& plane, size_t frame, size_t count, Use use) {
  int64_t left = plane.at(frame, 1);
  int64_t corner = plane.at(frame, plane.row + 1);
  for (size_t i = frame; i < frame + count; i++) {
    const int64_t above = plane.at(i, plane.row);
    left = use(i - frame, guess_median(left, above, corner));
    corner = above;
  }
}

template <typename S>
void restore_median(const SampleLayout& layout, size_t channel, size_t frame, size_t count,
                    MutableByteSpan bytes) {
  const Plane<S> plane(layout, bytes.data(), channel);
  uint8_t* p = bytes.data() + frame * plane.step + channel * layout.width;
  for_each_guess(plane, frame, count, [&](size_t, int64_t guess) {
    const auto folded = static_cast<int64_t>(uint64_t{StoredInteger<S::kWidth, false>::load(p)});
    const int64_t value =
        sign_extend<int64_t>(as_unsigned(guess) + as_unsigned(unfold(folded)), S::kBits);
    S::template write<int64_t>(p, value, layout.is_float);
    p += plane.step;
    return value;
  });
}

/// Folded residuals of one channel.
template <typename S, typename T>
void gather_residuals(const SampleLayout& layout, const uint8_t* p, size_t count, T* out) {
  for (size_t i = 0; i < count; i++, p += layout.frame_size())
    out[i] = static_cast<T>(StoredInteger<S::kWidth, false>::load(p));
}

/// One channel, or both of a pair, piece by piece: what came before is read again from the samples.
template <typename S, typename T>
void restore_channels(const SampleLayout& layout, const BlockPredictors& block, size_t channel,
                      size_t parts, size_t frame, size_t count, MutableByteSpan bytes) {
  Piece<T> pieces[2];
  T residuals[kPiece + kGroup];
  for (size_t begin = frame; begin < frame + count; begin += kPiece) {
    const size_t size = std::min(kPiece, frame + count - begin);
    uint8_t* const at = bytes.data() + begin * layout.frame_size() + channel * layout.width;
    for (size_t i = 0; i < parts; i++) {
      const Predictor& predictor = block.channels[channel + i];
      const ChannelPart part =
          parts == 1 ? ChannelPart::SAMPLE : (i == 0 ? ChannelPart::MEAN : ChannelPart::DIFFERENCE);
      gather_samples(layout, bytes, channel, part,
                     static_cast<ptrdiff_t>(begin) - static_cast<ptrdiff_t>(kHistory), kHistory,
                     pieces[i].memory);
      for (size_t j = 0; j < kHistory; j++)
        pieces[i].memory[j] >>= predictor.unused;
      std::fill_n(pieces[i].samples(), std::min(size + 2 * kGroup, kPiece + kGroup), T{0});
      gather_residuals<S>(layout, at + i * layout.width, size, residuals);
      std::fill_n(residuals + size, kGroup, T{0});
      restore_linear_any(predictor, S::kBits, residuals, size, pieces[i].samples());
      for (size_t j = 0; predictor.unused != 0 && j < size; j++)
        pieces[i].samples()[j] =
            static_cast<T>(as_unsigned(pieces[i].samples()[j]) << predictor.unused);
    }
    uint8_t* p = at;
    if (parts == 1) {
      for (size_t j = 0; j < size; j++, p += layout.frame_size())
        S::template write<T>(p, pieces[0].samples()[j], layout.is_float);
      continue;
    }
    for (size_t j = 0; j < size; j++, p += layout.frame_size()) {
      const T difference = pieces[1].samples()[j];
      const T second = sign_extend<T>(
          as_unsigned(pieces[0].samples()[j]) - as_unsigned(static_cast<T>(difference >> 1)),
          S::kBits);
      const T first = sign_extend<T>(as_unsigned(second) + as_unsigned(difference), S::kBits);
      S::template write<T>(p, first, layout.is_float);
      S::template write<T>(p + S::kWidth, second, layout.is_float);
    }
  }
}

/// The same in numbers of 32 bits, if sums fit them.
template <typename S>
bool restore_narrow(const SampleLayout& layout, const BlockPredictors& block, size_t channel,
                    size_t parts, size_t frame, size_t count, MutableByteSpan bytes) {
  if constexpr (S::kWidth > 2) {
    return false;
  } else {
    for (size_t i = 0; i < parts; i++)
      if (!block.channels[channel + i].is_narrow()) return false;
    restore_channels<S, int32_t>(layout, block, channel, parts, frame, count, bytes);
    return true;
  }
}

}  // namespace

void subtract_median(const SampleLayout& layout, ByteSpan bytes, size_t channel, size_t frame,
                     size_t count, int64_t* residuals) {
  with_sample(layout.width, layout.big_endian, [&]<typename S>(S) {
    const Plane<S> plane(layout, bytes.data(), channel);
    for_each_guess(plane, frame, count, [&](size_t i, int64_t guess) {
      const int64_t value = plane.at(frame + i, 0);
      residuals[i] = fold(sign_extend<int64_t>(as_unsigned(value) - as_unsigned(guess), S::kBits));
      return value;
    });
  });
}

void restore_samples(const SampleLayout& layout, const BlockPredictors& block, size_t frame,
                     size_t count, MutableByteSpan bytes) {
  with_sample(layout.width, layout.big_endian, [&]<typename S>(S) {
    for (size_t i = 0; i < layout.channels; i++) {
      const bool is_pair = i + 1 < layout.channels && i % 2 == 0 && block.is_paired(i);
      const size_t parts = is_pair ? 2 : 1;
      const Predictor& first = block.channels[i];
      if (first.is_median)
        restore_median<S>(layout, i, frame, count, bytes);
      else if (!restore_narrow<S>(layout, block, i, parts, frame, count, bytes))
        restore_channels<S, int64_t>(layout, block, i, parts, frame, count, bytes);
      i += parts - 1;
    }
  });
}

namespace {

Status malformed_predictors() {
  return malformed("the predictors of samples are malformed");
}

/// Calls `use` for each block, with its first frame and how many there are.
template <typename Use>
Status for_each_block(const Node& node, size_t size, Use use) {
  PredictorReader in;
  if (!in.start(node.payload)) return malformed_predictors();
  const SampleLayout& layout = in.layout();
  if (size % layout.frame_size() != 0) return malformed("samples end in the middle of a frame");
  const size_t frames = size / layout.frame_size();
  for (size_t frame = 0; frame < frames; frame += layout.block) {
    if (!in.next()) return malformed_predictors();
    use(in, frame, std::min(layout.block, frames - frame));
  }
  return in.at_end() ? Status() : malformed_predictors();
}

Result<uint64_t> measure_predicted(Operands& operands, const Node& node) {
  const Result<size_t> residuals = operands.measure();
  if (!residuals.ok()) return residuals.status;
  const Status status =
      for_each_block(node, residuals.value, [](const PredictorReader&, size_t, size_t) {});
  if (!status.ok()) return status;
  return uint64_t{residuals.value};
}

Status write_predicted(Operands& operands, const Node& node, MutableByteSpan out) {
  const Status status = operands.write(out);
  if (!status.ok()) return status;
  return for_each_block(node, out.size(),
                        [&](const PredictorReader& in, size_t frame, size_t count) {
                          restore_samples(in.layout(), in.block(), frame, count, out);
                        });
}

}  // namespace

constinit const OperatorEntry kPredicted = {
    .name = "predicted",
    .type = GlyphType::DELTA,
    .first = Primitive::DERIVATIVE,
    .last = Primitive::DERIVATIVE,
    .since_minor = 4,
    .has_payload = true,
    .measure = measure_predicted,
    .write = write_predicted,
};

}  // namespace sigma
