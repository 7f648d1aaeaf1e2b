/* Compresses a file in memory, reads a part of it, and decodes it piece by piece.
 *
 *     cc sigma-in-c.c $(pkg-config --cflags --libs sigma-1.0) -o sigma-in-c
 *     ./sigma-in-c FILE
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sigma.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char* what, const sigma_status* status) {
  fprintf(stderr, "%s: %s\n", what, status->text);
  return EXIT_FAILURE;
}

int main(int argc, char** argv) {
  FILE* file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  static char text[1 << 20];
  size_t size = file != NULL ? fread(text, 1, sizeof text, file) : 0;
  if (file == NULL || fclose(file) != 0) return EXIT_FAILURE;

  sigma_status status;
  size_t room = (size_t)sigma_encode_bound(size);
  char* stream = malloc(room);
  size_t written = 0;
  if (stream == NULL || sigma_encode(text, size, stream, room, &written, NULL, &status) != SIGMA_OK)
    return fail("encoding", &status);
  printf("%zu bytes became %zu\n", size, written);

  sigma_reader* reader;
  char part[21] = "";
  size_t got = 0;
  if (sigma_reader_open_memory(&reader, stream, written, NULL, &status) != SIGMA_OK ||
      sigma_reader_read(reader, size / 2, part, sizeof part - 1, &got, &status) != SIGMA_OK)
    return fail("reading", &status);
  printf("in the middle: %zu bytes\n", got);
  sigma_reader_free(reader);

  sigma_decoder* decoder;
  if (sigma_decoder_new(&decoder, NULL, &status) != SIGMA_OK) return fail("decoding", &status);
  size_t in = 0, total = 0;
  int ended = 0;
  for (;;) {
    size_t used = 0;
    if (in < written &&
        sigma_decoder_push(decoder, stream + in, written - in, &used, &status) != SIGMA_OK)
      return fail("decoding", &status);
    in += used;
    if (in == written && !ended++) sigma_decoder_end(decoder, &status);
    if (sigma_decoder_take(decoder, text, sizeof text, &got, &status) != SIGMA_OK)
      return fail("decoding", &status);
    total += got;
    if (got == 0 && ended) break;
  }
  printf("%zu bytes came back\n", total);
  sigma_decoder_free(decoder);
  free(stream);
  return total == size ? EXIT_SUCCESS : EXIT_FAILURE;
}
