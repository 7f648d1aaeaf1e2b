/* The library for C, and for all languages that call C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Objects are opaque, and settings begin with their size, so that later versions add functions and
 * settings without breaking programs that were built before. A function that can fail returns a
 * sigma_error, SIGMA_OK (0) if it did not, and says more in `status`, which may be NULL. No call at
 * the wrong time, and no NULL where an object or bytes are due, crashes: it gives
 * SIGMA_INVALID_ARGUMENT. Each object is for one thread at a time; several objects may be used at
 * once. Sizes and offsets are bytes. Names of files are in UTF-8 on Windows. */
#ifndef SIGMA_H
#define SIGMA_H

#include <stddef.h>
#include <stdint.h>

#if !defined(_WIN32)
#define SIGMA_C_API __attribute__((visibility("default")))
#elif defined(SIGMA_BUILDING)
#define SIGMA_C_API __declspec(dllexport)
#else
#define SIGMA_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What went wrong ---- */

typedef enum sigma_error {
  SIGMA_OK = 0,
  SIGMA_INVALID_ARGUMENT = 1,
  SIGMA_INVALID_SETTINGS = 2, /* settings that contradict each other; value: the least max_memory */
  SIGMA_NO_MEMORY = 3,
  SIGMA_NOT_SIGMA = 4, /* the bytes are no .sigma stream at all */
  SIGMA_UNSUPPORTED_VERSION = 5,
  SIGMA_UNSUPPORTED_OPERATOR = 6,
  SIGMA_UNSUPPORTED_PACKET = 7,
  SIGMA_NEEDS_MORE_MEMORY = 8, /* value: the max_memory that the stream needs */
  SIGMA_TRUNCATED = 9,
  SIGMA_DAMAGED = 10,
  SIGMA_VERIFY_FAILED = 11,
  SIGMA_AGAIN = 12,
  SIGMA_IO = 13, /* value: errno */
  SIGMA_CANCELLED = 14,
  SIGMA_ERROR_TYPE_IS_INT = 0x7fffffff /* no error: room for those of later versions */
} sigma_error;

typedef struct sigma_status {
  int32_t code; /* a sigma_error; versions to come may have more */
  uint32_t reserved;
  uint64_t offset; /* in the stream or the input, whichever is read or written */
  uint64_t value;  /* see sigma_error */
  char text[488];  /* one sentence for a user, in English */
} sigma_status;

/* The version of the library that is loaded, such as "1.0.2". */
SIGMA_C_API const char* sigma_version(void);
/* The error's name as above, without SIGMA_; "?" if it is not known. */
SIGMA_C_API const char* sigma_error_name(int error);
/* What such an error means, in one sentence; a sigma_status says what happened, and where. */
SIGMA_C_API const char* sigma_error_text(int error);

/* ---- Settings ---- */

/* What a decoder skipped. Ranges do not include their ends. */
typedef struct sigma_damage {
  size_t struct_size; /* bytes of it that the library knows: versions to come add behind */
  int32_t code;       /* what was found */
  uint32_t reserved;
  uint64_t stream_begin; /* bytes of the stream that could not be used */
  uint64_t stream_end;
  uint64_t position_begin; /* decoded bytes that are missing; equal to the end if none is */
  uint64_t position_end;   /* UINT64_MAX: not known */
  const char* text;        /* one sentence for a user; valid during the call */
} sigma_damage;

/* Called in the thread of the call that finds the damage, before what lies behind it is given. */
typedef void (*sigma_damage_fn)(void* user, const sigma_damage* damage);
/* Called by calls for whole files, in their thread. Not 0: the call ends with SIGMA_CANCELLED. */
typedef int (*sigma_progress_fn)(void* user, uint64_t bytes_in, uint64_t bytes_out);

typedef enum sigma_model {
  SIGMA_MODEL_AUTO = 0,
  SIGMA_MODEL_BYTES = 1,
  SIGMA_MODEL_RECORDS = 2,
  SIGMA_MODEL_SAMPLES = 3,
  SIGMA_MODEL_FRAMES = 4,
  SIGMA_MODEL_TEXT = 5
} sigma_model;

