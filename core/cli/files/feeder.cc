#include "files/feeder.h"

namespace motet::cli {

Result<StreamHeader> Feeder::ReadHeader(const std::string& name) {
  StreamReader reader(name);
  size_t pushed = 0;
  for (;;) {
    const Result<StreamEvent> event = reader.Next();
    if (!event.ok()) return event.status();
    if (event->kind != StreamEvent::Kind::kNeedInput) break;
    if (pushed == header_.size()) {
      const Result<size_t> got = file_.Read(chunk_);
      if (!got.ok()) return got.status();
      bytes_read_ += *got;
      header_.insert(header_.end(), chunk_.begin(), chunk_.begin() + static_cast<ptrdiff_t>(*got));
    }
    if (pushed == header_.size()) {
      reader.Finish();
    } else {
      pushed += reader.Push(std::span(header_).subspan(pushed));
    }
  }
  unread_ = header_;
  return reader.header();
}

}  // namespace motet::cli
