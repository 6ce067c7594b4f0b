// StreamEncoder for C.
#include "motet/stream_encoder.h"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "c_interface/handles.h"

namespace {

constexpr size_t kBlock = 1024;  // frames that are deinterleaved at once

}  // namespace

struct motet_stream_encoder {
  std::unique_ptr<motet::StreamEncoder> encoder;
  std::vector<uint8_t> bytes;
  std::array<std::array<float, kBlock>, 2> planes;
};

namespace motet::c {
namespace {

Status ReadOptions(const motet_stream_encoder_options* given, StreamEncoderOptions* options) {
  motet_stream_encoder_options c = MOTET_STREAM_ENCODER_OPTIONS;
  if (given != nullptr) {
    // One size so far; a later version reads the fields that the caller's version has.
    if (given->size != sizeof c) {
      return Status(StatusCode::kInvalidArgument, "options of a stream encoder: size is " +
                                                      std::to_string(given->size) + ", wanted " +
                                                      std::to_string(sizeof c) +
                                                      ": begin with MOTET_STREAM_ENCODER_OPTIONS");
    }
    c = *given;
  }
  options->sample_rate = c.sample_rate;
  options->channels = c.channels;
  options->quality = c.quality;
  options->samples = c.samples;
  if (c.packets_per_page != 0) options->packets_per_page = c.packets_per_page;
  switch (c.coding) {
    case MOTET_CODING_DEFAULT:
      break;
    case MOTET_CODING_FIXED_WIDTH:
      options->coding = StreamCoding::kFixedWidth;
      break;
    case MOTET_CODING_ENTROPY:
      options->coding = StreamCoding::kEntropy;
      break;
    default:
      return Status(StatusCode::kInvalidArgument, "options of a stream encoder: coding is " +
                                                      std::to_string(c.coding) +
                                                      ", wanted 0, 1 or 2");
  }
  if (c.tags == nullptr && c.tag_count > 0) return IsNull("the list of tags");
  for (size_t i = 0; i < c.tag_count; ++i) {
    if (c.tags[i].key == nullptr || c.tags[i].value == nullptr)
      return IsNull("a tag's key or value");
    options->tags.push_back({c.tags[i].key, c.tags[i].value});
  }
  return {};
}

// Gives the bytes that were made to the caller; none after an error.
motet_status Deliver(motet_stream_encoder& handle, const Status& status, const uint8_t** bytes,
                     size_t* size, motet_error* error) {
  *bytes = handle.bytes.data();
  *size = status.ok() ? handle.bytes.size() : 0;
  return Report(status, error);
}

Status Encode(motet_stream_encoder& handle, const float* pcm, size_t frames) {
  StreamEncoder& encoder = *handle.encoder;
  const auto channels = static_cast<size_t>(encoder.header().channels);
  const std::array<const float*, 2> planes = {handle.planes[0].data(), handle.planes[1].data()};
  // All or nothing: for more samples than the options announced, the encoder refuses before it
  // takes any.
  if (frames > encoder.header().samples - encoder.samples())
    return encoder.Encode(planes.data(), frames, &handle.bytes);
  handle.bytes.reserve(encoder.MaxOutputBytes(frames));
  if (frames == 0) return encoder.Encode(planes.data(), 0, &handle.bytes);
  for (size_t done = 0; done < frames;) {
    const size_t count = std::min(frames - done, kBlock);
    for (size_t c = 0; c < channels; ++c) {
      const float* from = pcm + done * channels + c;
      for (size_t i = 0; i < count; ++i) handle.planes[c][i] = from[i * channels];
    }
    if (Status s = encoder.Encode(planes.data(), count, &handle.bytes); !s.ok()) return s;
    done += count;
  }
  return {};
}

}  // namespace
}  // namespace motet::c

using motet::c::IsNull;
using motet::c::Report;

motet_stream_encoder* motet_stream_encoder_create(const motet_model* model,
                                                  const motet_stream_encoder_options* options,
                                                  motet_error* error) noexcept {
  if (model == nullptr) return Report(IsNull("the model"), error), nullptr;
  motet::StreamEncoderOptions read;
  if (motet::Status s = motet::c::ReadOptions(options, &read); !s.ok())
    return Report(s, error), nullptr;
  auto made = motet::StreamEncoder::Create(model->model, std::move(read));
  if (!made.ok()) return Report(made.status(), error), nullptr;
  auto* handle = new (std::nothrow) motet_stream_encoder{std::move(*made), {}, {}};
  if (handle == nullptr)
    return Report({motet::StatusCode::kOutOfMemory, "no memory for an encoder"}, error), nullptr;
  handle->bytes.reserve(handle->encoder->MaxFinishBytes());
  return handle;
}

motet_status motet_stream_encoder_encode(motet_stream_encoder* encoder, const float* pcm,
                                         size_t frames, const uint8_t** bytes, size_t* size,
                                         motet_error* error) noexcept {
  if (encoder == nullptr || bytes == nullptr || size == nullptr)
    return Report(IsNull("an argument of motet_stream_encoder_encode"), error);
  encoder->bytes.clear();
  const motet::Status status =
      pcm == nullptr && frames > 0 ? IsNull("the PCM") : motet::c::Encode(*encoder, pcm, frames);
  return motet::c::Deliver(*encoder, status, bytes, size, error);
}

motet_status motet_stream_encoder_finish(motet_stream_encoder* encoder, const uint8_t** bytes,
                                         size_t* size, motet_error* error) noexcept {
  if (encoder == nullptr || bytes == nullptr || size == nullptr)
    return Report(IsNull("an argument of motet_stream_encoder_finish"), error);
  encoder->bytes.clear();
  return motet::c::Deliver(*encoder, encoder->encoder->Finish(&encoder->bytes), bytes, size, error);
}

motet_status motet_stream_encoder_header(motet_stream_encoder* encoder, const uint8_t** bytes,
                                         size_t* size, motet_error* error) noexcept {
  if (encoder == nullptr || bytes == nullptr || size == nullptr)
    return Report(IsNull("an argument of motet_stream_encoder_header"), error);
  encoder->bytes = encoder->encoder->HeaderBytes();
  return motet::c::Deliver(*encoder, {}, bytes, size, error);
}

void motet_stream_encoder_free(motet_stream_encoder* encoder) noexcept { delete encoder; }