/* How to encode and decode. Later versions add fields at the end, in which 0 is the default. */
typedef struct sigma_settings {
  size_t struct_size; /* set by sigma_settings_init() */
  /* Of encoders. */
  uint32_t level;        /* 0 stores, 1 is fastest, 9 smallest; default 3 */
  uint32_t model;        /* a sigma_model; default SIGMA_MODEL_AUTO */
  uint32_t chunk_size;   /* 64 KiB to 4 MiB; default 0: automatic */
  uint32_t key_interval; /* chunks from key to key, at most; default 0: automatic */
  uint32_t chain;        /* chunks that need one another, at most; default 4 */
  uint32_t index;        /* 1 writes an index, 0 does not; default 1 */
  uint32_t verify;       /* 1 decodes every chunk before it leaves; default 0 */
  /* Of decoders: 1 skips damage and reports it, 0 makes it an error; default 0. */
  uint32_t skip_damage;
  /* Of both: threads of the library's own; 0 is one per core; default 1. */
  uint32_t threads;
  uint32_t reserved;             /* 0 */
  uint64_t encoder_memory;       /* what an encoder may add to a process; default 0: automatic */
  uint64_t decoder_memory;       /* streams that need more are refused; default 64 MiB */
  sigma_damage_fn on_damage;     /* default NULL */
  void* damage_user;             /* its first argument */
  sigma_progress_fn on_progress; /* default NULL */
  void* progress_user;           /* its first argument */
  /* Of encoders: 1 writes into the index what searches need; default 0. */
  uint32_t search_index;
  uint32_t reserved_2; /* 0 */
} sigma_settings;

/* Fills in the defaults; `struct_size` is sizeof(sigma_settings). Where settings are asked for,
 * NULL stands for the defaults. Objects keep a copy. Settings whose values cannot be are refused by
 * the call that uses them. */
SIGMA_C_API sigma_error sigma_settings_init(sigma_settings* settings, size_t struct_size);

/* Memory that an encoder with these settings may add to a process. */
SIGMA_C_API sigma_error sigma_estimate_memory(const sigma_settings* settings, uint64_t* size,
                                              sigma_status* status);

/* ---- From memory to memory ---- */

/* Room that sigma_encode() needs at most for so many bytes, at any settings. */
SIGMA_C_API uint64_t sigma_encode_bound(uint64_t size);
/* `written` bytes are at the front of `out`, which has `room`. */
SIGMA_C_API sigma_error sigma_encode(const void* in, size_t size, void* out, size_t room,
                                     size_t* written, const sigma_settings* settings,
                                     sigma_status* status);
/* Bytes that a stream, or joined ones, decode to. */
SIGMA_C_API sigma_error sigma_decoded_size(const void* in, size_t size, uint64_t* decoded,
                                           sigma_status* status);
SIGMA_C_API sigma_error sigma_decode(const void* in, size_t size, void* out, size_t room,
                                     size_t* written, const sigma_settings* settings,
                                     sigma_status* status);
/* Whether a stream begins with these bytes: 0 no, 1 likely, 2 surely (78 bytes are enough). */
SIGMA_C_API int sigma_looks_like_stream(const void* in, size_t size);

/* ---- From file to file ---- */

/* The output is replaced as soon as there is something to write, and left as far as it was written
 * on an error. */
SIGMA_C_API sigma_error sigma_encode_file(const char* in, const char* out,
                                          const sigma_settings* settings, sigma_status* status);
SIGMA_C_API sigma_error sigma_decode_file(const char* in, const char* out,
                                          const sigma_settings* settings, sigma_status* status);

/* ---- Piece by piece ----
 *
 * Both ways: push() takes as much as it has room for, and tells how much that is; take() gives what
 * is ready, 0 bytes if nothing is. Where push() takes less than it is given, take() has something
 * to give. After the last piece end() is called once, and take() until it gives 0 bytes: if it says
 * SIGMA_OK with them, all is here. What is pushed is copied. After an error each call gives it
 * again, until reset(). */

typedef struct sigma_encoder sigma_encoder;

