/* Tells ThreadSanitizer of GLib's locks and reference counts, which it cannot see: GLib and
 * GStreamer are not built with it, and their locks call the kernel themselves. Linked into tests in
 * a build with -Db_sanitize=thread alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <glib-object.h>
#include <gst/gst.h>
#include <sanitizer/tsan_interface.h>

namespace {

template <typename Function>
Function* next_of(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#define REAL(name) static auto* const real = next_of(&name, #name)

// Seen by the libraries of the process, too.
#pragma GCC visibility push(default)
extern "C" {

#undef g_object_ref
#undef g_object_unref

#define LOCK(name, Lock)  \
  void name(Lock* lock) { \
    REAL(name);           \
    real(lock);           \
    __tsan_acquire(lock); \
  }
#define TRY_LOCK(name, Lock)            \
  gboolean name(Lock* lock) {           \
    REAL(name);                         \
    const gboolean locked = real(lock); \
    if (locked) __tsan_acquire(lock);   \
    return locked;                      \
  }
#define UNLOCK(name, Lock) \
  void name(Lock* lock) {  \
    REAL(name);            \
    __tsan_release(lock);  \
    real(lock);            \
  }

LOCK(g_mutex_lock, GMutex)
TRY_LOCK(g_mutex_trylock, GMutex)
UNLOCK(g_mutex_unlock, GMutex)
LOCK(g_rec_mutex_lock, GRecMutex)
TRY_LOCK(g_rec_mutex_trylock, GRecMutex)
UNLOCK(g_rec_mutex_unlock, GRecMutex)
LOCK(g_rw_lock_writer_lock, GRWLock)
UNLOCK(g_rw_lock_writer_unlock, GRWLock)
LOCK(g_rw_lock_reader_lock, GRWLock)
UNLOCK(g_rw_lock_reader_unlock, GRWLock)

void g_cond_wait(GCond* cond, GMutex* mutex) {
  REAL(g_cond_wait);
  __tsan_release(mutex);
  real(cond, mutex);
  __tsan_acquire(mutex);
}

gboolean g_cond_wait_until(GCond* cond, GMutex* mutex, gint64 end) {
  REAL(g_cond_wait_until);
  __tsan_release(mutex);
  const gboolean woken = real(cond, mutex, end);
  __tsan_acquire(mutex);
  return woken;
}

// What was done before the last reference went happens before the end of the object.
#define UNREF(name, Pointer)  \
  void name(Pointer object) { \
    REAL(name);               \
    __tsan_release(object);   \
    __tsan_acquire(object);   \
    real(object);             \
  }

UNREF(g_object_unref, gpointer)
UNREF(gst_object_unref, gpointer)
UNREF(gst_mini_object_unref, GstMiniObject*)

// Sinks drop the last buffer so.
gboolean gst_mini_object_replace(GstMiniObject** object, GstMiniObject* other) {
  REAL(gst_mini_object_replace);
  if (*object != nullptr) {
    __tsan_release(*object);
    __tsan_acquire(*object);
  }
  return real(object, other);
}

// A mini object that passes through a lockless queue, such as a message to a bus.
gboolean gst_bus_post(GstBus* bus, GstMessage* message) {
  REAL(gst_bus_post);
  __tsan_release(bus);
  return real(bus, message);
}

GstMessage* gst_bus_timed_pop_filtered(GstBus* bus, GstClockTime timeout, GstMessageType types) {
  REAL(gst_bus_timed_pop_filtered);
  GstMessage* message = real(bus, timeout, types);
  __tsan_acquire(bus);
  return message;
}
}
#pragma GCC visibility pop
