/* The C interface of libmotet: models, and `.motet` streams in both directions.
 *
 *     motet_error error;
 *     motet_model* model = motet_model_load("motet.motetmodel", &error);
 *     motet_stream_encoder_options options = MOTET_STREAM_ENCODER_OPTIONS;
 *     motet_stream_encoder* encoder = motet_stream_encoder_create(model, &options, &error);
 *     while ((frames = read_some(pcm)) > 0) {
 *       if (motet_stream_encoder_encode(encoder, pcm, frames, &bytes, &size, &error) != MOTET_OK)
 *         return fail(error.message);
 *       fwrite(bytes, 1, size, file);
 *     }
 *     motet_stream_encoder_finish(encoder, &bytes, &size, &error);
 *     fwrite(bytes, 1, size, file);
 *     motet_stream_encoder_free(encoder);
 *     motet_model_free(model);
 *
 * Samples are floats of a nominal range of -1 to 1, interleaved (left, right, left, ...); a *frame*
 * is one sample of each channel. The rate is the model's, 44100 Hz: the library does not resample.
 *
 * Errors: a function that can fail returns a status, or NULL, and fills the motet_error that its
 * last argument points to, if that is not NULL, with a status and a sentence. A success leaves it
 * alone. No exceptions pass this interface. Too little memory for a large block is an error
 * (MOTET_OUT_OF_MEMORY); too little for a few bytes ends the process.
 *
 * Threads: a model may be used by any number of threads at once. An encoder or a decoder belongs to
 * one thread at a time; different ones are independent of each other.
 *
 * Lifetimes: encoders and decoders keep what they need of their model, so that all may be freed in
 * any order. Pointers into an object (`bytes`, `pcm`, headers, names) are not the caller's to free.
 *
 * Binary compatibility: docs/EMBEDDING.md. Structures that the library fills and owns may grow at
 * their end; the options of encoder and decoder say their size; motet_error and motet_tag never
 * change. */
#ifndef MOTET_MOTET_H_
#define MOTET_MOTET_H_

/* This is C: NOLINTBEGIN(modernize-*,readability-identifier-naming) */
#include <stddef.h>
#include <stdint.h>

#include "motet/export.h"
#include "motet/version.h"

