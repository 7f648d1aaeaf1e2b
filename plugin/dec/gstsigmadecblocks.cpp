/* Decoded chunks go downstream in the memory they were decoded into.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plugin/dec/gstsigmadecblocks.h"

#include <utility>

#include "plugin/common/gstsigmautil.h"

namespace sigmadec {

sigma::Result<sigma::MutableByteSpan> ChunkBlocks::reserve(size_t size) {
  next_ = sigma::Buffer();
  sigma::Result<sigma::Buffer> block = pool_.acquire(size);
  if (!block.ok()) return block.status;
  next_ = std::move(block.value);
  next_.set_filled(0, size);
  next_.shrink_to_fit();
  return sigma::MutableByteSpan(next_.block(), size);
}

sigma::Buffer ChunkBlocks::adopt(sigma::Buffer&& block) {
  next_ = std::move(block);
  return {};
}

void ChunkBlocks::take(sigma::ByteSpan chunk) {
  if (!next_ || chunk.data() != next_.block()) return forget();
  next_.recycle_when_dropped();
  latest_bytes_ = next_.bytes();
  hold(gst_sigma_wrap_memory(std::exchange(next_, {}), GST_MEMORY_FLAG_READONLY));
}

GstBuffer* ChunkBlocks::make_buffer(sigma::ByteSpan bytes) {
  if (latest_ != nullptr) {
    GstBuffer* buffer = gst_buffer_new();
    const auto offset = static_cast<gssize>(bytes.data() - latest_bytes_.data());
    gst_buffer_append_memory(
        buffer, bytes.size() == latest_bytes_.size()
                    ? gst_memory_ref(latest_)
                    : gst_memory_share(latest_, offset, static_cast<gssize>(bytes.size())));
    return buffer;
  }
  sigma::Result<sigma::Buffer> block = pool_.acquire(bytes.size());
  if (!block.ok()) return nullptr;
  block.value.append(bytes);
  block.value.shrink_to_fit();
  block.value.recycle_when_dropped();
  return gst_sigma_wrap(std::move(block.value));
}

void ChunkBlocks::hold(GstMemory* memory) {
  if (latest_ != nullptr) gst_memory_unref(latest_);
  latest_ = memory;
}

}  // namespace sigmadec
