// make_golden [--tones | --places | --bands | --ladder] FOLDER: writes into FOLDER a golden stream
// of every kind, and manifest.json, which says what they decode to, all for the model
// FOLDER/model.motetmodel; with --tones the kinds of a model that has tones, with --places of one
// whose tones have phases and pans, with --bands of one that has such tones and levels of bands,
// with
// --ladder of one that says its ladder besides.
// Where there is no model, it writes a small one with random weights first. What is in the
// repository was written once and stays: a change that needs it written again has broken the
// format.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

#include "entropy_coding/page_coder.h"
#include "golden.h"
#include "header_checksum.h"
#include "random_model.h"
#include "stream/stream_layout.h"

namespace motet::testing {
namespace {

namespace fs = std::filesystem;
namespace layout = stream_layout;
using Bytes = std::vector<uint8_t>;

// Frames, packets and ladder of the shipped model; as few weights as that allows.
constexpr const char* kConfig = R"({
  "name": "golden", "sample_rate": 44100, "channels": 2, "packet": 1024,
  "analysis":  {"type": "stft", "window": 512, "hop": 256, "power": 0.4, "epsilon": 1e-8},
  "encoder": {
    "coarse": {"width": 4, "lookahead": [0]},
    "mid":    {"width": 4, "lookahead": [0]},
    "fine":   {"width": 4, "lookahead": [1]},
    "features": {"width": 2, "kernel": 3, "dilation": 2},
    "latent": {"hidden": 4}
  },
  "quantizer": {"latent": 4, "dim": 2, "entries": 256, "per_level": 4, "context": 2},
  "decoder": {
    "coarse": {"width": 6, "lookahead": [1]},
    "mid":    {"width": 5, "lookahead": [0]},
    "fine":   {"width": 5, "lookahead": [1]}
  },
  "block": {"kernel": 3, "expansion": 2},
  "conditioning": {"hidden": 3, "chroma": 12, "onset": 1, "timbre": 4},
  "synthesis": {"type": "istft", "window": 512, "hop": 256, "max_log_magnitude": 2.0},
  "default_quality": 6
})";

// With tones, which need more delay; the first half of the ladder.
constexpr const char* kTonesConfig = R"({
  "name": "golden with tones", "sample_rate": 44100, "channels": 2, "packet": 1024,
  "analysis":  {"type": "stft", "window": 512, "hop": 256, "power": 0.4, "epsilon": 1e-8},
  "encoder": {
    "coarse": {"width": 4, "lookahead": [0]},
    "mid":    {"width": 4, "lookahead": [0]},
    "fine":   {"width": 4, "lookahead": [1]},
    "features": {"width": 2, "kernel": 3, "dilation": 2},
    "latent": {"hidden": 4}
  },
  "quantizer": {"latent": 4, "dim": 2, "entries": 256, "per_level": 2, "context": 2},
  "decoder": {
    "coarse": {"width": 6, "lookahead": [1]},
    "mid":    {"width": 5, "lookahead": [1]},
    "fine":   {"width": 5, "lookahead": [1]}
  },
  "block": {"kernel": 3, "expansion": 2},
  "conditioning": {"hidden": 3, "chroma": 12, "onset": 1, "timbre": 4},
  "synthesis": {"type": "istft", "window": 512, "hop": 256, "max_log_magnitude": 2.0},
  "tones": {"first": 37, "lines": 201, "count": 6, "step_db": 2, "from_quality": 5},
  "default_quality": 6
})";

constexpr uint32_t kPartPreSkip = 300;

// A PNG of one pixel as a FLAC picture block in base64, as in Ogg.
constexpr const char* kCover =
    "AAAAAwAAAAlpbWFnZS9wbmcAAAAAAAAAAQAAAAEAAAAYAAAAAAAAAEWJUE5HDQoaCgAAAA1JSERSAAAAAQAAAAEIAgAAAJ"
    "B3"
    "U94AAAAMSURBVHjaY3BoOAAAAoQBgRhqdIcAAAAASUVORK5CYII=";

std::vector<StreamTag> Tags(const std::string& form) {
  if (form == "text")
    return {{"title", "Frère Jacques"}, {"artist", "κ"}, {"artist", "𝄞"}, {"comment", ""}};
  if (form == "cover") return {{"title", "one"}, {"metadata_block_picture", kCover}};
  return {};
}

// What packets of a model carry beside codes.
enum class Tones { kNone, kSome, kWithPlaces, kWithBands, kWithLadder };

void Replace(std::string* text, std::string_view what, std::string_view with) {
  text->replace(text->find(what), what.size(), with);
}

// Weights of levels of bands, by which differences from the packet before are small, in each
// context others: mostly they rise a little in those of even number, and fall in the others.
void MakeLevelsStay(std::vector<float>* weights) {
  for (size_t i = 0; i < weights->size(); ++i) {
    const size_t context = i / 32, likely = context % 2 == 0 ? 1 : 31;
    const size_t apart = (i % 32 + 32 - likely) % 32, far = std::min(apart, 32 - apart);
    (*weights)[i] = static_cast<float>(1 + (30000 + 200 * context) / (1 + far * far * far));
  }
}

