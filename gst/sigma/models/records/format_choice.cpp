/* Trying formats on a sample.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/format_choice.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "gst/sigma/models/sampling/density.hpp"
#include "gst/sigma/models/sampling/lines.hpp"

namespace sigma {
namespace {

constexpr size_t kSampleSize = size_t{64} << 10;
/// Of short chunks less is tried: an eighth, but not less than this.
constexpr size_t kMinSample = size_t{16} << 10;
constexpr size_t kSampledShare = 8;

/// A first look at what has to be refused quickly, as most data holds no records: so many bytes, of
/// which records take less than this percent of what they take as they are.
constexpr size_t kQuickSample = size_t{16} << 10;
constexpr size_t kHopelessPercent = 97;
/// Percent of what the best format takes of it that another one may take.
constexpr size_t kFarBehindPercent = 120;

/// Percent of a sample that its templates have where they are too many for records, unless these
/// promise to be less than kFewPercent of what the sample takes as it is.
constexpr size_t kManyTextsPercent = 33;
constexpr size_t kFewPercent = 67;
/// The same in a first look, in which most templates come once: it has a few lines of four places.
/// What is between needs a larger sample that promises this, with growth or without.
constexpr size_t kFewAtFirstPercent = 76;
constexpr size_t kSurelyFewPercent = 85;
constexpr size_t kSurelyLeastPercent = 75;
/// Without growth what takes so little is looked at again, however it seems to grow: that differs
/// from sample to sample of one log.
constexpr size_t kLeastAtFirstPercent = 58;

/// What records of many templates take at the least, in percent of what a sample takes as it is,
/// where a whole chunk of them never was smaller.
constexpr size_t kVainPercent = 80;

/// Percent of what a sample takes as it is that records may take whose templates grow much.
constexpr unsigned kGrowingPercent = 95;
/// The same if they hardly grow.
constexpr unsigned kSteadyPercent = 90;

/// Percent of what a sample takes as it is that records may take without growth to be tried though
/// their templates grow: a few lines from four places tell little of what is rare.
constexpr size_t kPromisePercent = 60;
/// The same, from where on the whole chunk is coded as it is before it is coded as records.
constexpr size_t kClosePercent = 75;

/// Percent of what a format that is likely to be smaller than bytes is expected to take, below
/// which another one is tried before it, however it seems to grow.
constexpr size_t kMuchLessPercent = 95;

/// What a chunk's lanes, in percent of its share of a sample's, and its tables, by the sample's,
/// take of a decoder's workspace, roughly.
constexpr size_t kGrownLanes = 80;
constexpr size_t kGrownTables = 5;

/// Percent of what a sample from one place takes as it is that records may take to be tried though
/// samples from four places refuse them: what lies together has fewer templates than these show.
constexpr size_t kInOnePlacePercent = 92;
/// The same of the samples from four places, without growth, from where on that is not looked at.
constexpr size_t kRefusedPercent = 95;
/// Percent of the bytes that must be in records like others for that; from the second one on it is
/// a table, whatever the sample takes.
constexpr size_t kMostlyPercent = 50;
constexpr size_t kNearlyAllPercent = 90;

/// Of what columns of JSON by the last text take of a sample, how much those by all texts may take
/// to be taken: they are more, and a sample has few values of each. Measured: where these take
/// 0.6 % more of the sample, they take up to 16 % less of the whole; where they are worse, 0.7 %.
constexpr size_t kPathPerMille = 992;

}  // namespace

bool repeats_in_many_places(ByteSpan chunk) {
  constexpr size_t kLong = 64;
  constexpr int kManyPlaces = static_cast<int>(kPlaces / 8 * 7);
  return chunk.size() >= kMinProbed &&
         std::popcount(find_repeats(chunk, {}, SIZE_MAX, kLong)) >= kManyPlaces;
}

/// What a sample's bytes would take in a format, if what it is taken from has `times` its size.
/// With lanes that are coded as quickly as bytes, if a look is to be quick.
Result<FormatChoice::Estimate> FormatChoice::try_format(const RecordFormat& format, ByteSpan sample,
                                                        size_t times, bool is_quick) {
  RecordAnalysis& analysis = parts_.analysis();
  analysis.shapes().learn({});
  if (const Status status = parts_.start_part(); !status.ok()) return status;
  if (analysis.read(format, {}, sample).size() != sample.size() ||
      !analysis.code_columns(sample, parts_.workspace()))
    return Estimate{};
  TreeWriter tree(parts_.tree_room().subspan(kSampleSize));
  if (const Status status = is_quick ? parts_.use_lanes(bytes_lane_) : parts_.use_lanes();
      !status.ok())
    return status;
  if (const Status status = parts_.write_records(sample.size(), false, {}, nullptr, tree);
      !status.ok())
    return status;
  if (parts_.is_crowded() || tree.overflowed()) return Estimate{};
  const size_t fixed_size = parts_.fixed_size();
  const size_t values = (tree.bytes().size() - fixed_size) * times;
  // A chunk of twice the size has as many templates more as the second half of the sample has.
  const uint64_t most = uint64_t{fixed_size} * times;
  uint64_t fixed = fixed_size;
  for (size_t left = times; left > 1; left /= 2)
    fixed = std::min(fixed * analysis.templates().definitions().size() /
                         std::max<size_t>(analysis.half_text(), 1),
                     most);
  const bool has_many_texts =
      analysis.templates().definitions().size() * 100 > sample.size() * kManyTextsPercent;
  const size_t workspace =
      analysis.lanes_memory() * times / 100 * kGrownLanes + analysis.tables_memory() * kGrownTables;
  return Estimate{fixed_size + values, static_cast<size_t>(fixed) + values, workspace,
                  analysis.shapes().known(), has_many_texts};
}

/// Of what a sample takes as it is, what it may take in a format to be likely to be smaller in it.
/// What it takes where templates do not grow is more than the share that it has of the whole.
unsigned FormatChoice::likely_percent(const Estimate& size) const {
  if (is_patient()) return worth_percent_;
  if (size.likely > size.least / 10 * 11) return kGrowingPercent;
  return size.likely <= size.least / 100 * 102 ? kSteadyPercent : worth_percent_;
}

/// Whether columns of JSON by all texts before a field promise to take less than those by the last
/// one, which take `least` of the sample.
Result<bool> FormatChoice::goes_by_path(RecordFormat format, size_t least, ByteSpan sample,
                                        size_t times) {
  if (format.syntax != RecordSyntax::JSON) return false;
  format.by_path = true;
  const Result<Estimate> size = try_format(format, sample, times, false);
  return size.ok() ? Result<bool>(size.value.least / 1000 * kPathPerMille < least)
                   : Result<bool>(size.status);
}

/// Whether a sample, which takes `plain` as it is, has more templates than records have.
bool FormatChoice::has_too_many_texts(const Estimate& size, size_t plain,
                                      size_t most_percent) const {
  return !is_patient() && size.has_many_texts && size.likely > plain / 100 * most_percent;
}

/// Whether a patient level would try in vain: many templates, which make it larger if they grow.
bool FormatChoice::is_in_vain(const Estimate& size, size_t plain) const {
  return is_patient() && !tries_doubtful_ && size.has_many_texts && size.likely > plain &&
         size.least > plain / 100 * kVainPercent;
}

/// What a sample in the front of the scratch takes as it is.
Result<size_t> FormatChoice::code_plainly(ByteSpan sample, MutableByteSpan scratch) {
  if (const Status status = lane_coder_.configure(bytes_lane_); !status.ok()) return status;
  return lane_coder_.encode(sample, {}, scratch.subspan(kSampleSize));
}

/// Whether a first look, at what takes `plain` as it is, shows no records: half of the way between
/// no growth of templates and what is likely counts, as so little tells neither.
bool FormatChoice::is_hopeless(const Estimate& size, size_t plain) const {
  const size_t between = size.least / 2 + size.likely / 2;
  return between > plain / 100 * kHopelessPercent ||
         has_too_many_texts(size, plain, kFewAtFirstPercent);
}

/// Drops the formats that a first look is enough to refuse, but not where a key chunk repeats
/// itself, or to see far behind another one.
Status FormatChoice::drop_hopeless(ByteSpan chunk, bool is_key, MutableByteSpan scratch,
                                   RecordCandidates& candidates, Refused& refused) {
  const ByteSpan sample = spread_lines(chunk, scratch.first(kQuickSample));
  const size_t times = std::max<size_t>(chunk.size() / sample.size(), 1);
  const Result<size_t> plain = code_plainly(sample, scratch);
  if (!plain.ok()) return plain.status;
  std::array<size_t, kRecordFormats> sizes;
  size_t least = SIZE_MAX;
  for (size_t i = 0; i < candidates.count; i++) {
    const Result<Estimate> size = try_format(candidates.formats[i], sample, times, true);
    if (!size.ok()) return size.status;
    const size_t bytes = plain.value * times;
    const bool is_refused = is_hopeless(size.value, bytes);
    const bool has_many = is_refused || has_too_many_texts(size.value, bytes, kFewPercent);
    candidates.are_doubtful[i] = has_many && !(is_key && repeats_in_many_places(chunk));
    const bool is_dropped = is_refused && candidates.are_doubtful[i] &&
                            size.value.least > bytes / 100 * kLeastAtFirstPercent;
    sizes[i] = is_dropped ? SIZE_MAX : size.value.likely;
    if (is_dropped) refused.add(candidates, i, size.value.least, bytes);
    // What has many templates may come to have more.
    if (!size.value.has_many_texts) least = std::min(least, sizes[i]);
  }
  size_t count = 0;
  for (size_t i = 0; i < candidates.count; i++) {
    if (sizes[i] == SIZE_MAX || sizes[i] / kFarBehindPercent > least / 100) continue;
    candidates.percents[count] = candidates.percents[i];
    candidates.are_doubtful[count] = candidates.are_doubtful[i];
    candidates.formats[count++] = candidates.formats[i];
  }
  candidates.count = count;
  return {};
}

void FormatChoice::Refused::add(const RecordCandidates& candidates, size_t i, size_t size,
                                size_t plain) {
  const size_t percent = size == SIZE_MAX ? kNone : size / (plain / 100 + 1);
  const size_t common = candidates.percents[i];
  if (percent < std::min(least_percent, kRefusedPercent) && common >= kMostlyPercent) {
    least = candidates.formats[i];
    least_percent = percent;
  }
  if (common > std::max(common_percent, kNearlyAllPercent)) {
    most_common = candidates.formats[i];
    common_percent = common;
  }
}

/// Finds a format if what it takes of a sample from one place, which takes `plain` as it is, is
/// less, and less than that of others found so. The chunk is so many times the sample.
Status FormatChoice::look_at_piece(const RecordFormat& format, ByteSpan sample, size_t plain,
                                   size_t times, Prospects& found) {
  const Result<Estimate> size = try_format(format, sample, 1, false);
  if (!size.ok()) return size.status;
  if (size.value.least >= plain / 100 * kInOnePlacePercent ||
      size.value.least * times >= found.likely)
    return {};
  found.formats.formats[0] = format;
  found.formats.count = 1;
  found.likely = size.value.least * times;
  found.workspace = size.value.workspace * times;
  found.shapes = size.value.shapes;
  found.promises_much = found.are_close = true;
  return {};
}

/// The same for those of the refused formats that are worth it; what was found takes the place of
/// what samples from four places promise.
Status FormatChoice::look_in_one_place(ByteSpan chunk, const Refused& refused,
                                       MutableByteSpan scratch, Prospects& found) {
  const bool has_least = refused.least_percent != Refused::kNone;
  const bool has_common =
      refused.common_percent != 0 && !(has_least && refused.least.is_like(refused.most_common));
  if (!has_least && !has_common) return {};
  const ByteSpan sample = middle_lines(chunk, kSampleSize);
  const size_t times = std::max<size_t>(chunk.size() / sample.size(), 1);
  const Result<size_t> plain = code_plainly(sample, scratch);
  if (!plain.ok()) return plain.status;
  Prospects here;
  here.plain = plain.value * times;
  Status status;
  if (has_least) status = look_at_piece(refused.least, sample, plain.value, times, here);
  if (has_common && status.ok())
    status = look_at_piece(refused.most_common, sample, plain.value, times, here);
  if (here.formats.count != 0) found = here;
  return status;
}

Result<FormatChoice::Prospects> FormatChoice::choose(ByteSpan chunk, RecordCandidates candidates,
                                                     bool is_key, MutableByteSpan scratch) {
  const size_t wanted = std::clamp(chunk.size() / kSampledShare, kMinSample, kSampleSize);
  Refused refused;
  if (!is_patient() && wanted > kQuickSample)
    if (const Status status = drop_hopeless(chunk, is_key, scratch, candidates, refused);
        !status.ok())
      return status;
  Result<Prospects> found = choose_by_sample(chunk, candidates, wanted, scratch);
  if (is_patient() || !found.ok() || found.value.are_likely || found.value.promises_much)
    return found;
  const Status status = look_in_one_place(chunk, refused, scratch, found.value);
  return status.ok() ? found : Result<Prospects>(status);
}

/// What a format is expected to take, by which formats are put in order. A sample from four places
/// has more templates than what lies together, so growth counts less than that there is none.
size_t FormatChoice::expected(const Estimate& size) const {
  return is_patient() ? size.likely : size.least / 3 * 2 + size.likely / 3;
}

/// What is likely to be smaller than bytes excludes the rest, but what is expected to take much
/// less than that.
void FormatChoice::drop_unlikely(RecordCandidates& chosen,
                                 std::array<Estimate, kRecordFormats>& sizes) const {
  size_t likely = SIZE_MAX;
  for (size_t i = 0; i < chosen.count; i++)
    if (sizes[i].is_likely) likely = std::min(likely, expected(sizes[i]));
  size_t count = 0;
  for (size_t i = 0; i < chosen.count; i++) {
    if (!sizes[i].is_likely && expected(sizes[i]) >= likely / 100 * kMuchLessPercent) continue;
    sizes[count] = sizes[i];
    chosen.formats[count++] = chosen.formats[i];
  }
  chosen.count = count;
}

/// The same by a sample of `wanted` bytes alone, of the formats that a first look has left.
Result<FormatChoice::Prospects> FormatChoice::choose_by_sample(ByteSpan chunk,
                                                               const RecordCandidates& candidates,
                                                               size_t wanted,
                                                               MutableByteSpan scratch) {
  if (candidates.count == 0) return Prospects{};
  const ByteSpan sample = spread_lines(chunk, scratch.first(wanted));
  const size_t times = std::max<size_t>(chunk.size() / sample.size(), 1);
  const Result<size_t> plain = code_plainly(sample, scratch);
  if (!plain.ok()) return plain.status;
  Prospects found;
  found.plain = plain.value * times;
  const size_t most = found.plain / 100 * worth_percent_;
  RecordCandidates& chosen = found.formats;
  std::array<Estimate, kRecordFormats> sizes;
  for (size_t i = 0; i < candidates.count; i++) {
    const bool is_doubtful = candidates.are_doubtful[i];
    Result<Estimate> tried = try_format(candidates.formats[i], sample, times, is_doubtful);
    if (!tried.ok()) return tried.status;
    Estimate& size = tried.value;
    const bool is_sure = size.likely < found.plain / 100 * kSurelyFewPercent ||
                         size.least < found.plain / 100 * kSurelyLeastPercent;
    if ((is_doubtful && !is_sure) || is_in_vain(size, found.plain)) continue;
    size.is_likely = !has_too_many_texts(size, found.plain, kFewPercent) &&
                     size.likely < found.plain / 100 * likely_percent(size);
    if (size.least >= most && !size.is_likely) continue;
    found.are_likely = found.are_likely || size.is_likely;
    // Of many templates, what a first look has left in doubt was looked at twice.
    size.promise = !size.has_many_texts ? kPromisePercent : is_doubtful ? kSurelyLeastPercent : 0;
    size_t place = chosen.count++;
    for (; place > 0 && expected(sizes[place - 1]) > expected(size); place--) {
      sizes[place] = sizes[place - 1];
      chosen.formats[place] = chosen.formats[place - 1];
    }
    sizes[place] = size;
    chosen.formats[place] = candidates.formats[i];
  }
  if (found.are_likely && !is_patient()) drop_unlikely(chosen, sizes);
  if (chosen.count == 0) return found;
  found.likely = sizes[0].likely;
  found.workspace = sizes[0].workspace;
  found.shapes = sizes[0].shapes;
  found.promises_much = sizes[0].least < found.plain / 100 * sizes[0].promise;
  found.are_close = found.likely > found.plain / 100 * kClosePercent;
  if (!is_patient() && !found.are_likely && !found.promises_much) return found;
  const Result<bool> by_path = goes_by_path(chosen.formats[0], sizes[0].least, sample, times);
  if (!by_path.ok()) return by_path.status;
  chosen.formats[0].by_path = by_path.value;
  return found;
}

Result<size_t> FormatChoice::plain_size(ByteSpan chunk, const LaneParameters& lane,
                                        MutableByteSpan room) {
  if (const Status status = lane_coder_.configure(lane); !status.ok()) return status;
  const Result<size_t> plain = lane_coder_.encode(chunk, {}, room);
  return plain.ok() && plain.value == 0 ? chunk.size() : plain;
}

}  // namespace sigma
