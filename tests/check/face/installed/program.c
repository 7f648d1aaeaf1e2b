/* All that a C program does with the installed library, and what it must not do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sigma.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE (3u << 20)

static char raw[SIZE], back[SIZE];
static char* stream;
static size_t stream_size;
static int failures;

static void check(int holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "does not hold: %s\n", what);
  failures++;
}
#define CHECK(condition) check(condition, #condition)

static void make_raw(void) {
  size_t at = 0;
  for (unsigned i = 0; at + 64 < SIZE; i++)
    at += (size_t)sprintf(raw + at, "%u: request %u took %u ms\n", i * 7, i * 2654435761u % 10000u,
                          i * 40503u % 977u);
}

static sigma_settings make_settings(uint32_t threads) {
  sigma_settings settings;
  CHECK(sigma_settings_init(&settings, sizeof settings) == SIGMA_OK);
  settings.level = 1;
  settings.chunk_size = 65536;
  settings.key_interval = 4;
  settings.threads = threads;
  settings.search_index = 1;
  return settings;
}

static void memory_to_memory(void) {
  size_t room = (size_t)sigma_encode_bound(SIZE), again = 0;
  char* other = malloc(room);
  stream = malloc(room);
  for (uint32_t threads = 1; threads < 4; threads++) {
    const sigma_settings settings = make_settings(threads);
    sigma_status status;
    uint64_t size = 0;
    CHECK(sigma_encode(raw, SIZE, threads == 1 ? stream : other, room,
                       threads == 1 ? &stream_size : &again, &settings, &status) == SIGMA_OK);
    CHECK(threads == 1 || (again == stream_size && memcmp(stream, other, again) == 0));
    CHECK(sigma_decoded_size(stream, stream_size, &size, NULL) == SIGMA_OK && size == SIZE);
    memset(back, 0, SIZE);
    CHECK(sigma_decode(stream, stream_size, back, SIZE, &again, &settings, NULL) == SIGMA_OK);
    CHECK(again == SIZE && memcmp(raw, back, SIZE) == 0);
    CHECK(sigma_decode(stream, stream_size, back, SIZE - 1, &again, &settings, &status) ==
          SIGMA_INVALID_ARGUMENT);
    CHECK(status.code == SIGMA_INVALID_ARGUMENT && strlen(status.text) > 10);
    CHECK(sigma_estimate_memory(&settings, &size, NULL) == SIGMA_OK && size > 1000000);
  }
  CHECK(sigma_looks_like_stream(stream, stream_size) == 2);
  CHECK(sigma_looks_like_stream(raw, SIZE) == 0);
  free(other);
}

static void piece_by_piece(uint32_t threads, size_t piece, size_t room) {
  const sigma_settings settings = make_settings(threads);
  sigma_encoder* encoder;
  sigma_decoder* decoder;
  char* part = malloc(room);
  size_t in = 0, out = 0, total = 0, used = 0, got = 0;
  int ended = 0, encoder_ended = 0;
  CHECK(sigma_encoder_new(&encoder, &settings, NULL) == SIGMA_OK && encoder != NULL);
  CHECK(sigma_decoder_new(&decoder, &settings, NULL) == SIGMA_OK && decoder != NULL);
  while (encoder != NULL && decoder != NULL && failures == 0) {
    size_t size = SIZE - in < piece ? SIZE - in : piece;
    if (size != 0) CHECK(sigma_encoder_push(encoder, raw + in, size, &used, NULL) == SIGMA_OK);
    in += size != 0 ? used : 0;
    if (in == SIZE && !encoder_ended) encoder_ended = sigma_encoder_end(encoder, NULL) == SIGMA_OK;
    CHECK(sigma_encoder_take(encoder, part, room, &got, NULL) == SIGMA_OK);
    CHECK(total + got <= stream_size && memcmp(part, stream + total, got) == 0);
    total += got;
    for (size_t at = 0; at < got || (encoder_ended && total == stream_size && !ended);) {
      size_t back_got = 1;
      if (at < got)
        CHECK(sigma_decoder_push(decoder, part + at, got - at, &used, NULL) == SIGMA_OK);
      at += at < got ? used : 0;
      if (at == got && encoder_ended && total == stream_size)
        ended = sigma_decoder_end(decoder, NULL) == SIGMA_OK;
      while (back_got != 0) {
        char bytes[777];
        CHECK(sigma_decoder_take(decoder, bytes, sizeof bytes, &back_got, NULL) == SIGMA_OK);
        CHECK(out + back_got <= SIZE && memcmp(raw + out, bytes, back_got) == 0);
        out += back_got;
      }
    }
    if (ended) break;
  }
  CHECK(total == stream_size && out == SIZE);
  free(part);
  sigma_encoder_free(encoder);
  sigma_decoder_free(decoder);
}

static int read_stream(void* user, uint64_t offset, void* out, size_t size) {
  ++*(int*)user;
  memcpy(out, stream + offset, size);
  return 0;
}

static void anywhere(void) {
  int reads = 0;
  sigma_reader* readers[2];
  CHECK(sigma_reader_open_memory(&readers[0], stream, stream_size, NULL, NULL) == SIGMA_OK);
  CHECK(sigma_reader_open(&readers[1], read_stream, &reads, stream_size, NULL, NULL) == SIGMA_OK);
  for (int i = 0; i < 2; i++) {
    size_t got = 0;
    sigma_info info = {0};
    info.struct_size = sizeof info;
    CHECK(readers[i] != NULL);
    CHECK(sigma_reader_info(readers[i], &info, NULL) == SIGMA_OK);
    CHECK(info.decoded_size == SIZE && info.encoded_size == stream_size && info.streams == 1);
    CHECK(info.end_code == SIGMA_OK && info.is_framed == 0 && info.duration == UINT64_MAX);
    for (size_t at = 5; at < SIZE; at = at * 3 + 1) {
      CHECK(sigma_reader_read(readers[i], SIZE - at, back, 1000, &got, NULL) == SIGMA_OK);
      CHECK(got == (at < 1000 ? at : 1000) && memcmp(back, raw + SIZE - at, got) == 0);
    }
    CHECK(sigma_reader_read(readers[i], SIZE, back, 1000, &got, NULL) == SIGMA_OK && got == 0);
    /* A caller that was built before the last fields were added. */
    info.struct_size = 3 * sizeof(uint64_t);
    info.streams = 99;
    CHECK(sigma_reader_info(readers[i], &info, NULL) == SIGMA_OK && info.streams == 99);
    sigma_reader_free(readers[i]);
  }
  CHECK(reads > 0);
}