// A small model with random weights. Tones are seldom, and go on or move more often than not; no
// two contexts are alike.
Bytes MakeModel(Tones tones) {
  if (tones == Tones::kNone) return RandomEntropyModel(kConfig, 1, Storage::kInt8);
  const bool has_ladder = tones == Tones::kWithLadder;
  const bool has_bands = tones == Tones::kWithBands || has_ladder;
  const bool has_places = tones == Tones::kWithPlaces || has_bands;
  std::string config = kTonesConfig;
  if (has_places) {
    Replace(&config, "golden with tones", has_bands ? "golden with bands" : "golden with places");
    Replace(&config, R"("from_quality": 5)", R"("from_quality": 5, "phases": 8, "pans": 5)");
  }
  if (has_bands) {
    Replace(&config, R"("default_quality")",
            R"("bands": {"edges": [10, 13, 18, 25, 35, 50, 71, 100, 141, 200], "step_db": 2.5,
            "from_quality": 5}, "default_quality")");
  }
  if (has_ladder) {
    Replace(&config, "golden with bands", "golden with a ladder");
    // At each of the qualities that there are files of, a level has half of a quantizer.
    Replace(&config, R"("block")",
            R"("ladder": ["coarse.0", "mid.0, coarse.1", "mid.1 odd", "fine.0 even",
            "mid.1 even, fine.0 odd, fine.1 even", "fine.1 odd"], "block")");
  }
  RandomTensors tensors = MakeTensors(config, 2);
  AddEntropyTensors(config, 2, &tensors);
  std::vector<float>& flags = tensors.at("entropy.tones.flags").values;
  for (size_t context = 0; context < flags.size() / 2; ++context) {
    const bool was_on = context % 2 != 0, beside = context / 2 % 2 != 0;
    const size_t odds = was_on ? 45000 : beside ? 9000 : 1000;
    flags[2 * context + 1] = static_cast<float>(odds + 31 * context);
    flags[2 * context] = 65535 - flags[2 * context + 1];
  }
  std::vector<float>& levels = tensors.at("entropy.tones.levels").values;
  for (size_t context = 0; context < 3; ++context) {
    for (size_t symbol = 0; symbol < 32; ++symbol) {
      // Differences are small, levels of new tones moderate.
      const size_t far = context < 2   ? std::min(symbol, 32 - symbol)
                         : symbol > 20 ? symbol - 20
                                       : 20 - symbol;
      levels[32 * context + symbol] =
          static_cast<float>(1 + (40000 + 500 * context) / (1 + far * far * far));
    }
  }
  if (has_bands) MakeLevelsStay(&tensors.at("entropy.bands.levels").values);
  std::string json = EntropyJson(config);
  Replace(&json, "0123456789abcdef",
          has_ladder   ? "6c61646472636f64"
          : has_bands  ? "62616e6473636f64"
          : has_places ? "706c616365636f64"
                       : "746f6e6573636f64");
  Replace(&json, "fedcba9876543210",
          has_ladder   ? "6c61646472656e74"
          : has_bands  ? "62616e6473656e74"
          : has_places ? "706c616365656e74"
                       : "746f6e6573656e74");
  return WriteModelFile(json, tensors, Storage::kInt8);
}

// Any codes; for entropy coding those that its model expects, which any bytes decode to.
Bytes RandomPackets(const GoldenKind& kind, const std::shared_ptr<const Model>& model,
                    size_t packets, std::mt19937& random) {
  Bytes codes(packets * static_cast<size_t>(model->PacketBytes(kind.quality)));
  Bytes bytes(codes.size() - 1);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  if (kind.has_likely_codes) {
    (*core::PageCoder::Create(model, kind.quality))->Decode(bytes, codes);
  } else {
    std::ranges::generate(codes, [&random] { return static_cast<uint8_t>(random()); });
  }
  return codes;
}

// Where the pages of a stream begin, the end page and the end included.
std::vector<size_t> PagesOf(const Bytes& stream) {
  std::vector<size_t> pages = {layout::Get(stream, layout::kHeaderBytes, 4)};
  while (pages.back() < stream.size()) {
    pages.push_back(pages.back() + layout::kPageHeaderBytes +
                    layout::Get(stream, pages.back() + layout::kPagePayload, 2));
  }
  return pages;
}

// To a stream of at least four pages.
void Damage(const std::string& kind, Bytes* stream) {
  const std::vector<size_t> pages = PagesOf(*stream);
  const auto at = [stream](size_t offset) {
    return stream->begin() + static_cast<ptrdiff_t>(offset);
  };
  if (kind == "truncated") stream->resize(pages[3] + layout::kPageHeaderBytes + 5);
  if (kind == "endless") stream->resize(pages[pages.size() - 2]);
  if (kind == "flipped") (*stream)[pages[1] + layout::kPageHeaderBytes + 3] ^= 0x10;
  if (kind == "lost") stream->erase(at(pages[1]), at(pages[2]));
  if (kind == "foreign")
    stream->insert(at(pages[2]), {0x4D, 0xF5, 0x00, 0x4D, 0xF5, 0x00, 0xFF, 0x00, 0x4D});
  if (kind == "magic") (*stream)[5] = '\n';
  if (kind == "version") (*stream)[layout::kVersion] = 1;
  if (kind == "flag") (*stream)[layout::kFlags] |= 2;
  if (kind == "coding") (*stream)[layout::kCoding] = 2;
  if (kind == "checksum") (*stream)[layout::kSamples] ^= 1;
  if (kind == "version" || kind == "flag" || kind == "coding") RepairChecksum(stream);
}

