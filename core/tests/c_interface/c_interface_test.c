/* Tests what motet.h promises, as a program in C11 sees it: streams that come back as long as they
 * were and with the same channels, bytes that do not depend on chunks, errors with a status and a
 * sentence, damage that is told, and objects that may be freed in any order. What the streams hold
 * is tested in C++. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "motet/motet.h"

static int failures = 0;

static int check(int holds, const char* what, int line) {
  if (!holds) {
    fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, line, what);
    ++failures;
  }
  return holds;
}

#define CHECK(condition) check(condition, #condition, __LINE__)

/* What must be so for the test to go on. */
#define REQUIRE(condition)          \
  do {                              \
    if (!CHECK(condition)) exit(1); \
  } while (0)

enum { FRAMES = 50000 };

struct bytes {
  uint8_t* data;
  size_t size;
};

static void append(struct bytes* all, const uint8_t* data, size_t size) {
  all->data = realloc(all->data, all->size + size + 1);
  REQUIRE(all->data != NULL);
  if (size > 0) memcpy(all->data + all->size, data, size);
  all->size += size;
}

/* A tone in the left channel, hardly anything in the right one. */
static float* make_sound(int channels) {
  float* pcm = malloc(sizeof *pcm * FRAMES * (size_t)channels);
  REQUIRE(pcm != NULL);
  for (int i = 0; i < FRAMES; ++i) {
    const double tone = sin(2 * 3.14159265358979 * 220 * i / 44100);
    pcm[i * channels] = (float)(0.5 * tone);
    if (channels == 2) pcm[i * channels + 1] = (float)(0.005 * tone);
  }
  return pcm;
}

static struct bytes encode(motet_stream_encoder* encoder, const float* pcm, int channels,
                           size_t chunk) {
  struct bytes all = {NULL, 0};
  const uint8_t* bytes;
  size_t size;
  motet_error error;
  for (size_t at = 0; at < FRAMES; at += chunk) {
    const size_t frames = FRAMES - at < chunk ? FRAMES - at : chunk;
    const motet_status status = motet_stream_encoder_encode(encoder, pcm + at * (size_t)channels,
                                                            frames, &bytes, &size, &error);
    REQUIRE(status == MOTET_OK);
    append(&all, bytes, size);
  }
  REQUIRE(motet_stream_encoder_finish(encoder, &bytes, &size, &error) == MOTET_OK);
  append(&all, bytes, size);
  return all;
}

struct decoded {
  size_t frames;
  double energy[2];
  int damages;
  uint64_t lost;
  motet_status status; /* at the end */
  char message[508];
  int channels;
  uint64_t samples_in_header;
  char title[64];
};

static struct decoded decode_with(const motet_stream_decoder_options* options,
                                  const motet_model* model, struct bytes stream, size_t chunk) {
  struct decoded result = {0};
  motet_error error;
  motet_stream_decoder* decoder =
      motet_stream_decoder_create_with_options(model, "a stream", options, &error);
  REQUIRE(decoder != NULL);
  CHECK(motet_stream_decoder_header(decoder) == NULL);
  size_t at = 0;
  for (;;) {
    const motet_stream_block* block = motet_stream_decoder_next(decoder, &error);
    if (block == NULL) {
      result.status = error.status;
      strcpy(result.message, error.message);
      break;
    }
    if (block->kind == MOTET_BLOCK_END) break;
    switch (block->kind) {
      case MOTET_BLOCK_NEED_INPUT: {
        const size_t left = stream.size - at;
        at += motet_stream_decoder_push(decoder, stream.data + at, left < chunk ? left : chunk);
        break;
      }
      case MOTET_BLOCK_HEADER: {
        const motet_stream_header* header = motet_stream_decoder_header(decoder);
        REQUIRE(header != NULL);
        CHECK(header->sample_rate == 44100);
        CHECK(strlen(header->model_identity) == 16);
        result.channels = header->channels;
        result.samples_in_header = header->samples;
        for (size_t i = 0; i < header->tag_count; ++i) {
          if (strcmp(header->tags[i].key, "title") == 0)
            snprintf(result.title, sizeof result.title, "%s", header->tags[i].value);
        }
        break;
      }
      case MOTET_BLOCK_SAMPLES:
        CHECK(block->frames > 0 && block->frames <= 17408);
        for (size_t i = 0; i < block->frames * (size_t)result.channels; ++i)
          result.energy[i % (size_t)result.channels] += block->pcm[i] * block->pcm[i];
        result.frames += block->frames;
        break;
      case MOTET_BLOCK_DAMAGE:
        CHECK(strstr(block->damage, "'a stream' is damaged") == block->damage);
        ++result.damages;
        result.lost += block->packets;
        break;
      default:
        CHECK(0 && "a block that exists");
    }
  }
  if (result.status == MOTET_OK)
    CHECK(motet_stream_decoder_header(decoder)->samples == result.frames);
  motet_stream_decoder_free(decoder);
  return result;
}

