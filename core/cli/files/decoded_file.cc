#include "files/decoded_file.h"

#include <utility>

#include "errors.h"
#include "files/page_finder.h"

namespace motet::cli {

DecodedFile::DecodedFile(InputFile file, const std::string& name, const Options& options)
    : input_(std::move(file), options.chunk_bytes),
      is_standard_input_(name == "-"),
      name_(StreamName(name)),
      options_(options.decoder) {}

Result<std::unique_ptr<DecodedFile>> DecodedFile::Open(InputFile file, const std::string& name,
                                                       ModelFinder& models,
                                                       const Options& options) {
  std::unique_ptr<DecodedFile> opened(new DecodedFile(std::move(file), name, options));
  if (options.is_read_twice) {
    if (Status s = opened->input_.MakeRewindable(); !s.ok()) return s;
  }
  Result<std::shared_ptr<const Model>> model = models.Find(opened->input_, name);
  if (!model.ok()) return model.status();
  opened->model_ = std::move(*model);
  if (Status s = opened->CreateDecoder(); !s.ok()) return s;
  return opened;
}

Status DecodedFile::CreateDecoder() {
  Result<std::unique_ptr<StreamDecoder>> decoder = StreamDecoder::Create(model_, name_, options_);
  if (!decoder.ok()) return decoder.status();
  decoder_ = std::move(*decoder);
  return {};
}

Result<StreamBlock> DecodedFile::Next() {
  for (;;) {
    Result<StreamBlock> block = decoder_->Next();
    if (!block.ok() || block->kind != StreamBlock::Kind::kNeedInput) return block;
    if (Status s = input_.Feed(*decoder_); !s.ok()) return s;
  }
}

Status DecodedFile::Seek(uint64_t sample) {
  Result<PageSearch> search = decoder_->Search(sample, input_.file().bytes());
  if (!search.ok()) return search.status();
  const Result<uint64_t> offset = FindPage(input_.file(), *search);
  if (!offset.ok()) return offset.status();
  if (Status s = decoder_->Seek(sample, *offset); !s.ok()) return s;
  return input_.SeekTo(*offset);
}

Status DecodedFile::Rewind() {
  if (Status s = input_.Rewind(); !s.ok()) return s;
  return CreateDecoder();
}

}  // namespace motet::cli