static void on_damage(void* user, const sigma_damage* damage) {
  uint64_t* lost = user;
  CHECK(damage->struct_size >= sizeof *damage && strlen(damage->text) > 10);
  CHECK(damage->stream_begin < damage->stream_end);
  *lost += damage->position_end - damage->position_begin;
}

static void damaged(void) {
  sigma_settings settings = make_settings(1);
  uint64_t lost = 0;
  size_t got = 0;
  sigma_status status;
  stream[stream_size / 2] ^= 1;
  CHECK(sigma_decode(stream, stream_size, back, SIZE, &got, &settings, &status) == SIGMA_DAMAGED);
  CHECK(status.offset > 0 && status.offset <= stream_size / 2);
  settings.skip_damage = 1;
  settings.on_damage = on_damage;
  settings.damage_user = &lost;
  CHECK(sigma_decode(stream, stream_size, back, SIZE, &got, &settings, NULL) == SIGMA_OK);
  CHECK(lost >= 65536 && lost <= 4 * 65536 && got + lost == SIZE);
  stream[stream_size / 2] ^= 1;
}

static int cancel(void* user, uint64_t bytes_in, uint64_t bytes_out) {
  (void)bytes_out;
  ++*(int*)user;
  return bytes_in > SIZE / 2;
}

static void files(const char* folder) {
  char in[4000], out[4000], again[4000];
  sigma_settings settings = make_settings(2);
  int calls = 0;
  FILE* file;
  size_t got;
  snprintf(in, sizeof in, "%s/in", folder);
  snprintf(out, sizeof out, "%s/out", folder);
  snprintf(again, sizeof again, "%s/again", folder);
  file = fopen(in, "wb");
  CHECK(file != NULL && fwrite(raw, 1, SIZE, file) == SIZE && fclose(file) == 0);
  CHECK(sigma_encode_file(in, out, &settings, NULL) == SIGMA_OK);
  CHECK(sigma_decode_file(out, again, &settings, NULL) == SIGMA_OK);
  file = fopen(again, "rb");
  got = fread(back, 1, SIZE, file);
  CHECK(fclose(file) == 0 && got == SIZE && memcmp(raw, back, SIZE) == 0);
  settings.on_progress = cancel;
  settings.progress_user = &calls;
  CHECK(sigma_encode_file(in, again, &settings, NULL) == SIGMA_CANCELLED && calls > 1);
  CHECK(sigma_decode_file("/nowhere/x", again, &settings, NULL) == SIGMA_IO);
}