static struct decoded decode(const motet_model* model, struct bytes stream, size_t chunk) {
  return decode_with(NULL, model, stream, chunk);
}

static motet_stream_encoder* make_encoder(const motet_model* model, int channels) {
  static const motet_tag tags[] = {{"artist", "N. N."}, {"title", "\xc3\x89t\xc3\xa9"}};
  motet_stream_encoder_options options = MOTET_STREAM_ENCODER_OPTIONS;
  options.channels = channels;
  options.packets_per_page = channels == 1 ? 128 : 10; /* more and less than a block holds */
  options.tags = tags;
  options.tag_count = 2;
  motet_stream_encoder* encoder = motet_stream_encoder_create(model, &options, NULL);
  REQUIRE(encoder != NULL);
  return encoder;
}

static void test_versions_and_names(void) {
  /* A part of the binary interface, for ever. */
  CHECK(sizeof(motet_error) == 512);
  CHECK(sizeof(motet_tag) == 2 * sizeof(char*));
  CHECK(strcmp(motet_version(), MOTET_VERSION_STRING) == 0);
  char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", MOTET_VERSION_MAJOR, MOTET_VERSION_MINOR,
           MOTET_VERSION_PATCH);
  CHECK(strcmp(version, MOTET_VERSION_STRING) == 0);
  CHECK(strcmp(motet_status_name(MOTET_OK), "ok") == 0);
  CHECK(strcmp(motet_status_name(MOTET_INTERNAL), "internal") == 0);
  CHECK(strcmp(motet_status_name(1), "unknown") == 0);
  for (int status = MOTET_INTERNAL; status <= MOTET_OK; ++status)
    CHECK(strcmp(motet_status_name(status), "unknown") != 0);
}

static void test_models(const motet_model* model) {
  const motet_model_info* info = motet_model_get_info(model);
  REQUIRE(info != NULL);
  CHECK(strlen(info->identity) == 16);
  CHECK(info->sample_rate == 44100 && info->packet_samples == 1024);
  CHECK(info->default_quality >= 1 && info->default_quality <= info->max_quality);
  CHECK(info->latency_ms > 0);

  motet_error error;
  CHECK(motet_model_load("there/is/none.motetmodel", &error) == NULL);
  CHECK(error.status == MOTET_NOT_FOUND);
  CHECK(strstr(error.message, "there/is/none.motetmodel") != NULL);
  CHECK(motet_model_load(NULL, &error) == NULL && error.status == MOTET_INVALID_ARGUMENT);
  const char text[100] = "this is no model";
  CHECK(motet_model_from_bytes(text, sizeof text, "some text", &error) == NULL);
  CHECK(error.status == MOTET_NOT_MOTET && strstr(error.message, "some text") != NULL);
  CHECK(motet_model_from_bytes(text, 3, NULL, NULL) == NULL);
  CHECK(motet_model_get_info(NULL) == NULL);

  /* A name that is longer than a message. */
  char name[2000];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  CHECK(motet_model_from_bytes(text, sizeof text, name, &error) == NULL);
  CHECK(strlen(error.message) == sizeof error.message - 1);
}

