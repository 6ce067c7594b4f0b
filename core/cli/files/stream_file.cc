#include "files/stream_file.h"

#include <utility>

namespace motet::cli {

Result<StreamFile> StreamFile::Open(const std::string& path, std::shared_ptr<const Model> model) {
  Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  return StreamFile(std::move(*file),
                    StreamReader(path == "-" ? "standard input" : path, std::move(model)));
}

StreamFile::StreamFile(InputFile file, StreamReader reader)
    : input_(std::move(file)), reader_(std::move(reader)) {}

Result<StreamEvent> StreamFile::Next() {
  for (;;) {
    Result<StreamEvent> event = reader_.Next();
    if (!event.ok() || event->kind != StreamEvent::Kind::kNeedInput) return event;
    if (Status status = input_.Feed(reader_); !status.ok()) return status;
  }
}

}  // namespace motet::cli