// Three parts of a stream of so many packets, which do not fill their pages.
std::vector<StreamPart> Parts(uint32_t packets, uint64_t delay) {
  std::vector<StreamPart> parts = {{.packets = packets / 3},
                                   {.packets = 4, .pre_skip = kPartPreSkip}};
  parts.push_back({.packets = packets - parts[0].packets - parts[1].packets});
  for (StreamPart& part : parts) {
    // 37 samples fewer than the packets could hold.
    part.samples = uint64_t{part.packets} * kStreamPacketSamples - delay - part.pre_skip - 37;
  }
  return parts;
}

Bytes MakeStream(const GoldenKind& kind, const std::shared_ptr<const Model>& model) {
  const auto delay = static_cast<uint64_t>(model->info().delay_samples);
  const bool is_damaged = kind.damage != "none";
  const bool is_empty = kind.length == "zero";
  const size_t packets = is_empty     ? (delay + kStreamPacketSamples - 1) / kStreamPacketSamples
                         : is_damaged ? 20
                                      : 12;
  uint64_t samples = is_empty ? 0 : packets * kStreamPacketSamples - delay - kind.pre_skip - 100;
  StreamHeader header = MakeStreamHeader(*model, kind.quality, kind.channels, kind.coding);
  header.tags = Tags(kind.tags);
  header.pre_skip = kind.pre_skip;
  if (kind.is_joined) {
    header.parts = Parts(static_cast<uint32_t>(packets), delay);
    samples = 0;
    for (const StreamPart& part : header.parts) samples += part.samples;
  }
  if (kind.length != "end") header.samples = samples;
  // Where pages are lost, tones go on with packets of odd number.
  const int page = is_damaged && !kind.has_tones ? 4 : 5;
  Result<StreamWriter> writer = StreamWriter::Create(std::move(header), page, model);
  if (!writer.ok()) {
    std::fprintf(stderr, "make_golden: %s\n", writer.status().message().c_str());
    return {};
  }
  std::mt19937 random(static_cast<uint32_t>(kind.quality * 4 + kind.channels));
  Bytes bytes = writer->HeaderBytes();
  if (!writer->Write(RandomPackets(kind, model, packets, random), &bytes).ok() ||
      !writer->Finish(samples, &bytes).ok())
    return {};
  if (is_damaged) Damage(kind.damage, &bytes);
  return bytes;
}

bool Save(const fs::path& path, std::span<const uint8_t> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  return file.good();
}

bool Make(const fs::path& folder, Tones tones) {
  fs::create_directories(folder);
  const fs::path path = folder / "model.motetmodel";
  if (!fs::exists(path) && !Save(path, MakeModel(tones))) return false;
  const Result<std::shared_ptr<const Model>> model = Model::Load(path.string());
  if (!model.ok()) {
    std::fprintf(stderr, "make_golden: %s\n", model.status().message().c_str());
    return false;
  }
  nlohmann::json streams = nlohmann::json::array();
  for (const GoldenKind& kind : tones == Tones::kNone ? GoldenKinds() : GoldenKindsWithTones()) {
    const Bytes bytes = MakeStream(kind, *model);
    if (bytes.empty() || !Save(folder / kind.name(), bytes)) return false;
    streams.push_back(
        {{"file", kind.name()}, {"kind", kind.ToJson()}, {"facts", ReadGolden(bytes, *model)}});
  }
  std::ofstream manifest(folder / "manifest.json");
  manifest << "{\"streams\": [\n";
  for (size_t i = 0; i < streams.size(); ++i)
    manifest << streams[i].dump() << (i + 1 < streams.size() ? ",\n" : "\n");
  manifest << "]}\n";
  return manifest.good();
}

}  // namespace
}  // namespace motet::testing

int main(int argc, char** argv) {
  using motet::testing::Tones;
  const std::string_view option = argc > 2 ? argv[1] : "";
  const Tones tones = option == "--tones"    ? Tones::kSome
                      : option == "--places" ? Tones::kWithPlaces
                      : option == "--bands"  ? Tones::kWithBands
                      : option == "--ladder" ? Tones::kWithLadder
                                             : Tones::kNone;
  if (argc != (tones == Tones::kNone ? 2 : 3)) {
    std::fprintf(stderr, "usage: make_golden [--tones | --places | --bands | --ladder] FOLDER\n");
    return 2;
  }
  return motet::testing::Make(argv[argc - 1], tones) ? 0 : 1;
}
