/* The C library's functions, which may refuse.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include "refusals.hpp"

#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void __libc_free(void* block);
}

namespace refusals {
namespace {

// Set while no counted call runs; counted calls may come from any thread.
Call planned_call = Call::ALLOCATE;
int planned_error = 0;
bool planned_for_good = false;

std::atomic<int64_t> calls_left = 0;  ///< 1: the next is refused; 0 and less: none
std::atomic<bool> reached = false;
std::atomic<int> counting = 0;
std::atomic<int64_t> live_blocks = 0;
std::atomic<int64_t> mapped_bytes = 0;

/// Whether this call fails; sets errno if it does.
bool refuses(Call call) {
  if (counting == 0 || calls_left <= 0 || planned_call != call) return false;
  if (calls_left.fetch_sub(1) != 1) return false;
  if (planned_for_good) calls_left = 1;
  reached = true;
  errno = planned_error;
  return true;
}

void* counted(void* block) {
  if (block != nullptr && counting > 0) live_blocks++;
  return block;
}

template <typename Function>
Function* next_of(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

void refuse(Call call, uint64_t nth, int error, bool for_good) {
  planned_call = call;
  planned_error = error;
  planned_for_good = for_good;
  reached = false;
  calls_left = static_cast<int64_t>(nth);
}

void stop() {
  calls_left = 0;
}

bool was_reached() {
  return reached;
}

Counting::Counting() {
  counting++;
}

Counting::~Counting() {
  counting--;
}

int64_t blocks() {
  return live_blocks;
}

int64_t mapped() {
  return mapped_bytes;
}

}  // namespace refusals

using refusals::Call;
using refusals::refuses;

// Seen by the libraries of the process, too.
#pragma GCC visibility push(default)
extern "C" {

void* malloc(size_t size) {
  return refuses(Call::ALLOCATE) ? nullptr : refusals::counted(__libc_malloc(size));
}

void* calloc(size_t count, size_t size) {
  return refuses(Call::ALLOCATE) ? nullptr : refusals::counted(__libc_calloc(count, size));
}

void* realloc(void* block, size_t size) {
  if (refuses(Call::ALLOCATE)) return nullptr;
  void* moved = __libc_realloc(block, size);
  return block == nullptr ? refusals::counted(moved) : moved;
}

void free(void* block) {
  if (block != nullptr && refusals::counting > 0) refusals::live_blocks--;
  __libc_free(block);
}

void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
  static auto* real = refusals::next_of<void*(void*, size_t, int, int, int, off_t)>("mmap");
  if (refuses(Call::ALLOCATE) || refuses(Call::MAP)) return MAP_FAILED;
  void* block = real(address, size, protection, flags, fd, offset);
  if (block != MAP_FAILED && refusals::counting > 0)
    refusals::mapped_bytes += static_cast<int64_t>(size);
  return block;
}

int munmap(void* block, size_t size) {
  static auto* real = refusals::next_of<int(void*, size_t)>("munmap");
  if (refusals::counting > 0) refusals::mapped_bytes -= static_cast<int64_t>(size);
  return real(block, size);
}

void* mremap(void* block, size_t size, size_t larger, int flags, ...) {
  static auto* real = refusals::next_of<void*(void*, size_t, size_t, int, ...)>("mremap");
  if (refuses(Call::ALLOCATE) || refuses(Call::MAP)) return MAP_FAILED;
  void* moved = real(block, size, larger, flags);
  if (moved != MAP_FAILED && refusals::counting > 0)
    refusals::mapped_bytes += static_cast<int64_t>(larger) - static_cast<int64_t>(size);
  return moved;
}

ssize_t read(int fd, void* out, size_t size) {
  static auto* real = refusals::next_of<ssize_t(int, void*, size_t)>("read");
  return refuses(Call::READ) ? -1 : real(fd, out, size);
}

ssize_t pread(int fd, void* out, size_t size, off_t offset) {
  static auto* real = refusals::next_of<ssize_t(int, void*, size_t, off_t)>("pread");
  return refuses(Call::READ) ? -1 : real(fd, out, size, offset);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  static auto* real = refusals::next_of<ssize_t(int, const void*, size_t)>("write");
  return refuses(Call::WRITE) ? -1 : real(fd, bytes, size);
}

int close(int fd) {
  static auto* real = refusals::next_of<int(int)>("close");
  const bool refused = refuses(Call::CLOSE);
  const int result = real(fd);
  if (refused) errno = EIO;
  return refused ? -1 : result;
}
}
#pragma GCC visibility pop
