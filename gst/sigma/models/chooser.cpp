/* Models one after the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "gst/sigma/models/chooser.hpp"

#include <algorithm>
#include <cstring>

namespace sigma {
namespace {

/// Percent of a chunk from which on what it repeats makes it a copy.
constexpr size_t kCopyPercent = 90;

}  // namespace

Status GroupStates::make(std::span<const ModelEntry> models) {
  for (size_t i = 0; i < models.size(); i++) {
    if (models[i].make_state == nullptr || states_[i] != nullptr) continue;
    states_[i] = models[i].make_state();
    if (states_[i] == nullptr) return Status::error(ErrorCode::NO_MEMORY, "out of memory");
  }
  return {};
}

void GroupStates::forget() {
  for (const auto& state : states_)
    if (state != nullptr) state->forget();
}

Status ModelChooser::configure(const ModelSettings& settings) {
  least_room_ = 0;
  room_ = long_room_ = settings.room_size;
  for (size_t i = 0; i < list_.size(); i++) {
    serves_[i] = list_[i].serves(settings);
    if (!serves_[i]) continue;
    if (models_[i] == nullptr) models_[i] = list_[i].make(pool_, lanes_);
    if (models_[i] == nullptr) return Status::error(ErrorCode::NO_MEMORY, "out of memory");
    if (const Status status = models_[i]->configure(settings); !status.ok()) return status;
    least_room_ = std::max(least_room_, list_[i].least_room);
    long_room_ = std::max(long_room_, list_[i].memory(settings).room);
  }
  return {};
}

size_t ModelChooser::first_room(size_t size) const {
  return std::max(std::min(size, size > room_ ? long_room_ : room_), least_room_);
}

void ModelChooser::release_memory() {
  for (const auto& model : models_)
    if (model != nullptr) model->release_memory();
}

Result<CodedBody> ModelChooser::encode_by(size_t model, const ChunkInput& chunk,
                                          GroupStates& states, MutableByteSpan scratch) {
  for (size_t i = 0; i < list_.size(); i++)
    if (i != model && models_[i] != nullptr) models_[i]->release_memory();
  Result<CodedBody> body = models_[model]->encode(chunk, states[model], scratch);
  body.value.model = list_[model].id;
  return body;
}

Result<CodedBody> ModelChooser::encode(const ChunkInput& chunk, GroupStates& states,
                                       MutableByteSpan scratch) {
  CodedBody best;
  size_t best_model = 0;
  // Copies are not looked at by other models.
  const bool is_copy =
      repeated_bytes(chunk) * 100 >= chunk.bytes.size() * kCopyPercent && !chunk.bytes.empty();
  for (size_t i = is_copy ? list_.size() - 1 : 0; i < list_.size() && !best.is_settled; i++) {
    if (!serves_[i]) continue;
    const size_t size = best.bytes.size();
    const size_t least = size + best.handicap;
    // What is smaller than the best body fits behind it, if there is so much room.
    const MutableByteSpan rest = scratch.subspan(size);
    const bool has_room = size <= rest.size();
    ChunkInput wanted = chunk;
    if (size != 0 && has_room) wanted.most = least;
    const Result<CodedBody> made = encode_by(i, wanted, states, has_room ? rest : scratch);
    if (!made.ok()) return made;
    const size_t made_size = made.value.bytes.size();
    if (made_size != 0 && (size == 0 || made_size < least)) {
      best = made.value;
      best_model = i;
      // The next model's body is made behind it.
      if (i + 1 < list_.size() && best.bytes.data() != scratch.data()) {
        std::memmove(scratch.data(), best.bytes.data(), made_size);
        best.bytes = scratch.first(made_size);
      }
    } else if (!has_room) {
      const Result<CodedBody> again = encode_by(best_model, chunk, states, scratch);
      if (!again.ok()) return again;
      best = again.value;
    }
  }
  if (chunk.is_key)
    for (size_t i = 0; i < list_.size(); i++)
      if (states[i] != nullptr) states[i]->key_coded_by(best.model);
  return best;
}

}  // namespace sigma
