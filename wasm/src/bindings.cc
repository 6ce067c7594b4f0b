// What the npm package sees of libmotet: each class of the core under its own name, with typed
// arrays in the heap for samples and bytes. No exceptions cross: a call that fails returns null or
// a negative number, and the fault waits in takeError().
//
// A view (`input`, `pcm`, `bytes`) is valid until the next call into the module, which may move the
// heap: the package copies at once.
#include <emscripten/bind.h>
#include <emscripten/heap.h>
#include <emscripten/val.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "motet/decoder.h"
#include "motet/encoder.h"
#include "motet/feature_reader.h"
#include "motet/model.h"
#include "motet/page_search.h"
#include "motet/stream.h"
#include "motet/stream_decoder.h"

namespace motet::wasm {
namespace {

using emscripten::allow_raw_pointers;
using emscripten::typed_memory_view;
using emscripten::val;

Status last_error;

constexpr int kFailed = -1;

int Fail(Status status) {
  last_error = std::move(status);
  return kFailed;
}

val TakeError() {
  val error = val::object();
  error.set("code", std::string(StatusCodeName(last_error.code())));
  error.set("message", last_error.message());
  last_error = Status();
  return error;
}

// The value, or null with the fault kept.
template <typename Handle, typename T>
Handle* Wrap(Result<T> result) {
  if (result.ok()) return new Handle{std::move(*result)};
  Fail(result.status());
  return nullptr;
}

val View(std::span<uint8_t> bytes) { return val(typed_memory_view(bytes.size(), bytes.data())); }

// Bytes on their way in; what is in them before is left to chance.
class ByteBuffer {
 public:
  explicit ByteBuffer(size_t size)
      : bytes_(new uint8_t[size], std::default_delete<uint8_t[]>()), size_(size) {}
  val View() const { return wasm::View({bytes_.get(), size_}); }
  std::span<const uint8_t> bytes() const { return {bytes_.get(), size_}; }
  std::shared_ptr<const uint8_t> shared() const { return bytes_; }

 private:
  std::shared_ptr<uint8_t> bytes_;
  size_t size_;
};

// Samples of one or two channels, on their way in or out.
class PlanarBuffer {
 public:
  void Resize(int channels, size_t frames) {
    frames_ = frames;
    if (samples_.size() < static_cast<size_t>(channels) * frames)
      samples_.resize(static_cast<size_t>(channels) * frames);
  }
  float* plane(int channel) { return samples_.data() + static_cast<size_t>(channel) * frames_; }
  std::array<float*, 2> planes(int channels) {
    return {plane(0), channels > 1 ? plane(1) : nullptr};
  }
  val View(int channel, size_t frames) { return val(typed_memory_view(frames, plane(channel))); }

 private:
  std::vector<float> samples_;
  size_t frames_ = 0;
};

// --- Model --------------------------------------------------------------------------------------

struct ModelHandle {
  std::shared_ptr<const Model> model;
  ByteBuffer bytes{0};  // of the whole file

  // The bytes stay where they are, with the model: nobody may change them.
  static ModelHandle* FromBytes(const ByteBuffer& bytes) {
    ModelHandle* const handle =
        Wrap<ModelHandle>(Model::FromSharedBytes(bytes.shared(), bytes.bytes().size(), "model"));
    if (handle != nullptr) handle->bytes = bytes;
    return handle;
  }
  static ModelHandle* EntropyModelFromBytes(const ByteBuffer& bytes) {
    return Wrap<ModelHandle>(Model::EntropyModelFromBytes(bytes.bytes(), "entropy model"));
  }
  val Info() const {
    const ModelInfo& info = model->info();
    val result = val::object();
    result.set("name", info.name);
    result.set("identity", info.identity);
    result.set("codecIdentity", info.codec_identity);
    result.set("storage", info.storage);
    result.set("sampleRate", info.sample_rate);
    result.set("packetSamples", info.packet_samples);
    result.set("maxQuality", info.max_quality);
    result.set("defaultQuality", info.default_quality);
    result.set("parameters", static_cast<double>(info.parameters));
    result.set("entropyCoding", info.entropy_coding);
    result.set("delaySamples", info.delay_samples);
    result.set("latencyMs", info.latency_ms);
    result.set("encoderPrerollPackets", info.encoder_preroll_packets);
    result.set("decoderPrerollPackets", info.decoder_preroll_packets);
    result.set("encoderGmacPerSecond", info.encoder_gmac_per_second);
    result.set("decoderGmacPerSecond", info.decoder_gmac_per_second);
    return result;
  }
  int PacketBytes(int quality) const { return model->PacketBytes(quality); }
  val Bytes() const { return bytes.View(); }
};

// --- Encoder and decoder of bare packets --------------------------------------------------------

struct EncoderHandle {
  std::unique_ptr<Encoder> encoder;
  PlanarBuffer pcm{};
  std::vector<uint8_t> packets{};

