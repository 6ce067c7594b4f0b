/* Reads a `.motet` stream in C: raw PCM to standard output, 32-bit floats, interleaved, of the rate
 * and the channels that it tells on standard error.
 *
 *     decode motet.motetmodel song.motet | ffplay -f f32le -ar 44100 -ac 2 - */
#include <stdio.h>

#include "motet/motet.h"

static int decode(motet_stream_decoder* decoder, FILE* file) {
  unsigned char bytes[4096];
  size_t got = 0, taken = 0;
  for (;;) {
    motet_error error;
    const motet_stream_block* block = motet_stream_decoder_next(decoder, &error);
    if (block == NULL) {
      fprintf(stderr, "decode: %s: %s\n", motet_status_name(error.status), error.message);
      return 1;
    }
    const motet_stream_header* header = motet_stream_decoder_header(decoder);
    switch (block->kind) {
      case MOTET_BLOCK_NEED_INPUT:
        if (taken == got) {
          got = fread(bytes, 1, sizeof bytes, file);
          taken = 0;
        }
        taken += motet_stream_decoder_push(decoder, bytes + taken, got - taken);
        break;
      case MOTET_BLOCK_HEADER:
        fprintf(stderr, "%d Hz, %d channels, quality %d\n", header->sample_rate, header->channels,
                header->quality);
        for (size_t i = 0; i < header->tag_count; ++i)
          fprintf(stderr, "%s: %s\n", header->tags[i].key, header->tags[i].value);
        break;
      case MOTET_BLOCK_SAMPLES:
        if (fwrite(block->pcm, sizeof(float) * (size_t)header->channels, block->frames, stdout) !=
            block->frames) {
          perror("decode: standard output");
          return 1;
        }
        break;
      case MOTET_BLOCK_DAMAGE:
        fprintf(stderr, "decode: %s\n", block->damage);
        break;
      case MOTET_BLOCK_END:
        return 0;
    }
  }
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: decode MODEL IN.motet > PCM\n");
    return 2;
  }
  motet_error error;
  motet_model* model = motet_model_load(argv[1], &error);
  motet_stream_decoder* decoder =
      model == NULL ? NULL : motet_stream_decoder_create(model, argv[2], &error);
  if (decoder == NULL) {
    fprintf(stderr, "decode: %s\n", error.message);
    motet_model_free(model);
    return 1;
  }
  int failed = 1;
  FILE* file = fopen(argv[2], "rb");
  if (file == NULL) {
    perror(argv[2]);
  } else {
    failed = decode(decoder, file);
    fclose(file);
  }
  motet_stream_decoder_free(decoder);
  motet_model_free(model);
  return failed;
}
