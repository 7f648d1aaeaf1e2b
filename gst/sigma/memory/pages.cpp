/* Pages of POSIX and of Windows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gst/sigma/memory/pages.hpp"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace sigma::pages {
namespace {

size_t page_size() {
#if defined(_WIN32)
  SYSTEM_INFO info = {};
  GetSystemInfo(&info);
  return info.dwPageSize;
#else
  return static_cast<size_t>(sysconf(_SC_PAGESIZE));
#endif
}

size_t whole_pages(size_t size) {
  static const size_t page = page_size();
  return (size + page - 1) / page * page;
}

}  // namespace

uint8_t* map(size_t size) {
  const size_t whole = whole_pages(size);
  if (whole < size) return nullptr;
#if defined(_WIN32)
  return static_cast<uint8_t*>(
      VirtualAlloc(nullptr, whole, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
#else
  void* block = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return block == MAP_FAILED ? nullptr : static_cast<uint8_t*>(block);
#endif
}

void unmap(uint8_t* block, [[maybe_unused]] size_t size) {
#if defined(_WIN32)
  VirtualFree(block, 0, MEM_RELEASE);
#else
  munmap(block, whole_pages(size));
#endif
}

uint8_t* cut(uint8_t* block, size_t size, size_t smaller) {
  const size_t kept = whole_pages(smaller);
  const size_t freed = whole_pages(size) - kept;
  if (freed == 0) return block;
#if defined(_WIN32)
  return VirtualFree(block + kept, freed, MEM_DECOMMIT) != 0 ? block : nullptr;
#else
  return munmap(block + kept, freed) == 0 ? block : nullptr;
#endif
}

uint8_t* lengthen([[maybe_unused]] uint8_t* block, [[maybe_unused]] size_t size,
                  [[maybe_unused]] size_t larger) {
#if defined(MREMAP_MAYMOVE)
  void* moved = mremap(block, whole_pages(size), whole_pages(larger), MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? nullptr : static_cast<uint8_t*>(moved);
#else
  return nullptr;
#endif
}

}  // namespace sigma::pages