static void test_streams_come_back(const motet_model* model) {
  for (int channels = 1; channels <= 2; ++channels) {
    float* pcm = make_sound(channels);
    motet_stream_encoder* encoder = make_encoder(model, channels);
    struct bytes stream = encode(encoder, pcm, channels, 777);

    motet_stream_encoder* other = make_encoder(model, channels);
    struct bytes same = encode(other, pcm, channels, FRAMES);
    CHECK(same.size == stream.size && memcmp(same.data, stream.data, same.size) == 0);
    motet_stream_encoder_free(other);

    struct decoded sound = decode(model, stream, 100);
    CHECK(sound.status == MOTET_OK);
    CHECK(sound.frames == FRAMES && sound.channels == channels && sound.damages == 0);
    CHECK(sound.samples_in_header == MOTET_UNKNOWN_SAMPLES);
    CHECK(strcmp(sound.title, "\xc3\x89t\xc3\xa9") == 0);
    /* Amplitude 0.5, give or take 6 dB, and the other channel far below. */
    CHECK(sound.energy[0] > FRAMES * 0.125 / 4 && sound.energy[0] < FRAMES * 0.125 * 4);
    if (channels == 2) CHECK(sound.energy[1] < sound.energy[0] / 10);

    /* The header with the length in the place of the first one. */
    const uint8_t* header;
    size_t size;
    REQUIRE(motet_stream_encoder_header(encoder, &header, &size, NULL) == MOTET_OK);
    memcpy(stream.data, header, size);
    sound = decode(model, stream, stream.size);
    CHECK(sound.status == MOTET_OK && sound.samples_in_header == FRAMES);

    motet_stream_encoder_free(encoder);
    free(stream.data);
    free(same.data);
    free(pcm);
  }
}

static void test_damage_is_told(const motet_model* model) {
  float* pcm = make_sound(2);
  motet_stream_encoder* encoder = make_encoder(model, 2);
  struct bytes stream = encode(encoder, pcm, 2, 4096);
  motet_stream_encoder_free(encoder);

  stream.data[stream.size / 2] ^= 1;
  struct decoded sound = decode(model, stream, 1000);
  CHECK(sound.status == MOTET_OK && sound.frames == FRAMES);
  CHECK(sound.damages == 1 && sound.lost == 10);

  motet_stream_decoder_options options = MOTET_STREAM_DECODER_OPTIONS;
  options.max_concealed_seconds = 0.2;
  sound = decode_with(&options, model, stream, 1000);
  CHECK(sound.status == MOTET_CORRUPT && strstr(sound.message, "0.20 s in a row") != NULL);
  options.max_concealed_seconds = HUGE_VAL;
  options.strict = 1;
  sound = decode_with(&options, model, stream, 1000);
  CHECK(sound.status == MOTET_CORRUPT && sound.damages == 0 && sound.frames > 0);
  CHECK(strstr(sound.message, "are lost") != NULL);

  stream.size = stream.size / 2;
  sound = decode(model, stream, 1000);
  CHECK(sound.status == MOTET_TRUNCATED && sound.frames > 0 && sound.frames < FRAMES);
  CHECK(strstr(sound.message, "a stream") != NULL);

  memset(stream.data, 'x', stream.size);
  CHECK(decode(model, stream, 1000).status == MOTET_NOT_MOTET);
  free(stream.data);
  free(pcm);
}

/* Left channels of what a decoder gives until its end, from byte `at` of the stream on. */
static size_t play(motet_stream_decoder* decoder, struct bytes stream, size_t at, float* left) {
  size_t frames = 0;
  for (;;) {
    const motet_stream_block* block = motet_stream_decoder_next(decoder, NULL);
    REQUIRE(block != NULL);
    if (block->kind == MOTET_BLOCK_END) return frames;
    if (block->kind == MOTET_BLOCK_NEED_INPUT)
      at += motet_stream_decoder_push(decoder, stream.data + at, stream.size - at);
    for (size_t i = 0; i < block->frames && frames < FRAMES; ++i)
      left[frames++] = block->pcm[2 * i];
  }
}

static size_t read_at(void* user, uint64_t offset, void* bytes, size_t size) {
  const struct bytes* stream = user;
  const size_t left = stream->size - (size_t)offset;
  memcpy(bytes, stream->data + offset, size < left ? size : left);
  return size < left ? size : left;
}