#ifdef __cplusplus
extern "C" {
#define MOTET_NOEXCEPT noexcept
#else
#define MOTET_NOEXCEPT
#endif

/* --- Errors ---------------------------------------------------------------------------------- */

typedef enum motet_status {
  MOTET_OK = 0,
  MOTET_INVALID_ARGUMENT = -1,    /* the caller asked for something that does not exist */
  MOTET_NOT_FOUND = -2,           /* a file that is not there */
  MOTET_IO = -3,                  /* reading or writing failed */
  MOTET_NOT_MOTET = -4,           /* the bytes are something else */
  MOTET_UNSUPPORTED_VERSION = -5, /* a version that this library does not read */
  MOTET_CORRUPT = -6,             /* a checksum, length or structure that does not hold */
  MOTET_TRUNCATED = -7,           /* the bytes end too early */
  MOTET_MODEL_MISMATCH = -8,      /* a stream and a model do not belong together */
  MOTET_OUT_OF_MEMORY = -9,       /* an allocation failed */
  MOTET_INTERNAL = -10            /* not expected: please report it */
} motet_status;

typedef struct motet_error {
  motet_status status;
  /* One sentence that says what was wrong and where: file, byte or tensor, value seen, value
   * wanted. UTF-8 as far as the names that the caller gave are; cut if it is longer. */
  char message[508];
} motet_error;

/* A short lower-case name of a status, such as "corrupt"; "unknown" for a number that is none.
 * Static memory; from any thread. */
MOTET_API const char* motet_status_name(int status) MOTET_NOEXCEPT;

/* The version of the library that is loaded, such as "0.1.0"; MOTET_VERSION_STRING is that of the
 * headers. Static memory; from any thread. */
MOTET_API const char* motet_version(void) MOTET_NOEXCEPT;

/* --- Models ---------------------------------------------------------------------------------- */

/* A trained model, unchanging. The shipped one takes 5 MB of memory, and 12 MB more for what its
 * first encoders and decoders unpack. */
typedef struct motet_model motet_model;

typedef struct motet_model_info {
  const char* name;
  const char* identity; /* 16 hexadecimal digits, which streams name: docs/FORMAT.md */
  int sample_rate;      /* Hz: 44100 */
  int packet_samples;   /* frames that are coded together: 1024 */
  int max_quality;      /* 12 */
  int default_quality;  /* 6 */
  int entropy_coding;   /* 1 if streams can be entropy-coded, else 0 */
  int delay_samples;    /* frames by which the codec delays; a stream decoder drops them */
  double latency_ms;    /* delay and one packet */
} motet_model_info;

/* Reads a `.motetmodel` file and checks all of it. `path` is as fopen takes it.
 *
 * Returns the model, which motet_model_free frees, or NULL: MOTET_NOT_FOUND, MOTET_IO,
 * MOTET_NOT_MOTET, MOTET_UNSUPPORTED_VERSION, MOTET_CORRUPT, MOTET_TRUNCATED, MOTET_MODEL_MISMATCH
 * (a tensor contradicts the configuration), MOTET_OUT_OF_MEMORY; MOTET_INVALID_ARGUMENT for NULL.
 */
MOTET_API motet_model* motet_model_load(const char* path, motet_error* error) MOTET_NOEXCEPT;

/* The same from `size` bytes in memory, which are copied. `name` stands for the file in messages;
 * NULL is "model". Errors are those of motet_model_load without MOTET_NOT_FOUND and MOTET_IO. */
MOTET_API motet_model* motet_model_from_bytes(const void* bytes, size_t size, const char* name,
                                              motet_error* error) MOTET_NOEXCEPT;

/* What the model is; valid until it is freed. NULL for NULL. */
MOTET_API const motet_model_info* motet_model_get_info(const motet_model* model) MOTET_NOEXCEPT;

/* Frees the model; encoders and decoders that were made with it keep working. Ignores NULL. */
MOTET_API void motet_model_free(motet_model* model) MOTET_NOEXCEPT;

/* --- Encoding a stream ----------------------------------------------------------------------- */

/* A key and a value, both UTF-8 and ended by a zero byte. Keys are not empty and may repeat;
 * "title" and "artist" are the customary ones. */
typedef struct motet_tag {
  const char* key;
  const char* value;
} motet_tag;

typedef enum motet_coding {
  MOTET_CODING_DEFAULT = 0,     /* entropy coding where the model can */
  MOTET_CODING_FIXED_WIDTH = 1, /* a byte for each code */
  MOTET_CODING_ENTROPY = 2      /* about a tenth smaller; wants a model that can */
} motet_coding;

/* The length of a stream whose header was written before it was known. */
#define MOTET_UNKNOWN_SAMPLES UINT64_MAX

typedef struct motet_stream_encoder_options {
  size_t size;           /* of this structure in the caller's build; the initializer sets it */
  int sample_rate;       /* Hz, of the PCM that comes in: the model's, 44100 */
  int channels;          /* of the PCM that comes in: 1 or 2 */
  int quality;           /* 1 to 12; 0 = the model's default */
  int coding;            /* a motet_coding: how packets are written */
  int packets_per_page;  /* 1 to 255, 0 = 128. A page of n packets comes out every n * 23.2 ms, and
                            costs 14 bytes: 1 gives a live stream its shortest delay. */
  uint64_t samples;      /* frames that will come, if it is known: then the header says it */
  const motet_tag* tags; /* tag_count of them, which are copied; may be NULL for 0 */
  size_t tag_count;
} motet_stream_encoder_options;

/* Initializes the options: stereo of 44100 Hz at the default quality, of unknown length, no tags.
 */
#define MOTET_STREAM_ENCODER_OPTIONS                                            \
  {                                                                             \
    sizeof(motet_stream_encoder_options), 44100, 2, 0, MOTET_CODING_DEFAULT, 0, \
        MOTET_UNKNOWN_SAMPLES, NULL, 0                                          \
  }

/* PCM in, `.motet` bytes out. About 5 MB of memory, which does not grow with the stream. */
typedef struct motet_stream_encoder motet_stream_encoder;

/* Makes the encoder of one stream. `options` may be NULL for the defaults above.
 *
 * Returns the encoder, which motet_stream_encoder_free frees, or NULL: MOTET_INVALID_ARGUMENT for a
 * model that is NULL and an option that is out of range, MOTET_OUT_OF_MEMORY, MOTET_INTERNAL. */
MOTET_API motet_stream_encoder* motet_stream_encoder_create(
    const motet_model* model, const motet_stream_encoder_options* options,
    motet_error* error) MOTET_NOEXCEPT;

/* Takes `frames` frames of interleaved PCM, as many as the caller likes; the bytes of the stream do
 * not depend on it. Samples that are not finite are taken as 0, others clamped to +-1000.
 *
 * Sets *bytes and *size to the bytes that are ready, valid until the next call with this encoder;
 * *size is often 0. The first call gives the header, also for 0 frames.
 *
 * Allocates only where a chunk is larger than every one before it and than a page.
 *
 * Returns MOTET_OK or MOTET_INVALID_ARGUMENT (a null pointer; after the end; more frames than
 * options.samples): nothing is then taken. Two errors are final: MOTET_INTERNAL, and
 * MOTET_INVALID_ARGUMENT after 4294967295 packets (three years). After an error *size is 0. */
MOTET_API motet_status motet_stream_encoder_encode(motet_stream_encoder* encoder, const float* pcm,
                                                   size_t frames, const uint8_t** bytes,
                                                   size_t* size, motet_error* error) MOTET_NOEXCEPT;

/* Ends the stream: sets *bytes and *size to the rest of it, as motet_stream_encoder_encode does. A
 * decoder will give exactly the frames that came in, even if there were none.
 *
 * Returns MOTET_OK or MOTET_INVALID_ARGUMENT (a null pointer; called before; fewer frames came than
 * options.samples), MOTET_INTERNAL. */
MOTET_API motet_status motet_stream_encoder_finish(motet_stream_encoder* encoder,
                                                   const uint8_t** bytes, size_t* size,
                                                   motet_error* error) MOTET_NOEXCEPT;

/* Sets *bytes and *size to the header once more. After the end it says the stream's length, and has
 * as many bytes as before: write it at offset 0 of a file, so that players know the length from the
 * beginning. Valid until the next call with this encoder. Errors are MOTET_INVALID_ARGUMENT for
 * null pointers. */
MOTET_API motet_status motet_stream_encoder_header(motet_stream_encoder* encoder,
                                                   const uint8_t** bytes, size_t* size,
                                                   motet_error* error) MOTET_NOEXCEPT;

/* Frees the encoder, whether the stream was ended or not. Ignores NULL. */
MOTET_API void motet_stream_encoder_free(motet_stream_encoder* encoder) MOTET_NOEXCEPT;

/* --- Decoding a stream ----------------------------------------------------------------------- */

/* `.motet` bytes in, PCM out, cut to exactly what was encoded. About 5 MB of memory, which does not
 * grow with the stream.
 *
 *     for (;;) {
 *       const motet_stream_block* block = motet_stream_decoder_next(decoder, &error);
 *       if (block == NULL) return fail(error.message);
 *       switch (block->kind) {
 *         case MOTET_BLOCK_NEED_INPUT:
 *           if (taken == got) {
 *             got = fread(bytes, 1, sizeof bytes, file);
 *             taken = 0;
 *           }
 *           taken += motet_stream_decoder_push(decoder, bytes + taken, got - taken);
 *           break;
 *         case MOTET_BLOCK_SAMPLES:
 *           play(block->pcm, block->frames);
 *           break;
 *         case MOTET_BLOCK_END:
 *           return 0;
 *         default:
 *           break;
 *       }
 *     } */
typedef struct motet_stream_decoder motet_stream_decoder;

typedef enum motet_block_kind {
  MOTET_BLOCK_NEED_INPUT = 0, /* nothing more until a push; ordinary */
  MOTET_BLOCK_HEADER = 1,     /* motet_stream_decoder_header has the header from here on */
  MOTET_BLOCK_SAMPLES = 2,    /* `frames` frames at `pcm` */
  MOTET_BLOCK_DAMAGE = 3,     /* `damage` says what; lost packets are concealed in what follows */
  MOTET_BLOCK_END = 4         /* everything was delivered */
} motet_block_kind;

/* What motet_stream_decoder_next found. Owned by the decoder. */
typedef struct motet_stream_block {
  motet_block_kind kind;
  const float* pcm;      /* interleaved; NULL but for MOTET_BLOCK_SAMPLES */
  size_t frames;         /* at pcm: at most 17408 */
  const char* damage;    /* a sentence; NULL but for MOTET_BLOCK_DAMAGE */
  uint64_t first_packet; /* number of the first lost packet */
  uint64_t packets;      /* number of lost packets; 0 if the damaged bytes belong to no packet */
} motet_stream_block;

/* What stands at the beginning of a stream. Owned by the decoder. */
typedef struct motet_stream_header {
  int sample_rate;            /* Hz, of the PCM that comes out: 44100 */
  int channels;               /* of the PCM that comes out: 1 or 2 */
  int quality;                /* 1 to 12 */
  int coding;                 /* a motet_coding, never MOTET_CODING_DEFAULT */
  uint64_t samples;           /* frames, or MOTET_UNKNOWN_SAMPLES; known at MOTET_BLOCK_END */
  const char* model_identity; /* 16 hexadecimal digits */
  const motet_tag* tags;      /* values up to their first zero byte */
  size_t tag_count;
} motet_stream_header;

/* Makes the decoder of one stream. `name` stands for it in messages; NULL is "stream".
 *
 * Returns the decoder, which motet_stream_decoder_free frees, or NULL: MOTET_INVALID_ARGUMENT for a
 * model that is NULL, MOTET_OUT_OF_MEMORY. */
MOTET_API motet_stream_decoder* motet_stream_decoder_create(const motet_model* model,
                                                            const char* name,
                                                            motet_error* error) MOTET_NOEXCEPT;

/* With what a decoder computes its large matrix products. */
typedef enum motet_precision {
  /* 8-bit integers, where the model file holds them: up to twice as fast. What comes out differs
   * from that of floats, and between processors, by something 32 to 50 dB below the sound. */
  MOTET_PRECISION_INT8 = 0,
  /* 32-bit floats, the reference: within 1e-4 of full scale on every processor. */
  MOTET_PRECISION_F32 = 1
} motet_precision;

typedef struct motet_stream_decoder_options {
  size_t size; /* of this structure in the caller's build; the initializer sets it */
  /* Seconds of lost packets in a row that are concealed; a longer gap is MOTET_CORRUPT, since a few
   * bytes may claim hours. 0 or more; HUGE_VAL sets no limit. */
  double max_concealed_seconds;
  int strict;    /* 1: damage is no block, but MOTET_CORRUPT, after the samples before it; else 0 */
  int precision; /* a motet_precision */
} motet_stream_decoder_options;

/* Initializes the options: ten seconds, damage is told and concealed, and int8. */
#define MOTET_STREAM_DECODER_OPTIONS \
  { sizeof(motet_stream_decoder_options), 10.0, 0, MOTET_PRECISION_INT8 }

/* The same with options; NULL for those above. MOTET_INVALID_ARGUMENT also for an option that is
 * out of range. */
MOTET_API motet_stream_decoder* motet_stream_decoder_create_with_options(
    const motet_model* model, const char* name, const motet_stream_decoder_options* options,
    motet_error* error) MOTET_NOEXCEPT;

/* Takes bytes, in pieces of any size; what comes out does not depend on it. `size` 0 says that no
 * more will come, as fread does at the end of a file.
 *
 * Returns how many bytes were taken: at least one after MOTET_BLOCK_NEED_INPUT, fewer than offered
 * when the buffer is full; offer the rest after the next MOTET_BLOCK_NEED_INPUT. Copies the bytes;
 * block->pcm is not valid afterwards. Cannot fail. */
MOTET_API size_t motet_stream_decoder_push(motet_stream_decoder* decoder, const void* bytes,
                                           size_t size) MOTET_NOEXCEPT;

/* The next block; it is valid until the next call with this decoder.
 *
 * Returns NULL on errors, which are final: MOTET_NOT_MOTET, MOTET_UNSUPPORTED_VERSION,
 * MOTET_CORRUPT (the header; or the packets do not make the length, or none of them could be read,
 * or more are lost in a row than may be concealed, or there is damage and the options are strict),
 * MOTET_MODEL_MISMATCH, MOTET_TRUNCATED (after all samples that could be decoded),
 * MOTET_OUT_OF_MEMORY, MOTET_INTERNAL, MOTET_INVALID_ARGUMENT for NULL. Allocates memory when it
 * reads the header, and to describe damage. */
MOTET_API const motet_stream_block* motet_stream_decoder_next(motet_stream_decoder* decoder,
                                                              motet_error* error) MOTET_NOEXCEPT;

/* Reads bytes of a stream for motet_stream_decoder_seek: up to `size` from byte `offset` on, into
 * `bytes`. `user` is passed on from that call. Returns how many: fewer only at the end of the
 * stream, or where reading fails. */
typedef size_t (*motet_read_at)(void* user, uint64_t offset, void* bytes, size_t size);

/* Goes on with frame `frame` of the sound, counted from 0: the next blocks give bit for bit the
 * samples that a decoder gives there without seeking. A frame beyond the end is the end.
 *
 * Searches the pages of the stream, which has `stream_bytes` bytes, with a few calls of `read_at`
 * of at most 65549 bytes each, and sets *offset to the byte from which on the caller pushes bytes
 * next.
 *
 * Returns MOTET_OK, MOTET_INVALID_ARGUMENT (a null pointer; before MOTET_BLOCK_HEADER),
 * MOTET_OUT_OF_MEMORY, or the error that ended the decoder before. Works after MOTET_BLOCK_END. */
MOTET_API motet_status motet_stream_decoder_seek(motet_stream_decoder* decoder, uint64_t frame,
                                                 uint64_t stream_bytes, motet_read_at read_at,
                                                 void* user, uint64_t* offset,
                                                 motet_error* error) MOTET_NOEXCEPT;

/* The header; valid until the decoder is freed. NULL before MOTET_BLOCK_HEADER, and for NULL. */
MOTET_API const motet_stream_header* motet_stream_decoder_header(
    const motet_stream_decoder* decoder) MOTET_NOEXCEPT;

/* Frees the decoder. Ignores NULL. */
MOTET_API void motet_stream_decoder_free(motet_stream_decoder* decoder) MOTET_NOEXCEPT;

#ifdef __cplusplus
}
#endif

/* NOLINTEND(modernize-*,readability-identifier-naming) */
#endif /* MOTET_MOTET_H_ */
