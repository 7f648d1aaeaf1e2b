/* Names of models, and sizes of chunks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/base/settings.hpp"

#include <utility>

namespace sigma {

bool model_by_name(std::string_view name, Model& model) {
  constexpr std::pair<std::string_view, Model> kModels[] = {
      {"auto", Model::AUTO},       {"bytes", Model::BYTES},   {"records", Model::RECORDS},
      {"samples", Model::SAMPLES}, {"frames", Model::FRAMES}, {"text", Model::TEXT}};
  for (const auto& [known, value] : kModels)
    if (name == known) {
      model = value;
      return true;
    }
  return false;
}

uint32_t optimal_chunk_size(uint64_t file_size) {
  constexpr uint32_t KiB = 1024;
  constexpr uint64_t MiB = 1024 * 1024;
  if (file_size < 10 * MiB) return 64 * KiB;
  if (file_size < 100 * MiB) return 256 * KiB;
  if (file_size < 1024 * MiB) return 1024 * KiB;
  return 4096 * KiB;
}

}  // namespace sigma