static void test_seeking_gives_what_stands_there(const motet_model* model) {
  float* pcm = make_sound(2);
  float* whole = calloc(2 * FRAMES, sizeof *whole);
  REQUIRE(whole != NULL);
  float* part = whole + FRAMES;
  motet_stream_encoder* encoder = make_encoder(model, 2);
  struct bytes stream = encode(encoder, pcm, 2, FRAMES);
  motet_stream_encoder_free(encoder);

  motet_error error;
  uint64_t offset = 0;
  motet_stream_decoder* decoder = motet_stream_decoder_create(model, NULL, NULL);
  REQUIRE(decoder != NULL);
  CHECK(motet_stream_decoder_seek(decoder, 0, stream.size, read_at, &stream, &offset, &error) ==
        MOTET_INVALID_ARGUMENT);
  CHECK(play(decoder, stream, 0, whole) == FRAMES);
  const uint64_t places[] = {30000, 0, FRAMES - 1, FRAMES, UINT64_MAX};
  for (size_t i = 0; i < sizeof places / sizeof *places; ++i) {
    const uint64_t place = places[i] < FRAMES ? places[i] : FRAMES;
    REQUIRE(motet_stream_decoder_seek(decoder, places[i], stream.size, read_at, &stream, &offset,
                                      &error) == MOTET_OK);
    CHECK(offset > 0 && offset < stream.size);
    CHECK(play(decoder, stream, (size_t)offset, part) == FRAMES - place);
    CHECK(memcmp(part, whole + place, sizeof *part * (FRAMES - place)) == 0);
  }
  CHECK(motet_stream_decoder_seek(decoder, 0, 1, NULL, NULL, &offset, &error) ==
        MOTET_INVALID_ARGUMENT);
  CHECK(motet_stream_decoder_seek(NULL, 0, 1, read_at, &stream, &offset, &error) ==
        MOTET_INVALID_ARGUMENT);
  motet_stream_decoder_free(decoder);
  free(stream.data);
  free(whole);
  free(pcm);
}

static void check_refused(const motet_model* model, const motet_stream_encoder_options* options,
                          const char* part_of_message) {
  motet_error error = {MOTET_OK, ""};
  CHECK(motet_stream_encoder_create(model, options, &error) == NULL);
  CHECK(error.status == MOTET_INVALID_ARGUMENT);
  CHECK(strstr(error.message, part_of_message) != NULL);
}