/* `*encoder` is NULL after an error. */
SIGMA_C_API sigma_error sigma_encoder_new(sigma_encoder** encoder, const sigma_settings* settings,
                                          sigma_status* status);
SIGMA_C_API void sigma_encoder_free(sigma_encoder* encoder);
SIGMA_C_API sigma_error sigma_encoder_push(sigma_encoder* encoder, const void* in, size_t size,
                                           size_t* used, sigma_status* status);
/* All that was pushed can be taken; it costs size. SIGMA_INVALID_ARGUMENT while something waits to
 * be taken, as end() says, too. */
SIGMA_C_API sigma_error sigma_encoder_flush(sigma_encoder* encoder, sigma_status* status);
SIGMA_C_API sigma_error sigma_encoder_end(sigma_encoder* encoder, sigma_status* status);
SIGMA_C_API sigma_error sigma_encoder_take(sigma_encoder* encoder, void* out, size_t room,
                                           size_t* written, sigma_status* status);
/* Forgets all but the settings: a new stream. */
SIGMA_C_API sigma_error sigma_encoder_reset(sigma_encoder* encoder);

typedef struct sigma_decoder sigma_decoder;

SIGMA_C_API sigma_error sigma_decoder_new(sigma_decoder** decoder, const sigma_settings* settings,
                                          sigma_status* status);
SIGMA_C_API void sigma_decoder_free(sigma_decoder* decoder);
SIGMA_C_API sigma_error sigma_decoder_push(sigma_decoder* decoder, const void* in, size_t size,
                                           size_t* used, sigma_status* status);
SIGMA_C_API sigma_error sigma_decoder_end(sigma_decoder* decoder, sigma_status* status);
/* SIGMA_TRUNCATED if the input has ended and the stream has not. */
SIGMA_C_API sigma_error sigma_decoder_take(sigma_decoder* decoder, void* out, size_t room,
                                           size_t* written, sigma_status* status);
SIGMA_C_API sigma_error sigma_decoder_reset(sigma_decoder* decoder);

/* ---- Anywhere in a stream ---- */

typedef struct sigma_reader sigma_reader;

/* Fills `out` with the `size` bytes at `offset`, all of which lie before the source's size. Not 0:
 * it cannot. */
typedef int (*sigma_read_fn)(void* user, uint64_t offset, void* out, size_t size);

/* A file, memory that stays as it is, or whatever `function` reads of. `*reader` is NULL after an
 * error. */
SIGMA_C_API sigma_error sigma_reader_open_file(sigma_reader** reader, const char* path,
                                               const sigma_settings* settings,
                                               sigma_status* status);
SIGMA_C_API sigma_error sigma_reader_open_memory(sigma_reader** reader, const void* in, size_t size,
                                                 const sigma_settings* settings,
                                                 sigma_status* status);
SIGMA_C_API sigma_error sigma_reader_open(sigma_reader** reader, sigma_read_fn function, void* user,
                                          uint64_t size, const sigma_settings* settings,
                                          sigma_status* status);
SIGMA_C_API void sigma_reader_free(sigma_reader* reader);
/* Copies the decoded bytes at `position`; fewer than `size` only at the end. */
SIGMA_C_API sigma_error sigma_reader_read(sigma_reader* reader, uint64_t position, void* out,
                                          size_t size, size_t* got, sigma_status* status);

/* What is known of a stream, or of joined ones, without decoding it. */
typedef struct sigma_info {
  size_t struct_size;    /* set by the caller: sizeof(sigma_info); the library fills that much */
  uint64_t encoded_size; /* bytes in */
  uint64_t decoded_size; /* bytes out, as far as they are known */
  uint64_t streams;      /* joined ones */
  uint64_t duration;     /* nanoseconds; UINT64_MAX: no times, or not known */
  int32_t is_framed;     /* 1: it keeps GStreamer buffers and events */
  int32_t end_code;      /* SIGMA_OK if the end is complete, else what it lacks */
} sigma_info;

SIGMA_C_API sigma_error sigma_reader_info(sigma_reader* reader, sigma_info* info,
                                          sigma_status* status);

#ifdef __cplusplus
}
#endif

#endif
