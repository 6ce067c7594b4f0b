#include "motet/stream_decoder.h"

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "arithmetic/buffer.h"
#include "codec/trimmer.h"
#include "motet/decoder.h"

namespace motet {
namespace {

using Kind = StreamBlock::Kind;

constexpr size_t kBlockPackets = 28;  // decoded at once: what a step of the network takes

// No stream is longer: its packets are counted in 32 bits.
constexpr uint64_t kMaxSample = uint64_t{kStreamPacketSamples} << 32;

// Of the new part in sample i of a join: rises from 0 to 1 as t²(3 − 2t), whose float is the same
// everywhere.
float JoinShare(uint64_t i) {
  const float t = static_cast<float>(2 * i + 1) / (2 * kJoinFadeSamples);
  return t * t * (3 - 2 * t);
}

}  // namespace

struct StreamDecoder::State {
  State(std::shared_ptr<const Model> model_in, const std::string& name_in,
        const StreamDecoderOptions& options_in)
      : model(std::move(model_in)), name(name_in), options(options_in), reader(name_in, model) {}

  Status Fault(StatusCode code, const std::string& what) const {
    return {code, "'" + name + "' " + what};
  }
  std::string Time(uint64_t packet) const {
    const StreamSpan& span = spans[SpanOfPacket(spans, packet)];
    const uint64_t sample = span.first_sample + (packet - span.first_packet) * packet_samples();
    return Seconds(static_cast<double>(sample) / reader.header().sample_rate);
  }
  static std::string Seconds(double seconds) {
    const auto hundredths = static_cast<uint64_t>(seconds * 100);
    const std::string digits = std::to_string(100 + hundredths % 100);
    return std::to_string(hundredths / 100) + "." + digits.substr(1) + " s";
  }
  // Samples that the packets of a part give before its sound begins: the codec's delay and the
  // pre-skip.
  uint64_t DelayOf(const StreamSpan& span) const {
    return static_cast<uint64_t>(model->info().delay_samples) + span.pre_skip;
  }
  uint64_t packet_samples() const { return static_cast<uint64_t>(model->info().packet_samples); }
  bool is_joined() const { return spans.size() > 1; }
  // Samples of the stream up to the end of the part that is decoded, as far as they are known.
  uint64_t length() const { return is_joined() ? spans[part].end_sample : reader.header().samples; }
  bool is_last_part() const { return part + 1 == spans.size(); }

  Status Begin();
  Status Make();
  void BeginPart(size_t index);
  Status GoOnToNextPart();
  void Fade(size_t frames);
  uint64_t SampleToBeginWith(uint64_t sample) const;
  Status CheckPart(const StreamSpan& span, uint64_t made, uint64_t wanted) const;
  Result<StreamBlock> Gap(const StreamEvent& event);
  Status CheckEnd() const;
  uint64_t FirstPacketFor(uint64_t sample, const StreamSpan& span) const;
  void Arrive(StreamEvent* event, StreamEvent* missing);

