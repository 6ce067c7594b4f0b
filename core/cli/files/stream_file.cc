#include "files/stream_file.h"

#include <utility>

#include "errors.h"

namespace motet::cli {

Result<StreamFile> StreamFile::Open(const std::string& path) {
  Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  return StreamFile(Feeder(std::move(*file)), path, nullptr);
}

Result<StreamFile> StreamFile::Open(const std::string& path, ModelFinder& models) {
  Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  Feeder input(std::move(*file));
  Result<std::shared_ptr<const Model>> model = models.Find(input, path);
  if (!model.ok()) return model.status();
  return StreamFile(std::move(input), path, std::move(*model));
}

StreamFile::StreamFile(Feeder input, const std::string& path, std::shared_ptr<const Model> model)
    : input_(std::move(input)), model_(model), reader_(StreamName(path), std::move(model)) {}

Result<StreamEvent> StreamFile::Next() {
  for (;;) {
    Result<StreamEvent> event = reader_.Next();
    if (!event.ok() || event->kind != StreamEvent::Kind::kNeedInput) return event;
    if (Status status = input_.Feed(reader_); !status.ok()) return status;
  }
}

}  // namespace motet::cli