  static EncoderHandle* Create(const ModelHandle& model, int quality, int channels) {
    return Wrap<EncoderHandle>(
        Encoder::Create(model.model, {.quality = quality, .channels = channels}));
  }
  int quality() const { return encoder->options().quality; }
  int packet_bytes() const { return encoder->packet_bytes(); }

  // Makes room for samples; `input` is where they go.
  void Reserve(size_t frames) { pcm.Resize(encoder->options().channels, frames); }
  val Input(int channel, size_t frames) { return pcm.View(channel, frames); }
  // Bytes of packets, which `bytes` shows.
  int Encode(size_t frames) {
    packets.resize(encoder->MaxOutputBytes(frames));
    return Made(encoder->Encode(pcm.planes(encoder->options().channels).data(), frames, packets));
  }
  int Flush() {
    packets.resize(encoder->MaxFlushBytes());
    return Made(encoder->Flush(packets));
  }
  val Bytes() { return View(packets); }
  void Reset() { encoder->Reset(); }

 private:
  int Made(const Result<size_t>& made) {
    if (!made.ok()) return Fail(made.status());
    packets.resize(*made);
    return static_cast<int>(*made);
  }
};

Precision PrecisionOf(bool is_f32) { return is_f32 ? Precision::kFloat32 : Precision::kInt8; }

struct DecoderHandle {
  std::unique_ptr<Decoder> decoder;
  PlanarBuffer sound{};
  std::vector<uint8_t> packets{};
  size_t packet_samples = 0;

  static DecoderHandle* Create(const ModelHandle& model, int quality, int channels, bool is_f32) {
    auto* handle = Wrap<DecoderHandle>(Decoder::Create(
        model.model, {.quality = quality, .channels = channels, .precision = PrecisionOf(is_f32)}));
    if (handle != nullptr)
      handle->packet_samples = static_cast<size_t>(model.model->info().packet_samples);
    return handle;
  }
  int quality() const { return decoder->options().quality; }
  int packet_bytes() const { return decoder->packet_bytes(); }

  val Input(size_t bytes) {
    packets.resize(bytes);
    return View(packets);
  }
  // Samples per channel, which `pcm` shows.
  int Decode() {
    const size_t frames = packets.size() / static_cast<size_t>(packet_bytes()) * packet_samples;
    sound.Resize(channels(), frames);
    return Made(decoder->Decode(packets, sound.planes(channels()).data(), frames));
  }
  int Conceal(size_t count) {
    sound.Resize(channels(), count * packet_samples);
    return Made(decoder->Conceal(count, sound.planes(channels()).data(), count * packet_samples));
  }
  val PcmView(int channel, size_t frames) { return sound.View(channel, frames); }
  void Reset() { decoder->Reset(); }

