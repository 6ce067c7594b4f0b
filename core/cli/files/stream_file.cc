#include "files/stream_file.h"

#include <span>
#include <utility>

namespace motet::cli {

Result<StreamFile> StreamFile::Open(const std::string& path, std::shared_ptr<const Model> model) {
  Result<InputFile> file = InputFile::Open(path);
  if (!file.ok()) return file.status();
  return StreamFile(std::move(*file),
                    StreamReader(path == "-" ? "standard input" : path, std::move(model)));
}

StreamFile::StreamFile(InputFile file, StreamReader reader)
    : file_(std::move(file)), reader_(std::move(reader)), chunk_(65536) {}

Result<StreamEvent> StreamFile::Next() {
  for (;;) {
    Result<StreamEvent> event = reader_.Next();
    if (!event.ok() || event->kind != StreamEvent::Kind::kNeedInput) return event;
    if (chunk_begin_ == chunk_end_) {
      const Result<size_t> got = file_.Read(chunk_);
      if (!got.ok()) return got.status();
      chunk_begin_ = 0;
      chunk_end_ = *got;
      bytes_read_ += *got;
    }
    if (chunk_end_ == 0) {
      reader_.Finish();
    } else {
      chunk_begin_ +=
          reader_.Push(std::span(chunk_).subspan(chunk_begin_, chunk_end_ - chunk_begin_));
    }
  }
}

}  // namespace motet::cli
