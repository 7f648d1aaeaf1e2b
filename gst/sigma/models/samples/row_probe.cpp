/* The size of rows, from bytes that repeat, and their fields, from what each takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/samples/row_probe.hpp"

#include <algorithm>
#include <bit>

#include "gst/sigma/base/logarithm.hpp"
#include "gst/sigma/models/samples/scale_probe.hpp"
#include "gst/sigma/models/sampling/alike.hpp"
#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/models/sampling/text.hpp"
#include "gst/sigma/operators/integers.hpp"

namespace sigma {
namespace {

constexpr size_t kMinRowSize = 3;
constexpr size_t kMaxRowSize = 128;

/// The distance at which most bytes repeat, if they do so at no other but its multiples; else 0.
size_t find_row_size(ByteSpan chunk) {
  std::array<uint32_t, kMaxRowSize + 1> equal{};
  count_alike(chunk, 0, equal);
  uint32_t sum = 0;
  for (size_t lag = kMinRowSize; lag <= kMaxRowSize; lag++)
    sum += equal[lag];
  const uint32_t most = *std::max_element(equal.begin() + kMinRowSize, equal.end());
  constexpr uint32_t kLags = kMaxRowSize + 1 - kMinRowSize;
  const uint32_t mean = sum / kLags;
  // Machine code is not above 1.8.
  if (most < 2 * mean + kAlikeBytes / 64) return 0;
  size_t size = kMinRowSize;
  while (equal[size] < most - (most - mean) / 4)
    size++;
  return size;
}

constexpr size_t kPieces = 6;
constexpr size_t kPieceRows = 64;
constexpr size_t kBefore = 2;  ///< rows that differences reach back
constexpr uint32_t kRows = kPieces * kPieceRows;
/// What a field takes in itself, in 1/256 bits of a row.
constexpr uint32_t kFieldBits = 16;

constexpr auto kLog2 = [] {
  std::array<uint16_t, kRows + 1> table{};
  for (uint32_t i = 1; i < table.size(); i++)
    table[i] = static_cast<uint16_t>(log2_fixed(i));
  return table;
}();

/// How often each of some symbols occurs.
struct Histogram {
  std::array<uint16_t, 256> counts{};
  uint64_t open_bits = 0;

  void add(uint32_t symbol, unsigned open = 0) {
    counts[symbol]++;
    open_bits += open;
  }
  /// 1/256 bits of a row; with something for each symbol, as a sample has fewer than there are.
  uint32_t bits() const {
    uint64_t sum = 256 * open_bits;
    for (const uint32_t count : counts)
      if (count != 0) sum += count * (kLog2[kRows] - kLog2[count]) + 184;
    return static_cast<uint32_t>((sum - std::min<uint64_t>(sum, 184)) / kRows);
  }
};

/// The values of a field in the rows looked at.
using Values = std::array<int64_t, kPieces*(kPieceRows + kBefore)>;

/// Rows of one size, a sample of them.
class Rows {
 public:
  Rows(ByteSpan chunk, size_t row) : row_(row) {
    const size_t size = (kBefore + kPieceRows + 1) * row;
    const size_t step = (chunk.size() - size) / (kPieces - 1) / row * row;
    for (size_t i = 0; i < kPieces; i++)
      pieces_[i] = chunk.data() + i * step;
  }

  void gather(size_t at, unsigned width, bool big_endian, Values& values) const {
    size_t n = 0;
    for (const uint8_t* piece : pieces_)
      for (size_t i = 0; i < kBefore + kPieceRows; i++) {
        const uint8_t* p = piece + i * row_ + at;
        uint64_t value = 0;
        for (unsigned k = 0; k < width; k++)
          value |= uint64_t{p[big_endian ? width - 1 - k : k]} << (8 * k);
        values[n++] = static_cast<int64_t>(value << (64 - 8 * width)) >> (64 - 8 * width);
      }
  }

 private:
  size_t row_;
  std::array<const uint8_t*, kPieces> pieces_;
};

uint64_t folded(uint64_t value, unsigned width) {
  const auto v = static_cast<int64_t>(value << (64 - 8 * width)) >> (64 - 8 * width);
  const uint64_t all = static_cast<uint64_t>(v << 1) ^ static_cast<uint64_t>(v >> 63);
  return width == 8 ? all : all & ((uint64_t{1} << (8 * width)) - 1);
}

/// Bits of integers: as they are, or as their differences, or as the differences of these.
uint32_t integer_bits(const Values& values, unsigned width) {
  std::array<Histogram, 3> tokens;
  for (size_t i = 0; i < kPieces; i++) {
    const int64_t* p = values.data() + i * (kBefore + kPieceRows) + kBefore;
    for (size_t j = 0; j < kPieceRows; j++, p++) {
      const auto value = static_cast<uint64_t>(p[0]);
      const uint64_t first = value - static_cast<uint64_t>(p[-1]);
      const uint64_t second = first - static_cast<uint64_t>(p[-1]) + static_cast<uint64_t>(p[-2]);
      size_t kind = 0;
      for (const uint64_t residual : {value, first, second}) {
        const uint32_t token = token_of(folded(residual, width));
        tokens[kind++].add(token, token_bits(token));
      }
    }
  }
  return std::min({tokens[0].bits(), tokens[1].bits(), tokens[2].bits()});
}

/// Bits of single bytes: as they are, or as differences.
uint32_t byte_bits(const Values& values) {
  Histogram bytes;
  Histogram differences;
  for (size_t i = 0; i < kPieces; i++) {
    const int64_t* p = values.data() + i * (kBefore + kPieceRows) + kBefore;
    for (size_t j = 0; j < kPieceRows; j++, p++) {
      bytes.add(static_cast<uint8_t>(p[0]));
      differences.add(static_cast<uint8_t>(p[0] - p[-1]));
    }
  }
  return std::min(bytes.bits(), differences.bits());
}

/// Numbers as integers by a scale, if that takes less.
void try_scale(const Values& values, unsigned width, uint32_t& bits, FieldForm& form) {
  FloatScale scale;
  scale.width = width;
  std::array<uint8_t, std::tuple_size_v<Values> * 8> bytes;
  for (size_t i = 0; i < values.size(); i++)
    for (unsigned k = 0; k < width; k++)
      bytes[i * width + k] = static_cast<uint8_t>(values[i] >> (8 * k));
  const ByteSpan numbers(bytes.data(), values.size() * width);
  if (!find_scale(numbers, scale)) return;
  Values integers;
  for (size_t i = 0; i < values.size(); i++)
    if (!find_integer(scale, load_number(scale, bytes.data() + i * width), integers[i])) return;
  const uint32_t scaled = integer_bits(integers, width);
  if (scaled >= bits) return;
  bits = scaled;
  form.is_scaled = true;
}

constexpr std::array<unsigned, 5> kWidths = {1, 2, 3, 4, 8};

/// What a field takes, for each place and width.
struct Costs {
  std::array<std::array<uint32_t, kWidths.size()>, kMaxRowSize> bits;
  std::array<std::array<FieldForm, kWidths.size()>, kMaxRowSize> forms;
};

/// As bytes by themselves; gives the mean.
uint32_t measure_bytes(const Rows& rows, size_t row, Costs& costs) {
  Values values;
  uint32_t sum = 0;
  for (size_t at = 0; at < row; at++) {
    rows.gather(at, 1, false, values);
    costs.bits[at][0] = byte_bits(values);
    sum += costs.bits[at][0];
  }
  return sum / static_cast<uint32_t>(row);
}

void measure_integers(const Rows& rows, size_t row, Costs& costs) {
  Values values;
  for (size_t at = 0; at < row; at++)
    for (size_t k = 1; k < kWidths.size(); k++) {
      const unsigned width = kWidths[k];
      costs.bits[at][k] = UINT32_MAX;
      if (width > row) continue;
      // High bytes change less than low ones.
      const bool big = costs.bits[at][0] < costs.bits[(at + width - 1) % row][0];
      rows.gather(at, width, big, values);
      costs.forms[at][k] = {big, false};
      costs.bits[at][k] = integer_bits(values, width);
      if (width >= 4) try_scale(values, width, costs.bits[at][k], costs.forms[at][k]);
    }
}

/// The fields that take least for rows that begin at `phase`; gives their bits.
uint32_t choose_fields(const Costs& costs, size_t row, size_t phase, RowForm& form) {
  std::array<uint32_t, kMaxRowSize + 1> least;
  std::array<uint8_t, kMaxRowSize + 1> last{};
  least.fill(UINT32_MAX);
  least[0] = 0;
  for (size_t at = 0; at < row; at++)
    for (size_t k = 0; k < kWidths.size(); k++) {
      const size_t end = at + kWidths[k];
      const uint32_t bits = costs.bits[(phase + at) % row][k];
      if (end > row || bits == UINT32_MAX || least[at] + bits + kFieldBits >= least[end]) continue;
      least[end] = least[at] + bits + kFieldBits;
      last[end] = static_cast<uint8_t>(k);
    }
  size_t count = 0;
  for (size_t end = row; end > 0; end -= kWidths[last[end]])
    count++;
  if (count > kMaxRowFields) return UINT32_MAX;
  form.widths.count = count;
  form.phase = phase;
  for (size_t end = row; end > 0;) {
    const uint8_t k = last[end];
    end -= kWidths[k];
    count--;
    form.widths.all[count] = static_cast<uint8_t>(kWidths[k]);
    form.fields[count] = costs.forms[(phase + end) % row][k];
  }
  return least[row];
}

}  // namespace

RowForm find_rows(ByteSpan chunk, uint32_t plain_bits, uint32_t most) {
  RowForm best;
  if (chunk.size() < kMinProbed || looks_like_text(chunk)) return best;
  const size_t row = find_row_size(chunk);
  if (row == 0 || chunk.size() < 2 * (kBefore + kPieceRows + 1) * row) return best;
  const Rows rows(chunk, row);
  Costs costs;
  const uint32_t by_bytes = measure_bytes(rows, row, costs);
  // Bytes of a row's place have less to say than others, if there are rows; and integers take
  // little less than their bytes do.
  if (by_bytes >= plain_bits - plain_bits / 16 || by_bytes - by_bytes / 8 >= most) return best;
  measure_integers(rows, row, costs);
  uint32_t least = UINT32_MAX;
  for (size_t phase = 0; phase < row; phase++) {
    RowForm form;
    const uint32_t bits = choose_fields(costs, row, phase, form);
    if (bits >= least) continue;
    least = bits;
    best = form;
  }
  best.bits = static_cast<uint32_t>(least / row);
  return best.widths.count >= 2 && best.bits < most ? best : RowForm();
}

}  // namespace sigma
