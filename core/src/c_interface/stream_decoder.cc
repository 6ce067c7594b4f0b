// StreamDecoder for C.
#include "motet/stream_decoder.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "arithmetic/buffer.h"
#include "c_interface/handles.h"

struct motet_stream_decoder {
  std::unique_ptr<motet::StreamDecoder> decoder;
  motet::StreamBlock found{};  // its status holds the text of `damage`
  size_t given = 0;            // frames of it that went out
  motet_stream_block block{};
  motet_stream_header header{};
  std::vector<motet_tag> tags{};
  motet::core::Buffer<float> pcm{};  // interleaved
  bool began = false;
};

namespace motet::c {
namespace {

using Kind = StreamBlock::Kind;

// Of a block here, as motet.h promises; those of StreamDecoder may be larger.
constexpr size_t kMostFrames = 17 * size_t{kStreamPacketSamples};

size_t FramesLeft(const motet_stream_decoder& handle) { return handle.found.frames - handle.given; }

Result<StreamDecoderOptions> ReadOptions(const motet_stream_decoder_options* given) {
  motet_stream_decoder_options c = MOTET_STREAM_DECODER_OPTIONS;
  const auto wrong = [](const char* what, auto seen, const std::string& wanted) {
    return Status(StatusCode::kInvalidArgument,
                  "options of a stream decoder: " + std::string(what) + " is " +
                      std::to_string(seen) + ", wanted " + wanted);
  };
  if (given != nullptr) {
    // One size so far; a later version reads the fields that the caller's version has.
    if (given->size != sizeof c) {
      return wrong("size", given->size,
                   std::to_string(sizeof c) + ": begin with MOTET_STREAM_DECODER_OPTIONS");
    }
    c = *given;
  }
  if (c.strict != 0 && c.strict != 1) return wrong("strict", c.strict, "0 or 1");
  if (c.precision != MOTET_PRECISION_INT8 && c.precision != MOTET_PRECISION_F32)
    return wrong("precision", c.precision, "a motet_precision");
  return StreamDecoderOptions{
      .max_concealed_seconds = c.max_concealed_seconds,
      .strict = c.strict == 1,
      .precision = c.precision == MOTET_PRECISION_F32 ? Precision::kFloat32 : Precision::kInt8};
}

Status ReadHeader(motet_stream_decoder& handle) {
  const StreamHeader& header = handle.decoder->header();
  handle.began = true;
  for (const StreamTag& tag : header.tags)
    handle.tags.push_back({tag.key.c_str(), tag.value.c_str()});
  handle.header = {.sample_rate = header.sample_rate,
                   .channels = header.channels,
                   .quality = header.quality,
                   .coding = header.coding == StreamCoding::kEntropy ? MOTET_CODING_ENTROPY
                                                                     : MOTET_CODING_FIXED_WIDTH,
                   .samples = header.samples,
                   .model_identity = header.model_identity.c_str(),
                   .tags = handle.tags.data(),
                   .tag_count = handle.tags.size()};
  if (!handle.pcm.Allocate(kMostFrames * static_cast<size_t>(header.channels)))
    return {StatusCode::kOutOfMemory, "no memory for a decoder"};
  return {};
}

// Makes a block of the next samples that were found.
void Interleave(motet_stream_decoder& handle) {
  const auto channels = static_cast<size_t>(handle.header.channels);
  const size_t frames = std::min(FramesLeft(handle), kMostFrames);
  for (size_t c = 0; c < channels; ++c) {
    const float* from = handle.found.pcm[c] + handle.given;
    for (size_t i = 0; i < frames; ++i) handle.pcm[i * channels + c] = from[i];
  }
  handle.given += frames;
  handle.block.kind = MOTET_BLOCK_SAMPLES;
  handle.block.pcm = handle.pcm.data();
  handle.block.frames = frames;
}

Status Next(motet_stream_decoder& handle) {
  if (FramesLeft(handle) > 0) {
    Interleave(handle);
    return {};
  }
  Result<StreamBlock> next = handle.decoder->Next();
  if (!next.ok()) return next.status();
  handle.found = std::move(*next);
  handle.given = 0;
  handle.block = {};
  switch (handle.found.kind) {
    case Kind::kNeedInput:
      handle.block.kind = MOTET_BLOCK_NEED_INPUT;
      break;
    case Kind::kHeader:
      handle.block.kind = MOTET_BLOCK_HEADER;
      return ReadHeader(handle);
    case Kind::kSamples:
      Interleave(handle);
      break;
    case Kind::kDamage:
      handle.block.kind = MOTET_BLOCK_DAMAGE;
      handle.block.damage = handle.found.damage.message().c_str();
      handle.block.first_packet = handle.found.first_packet;
      handle.block.packets = handle.found.packets;
      break;
    case Kind::kEnd:
      handle.block.kind = MOTET_BLOCK_END;
      handle.header.samples = handle.decoder->header().samples;
      break;
  }
  return {};
}

Status Seek(motet_stream_decoder& handle, uint64_t frame, uint64_t stream_bytes,
            motet_read_at read_at, void* user, uint64_t* offset) {
  Result<PageSearch> search = handle.decoder->Search(frame, stream_bytes);
  if (!search.ok()) return search.status();
  core::Buffer<uint8_t> bytes;
  while (search->wanted().bytes > 0) {
    const PageSearch::Range wanted = search->wanted();
    if (wanted.bytes > bytes.size() && !bytes.Allocate(wanted.bytes))
      return {StatusCode::kOutOfMemory, "no memory to search a stream"};
    const size_t got = read_at(user, wanted.offset, bytes.data(), wanted.bytes);
    search->Take({bytes.data(), std::min(got, wanted.bytes)});
  }
  *offset = search->found();
  handle.found = {};
  handle.given = 0;
  return handle.decoder->Seek(frame, *offset);
}

}  // namespace
}  // namespace motet::c