  const std::shared_ptr<const Model> model;
  const std::string name;
  const StreamDecoderOptions options;
  StreamReader reader;
  std::unique_ptr<Decoder> decoder;
  core::Trimmer trimmer;
  std::vector<StreamSpan> spans;
  size_t part = 0;                              // of them, that is decoded
  std::array<core::Buffer<float>, 2> before{};  // what the part before would go on with
  bool fades = false;                           // into the part that is decoded
  uint64_t wanted_from = 0;                     // the first sample that Seek wants
  uint64_t next_packet = 0;                     // to be decoded or concealed
  size_t outgoing = 0;                          // samples that the caller holds
  std::span<const uint8_t> packets;             // of the reader, not decoded yet
  uint64_t lost = 0;                            // packets, not concealed yet
  bool ended = false;                           // the end page was met
  uint64_t count = 0;                           // packets of the whole stream, once it has ended
  std::optional<uint64_t> sought;               // the packet from which on Seek wants them
  bool stray_bytes_told = false;
  std::optional<Status> failure;  // comes after what is held
};

Status StreamDecoder::State::Begin() {
  const StreamHeader& header = reader.header();
  if (Status s = CheckStreamModel(header, *model, name); !s.ok()) return s;
  Result<std::unique_ptr<Decoder>> created = Decoder::Create(
      model,
      {.quality = header.quality, .channels = header.channels, .precision = options.precision});
  if (!created.ok()) return created.status();
  decoder = std::move(*created);
  spans = StreamSpans(header);
  for (const StreamSpan& span : spans) {
    if (!is_joined()) break;  // where it ends, the end page says
    if (Status s = CheckPart(span, span.end_packet - span.first_packet,
                             span.end_sample - span.first_sample);
        !s.ok())
      return s;
  }
  if (!trimmer.Create(static_cast<size_t>(header.channels), static_cast<size_t>(DelayOf(spans[0])),
                      static_cast<size_t>(packet_samples()), kBlockPackets * packet_samples())) {
    return Fault(StatusCode::kOutOfMemory, "needs more memory than there is");
  }
  for (int c = 0; c < header.channels && is_joined(); ++c) {
    if (!before[c].Allocate(kJoinFadeSamples))
      return Fault(StatusCode::kOutOfMemory, "needs more memory than there is");
  }
  return {};
}

// From its first packet on, as a stream of its own.
void StreamDecoder::State::BeginPart(size_t index) {
  part = index;
  fades = false;
  decoder->Reset();
  trimmer.Restart(static_cast<size_t>(DelayOf(spans[part])), spans[part].first_sample);
}

// All samples of the part went out: what its decoder would go on with, as if its next packet were
// lost, is kept to fade out.
Status StreamDecoder::State::GoOnToNextPart() {
  const std::array<float*, 2> space = trimmer.Space();
  const size_t packets_to_fade = (kJoinFadeSamples + packet_samples() - 1) / packet_samples();
  const Result<size_t> made =
      decoder->Conceal(packets_to_fade, space.data(), packets_to_fade * packet_samples());
  if (!made.ok()) return made.status();
  trimmer.Take(*made);
  const std::array<float*, 2> next = trimmer.front();
  for (int c = 0; c < reader.header().channels; ++c)
    std::copy_n(next[c], kJoinFadeSamples, before[c].data());
  BeginPart(part + 1);
  fades = spans[part].pre_skip == 0;
  return {};
}

// Mixes what comes before into the first samples of a part, of which `frames` are about to go out.
void StreamDecoder::State::Fade(size_t frames) {
  const uint64_t begin = trimmer.delivered() - spans[part].first_sample;
  const std::array<float*, 2> pcm = trimmer.front();
  for (size_t i = 0; i < frames && begin + i < kJoinFadeSamples; ++i) {
    const float share = JoinShare(begin + i);
    for (int c = 0; c < reader.header().channels; ++c)
      pcm[c][i] = share * pcm[c][i] + (1 - share) * before[c].data()[begin + i];
  }
}

// Where decoding must go on for `sample` to be as in the whole: in the part before, if that fades
// out there.
uint64_t StreamDecoder::State::SampleToBeginWith(uint64_t sample) const {
  const size_t index = SpanOfSample(spans, sample);
  const StreamSpan& span = spans[index];
  const bool is_faded_into =
      index > 0 && span.pre_skip == 0 && sample - span.first_sample < kJoinFadeSamples;
  return is_faded_into ? span.first_sample - 1 : sample;
}

// Decodes or conceals a block, of one part.
Status StreamDecoder::State::Make() {
  const std::array<float*, 2> space = trimmer.Space();
  const size_t capacity = kBlockPackets * packet_samples();
  const size_t most = std::min<uint64_t>(kBlockPackets, spans[part].end_packet - next_packet);
  Result<size_t> made = size_t{0};
  if (lost == 0) {
    const size_t block = most * static_cast<size_t>(decoder->packet_bytes());
    const std::span<const uint8_t> now = packets.first(std::min(block, packets.size()));
    packets = packets.subspan(now.size());
    next_packet += now.size() / static_cast<size_t>(decoder->packet_bytes());
    made = decoder->Decode(now, space.data(), capacity);
  } else {
    const size_t now = std::min<uint64_t>(lost, most);
    lost -= now;
    next_packet += now;
    made = decoder->Conceal(now, space.data(), capacity);
  }
  if (!made.ok()) return made.status();
  trimmer.Take(*made);
  return {};
}

Result<StreamBlock> StreamDecoder::State::Gap(const StreamEvent& event) {
  StreamBlock block;
  block.kind = Kind::kDamage;
  block.first_packet = event.first_packet;
  block.packets = event.count;
  const uint64_t end = event.first_packet + event.count;
  block.damage = Fault(StatusCode::kCorrupt,
                       "is damaged before byte " + std::to_string(event.offset) + ": packets " +
                           std::to_string(event.first_packet) + " to " + std::to_string(end - 1) +
                           " are lost (" + Time(event.first_packet) + " to " + Time(end) + ")");
  // Packets beyond the length in the header are not concealed, only counted.
  uint64_t to_fill = event.count;
  if (reader.header().samples != kUnknownSamples) {
    const uint64_t needed =
        is_joined() ? spans.back().end_packet
                    : length() / packet_samples() + DelayOf(spans[0]) / packet_samples() + 2;
    to_fill = std::min(to_fill, needed - std::min(needed, event.first_packet));
  }
  const double seconds =
      static_cast<double>(to_fill * packet_samples()) / reader.header().sample_rate;
  if (seconds > options.max_concealed_seconds) {
    return Status(StatusCode::kCorrupt, block.damage.message() + ", wanted no more than " +
                                            Seconds(options.max_concealed_seconds) +
                                            " in a row to conceal");
  }
  lost = event.count;
  return block;
}

// The packet that must come first for `sample` to be as if all before had come: in its part one of
// even number, because phases of tones recur every two packets.
uint64_t StreamDecoder::State::FirstPacketFor(uint64_t sample, const StreamSpan& span) const {
  const uint64_t packet = (sample - span.first_sample + DelayOf(span)) / packet_samples();
  const auto preroll = static_cast<uint64_t>(model->info().decoder_preroll_packets);
  const uint64_t first = packet - std::min(packet, preroll);
  return span.first_packet + first - first % 2;
}

// After Seek: leaves out what comes before the packets that are wanted, of packets and of gaps.
// What is missing between those and the first that comes is `missing`, and lost.
void StreamDecoder::State::Arrive(StreamEvent* event, StreamEvent* missing) {
  const uint64_t early = *sought - std::min(*sought, event->first_packet);
  if (early >= event->count) {
    event->count = 0;
    event->packets = {};
    return;
  }
  if (event->first_packet > *sought) {
    *missing = {.kind = StreamEvent::Kind::kGap,
                .first_packet = *sought,
                .count = event->first_packet - *sought,
                .packets = {},
                .offset = event->offset};
  }
  event->first_packet += early;
  event->count -= early;
  if (event->kind == StreamEvent::Kind::kPackets)
    event->packets = event->packets.subspan(early * static_cast<size_t>(decoder->packet_bytes()));
  sought.reset();
}

// Whether so many packets make the samples of a part.
Status StreamDecoder::State::CheckPart(const StreamSpan& span, uint64_t made,
                                       uint64_t wanted) const {
  if (made == StreamPackets(model->info(), wanted, span.pre_skip)) return {};
  return Fault(StatusCode::kCorrupt, "contradicts itself: " + std::to_string(made) +
                                         " packets do not make " + std::to_string(wanted) +
                                         " samples");
}

Status StreamDecoder::State::CheckEnd() const {
  const StreamTotals& totals = reader.totals();
  if (!is_joined()) {
    if (Status s = CheckPart(spans[0], count, length()); !s.ok()) return s;
  }
  if (totals.packets == 0 && totals.lost_packets > 0) {
    return Fault(StatusCode::kCorrupt,
                 "is damaged: none of its " + std::to_string(count) + " packets can be read");
  }
  return {};
}

StreamDecoder::StreamDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
StreamDecoder::~StreamDecoder() = default;

Result<std::unique_ptr<StreamDecoder>> StreamDecoder::Create(std::shared_ptr<const Model> model,
                                                             const std::string& name,
                                                             const StreamDecoderOptions& options) {
  if (model == nullptr) return Status(StatusCode::kInvalidArgument, "there is no model");
  if (!(options.max_concealed_seconds >= 0)) {
    return Status(StatusCode::kInvalidArgument, "the longest time to conceal is " +
                                                    std::to_string(options.max_concealed_seconds) +
                                                    " s, wanted 0 or more");
  }
  std::unique_ptr<State> state(new (std::nothrow) State(std::move(model), name, options));
  std::unique_ptr<StreamDecoder> decoder(
      state == nullptr ? nullptr : new (std::nothrow) StreamDecoder(std::move(state)));
  if (decoder == nullptr) return Status(StatusCode::kOutOfMemory, "no memory for a decoder");
  return decoder;
}

size_t StreamDecoder::Push(std::span<const uint8_t> bytes) {
  // The reader's packets lie in the buffer that Push moves.
  return state_->packets.empty() ? state_->reader.Push(bytes) : 0;
}

void StreamDecoder::Finish() { state_->reader.Finish(); }

Result<StreamBlock> StreamDecoder::Next() {
  State& state = *state_;
  if (state.outgoing > 0) state.trimmer.Deliver(std::exchange(state.outgoing, 0));
  for (;;) {
    // First what is there: a finished block, then packets to make one of.
    if (state.decoder != nullptr) {
      const bool cut = state.failure && state.failure->code() == StatusCode::kTruncated &&
                       state.length() == kUnknownSamples;
      state.outgoing = cut ? state.trimmer.held() : state.trimmer.Ready(state.length());
      if (state.outgoing > 0 && state.trimmer.delivered() < state.wanted_from) {
        const uint64_t unwanted = state.wanted_from - state.trimmer.delivered();
        state.trimmer.Deliver(std::min<uint64_t>(std::exchange(state.outgoing, 0), unwanted));
        continue;
      }
      if (state.outgoing > 0) {
        if (state.fades) state.Fade(state.outgoing);
        StreamBlock block;
        block.kind = Kind::kSamples;
        const std::array<float*, 2> front = state.trimmer.front();
        block.pcm = {front[0], front[1]};
        block.frames = state.outgoing;
        return block;
      }
      if (state.trimmer.IsComplete(state.length()) && !state.is_last_part()) {
        if (Status s = state.GoOnToNextPart(); !s.ok()) return *(state.failure = s);
        continue;
      }
      // Beyond the length there may be the padding of the last packet.
      if (state.length() != kUnknownSamples && state.trimmer.held() > 0) {
        state.trimmer.Deliver(state.trimmer.held());
      }
      if (state.trimmer.IsComplete(state.length())) {
        // Packets beyond the last sample are not decoded: crafted pages could claim days of them.
        // CheckEnd counts it.
        state.packets = {};
        state.lost = 0;
      }
      if (!state.failure && (!state.packets.empty() || state.lost > 0)) {
        if (Status s = state.Make(); !s.ok()) return *(state.failure = s);
        continue;
      }
    }
    if (state.failure) return *state.failure;
    if (state.ended) {
      const StreamTotals& totals = state.reader.totals();
      if (Status s = state.CheckEnd(); !s.ok()) return *(state.failure = s);
      StreamBlock block;
      block.kind = Kind::kEnd;
      if (totals.skipped_bytes > 0 && totals.lost_packets == 0 && !state.stray_bytes_told) {
        state.stray_bytes_told = true;
        block.kind = Kind::kDamage;
        block.damage = state.Fault(
            StatusCode::kCorrupt,
            "is damaged: " + std::to_string(totals.skipped_bytes) + " bytes belong to no page");
        if (state.options.strict) return *(state.failure = block.damage);
      }
      return block;
    }

    Result<StreamEvent> event = state.reader.Next();
    if (!event.ok()) {
      state.failure = event.status();
      continue;
    }
    StreamEvent gap = event->kind == StreamEvent::Kind::kGap ? *event : StreamEvent{};
    if (state.sought && event->count > 0) {
      state.Arrive(&*event, &gap);
      if (event->kind == StreamEvent::Kind::kGap) gap = *event;
    }
    StreamBlock block;
    switch (event->kind) {
      case StreamEvent::Kind::kNeedInput:
        return block;
      case StreamEvent::Kind::kHeader:
        if (Status s = state.Begin(); !s.ok()) return *(state.failure = s);
        block.kind = Kind::kHeader;
        return block;
      case StreamEvent::Kind::kPackets:
        state.packets = event->packets;
        break;
      case StreamEvent::Kind::kGap:
        break;
      case StreamEvent::Kind::kEnd:
        state.ended = true;
        state.count = event->first_packet;
        break;
    }
    if (gap.count > 0) {
      Result<StreamBlock> told = state.Gap(gap);
      if (told.ok() && !state.options.strict) return told;
      state.lost = 0;
      state.failure = told.ok() ? told->damage : told.status();  // after what is held
    }
  }
}

Result<PageSearch> StreamDecoder::Search(uint64_t sample, uint64_t stream_bytes) const {
  const State& state = *state_;
  if (state.decoder == nullptr) {
    return state.Fault(StatusCode::kInvalidArgument, "was searched before its header was read");
  }
  sample = state.SampleToBeginWith(std::min(sample, kMaxSample));
  const StreamSpan& span = state.spans[SpanOfSample(state.spans, sample)];
  return PageSearch(header(), state.reader.pages_begin(), stream_bytes,
                    state.FirstPacketFor(sample, span));
}

Status StreamDecoder::Seek(uint64_t sample, uint64_t offset) {
  State& state = *state_;
  if (state.failure) return *state.failure;
  if (state.decoder == nullptr)
    return state.Fault(StatusCode::kInvalidArgument, "was sought in before its header was read");
  if (Status s = state.reader.Seek(offset); !s.ok()) return s;
  state.wanted_from = std::min(sample, kMaxSample);
  sample = state.SampleToBeginWith(state.wanted_from);
  state.BeginPart(SpanOfSample(state.spans, sample));
  const StreamSpan& span = state.spans[state.part];
  const uint64_t first = state.FirstPacketFor(sample, span);
  const uint64_t drop = sample - span.first_sample + state.DelayOf(span) -
                        (first - span.first_packet) * state.packet_samples();
  state.trimmer.Restart(static_cast<size_t>(drop), sample);
  state.next_packet = first;
  state.outgoing = 0;
  state.packets = {};
  state.lost = 0;
  state.ended = false;
  state.sought = first;
  return {};
}

const StreamHeader& StreamDecoder::header() const { return state_->reader.header(); }
const StreamTotals& StreamDecoder::totals() const { return state_->reader.totals(); }

}  // namespace motet
