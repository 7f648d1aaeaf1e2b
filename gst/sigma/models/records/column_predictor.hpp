/* What a column's entry may be, by the last one of another column.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gst/sigma/models/records/field_store.hpp"
#include "gst/sigma/operators/records/layout.hpp"

namespace sigma {

/// A dictionary that another one may be predicted from. The fields of its list have the numbers of
/// their entries for sizes.
struct Partner {
  size_t number = 0;  ///< of its column
  FieldList list;
  size_t entries = 0;
};
constexpr uint32_t kNoPartnerEntry = kMaxFieldSize;  ///< also for those from here on
/// By a partner's entry: the one that came with it last.
using Predictions = std::array<uint16_t, kNoPartnerEntry>;

/// Follows a partner's entries while the values of another column are gone through, as a decoder
/// does (docs/format.md, section 8.7).
class ColumnPredictor {
 public:
  ColumnPredictor(const FieldStore& fields, const Partner& partner, Predictions& predictions)
      : cursor_(fields, partner.list), left_(partner.list.count), predictions_(predictions) {
    predictions_.fill(kNone);
    advance();
  }
  /// Whether the entry of the value that begins at `begin` is the one that came with the partner's
  /// last one the last time; it is what comes next time.
  bool predicts(uint32_t begin, size_t entry) {
    while (has_next_ && next_.begin < begin) {
      asked_ = next_.size;
      advance();
    }
    if (asked_ == kNoPartnerEntry) return false;
    uint16_t& predicted = predictions_[asked_];
    const auto now = static_cast<uint16_t>(entry < kMaxEntries ? entry : kNone);
    const bool is_right = predicted == now && now != kNone;
    predicted = now;
    return is_right;
  }

 private:
  static constexpr uint16_t kNone = UINT16_MAX;
  void advance() {
    has_next_ = left_ != 0;
    if (!has_next_) return;
    next_ = cursor_.next();
    left_--;
  }

  FieldStore::Cursor cursor_;
  uint32_t left_;
  Predictions& predictions_;
  Field next_;
  bool has_next_ = false;
  uint32_t asked_ = kNoPartnerEntry;
};

}  // namespace sigma