 private:
  int channels() const { return decoder->options().channels; }
  static int Made(const Result<size_t>& made) {
    return made.ok() ? static_cast<int>(*made) : Fail(made.status());
  }
};

// --- Streams ------------------------------------------------------------------------------------

val HeaderValue(const StreamHeader& header) {
  val result = val::object();
  result.set("version", kStreamVersion);
  result.set("sampleRate", header.sample_rate);
  result.set("channels", header.channels);
  result.set("quality", header.quality);
  result.set("packetBytes", header.packet_bytes);
  result.set("coding", std::string(header.coding == StreamCoding::kEntropy ? "entropy" : "fixed"));
  result.set("samples", header.samples == kUnknownSamples
                            ? val::undefined()
                            : val(static_cast<double>(header.samples)));
  result.set("preSkip", header.pre_skip);
  result.set("modelIdentity", header.model_identity);
  val tags = val::array();
  for (const StreamTag& tag : header.tags) {
    val pair = val::array();
    pair.call<void>("push", tag.key);
    pair.call<void>("push", tag.value);
    tags.call<void>("push", pair);
  }
  result.set("tags", tags);
  val parts = val::array();
  for (const StreamPart& part : header.parts) {
    val own = val::object();
    own.set("samples", static_cast<double>(part.samples));
    own.set("packets", part.packets);
    own.set("preSkip", part.pre_skip);
    parts.call<void>("push", own);
  }
  result.set("parts", parts);
  return result;
}

// What HeaderValue makes, and samples that are undefined if they are not known.
StreamHeader HeaderOf(const val& value) {
  StreamHeader header{.sample_rate = value["sampleRate"].as<int>(),
                      .channels = value["channels"].as<int>(),
                      .quality = value["quality"].as<int>(),
                      .packet_bytes = value["packetBytes"].as<int>(),
                      .coding = value["coding"].as<std::string>() == "entropy"
                                    ? StreamCoding::kEntropy
                                    : StreamCoding::kFixedWidth,
                      .samples = kUnknownSamples,
                      .pre_skip = value["preSkip"].as<uint32_t>(),
                      .model_identity = value["modelIdentity"].as<std::string>(),
                      .tags = {}};
  if (!value["samples"].isUndefined())
    header.samples = static_cast<uint64_t>(value["samples"].as<double>());
  const val tags = value["tags"];
  const auto count = tags["length"].as<unsigned>();
  for (unsigned i = 0; i < count; ++i)
    header.tags.push_back({tags[i][0].as<std::string>(), tags[i][1].as<std::string>()});
  const val parts = value["parts"];
  const auto part_count = parts.isUndefined() ? 0 : parts["length"].as<unsigned>();
  for (unsigned i = 0; i < part_count; ++i) {
    header.parts.push_back({.samples = static_cast<uint64_t>(parts[i]["samples"].as<double>()),
                            .packets = parts[i]["packets"].as<uint32_t>(),
                            .pre_skip = parts[i]["preSkip"].as<uint32_t>()});
  }
  return header;
}

struct StreamWriterHandle {
  StreamWriter writer;
  StreamWriter fresh = writer;  // as it was made, for Reset
  std::vector<uint8_t> packets{};
  std::vector<uint8_t> out{};

  // Without a model (null), of fixed width alone.
  static StreamWriterHandle* Create(const ModelHandle* model, const val& header,
                                    int packets_per_page) {
    return Wrap<StreamWriterHandle>(StreamWriter::Create(
        HeaderOf(header), packets_per_page, model == nullptr ? nullptr : model->model));
  }
  val HeaderBytes() {
    out = writer.HeaderBytes();
    return View(out);
  }
  val Header() const { return HeaderValue(writer.header()); }
  val Input(size_t bytes) {
    packets.resize(bytes);
    return View(packets);
  }
  int Write() {
    out.clear();
    return Made(writer.Write(packets, &out));
  }
  int Skip(int count) {
    out.clear();
    return Made(writer.Skip(static_cast<uint64_t>(count), &out));
  }
  int Finish(double samples) {
    out.clear();
    return Made(writer.Finish(static_cast<uint64_t>(samples), &out));
  }
  val Bytes() { return View(out); }
  void Reset() { writer = fresh; }

