#include "data/audio_source.h"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace motet::data {
namespace {

namespace fs = std::filesystem;

// An archive member above this size is no music file; reading it would fill the memory.
constexpr zip_uint64_t kMaxMemberBytes = zip_uint64_t{1} << 30;

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

template <std::size_t kCount>
bool HasSuffix(const std::string& name, const std::array<std::string_view, kCount>& suffixes) {
  const std::string lower = Lower(name);
  return std::ranges::any_of(suffixes, [&](auto suffix) { return lower.ends_with(suffix); });
}

bool IsAudioName(const std::string& name) {
  static constexpr std::array<std::string_view, 10> kSuffixes = {
      ".ogg", ".oga", ".opus", ".flac", ".wav", ".mp3", ".aif", ".aiff", ".w64", ".caf"};
  return HasSuffix(name, kSuffixes);
}

bool IsArchiveName(const std::string& name) {
  static constexpr std::array<std::string_view, 2> kSuffixes = {".pk3", ".zip"};
  return HasSuffix(name, kSuffixes);
}

struct ArchiveCloser {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct MemberCloser {
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};
using Archive = std::unique_ptr<zip_t, ArchiveCloser>;
using Member = std::unique_ptr<zip_file_t, MemberCloser>;

Archive OpenArchive(const fs::path& path) {
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw std::runtime_error(path.string() + ": cannot read archive: " + reason);
  }
  return archive;
}

std::vector<unsigned char> ReadMember(const fs::path& path, const std::string& name) {
  const Archive archive = OpenArchive(path);
  const std::string where = path.string() + ": " + name;
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat(archive.get(), name.c_str(), 0, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0) {
    throw std::runtime_error(where + ": not in the archive");
  }
  if (stat.size > kMaxMemberBytes) throw std::runtime_error(where + ": larger than 1 GiB");
  const Member member(zip_fopen(archive.get(), name.c_str(), 0));
  if (member == nullptr) {
    throw std::runtime_error(where + ": cannot read: " + zip_strerror(archive.get()));
  }
  std::vector<unsigned char> bytes(stat.size);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const zip_int64_t got = zip_fread(member.get(), bytes.data() + filled, bytes.size() - filled);
    if (got <= 0) throw std::runtime_error(where + ": truncated or damaged");
    filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::vector<std::string> ListMembers(const fs::path& path) {
  const Archive archive = OpenArchive(path);
  std::vector<std::string> names;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(archive.get(), static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr && !std::string_view(name).ends_with('/')) names.emplace_back(name);
  }
  return names;
}

}  // namespace

AudioReader AudioSource::Open() const {
  if (member.empty()) return AudioReader::OpenFile(path);
  return AudioReader::OpenMemory(ReadMember(path, member), name);
}

AudioSources FindAudio(const fs::path& root, const std::string& package,
                       const std::string& fragment) {
  std::error_code error;
  if (!fs::is_directory(root, error)) {
    throw std::runtime_error(root.string() + ": not a folder");
  }
  AudioSources found;
  const std::string wanted = Lower(fragment);
  const auto consider = [&](AudioSource source) {
    if (!IsAudioName(source.name)) {
      ++found.other_files;
    } else if (Lower(source.name).find(wanted) == std::string::npos) {
      ++found.unwanted_files;
    } else {
      found.sources.push_back(std::move(source));
    }
  };
  try {
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file() || entry.is_symlink()) continue;
      const std::string name =
          package + "/" + entry.path().lexically_relative(root).generic_string();
      if (!IsArchiveName(name)) {
        consider({name, entry.path(), {}});
        continue;
      }
      try {
        for (const std::string& member : ListMembers(entry.path())) {
          consider({fmt::format("{}/{}", name, member), entry.path(), member});
        }
      } catch (const std::runtime_error& failure) {
        found.failures.emplace_back(failure.what());
      }
    }
  } catch (const fs::filesystem_error& failure) {
    throw std::runtime_error(root.string() + ": cannot walk: " + failure.code().message());
  }
  std::ranges::sort(found.sources, {}, &AudioSource::name);
  return found;
}

}  // namespace motet::data