static void test_misuse_is_refused(const motet_model* model) {
  motet_stream_encoder_options options = MOTET_STREAM_ENCODER_OPTIONS;
  check_refused(NULL, &options, "the model is a null pointer");
  options.sample_rate = 48000;
  check_refused(model, &options, "sample rate is 48000 Hz, wanted 44100");
  options.sample_rate = 44100;
  options.quality = -1;
  check_refused(model, &options, "quality is -1");
  options.quality = 0;
  options.coding = 7;
  check_refused(model, &options, "coding is 7");
  options.coding = MOTET_CODING_FIXED_WIDTH;
  options.size = 3;
  check_refused(model, &options, "size is 3");
  options.size = sizeof options;
  options.tag_count = 1;
  check_refused(model, &options, "the list of tags is a null pointer");
  options.tag_count = 0;

  motet_error error = {MOTET_OK, ""};
  const uint8_t* bytes;
  size_t size;
  options.samples = 1500;
  motet_stream_encoder* encoder = motet_stream_encoder_create(model, &options, &error);
  REQUIRE(encoder != NULL);
  float silence[2 * 1500] = {0};
  CHECK(motet_stream_encoder_encode(encoder, NULL, 1, &bytes, &size, &error) ==
        MOTET_INVALID_ARGUMENT);
  CHECK(motet_stream_encoder_encode(encoder, silence, 1501, &bytes, &size, &error) ==
        MOTET_INVALID_ARGUMENT);
  CHECK(size == 0 && strstr(error.message, "more samples than the 1500") != NULL);
  CHECK(motet_stream_encoder_finish(encoder, &bytes, &size, NULL) == MOTET_INVALID_ARGUMENT);
  CHECK(motet_stream_encoder_encode(encoder, NULL, 0, &bytes, &size, &error) == MOTET_OK);
  CHECK(size > 0); /* the header */
  CHECK(motet_stream_encoder_encode(encoder, silence, 1500, &bytes, &size, &error) == MOTET_OK);
  CHECK(motet_stream_encoder_finish(encoder, &bytes, &size, &error) == MOTET_OK);
  CHECK(motet_stream_encoder_encode(encoder, silence, 1, &bytes, &size, &error) ==
        MOTET_INVALID_ARGUMENT);
  motet_stream_encoder_free(encoder);

  CHECK(motet_stream_decoder_create(NULL, NULL, &error) == NULL);
  motet_stream_decoder_options decoding = MOTET_STREAM_DECODER_OPTIONS;
  decoding.max_concealed_seconds = -1;
  CHECK(motet_stream_decoder_create_with_options(model, NULL, &decoding, &error) == NULL);
  CHECK(error.status == MOTET_INVALID_ARGUMENT && strstr(error.message, "-1") != NULL);
  decoding.max_concealed_seconds = 10;
  decoding.strict = 2;
  CHECK(motet_stream_decoder_create_with_options(model, NULL, &decoding, &error) == NULL);
  CHECK(strstr(error.message, "strict is 2") != NULL);
  decoding.strict = 0;
  decoding.precision = -1;
  CHECK(motet_stream_decoder_create_with_options(model, NULL, &decoding, &error) == NULL);
  CHECK(strstr(error.message, "precision is -1") != NULL);
  decoding.precision = MOTET_PRECISION_F32;
  motet_stream_decoder* exact =
      motet_stream_decoder_create_with_options(model, NULL, &decoding, &error);
  CHECK(exact != NULL);
  motet_stream_decoder_free(exact);
  decoding.size = 3;
  CHECK(motet_stream_decoder_create_with_options(model, NULL, &decoding, &error) == NULL);
  CHECK(strstr(error.message, "size is 3") != NULL);
  CHECK(motet_stream_decoder_next(NULL, &error) == NULL);
  CHECK(motet_stream_decoder_push(NULL, "x", 1) == 0);
  motet_model_free(NULL);
  motet_stream_encoder_free(NULL);
  motet_stream_decoder_free(NULL);
}

/* Frees the model. */
static void test_objects_outlive_their_model(motet_model* model) {
  motet_stream_encoder* encoder = motet_stream_encoder_create(model, NULL, NULL);
  motet_stream_decoder* decoder = motet_stream_decoder_create(model, NULL, NULL);
  REQUIRE(encoder != NULL && decoder != NULL);
  motet_model_free(model);
  const uint8_t* bytes;
  size_t size;
  REQUIRE(motet_stream_encoder_finish(encoder, &bytes, &size, NULL) == MOTET_OK);
  CHECK(motet_stream_decoder_next(decoder, NULL)->kind == MOTET_BLOCK_NEED_INPUT);
  CHECK(motet_stream_decoder_push(decoder, bytes, size) == size);
  CHECK(motet_stream_decoder_next(decoder, NULL)->kind == MOTET_BLOCK_HEADER);
  CHECK(motet_stream_decoder_next(decoder, NULL)->kind == MOTET_BLOCK_END);
  CHECK(motet_stream_decoder_header(decoder)->samples == 0);
  motet_stream_encoder_free(encoder);
  motet_stream_decoder_free(decoder);
}

int main(int argc, char** argv) {
  REQUIRE(argc == 2);
  motet_error error;
  motet_model* model = motet_model_load(argv[1], &error);
  if (model == NULL) {
    fprintf(stderr, "%s: %s\n", motet_status_name(error.status), error.message);
    return 1;
  }
  test_versions_and_names();
  test_models(model);
  test_streams_come_back(model);
  test_damage_is_told(model);
  test_seeking_gives_what_stands_there(model);
  test_misuse_is_refused(model);
  test_objects_outlive_their_model(model);
  if (failures == 0) printf("all as promised\n");
  return failures > 0;
}