 private:
  int Made(const Status& status) const {
    return status.ok() ? static_cast<int>(out.size()) : Fail(status);
  }
};

// Feeds what came in to anything with Push, as far as it takes it.
class PendingInput {
 public:
  val Input(size_t bytes) {
    bytes_.resize(bytes);
    taken_ = 0;
    return View(bytes_);
  }
  void Clear() { taken_ = bytes_.size(); }
  bool empty() const { return taken_ == bytes_.size(); }
  template <typename Reader>
  void PushTo(Reader& reader) {
    taken_ += reader.Push(std::span(bytes_).subspan(taken_));
  }

 private:
  std::vector<uint8_t> bytes_;
  size_t taken_ = 0;
};

// next() returns one of these or kFailed; the names are those of the package.
enum Kind { kNeedInput = 0, kHeader = 1, kData = 2, kDamage = 3, kEnd = 4 };

// Takes a stream apart without decoding its sound: kData is packets.
struct StreamReaderHandle {
  StreamReader reader;
  std::shared_ptr<const Model> model{};
  PendingInput pending{};
  StreamEvent event{};

  // Without a model (null), packets that are entropy-coded are only counted.
  static StreamReaderHandle* Create(const ModelHandle* handle) {
    std::shared_ptr<const Model> model = handle == nullptr ? nullptr : handle->model;
    return new StreamReaderHandle{StreamReader("stream", model), model};
  }
  val Input(size_t bytes) { return pending.Input(bytes); }
  void Finish() { reader.Finish(); }
  void Reset() {
    reader = StreamReader("stream", model);
    pending.Clear();
  }
  int Next() {
    for (;;) {
      const Result<StreamEvent> next = reader.Next();
      if (!next.ok()) return Fail(next.status());
      event = *next;
      switch (event.kind) {
        case StreamEvent::Kind::kNeedInput:
          if (pending.empty()) return kNeedInput;
          pending.PushTo(reader);
          break;
        case StreamEvent::Kind::kHeader:
          return kHeader;
        case StreamEvent::Kind::kPackets:
          return kData;
        case StreamEvent::Kind::kGap:
          return kDamage;
        case StreamEvent::Kind::kEnd:
          return kEnd;
      }
    }
  }
  val Header() const { return HeaderValue(reader.header()); }
  val Packets() const { return val(typed_memory_view(event.packets.size(), event.packets.data())); }
  double first_packet() const { return static_cast<double>(event.first_packet); }
  double count() const { return static_cast<double>(event.count); }
  double offset() const { return static_cast<double>(event.offset); }
  double skipped_bytes() const { return static_cast<double>(reader.totals().skipped_bytes); }
};

// Reads and decodes: kData is samples.
struct StreamDecoderHandle {
  std::unique_ptr<StreamDecoder> decoder;
  std::shared_ptr<const Model> model{};
  StreamDecoderOptions options{};
  PendingInput pending{};
  StreamBlock block{};
  std::optional<PageSearch> page_search{};
  std::vector<uint8_t> looked_at{};

