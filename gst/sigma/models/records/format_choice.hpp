/* Which format of records a chunk is coded in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/records/format_probe.hpp"
#include "gst/sigma/models/records/part_coder.hpp"

namespace sigma {

/// Whether most of the chunk repeats texts of 64 bytes, at any distance.
bool repeats_in_many_places(ByteSpan chunk);

/// Compares formats, and records with bytes, by what samples of a chunk take.
class FormatChoice {
 public:
  struct Prospects {
    RecordCandidates formats;
    bool are_likely = false;        ///< to be smaller also with what their templates grow to
    bool promises_much = false;     ///< the same, if templates do not grow
    bool are_close = false;         ///< to what the chunk takes as it is
    size_t likely = SIZE_MAX;       ///< bytes of the chunk in the first of the formats
    ShapeTable::Known shapes = {};  ///< of the first one, as far as the sample shows them
    size_t workspace = 0;           ///< that a decoder would need for all of it at once
    size_t plain = 0;               ///< bytes of the chunk as it is, by its sample
  };

  FormatChoice(LaneEncoder& lanes, PartCoder& parts) : lane_coder_(lanes), parts_(parts) {}

  /// `bytes_lane` codes chunks that hold no records. `worth_percent`: of what a sample takes as
  /// bytes, what it may take as records; with 100, whatever may be smaller is tried. Unless
  /// `tries_doubtful`, that is not what most likely is larger.
  void configure(const LaneParameters& bytes_lane, unsigned worth_percent, bool tries_doubtful) {
    bytes_lane_ = bytes_lane;
    worth_percent_ = worth_percent;
    tries_doubtful_ = tries_doubtful;
  }
  bool is_patient() const { return worth_percent_ >= 100; }
  unsigned worth_percent() const { return worth_percent_; }
  const LaneParameters& bytes_lane() const { return bytes_lane_; }

  /// The formats in which a sample of the chunk promises to be smaller than the chunk gets as it
  /// is, which has the history to refer to; the most promising first. Those that are so with no
  /// templates but the sample's, if there are no others: the templates of source code go on to
  /// grow.
  Result<Prospects> choose(ByteSpan chunk, RecordCandidates candidates, bool is_key,
                           MutableByteSpan scratch);

  /// What a chunk without history takes in a lane of its own, tried in `room`; its size if there is
  /// too little.
  Result<size_t> plain_size(ByteSpan chunk, const LaneParameters& lane, MutableByteSpan room);

 private:
  /// Bytes that a format would take: with no templates but a sample's, and with what they grow to.
  struct Estimate {
    size_t least = SIZE_MAX;
    size_t likely = SIZE_MAX;
    size_t workspace = 0;  ///< bytes that a decoder needs
    ShapeTable::Known shapes = {};
    bool has_many_texts = false;  ///< templates are a large part of the sample
    size_t promise = 0;           ///< percent of the plain sample that is tried for `least` alone
    bool is_likely = false;       ///< to be smaller than bytes
  };

  /// Of the formats that a first look refuses, those worth a look in one place: the one that takes
  /// least without growth, in percent of what the sample takes as it is; and the one that has
  /// nearly all.
  struct Refused {
    static constexpr size_t kNone = SIZE_MAX;
    RecordFormat least;
    RecordFormat most_common;
    size_t least_percent = kNone;
    size_t common_percent = 0;

    void add(const RecordCandidates& candidates, size_t i, size_t size, size_t plain);
  };

  Result<size_t> code_plainly(ByteSpan sample, MutableByteSpan scratch);
  Status drop_hopeless(ByteSpan chunk, bool is_key, MutableByteSpan scratch,
                       RecordCandidates& candidates, Refused& refused);
  Result<Prospects> choose_by_sample(ByteSpan chunk, const RecordCandidates& candidates,
                                     size_t wanted, MutableByteSpan scratch);
  Status look_in_one_place(ByteSpan chunk, const Refused& refused, MutableByteSpan scratch,
                           Prospects& found);
  Status look_at_piece(const RecordFormat& format, ByteSpan sample, size_t plain, size_t times,
                       Prospects& found);
  Result<Estimate> try_format(const RecordFormat& format, ByteSpan sample, size_t times,
                              bool is_quick);
  bool is_hopeless(const Estimate& size, size_t plain) const;
  bool has_too_many_texts(const Estimate& size, size_t plain, size_t most_percent) const;
  bool is_in_vain(const Estimate& size, size_t plain) const;
  unsigned likely_percent(const Estimate& size) const;
  size_t expected(const Estimate& size) const;
  void drop_unlikely(RecordCandidates& chosen, std::array<Estimate, kRecordFormats>& sizes) const;
  Result<bool> goes_by_path(RecordFormat format, size_t least, ByteSpan sample, size_t times);

  LaneEncoder& lane_coder_;
  PartCoder& parts_;
  LaneParameters bytes_lane_;
  unsigned worth_percent_ = 0;
  bool tries_doubtful_ = false;
};

}  // namespace sigma