static int refused(sigma_settings settings) {
  sigma_encoder* encoder = NULL;
  sigma_decoder* decoder = NULL;
  uint64_t size;
  return sigma_encoder_new(&encoder, &settings, NULL) == SIGMA_INVALID_ARGUMENT &&
         sigma_decoder_new(&decoder, &settings, NULL) == SIGMA_INVALID_ARGUMENT &&
         sigma_estimate_memory(&settings, &size, NULL) == SIGMA_INVALID_ARGUMENT &&
         encoder == NULL && decoder == NULL;
}

/* One field of otherwise good settings. */
#define REFUSED(field, value)                                 \
  do {                                                        \
    sigma_settings wrong = make_settings(1);                  \
    wrong.field = value;                                      \
    check(refused(wrong), #field " = " #value " is refused"); \
  } while (0)

static void settings_that_cannot_be(void) {
  uint64_t size = 0;
  sigma_status status;
  sigma_settings settings = make_settings(1);
  struct {
    sigma_settings settings;
    uint64_t added;
  } later = {settings, 0};
  REFUSED(struct_size, 0);
  REFUSED(struct_size, offsetof(sigma_settings, search_index) - 1);
  REFUSED(struct_size, SIZE_MAX);
  REFUSED(level, 10);
  REFUSED(model, 99);
  REFUSED(chunk_size, 5);
  REFUSED(chunk_size, UINT32_MAX);
  REFUSED(chain, 0);
  REFUSED(index, 2);
  REFUSED(verify, 2);
  REFUSED(skip_damage, 2);
  REFUSED(reserved, 1);
  REFUSED(search_index, 2);
  REFUSED(reserved_2, 1);
  CHECK(sigma_settings_init(NULL, sizeof settings) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_settings_init(&settings, 8) == SIGMA_INVALID_ARGUMENT);
  /* Values that do not fit together. */
  settings.encoder_memory = 1;
  CHECK(sigma_estimate_memory(&settings, &size, &status) == SIGMA_INVALID_SETTINGS && size == 0);
  CHECK(status.value > 1000000);
  /* A program that was built with a later version, which has a field more. */
  later.settings.struct_size = sizeof later;
  CHECK(sigma_estimate_memory(&later.settings, &size, NULL) == SIGMA_OK && size > 1000000);
  later.added = 1;
  CHECK(sigma_estimate_memory(&later.settings, &size, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_settings_init(&later.settings, sizeof later) == SIGMA_OK && later.added == 0);
  CHECK(later.settings.struct_size == sizeof later && later.settings.level == 3);
}

static void misuse(void) {
  size_t n = 7;
  uint64_t size = 0;
  sigma_status status;
  sigma_encoder* encoder;
  sigma_decoder* decoder;
  sigma_reader* reader;
  CHECK(sigma_encoder_new(&encoder, NULL, NULL) == SIGMA_OK);
  CHECK(sigma_decoder_new(&decoder, NULL, NULL) == SIGMA_OK);
  CHECK(sigma_encoder_new(NULL, NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_decoder_new(NULL, NULL, &status) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encode(NULL, 10, back, SIZE, &n, NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encode(raw, 10, NULL, 10, &n, NULL, NULL) == SIGMA_INVALID_ARGUMENT && n == 0);
  CHECK(sigma_encode(raw, 10, back, SIZE, NULL, NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encode(NULL, 0, back, SIZE, &n, NULL, NULL) == SIGMA_OK && n > 0);
  CHECK(sigma_decode(raw, 100, back, SIZE, &n, NULL, &status) == SIGMA_NOT_SIGMA);
  CHECK(sigma_decoded_size(NULL, 10, &size, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encode_file(NULL, NULL, NULL, &status) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_decode_file(NULL, "x", NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encoder_push(NULL, raw, 1, &n, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encoder_push(encoder, NULL, 1, &n, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encoder_take(encoder, NULL, 1, &n, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encoder_end(encoder, NULL) == SIGMA_OK);
  CHECK(sigma_encoder_end(encoder, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encoder_push(encoder, raw, 1, &n, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encoder_flush(encoder, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_encoder_reset(encoder) == SIGMA_OK);
  CHECK(sigma_encoder_push(encoder, raw, 1, &n, NULL) == SIGMA_OK && n == 1);
  CHECK(sigma_encoder_flush(NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_decoder_take(decoder, back, SIZE, &n, NULL) == SIGMA_OK && n == 0);
  CHECK(sigma_decoder_push(decoder, NULL, 1, &n, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_decoder_end(decoder, NULL) == SIGMA_OK);
  CHECK(sigma_decoder_end(decoder, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_decoder_take(decoder, back, SIZE, &n, NULL) == SIGMA_TRUNCATED);
  CHECK(sigma_decoder_take(decoder, back, SIZE, &n, NULL) == SIGMA_TRUNCATED);
  CHECK(sigma_decoder_push(decoder, raw, 1, &n, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_decoder_reset(decoder) == SIGMA_OK);
  CHECK(sigma_decoder_reset(NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_reader_open_file(&reader, NULL, NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_reader_open_file(NULL, "x", NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_reader_open_file(&reader, "/nowhere/x", NULL, &status) == SIGMA_IO);
  CHECK(reader == NULL && status.code == SIGMA_IO);
  CHECK(sigma_reader_open_memory(&reader, NULL, 5, NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_reader_open_memory(NULL, raw, 5, NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_reader_open_memory(&reader, raw, 100, NULL, NULL) == SIGMA_NOT_SIGMA);
  CHECK(sigma_reader_open(&reader, NULL, NULL, 5, NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_reader_open(NULL, read_stream, NULL, 5, NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_reader_read(NULL, 0, back, 1, &n, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(sigma_reader_info(NULL, NULL, NULL) == SIGMA_INVALID_ARGUMENT);
  CHECK(strcmp(sigma_error_name(SIGMA_DAMAGED), "DAMAGED") == 0);
  CHECK(strcmp(sigma_error_text(SIGMA_OK), "no error") == 0 && strlen(sigma_error_text(999)) > 0);
  CHECK(strcmp(sigma_error_name(-1), "?") == 0 && strcmp(sigma_error_name(999), "?") == 0);
  CHECK(strlen(sigma_version()) >= 5);
  sigma_encoder_free(encoder);
  sigma_decoder_free(decoder);
  sigma_encoder_free(NULL);
  sigma_decoder_free(NULL);
  sigma_reader_free(NULL);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  make_raw();
  memory_to_memory();
  piece_by_piece(1, 1000003, 100003);
  piece_by_piece(3, 65537, 7777);
  piece_by_piece(1, 301, 4099);
  anywhere();
  damaged();
  files(argv[1]);
  misuse();
  settings_that_cannot_be();
  free(stream);
  printf("C: %d failures\n", failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
