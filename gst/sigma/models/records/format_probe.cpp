/* Shapes of lines that come again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/format_probe.hpp"

#include <algorithm>

#include "gst/sigma/models/records/text_hash.hpp"
#include "gst/sigma/models/sampling/lines.hpp"
#include "gst/sigma/models/sampling/text.hpp"

namespace sigma {
namespace {

constexpr size_t kLooked = 24 * 1024;
using Looked = std::array<uint8_t, kLooked>;
constexpr size_t kLeastRecords = 8;
/// Percent of the bytes that must be in lines like others, but for their words. Prose has up to 50,
/// source code 65.
constexpr size_t kLeastOfWords = 75;

struct Candidate {
  RecordFormat format;
  unsigned least_percent;  ///< of the bytes that must be in lines whose shape came before
};
constexpr RecordFormat kWordLines = {RecordSyntax::WORDS, 0, '\n'};
constexpr Candidate kCandidates[kRecordFormats] = {
    {kWordLines, 12},
    {{RecordSyntax::JSON, 0, '\n'}, 35},
    {{RecordSyntax::JSON, 0, '}'}, 35},
    {{RecordSyntax::JSON, 0, ']'}, 35},
    {{RecordSyntax::DELIMITED, ',', '\n'}, 50},
    {{RecordSyntax::DELIMITED, '\t', '\n'}, 50},
    {{RecordSyntax::DELIMITED, ';', '\n'}, 50},
    {{RecordSyntax::DELIMITED, '|', '\n'}, 50},
    // Rows of a table as SQL dumps have it, and lines that end otherwise.
    {{RecordSyntax::WORDS, 0, ')'}, 35},
    {{RecordSyntax::WORDS, 0, '\r'}, 12},
    {{RecordSyntax::WORDS, 0, '\0'}, 12},
};

uint32_t shape_of(const RecordReader& record) {
  const uint8_t* const end = record.bytes().data() + record.bytes().size();
  uint64_t shape = 0;
  record.each_literal([&](const uint8_t* literal, size_t size, size_t) {
    shape = mix_text(shape, literal, size, end);
    return true;
  });
  return fold_hash(shape);
}

/// Percent of the bytes that are in records with fields whose shape came before; read as TEXT, if
/// all words may be fields.
size_t repeated_percent(const RecordFormat& format, ByteSpan sample, bool takes_words) {
  const size_t least = format.syntax == RecordSyntax::DELIMITED ? 2 : 1;
  std::array<uint16_t, 1024> seen = {};
  RecordReader reader(format, sample);
  size_t repeated = 0;
  while (reader.next()) {
    if (takes_words) reader.read_again(RecordSyntax::TEXT);
    if (reader.size() < least) continue;
    const uint32_t shape = shape_of(reader);
    uint16_t& slot = seen[shape % seen.size()];
    const auto tag = static_cast<uint16_t>(shape >> 16 | 1);
    if (slot == tag) repeated += reader.end() - reader.begin();
    slot = tag;
  }
  return repeated * 100 / sample.size();
}

/// Percent of the bytes that must be in records whose shape came before for the format to be
/// likely.
unsigned least_percent(const RecordFormat& format) {
  const auto* candidate =
      std::find_if(std::begin(kCandidates), std::end(kCandidates),
                   [&](const Candidate& one) { return one.format.is_like(format); });
  return candidate == std::end(kCandidates) ? 101 : candidate->least_percent;
}

/// Whether the bytes have what ends and divides records of the format.
bool may_have_format(const RecordFormat& format, const ByteCounts& counts) {
  const size_t ends = counts[format.end];
  // Where there are lines, they are the records.
  const bool is_by_end =
      ends >= kLeastRecords && (format.end == '\n' || counts['\n'] < kLeastRecords);
  const bool is_delimited = format.syntax == RecordSyntax::DELIMITED;
  const bool has_delimiters = !is_delimited || counts[format.delimiter] * 2 >= ends;
  const bool has_quotes =
      format.syntax != RecordSyntax::JSON || format.end == ']' || counts['"'] >= ends;
  return is_by_end && has_delimiters && has_quotes;
}

/// repeated_percent(), or zero if that is too few for the format.
size_t record_percent(const RecordFormat& format, ByteSpan sample, const ByteCounts& counts,
                      bool may_change_words) {
  if (!may_have_format(format, counts)) return 0;
  const size_t percent = repeated_percent(format, sample, false);
  if (percent >= least_percent(format)) return percent;
  if (format.syntax != RecordSyntax::WORDS || !may_change_words) return 0;
  // Names without digits may be what changes.
  const size_t with_words = repeated_percent(format, sample, true);
  return with_words >= kLeastOfWords ? with_words : 0;
}

}  // namespace

unsigned RecordCandidates::percent_of(const RecordFormat& format) const {
  for (size_t i = 0; i < count; i++)
    if (formats[i].is_like(format)) return percents[i];
  return 0;
}

size_t find_record_end(ByteSpan bytes) {
  const ByteSpan sample = middle_lines(bytes, kLooked);
  const auto counts = count_bytes(sample);
  if (!is_text(counts, sample.size())) return bytes.size();
  const uint8_t end = counts['\n'] >= kLeastRecords ? '\n' : '}';
  const ByteSpan tail = bytes.last(bytes.size() / 16);
  const auto last = std::find(tail.rbegin(), tail.rend(), end);
  if (last == tail.rend()) return bytes.size();
  return bytes.size() - static_cast<size_t>(last - tail.rbegin());
}

bool has_record_format(ByteSpan bytes, const RecordFormat& format) {
  Looked room;
  const ByteSpan sample = spread_lines(bytes, room);
  const auto counts = count_bytes(sample);
  if (!is_text(counts, sample.size()) || !may_have_format(format, counts)) return false;
  return repeated_percent(format, sample, false) * 2 >= least_percent(format) ||
         (format.syntax == RecordSyntax::WORDS &&
          repeated_percent(format, sample, true) * 3 >= kLeastOfWords * 2);
}

RecordCandidates find_record_formats(ByteSpan bytes, unsigned least_percent) {
  RecordCandidates found;
  Looked room;
  // Late looks come with each chunk.
  const ByteSpan sample =
      spread_lines(bytes, MutableByteSpan(room).first(least_percent != 0 ? kLooked / 2 : kLooked));
  const auto counts = count_bytes(sample);
  if (!is_text(counts, sample.size())) return found;
  for (const Candidate& candidate : kCandidates) {
    const size_t percent = record_percent(candidate.format, sample, counts, least_percent == 0);
    if (percent < std::max(least_percent, 1U)) continue;
    size_t place = found.count++;
    for (; place > 0 && found.percents[place - 1] < percent; place--) {
      found.percents[place] = found.percents[place - 1];
      found.formats[place] = found.formats[place - 1];
    }
    found.percents[place] = static_cast<uint8_t>(percent);
    found.formats[place] = candidate.format;
  }
  // Of lines that have any order, the words may have more.
  const auto end = found.formats.begin() + static_cast<std::ptrdiff_t>(found.count);
  const bool is_new = std::find(found.formats.begin(), end, kWordLines) == end;
  if (least_percent == 0 && found.count != 0 && is_new && counts['\n'] >= kLeastRecords)
    found.formats[found.count++] = kWordLines;
  return found;
}

}  // namespace sigma
