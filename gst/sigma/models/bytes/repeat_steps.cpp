/* The distances that are worth a number, and steps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/models/bytes/repeat_steps.hpp"

#include <algorithm>

namespace sigma {
namespace {

/// Of these, kMaxCopyDistances are taken. More come where a chunk repeats pieces of many places.
constexpr size_t kMostWatched = 256;

struct Distance {
  size_t distance = 0;
  size_t bytes = 0;  ///< that are copied at it
};

/// The distances of the form are those of most bytes, and of these the first ones first.
void choose_distances(std::span<const FarRepeat> repeats, CopiesForm& form) {
  std::array<Distance, kMostWatched> watched;
  size_t count = 0;
  for (const FarRepeat& repeat : repeats) {
    size_t i = 0;
    while (i < count && watched[i].distance != repeat.distance)
      i++;
    if (i == kMostWatched) continue;
    if (i == count) watched[count++] = {repeat.distance, 0};
    watched[i].bytes += repeat.size;
  }
  form.distance_count = std::min(count, kMaxCopyDistances);
  std::partial_sort(watched.begin(), watched.begin() + form.distance_count, watched.begin() + count,
                    [](const Distance& a, const Distance& b) {
                      return a.bytes != b.bytes ? a.bytes > b.bytes : a.distance < b.distance;
                    });
  for (size_t i = 0; i < form.distance_count; i++)
    form.distances[i] = watched[i].distance;
}

}  // namespace

FoundCopies copy_repeats(ByteSpan chunk, std::span<const FarRepeat> repeats, CopiesForm& form,
                         const CopyRoom& room) {
  FoundCopies made;
  StepWriter writer(room, made);
  form.size = chunk.size();
  choose_distances(repeats, form);
  const auto* const distances = form.distances.data();
  size_t at = 0;
  for (const FarRepeat& repeat : repeats) {
    const auto source = static_cast<size_t>(
        std::find(distances, distances + form.distance_count, repeat.distance) - distances);
    if (source == form.distance_count) continue;
    writer.add_literals(chunk.subspan(at, repeat.begin - at), 1);
    writer.add(source + 1, repeat.size);
    at = repeat.begin + repeat.size;
  }
  writer.add_literals(chunk.subspan(at), 1);
  if (writer.overflowed() || form.distance_count == 0) return {};
  drop_unused_distances(form, room.steps.first(made.steps));
  return made;
}

}  // namespace sigma