  static StreamDecoderHandle* Create(const ModelHandle& model, double max_concealed_seconds,
                                     bool strict, bool is_f32) {
    const StreamDecoderOptions options{.max_concealed_seconds = max_concealed_seconds,
                                       .strict = strict,
                                       .precision = PrecisionOf(is_f32)};
    auto* handle = Wrap<StreamDecoderHandle>(StreamDecoder::Create(model.model, "stream", options));
    if (handle != nullptr) {
      handle->model = model.model;
      handle->options = options;
    }
    return handle;
  }
  int Reset() {
    Result<std::unique_ptr<StreamDecoder>> created =
        StreamDecoder::Create(model, "stream", options);
    if (!created.ok()) return Fail(created.status());
    decoder = std::move(*created);
    pending.Clear();
    return 0;
  }
  val Input(size_t bytes) { return pending.Input(bytes); }
  void Finish() { decoder->Finish(); }
  int Next() {
    for (;;) {
      Result<StreamBlock> next = decoder->Next();
      if (!next.ok()) return Fail(next.status());
      block = std::move(*next);
      switch (block.kind) {
        case StreamBlock::Kind::kNeedInput:
          if (pending.empty()) return kNeedInput;
          pending.PushTo(*decoder);
          break;
        case StreamBlock::Kind::kHeader:
          return kHeader;
        case StreamBlock::Kind::kSamples:
          return kData;
        case StreamBlock::Kind::kDamage:
          return kDamage;
        case StreamBlock::Kind::kEnd:
          return kEnd;
      }
    }
  }
  // Begins to search the page for a sample: it is given what it wants until that is no bytes.
  int Search(double sample, double stream_bytes) {
    Result<PageSearch> begun =
        decoder->Search(static_cast<uint64_t>(sample), static_cast<uint64_t>(stream_bytes));
    if (!begun.ok()) return Fail(begun.status());
    page_search = std::move(*begun);
    return 0;
  }
  double wanted_offset() const { return static_cast<double>(page_search->wanted().offset); }
  size_t wanted_bytes() const { return page_search->wanted().bytes; }
  val SearchInput(size_t bytes) {
    looked_at.resize(bytes);
    return View(looked_at);
  }
  void Take() { page_search->Take(looked_at); }
  double found() const { return static_cast<double>(page_search->found()); }
  // Goes on with the sample: the next input begins with the page that was found.
  int Seek(double sample) {
    pending.Clear();
    const Status sought = decoder->Seek(static_cast<uint64_t>(sample), page_search->found());
    return sought.ok() ? 0 : Fail(sought);
  }
  val Header() const { return HeaderValue(decoder->header()); }
  size_t frames() const { return block.frames; }
  val PcmView(int channel) const {
    return val(typed_memory_view(block.frames, block.pcm[static_cast<size_t>(channel)]));
  }
  std::string damage() const { return block.damage.message(); }
  double first_packet() const { return static_cast<double>(block.first_packet); }
  double packets() const { return static_cast<double>(block.packets); }
};

// --- Features -----------------------------------------------------------------------------------

struct FeatureReaderHandle {
  std::unique_ptr<FeatureReader> reader;
  std::vector<uint8_t> packets{};
  std::vector<float> rows{};

