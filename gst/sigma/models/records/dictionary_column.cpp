/* Dictionaries: entries, windows, partners.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/records/dictionary_column.hpp"

#include <algorithm>
#include <bit>

#include "gst/sigma/models/records/text_hash.hpp"

namespace sigma {
namespace {

constexpr size_t kWindow = 14;  ///< recent entries, where they pay

/// What a value must cost for partners to be tried: a quarter of a bit.
constexpr uint32_t kPredictedCost = kCostPerBit / 4;

/// The entries used last, the latest first.
class RecentEntries {
 public:
  explicit RecentEntries(size_t window) : window_(window) {}
  /// Puts the entry in front; gives the place where it was, the window's size if it was not there.
  size_t use(size_t entry) {
    if (count_ != 0 && entries_[0] == entry) return 0;
    auto carried = static_cast<uint16_t>(entry);
    for (size_t i = 0; i < count_; i++) {
      std::swap(carried, entries_[i]);
      if (carried == entry) return i;
    }
    if (count_ < window_) entries_[count_++] = carried;
    return window_;
  }

 private:
  size_t window_;
  size_t count_ = 0;
  std::array<uint16_t, kMaxRecent> entries_;
};

/// How many of a sample's values are new where it stands for a whole column: of values that are all
/// equally frequent, N, a sample of n repeats n * n / 2 N.
size_t expected_new(size_t values, size_t sample, size_t distinct) {
  if (distinct == sample || values <= sample) return distinct;
  const size_t all = sample * sample / (2 * (sample - distinct));
  return std::clamp<size_t>(all * sample / values, 1, distinct);
}

size_t window_of(const DictionaryColumn::Estimate& form) {
  return form.has_window ? kWindow : 0;
}

/// Of a code as lanes have it.
uint8_t first_byte(size_t code) {
  return static_cast<uint8_t>(code < kFirstWide ? code : kFirstWide + (code - kFirstWide) / 256);
}

}  // namespace

void DictionaryColumn::begin_table(size_t values) {
  slots_ = std::min(std::bit_ceil(2 * values), table_->slots.size());
  entries_ = 0;
  std::fill_n(table_->slots.begin(), slots_, 0);
}

DictionaryColumn::Value DictionaryColumn::read_value(const Field& field) const {
  const uint8_t* const text = context_.bytes.data() + field.begin;
  const uint8_t* const end = context_.end();
  const uint64_t word = load_text(text, field.size, end);
  if (field.size > 2 * sizeof word)
    return {field, fold_hash(mix_text(0, text, field.size, end)), word};
  // The first and the last bytes are all of it.
  const uint64_t last =
      field.size > sizeof word ? load_le<uint64_t>(text + field.size - sizeof word) : 0;
  return {field, fold_hash(mix_words(field.size, word, last)), word};
}

/// The next values of a column, from the one with the given number on. What a sample has told of
/// the first ones need not be looked up.
void DictionaryColumn::read_batch(FieldStore::Cursor& cursor, size_t number, size_t count,
                                  std::array<Value, kBatch>& values) const {
  for (size_t i = 0; i < count; i++) {
    const Field field = cursor.next();
    values[i] = number + i < sampled_count_ ? Value{field, 0, 0} : read_value(field);
  }
}

/// The number of the entry that is the value; the number of entries before if it is new. It is
/// found again if there was room for it.
size_t DictionaryColumn::find_entry(const Value& value) {
  const Field& field = value.field;
  const uint8_t* const bytes = context_.bytes.data();
  const uint8_t* const end = context_.end();
  size_t place = value.hash & (slots_ - 1);
  for (; table_->slots[place] != 0; place = (place + 1) & (slots_ - 1)) {
    const size_t number = table_->slots[place] - 1U;
    const Entry& entry = table_->entries[number];
    // Short ones are compared without a look at where they came from.
    if (entry.word == value.word && entry.field.size == field.size &&
        (field.size <= sizeof value.word ||
         same_text(bytes + entry.field.begin, end, bytes + field.begin, end, field.size)))
      return number;
  }
  if (entries_ < kMaxTexts) {
    table_->entries[entries_] = {value.word, field};
    table_->slots[place] = static_cast<uint16_t>(entries_ + 1);
  }
  return entries_++;
}

DictionaryColumn::Estimate DictionaryColumn::estimate(const FieldList& column,
                                                      const ColumnSample& sample,
                                                      const NumberShape& shape,
                                                      const NumberForm& numbers,
                                                      bool is_of_records) {
  constexpr uint32_t kTextCost = 3 * kCostPerBit;    ///< of a byte of text, roughly
  constexpr uint32_t kNumberCost = 4 * kCostPerBit;  ///< of a number, at least
  RecentEntries recent(kWindow);
  Histogram with_window;
  Histogram without;
  size_t count = 0;
  uint32_t new_bytes = 0;
  begin_table(column.count);
  for (size_t i = 0; i < sample.size(); i++) {
    const Field& field = sample[i];
    const size_t entry = find_entry(field);
    sampled_[i] = static_cast<uint16_t>(entry);
    const bool is_new = entry == count;
    count += is_new ? 1 : 0;
    if (is_new) new_bytes += field.size + 1;
    const size_t place = recent.use(entry);
    with_window.add(static_cast<uint8_t>(is_new            ? 0
                                         : place < kWindow ? 1 + place
                                                           : 16 + entry % 240));
    without.add(static_cast<uint8_t>(is_new ? 0 : 1 + entry % 255));
  }
  sampled_count_ = sample.size();
  Estimate estimate;
  estimate.is_partner = is_of_records && column.count >= kMinPredicted;
  estimate.has_window = with_window.cost() < without.cost();
  const size_t fresh = expected_new(column.count, sample.size(), count);
  estimate.repeats = fresh <= sample.size() - sample.size() / 4;
  const auto each = static_cast<uint32_t>(numbers.cost / sample.size());
  estimate.cost = std::min(with_window.cost(), without.cost());
  if (estimate.is_partner && estimate.cost > sample.size() * kPredictedCost)
    choose_partner(column, sample, estimate);
  estimate.cost += (shape.is_number ? static_cast<uint32_t>(count) * std::max(each, kNumberCost)
                                    : new_bytes * kTextCost);
  return estimate;
}

/// The partner with which a sample's codes cost least, if they cost less so.
void DictionaryColumn::choose_partner(const FieldList& column, const ColumnSample& sample,
                                      Estimate& estimate) {
  const size_t count = std::min(partner_count_, kPartners);
  for (size_t i = 0; i < count; i++) {
    const Partner& partner = partners_[i];
    // One that comes seldom tells little.
    if (partner.list.count < column.count / 2) continue;
    const uint32_t cost = cost_with(partner, sample, estimate.has_window);
    if (cost >= estimate.cost - estimate.cost / 16) continue;
    estimate.cost = cost;
    estimate.partner = &partner;
  }
}

uint32_t DictionaryColumn::cost_with(const Partner& partner, const ColumnSample& sample,
                                     bool has_window) {
  ColumnPredictor predictor(*context_.fields, partner, predictions_);
  RecentEntries recent(kWindow);
  Histogram codes;
  size_t count = 0;
  for (size_t i = 0; i < sample.size(); i++) {
    const size_t entry = sampled_[i];
    const bool is_new = entry == count;
    count += is_new ? 1 : 0;
    const bool is_predicted = predictor.predicts(sample[i].begin, entry);
    size_t place = kWindow;
    if (has_window && !is_predicted) place = recent.use(entry);
    codes.add(static_cast<uint8_t>(is_new            ? 0
                                   : is_predicted    ? 1
                                   : place < kWindow ? 2 + place
                                                     : 16 + entry % 240));
  }
  return codes.cost();
}

uint32_t DictionaryColumn::cost(const FieldList& column, const ColumnSample& large,
                                const Estimate& form, uint32_t numbers) {
  const Partner none;
  ColumnPredictor predictor(*context_.fields, form.partner != nullptr ? *form.partner : none,
                            predictions_);
  const size_t window = window_of(form);
  RecentEntries recent(window);
  Histogram codes;
  Histogram lows;
  size_t count = 0;
  size_t count_of_half = 0;
  begin_table(column.count);
  sampled_count_ = 0;
  for (size_t i = 0; i < large.size(); i++) {
    const size_t entry = find_entry(large[i]);
    const bool is_new = entry == count;
    count += is_new ? 1 : 0;
    if (i < large.size() / 2) count_of_half = count;
    const bool is_predicted = form.partner != nullptr && predictor.predicts(large[i].begin, entry);
    size_t place = window;
    if (window != 0 && !is_predicted) place = recent.use(entry);
    if (is_new || is_predicted || place < window) {
      codes.add(static_cast<uint8_t>(is_new ? 0 : is_predicted ? 1 : 2 + place));
      continue;
    }
    const size_t code = 2 + window + std::min(entry, kMaxEntries);
    codes.add(first_byte(code));
    if (code >= kFirstWide) lows.add(static_cast<uint8_t>((code - kFirstWide) % 256));
  }
  // Each time a column doubles, as many entries more are new.
  const size_t doublings = std::bit_width(column.count / large.size()) - 1U;
  const size_t all = count + (count - count_of_half) * doublings;
  const size_t fresh = all * large.size() / column.count;
  const uint32_t each = numbers / static_cast<uint32_t>(large.size());
  return codes.cost() + lows.cost() + static_cast<uint32_t>(fresh) * each;
}

bool DictionaryColumn::code(const FieldList& column, const Estimate& form, FieldList& fresh) {
  const size_t window = window_of(form);
  if (sampled_count_ == 0) begin_table(column.count);
  uint8_t payload[1 + kMaxVarintSize] = {static_cast<uint8_t>(window)};
  const size_t size =
      1 + write_varint(payload + 1, form.partner != nullptr ? form.partner->number + 1 : 0);
  context_.put_glyph(GlyphType::COMPOSITE, Primitive::DICT, {payload, size});
  const size_t first = form.partner != nullptr ? 2 : 1;
  const Partner none;
  ColumnPredictor predictor(*context_.fields, form.partner != nullptr ? *form.partner : none,
                            predictions_);
  FieldStore::Cursor cursor = context_.cursor(column);
  FieldStore::Cursor sizes = cursor;
  RecentEntries recent(window);
  std::array<Value, kBatch> values;
  std::array<uint8_t, kBatch> codes;
  for (uint32_t i = 0; i < column.count; i += kBatch) {
    const size_t count = std::min<size_t>(column.count - i, kBatch);
    read_batch(cursor, i, count, values);
    for (size_t k = 0; k < count; k++) {
      const Field& field = values[k].field;
      const size_t entry = i + k < sampled_count_ ? sampled_[i + k] : find_entry(values[k]);
      if (form.is_partner) {
        sizes.next();
        context_.fields->set_size(sizes,
                                  static_cast<uint32_t>(std::min<size_t>(entry, kNoPartnerEntry)));
      }
      const bool is_predicted = form.partner != nullptr && predictor.predicts(field.begin, entry);
      size_t code = is_predicted ? 1 : 0;
      if (entry == fresh.count) {
        if (!context_.fields->append(fresh, field)) return false;
        if (entry < kMaxEntries) recent.use(entry);
        code = 0;
      } else if (!is_predicted) {
        const size_t place = recent.use(entry);
        code = first + (place < window ? place : window + entry);
      }
      codes[k] = first_byte(code);
      if (code >= kFirstWide)
        context_.lanes->put(RecordLane::LOWS, static_cast<uint8_t>((code - kFirstWide) % 256));
    }
    context_.lanes->put(RecordLane::INDEXES, {codes.data(), count});
  }
  return true;
}

size_t DictionaryColumn::decoder_memory(const Estimate& form, size_t entries) {
  return dictionary_memory(entries, window_of(form),
                           form.partner != nullptr ? form.partner->entries : 0);
}

}  // namespace sigma
