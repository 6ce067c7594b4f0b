#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "audio/audio_reader.h"
#include "audio/planar.h"
#include "audio/tags.h"
#include "commands/batch.h"
#include "commands/commands.h"
#include "console.h"
#include "errors.h"
#include "files/model_finder.h"
#include "files/output_file.h"
#include "motet/encoder.h"
#include "progress.h"

namespace motet::cli {
namespace {

constexpr size_t kBlockSamples = 8192;  // per channel, encoded at once

// Everything from the reader through the encoder into the file. Returns the samples per channel.
Result<uint64_t> EncodeAll(AudioReader& reader, Encoder& encoder, StreamWriter& writer,
                           OutputFile& file, Progress& progress) {
  Planar pcm(reader.channels(), kBlockSamples);
  std::vector<uint8_t> packets(
      std::max(encoder.MaxOutputBytes(kBlockSamples), encoder.MaxFlushBytes()));
  std::vector<uint8_t> bytes = writer.HeaderBytes();
  uint64_t samples = 0;
  for (bool at_end = false; !at_end;) {
    const Result<size_t> count = reader.Read(pcm.channels(), pcm.capacity());
    if (!count.ok()) return count.status();
    at_end = *count == 0;
    const Result<size_t> made =
        at_end ? encoder.Flush(packets) : encoder.Encode(pcm.channels(), *count, packets);
    if (!made.ok()) return made.status();
    samples += *count;
    if (Status s = writer.Write(std::span(packets).first(*made), &bytes); !s.ok()) return s;
    if (at_end) {
      if (Status s = writer.Finish(samples, &bytes); !s.ok()) return s;
    }
    if (Status s = file.Write(bytes); !s.ok()) return s;
    bytes.clear();
    progress.Update(samples);
  }
  return samples;
}

// One file, whose output may be written.
Result<Coded> EncodeFile(const EncodeOptions& options, const std::shared_ptr<const Model>& model,
                         Progress& progress) {
  const Stopwatch watch;
  const ModelInfo& info = model->info();
  AudioSource source = options.audio;
  source.path = options.input;
  Result<std::unique_ptr<AudioReader>> reader = AudioReader::Open(source, info.sample_rate);
  if (!reader.ok()) return reader.status();
  Result<std::unique_ptr<Encoder>> encoder =
      Encoder::Create(model, {.quality = options.quality, .channels = (*reader)->channels()});
  if (!encoder.ok()) return encoder.status();

  StreamHeader header =
      MakeStreamHeader(*model, (*encoder)->options().quality, (*reader)->channels(),
                       options.coding.value_or(DefaultCoding(info)));
  header.tags = Override((*reader)->tags(), options.tags);
  Result<StreamWriter> writer =
      StreamWriter::Create(std::move(header), kDefaultPacketsPerPage, model);
  if (!writer.ok()) return writer.status();
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options.output);
  if (!file.ok()) return file.status();

  TellMore(fmt::format("{}: {} Hz, {}, quality {}", InputName(options.input),
                       (*reader)->source_rate(), (*reader)->channels() == 1 ? "mono" : "stereo",
                       (*encoder)->options().quality));
  progress.Begin((*reader)->expected_samples());
  const Result<uint64_t> samples = EncodeAll(**reader, **encoder, *writer, **file, progress);
  if (!samples.ok()) return samples.status();
  if ((*file)->is_seekable()) {
    if (Status s = (*file)->WriteAt(0, writer->HeaderBytes()); !s.ok()) return s;
  }
  if (Status s = (*file)->Commit(); !s.ok()) return s;

  for (const std::string& note : (*reader)->notes()) Warn(note);
  const double seconds = static_cast<double>(*samples) / info.sample_rate;
  const auto bytes = static_cast<double>((*file)->bytes());
  const double pcm_bytes = 2.0 * static_cast<double>(*samples) * (*reader)->channels();
  return Coded{
      .seconds = seconds,
      .stream_bytes = (*file)->bytes(),
      .sentence = fmt::format(
          "{} -> {}: {:.2f} s, {} bytes, {:.1f}:1 against 16-bit PCM, {:.2f} kbit/s, {:.1f} x real "
          "time",
          InputName(options.input), OutputName(options.output), seconds, (*file)->bytes(),
          pcm_bytes / bytes, seconds > 0 ? bytes * 8 / seconds / 1000 : 0.0,
          seconds / watch.seconds())};
}

}  // namespace

Status RunEncode(const EncodeOptions& options) {
  if (Status s = OutputFile::Check(options.output, options.input, options.force); !s.ok()) return s;
  const Result<std::shared_ptr<const Model>> model = LoadModel(options.model);
  if (!model.ok()) return model.status();
  FileProgress progress("Encoding");
  const Result<Coded> coded = EncodeFile(options, *model, progress);
  if (!coded.ok()) return coded.status();
  Tell(coded->sentence);
  return {};
}

Status RunEncodeBatch(const EncodeOptions& options, const BatchOptions& batch) {
  const Result<BatchPlan> plan = PlanBatch(batch, EncodeRules());
  if (!plan.ok()) return plan.status();
  return RunBatch(*plan, batch, options.model, {"Encoding", "encoded"},
                  [&options](const BatchJob& job, const std::shared_ptr<const Model>& model,
                             Progress& progress) {
                    EncodeOptions own = options;
                    own.input = job.input;
                    own.output = job.output;
                    return EncodeFile(own, model, progress);
                  });
}

}  // namespace motet::cli