  static FeatureReaderHandle* Create(const ModelHandle& model, int quality) {
    return Wrap<FeatureReaderHandle>(FeatureReader::Create(model.model, quality));
  }
  val Input(size_t bytes) {
    packets.resize(bytes);
    return View(packets);
  }
  // Rows of features, which `values` shows.
  int Read() {
    const size_t count = packets.size() / static_cast<size_t>(reader->packet_bytes());
    rows.resize(count * FeatureReader::kRowsPerPacket * FeatureReader::kFeatures);
    const Result<size_t> made = reader->Read(packets, rows);
    return made.ok() ? static_cast<int>(*made) : Fail(made.status());
  }
  val Values() { return val(typed_memory_view(rows.size(), rows.data())); }
};

val FeatureNames() {
  val names = val::array();
  for (const char* name : FeatureReader::Names()) names.call<void>("push", std::string(name));
  return names;
}

// For the leak test and for whoever watches memory.
double HeapBytes() { return static_cast<double>(emscripten_get_heap_size()); }

}  // namespace

EMSCRIPTEN_BINDINGS(motet) {
  using emscripten::class_;
  using emscripten::function;

  emscripten::constant("streamPacketSamples", kStreamPacketSamples);
  function("takeError", &TakeError);
  function("featureNames", &FeatureNames);
  function("heapBytes", &HeapBytes);

  class_<ByteBuffer>("ByteBuffer").constructor<size_t>().function("view", &ByteBuffer::View);
  class_<ModelHandle>("Model")
      .class_function("fromBytes", &ModelHandle::FromBytes, allow_raw_pointers())
      .class_function("entropyModelFromBytes", &ModelHandle::EntropyModelFromBytes,
                      allow_raw_pointers())
      .function("info", &ModelHandle::Info)
      .function("packetBytes", &ModelHandle::PacketBytes)
      .function("bytes", &ModelHandle::Bytes);
  class_<EncoderHandle>("Encoder")
      .class_function("create", &EncoderHandle::Create, allow_raw_pointers())
      .function("quality", &EncoderHandle::quality)
      .function("packetBytes", &EncoderHandle::packet_bytes)
      .function("reserve", &EncoderHandle::Reserve)
      .function("input", &EncoderHandle::Input)
      .function("encode", &EncoderHandle::Encode)
      .function("flush", &EncoderHandle::Flush)
      .function("bytes", &EncoderHandle::Bytes)
      .function("reset", &EncoderHandle::Reset);
  class_<DecoderHandle>("Decoder")
      .class_function("create", &DecoderHandle::Create, allow_raw_pointers())
      .function("quality", &DecoderHandle::quality)
      .function("packetBytes", &DecoderHandle::packet_bytes)
      .function("input", &DecoderHandle::Input)
      .function("decode", &DecoderHandle::Decode)
      .function("conceal", &DecoderHandle::Conceal)
      .function("pcm", &DecoderHandle::PcmView)
      .function("reset", &DecoderHandle::Reset);
  class_<StreamWriterHandle>("StreamWriter")
      .class_function("create", &StreamWriterHandle::Create, allow_raw_pointers())
      .function("header", &StreamWriterHandle::Header)
      .function("headerBytes", &StreamWriterHandle::HeaderBytes)
      .function("input", &StreamWriterHandle::Input)
      .function("write", &StreamWriterHandle::Write)
      .function("skip", &StreamWriterHandle::Skip)
      .function("finish", &StreamWriterHandle::Finish)
      .function("reset", &StreamWriterHandle::Reset)
      .function("bytes", &StreamWriterHandle::Bytes);
  class_<StreamReaderHandle>("StreamReader")
      .class_function("create", &StreamReaderHandle::Create, allow_raw_pointers())
      .function("input", &StreamReaderHandle::Input)
      .function("finish", &StreamReaderHandle::Finish)
      .function("reset", &StreamReaderHandle::Reset)
      .function("next", &StreamReaderHandle::Next)
      .function("header", &StreamReaderHandle::Header)
      .function("packets", &StreamReaderHandle::Packets)
      .function("firstPacket", &StreamReaderHandle::first_packet)
      .function("count", &StreamReaderHandle::count)
      .function("offset", &StreamReaderHandle::offset)
      .function("skippedBytes", &StreamReaderHandle::skipped_bytes);
  class_<StreamDecoderHandle>("StreamDecoder")
      .class_function("create", &StreamDecoderHandle::Create, allow_raw_pointers())
      .function("input", &StreamDecoderHandle::Input)
      .function("finish", &StreamDecoderHandle::Finish)
      .function("reset", &StreamDecoderHandle::Reset)
      .function("next", &StreamDecoderHandle::Next)
      .function("search", &StreamDecoderHandle::Search)
      .function("wantedOffset", &StreamDecoderHandle::wanted_offset)
      .function("wantedBytes", &StreamDecoderHandle::wanted_bytes)
      .function("searchInput", &StreamDecoderHandle::SearchInput)
      .function("take", &StreamDecoderHandle::Take)
      .function("found", &StreamDecoderHandle::found)
      .function("seek", &StreamDecoderHandle::Seek)
      .function("header", &StreamDecoderHandle::Header)
      .function("frames", &StreamDecoderHandle::frames)
      .function("pcm", &StreamDecoderHandle::PcmView)
      .function("damage", &StreamDecoderHandle::damage)
      .function("firstPacket", &StreamDecoderHandle::first_packet)
      .function("packets", &StreamDecoderHandle::packets);
  class_<FeatureReaderHandle>("FeatureReader")
      .class_function("create", &FeatureReaderHandle::Create, allow_raw_pointers())
      .function("input", &FeatureReaderHandle::Input)
      .function("read", &FeatureReaderHandle::Read)
      .function("values", &FeatureReaderHandle::Values);
}

}  // namespace motet::wasm
