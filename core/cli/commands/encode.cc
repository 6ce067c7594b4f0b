#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "audio/audio_reader.h"
#include "audio/picture.h"
#include "audio/planar.h"
#include "audio/tags.h"
#include "commands/batch.h"
#include "commands/commands.h"
#include "console.h"
#include "errors.h"
#include "files/model_finder.h"
#include "files/output_file.h"
#include "motet/stream_encoder.h"
#include "progress.h"

namespace motet::cli {
namespace {

constexpr size_t kBlockSamples = 28 * 1024;  // per channel: what a step of the encoder takes

// Everything from the reader through the encoder into the file.
Status EncodeAll(AudioReader& reader, StreamEncoder& encoder, OutputFile& file,
                 Progress& progress) {
  Planar pcm(reader.channels(), kBlockSamples);
  std::vector<uint8_t> bytes;
  for (bool at_end = false; !at_end;) {
    const Result<size_t> count = reader.Read(pcm.channels(), pcm.capacity());
    if (!count.ok()) return count.status();
    at_end = *count == 0;
    if (Status s = at_end ? encoder.Finish(&bytes) : encoder.Encode(pcm.channels(), *count, &bytes);
        !s.ok())
      return s;
    if (Status s = file.Write(bytes); !s.ok()) return s;
    bytes.clear();
    progress.Update(encoder.samples());
  }
  return {};
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
  Result<std::unique_ptr<StreamEncoder>> encoder =
      StreamEncoder::Create(model, {.sample_rate = info.sample_rate,
                                    .channels = (*reader)->channels(),
                                    .quality = options.quality,
                                    .coding = options.coding,
                                    .tags = Override((*reader)->tags(), options.tags)});
  if (!encoder.ok()) return encoder.status();
  Result<std::unique_ptr<OutputFile>> file = OutputFile::Create(options.output);
  if (!file.ok()) return file.status();

  TellMore(fmt::format("{}: {} Hz, {}, quality {}", InputName(options.input),
                       (*reader)->source_rate(), (*reader)->channels() == 1 ? "mono" : "stereo",
                       (*encoder)->header().quality));
  progress.Begin((*reader)->expected_samples());
  if (Status s = EncodeAll(**reader, **encoder, **file, progress); !s.ok()) return s;
  if ((*file)->is_seekable()) {
    if (Status s = (*file)->WriteAt(0, (*encoder)->HeaderBytes()); !s.ok()) return s;
  }
  if (Status s = (*file)->Commit(); !s.ok()) return s;

  for (const std::string& note : (*reader)->notes()) Warn(note);
  const double seconds = static_cast<double>((*encoder)->samples()) / info.sample_rate;
  const auto bytes = static_cast<double>((*file)->bytes());
  const double pcm_bytes = 2.0 * static_cast<double>((*encoder)->samples()) * (*reader)->channels();
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

// With the picture among the tags.
Result<EncodeOptions> WithCover(EncodeOptions options) {
  if (options.cover.empty()) return options;
  Result<StreamTag> cover = ReadCover(options.cover);
  if (!cover.ok()) return cover.status();
  options.tags.push_back(std::move(*cover));
  return options;
}

}  // namespace

Status RunEncode(const EncodeOptions& options) {
  if (Status s = OutputFile::Check(options.output, options.input, options.force); !s.ok()) return s;
  const Result<EncodeOptions> own = WithCover(options);
  if (!own.ok()) return own.status();
  const Result<std::shared_ptr<const Model>> model = LoadModel(options.model);
  if (!model.ok()) return model.status();
  FileProgress progress("Encoding");
  const Result<Coded> coded = EncodeFile(*own, *model, progress);
  if (!coded.ok()) return coded.status();
  Tell(coded->sentence);
  return {};
}

Status RunEncodeBatch(const EncodeOptions& options, const BatchOptions& batch) {
  const Result<BatchPlan> plan = PlanBatch(batch, EncodeRules());
  if (!plan.ok()) return plan.status();
  const Result<EncodeOptions> all = WithCover(options);
  if (!all.ok()) return all.status();
  std::shared_ptr<const Model> model;
  const auto begin = [&options, &model]() -> Status {
    Result<std::shared_ptr<const Model>> loaded = LoadModel(options.model);
    if (!loaded.ok()) return loaded.status();
    model = std::move(*loaded);
    return {};
  };
  return RunBatch(*plan, batch, {"Encoding", "encoded"}, begin,
                  [&all, &model](const BatchJob& job, Progress& progress) {
                    EncodeOptions own = *all;
                    own.input = job.input;
                    own.output = job.output;
                    return EncodeFile(own, model, progress);
                  });
}

}  // namespace motet::cli