using motet::c::IsNull;
using motet::c::Report;

motet_stream_decoder* motet_stream_decoder_create(const motet_model* model, const char* name,
                                                  motet_error* error) noexcept {
  return motet_stream_decoder_create_with_options(model, name, nullptr, error);
}

motet_stream_decoder* motet_stream_decoder_create_with_options(
    const motet_model* model, const char* name, const motet_stream_decoder_options* options,
    motet_error* error) noexcept {
  if (model == nullptr) return Report(IsNull("the model"), error), nullptr;
  const motet::Result<motet::StreamDecoderOptions> read = motet::c::ReadOptions(options);
  if (!read.ok()) return Report(read.status(), error), nullptr;
  auto made = motet::StreamDecoder::Create(model->model, name == nullptr ? "stream" : name, *read);
  if (!made.ok()) return Report(made.status(), error), nullptr;
  auto* handle = new (std::nothrow) motet_stream_decoder{std::move(*made)};
  if (handle == nullptr)
    Report({motet::StatusCode::kOutOfMemory, "no memory for a decoder"}, error);
  return handle;
}

size_t motet_stream_decoder_push(motet_stream_decoder* decoder, const void* bytes,
                                 size_t size) noexcept {
  if (decoder == nullptr) return 0;
  if (bytes == nullptr || size == 0) {
    decoder->decoder->Finish();
    return 0;
  }
  if (motet::c::FramesLeft(*decoder) > 0) return 0;  // the samples lie where Push may write
  return decoder->decoder->Push({static_cast<const uint8_t*>(bytes), size});
}

const motet_stream_block* motet_stream_decoder_next(motet_stream_decoder* decoder,
                                                    motet_error* error) noexcept {
  if (decoder == nullptr) return Report(IsNull("the decoder"), error), nullptr;
  const motet::Status status = motet::c::Next(*decoder);
  return status.ok() ? &decoder->block : (Report(status, error), nullptr);
}

motet_status motet_stream_decoder_seek(motet_stream_decoder* decoder, uint64_t frame,
                                       uint64_t stream_bytes, motet_read_at read_at, void* user,
                                       uint64_t* offset, motet_error* error) noexcept {
  if (decoder == nullptr) return Report(IsNull("the decoder"), error);
  if (read_at == nullptr) return Report(IsNull("read_at"), error);
  if (offset == nullptr) return Report(IsNull("offset"), error);
  return Report(motet::c::Seek(*decoder, frame, stream_bytes, read_at, user, offset), error);
}

const motet_stream_header* motet_stream_decoder_header(
    const motet_stream_decoder* decoder) noexcept {
  return decoder == nullptr || !decoder->began ? nullptr : &decoder->header;
}

void motet_stream_decoder_free(motet_stream_decoder* decoder) noexcept { delete decoder; }
