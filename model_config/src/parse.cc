#include "model_config/parse.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <utility>

#include "json_tree.h"
#include "model_config/object_reader.h"

namespace motet {
namespace {

using nlohmann::json;

// Room for growth, and a bound on what a hostile file can make us allocate.
constexpr int64_t kMaxWidth = 4096;
constexpr size_t kMaxBlocks = 64;
constexpr int64_t kMaxPacketBytes = 255;  // a byte of the stream's header says how many
constexpr size_t kMaxQualities = kLevels * kMaxPerLevel;

// Keeps the first fault.
struct KeepFirst {
  std::string* fault;

  void operator()(const std::string& what) const {
    if (fault->empty()) *fault = "configuration: " + what;
  }
};
using Reader = ObjectReader<json, KeepFirst>;

LevelConfig ReadLevel(Reader reader, int64_t max_lookahead) {
  LevelConfig level;
  level.width = reader.Integer("width", 1, kMaxWidth);
  level.lookahead = reader.Integers("lookahead", kMaxBlocks, max_lookahead);
  reader.Done();
  return level;
}

// What every length in samples follows from.
void ReadAnalysis(Reader reader, ModelConfig* config) {
  auto& analysis = config->analysis;
  analysis.type = reader.Choice("type", {"stft"});
  const int64_t hop = analysis.hop = reader.Integer("hop", 8, 4096);
  if (hop % 2 != 0) {  // the window is folded twice
    reader.Fail("'" + reader.Path("hop") + "' is " + std::to_string(hop) +
                ", wanted an even number");
  }
  analysis.window = reader.Integer("window", 2 * hop, 2 * hop);
  analysis.power = reader.Number("power", 0, 1);
  analysis.epsilon = reader.Number("epsilon", 1e-30, 1);
  reader.Done();
}

void ReadLevels(Reader* encoder, Reader* decoder, ModelConfig* config) {
  const int64_t max_lookahead = config->block.kernel > 0 ? config->block.kernel - 1 : 0;
  for (const Level level : kCoarseToFine) {
    const char* key = kLevelNames[level];
    config->encoder.levels[level] = ReadLevel(encoder->Object(key), max_lookahead);
    config->decoder.levels[level] = ReadLevel(decoder->Object(key), max_lookahead);
  }
}

void ReadEncoder(Reader reader, ModelConfig* config) {
  Reader features = reader.Object("features");
  config->encoder.features.width = features.Integer("width", 1, 1024);
  config->encoder.features.kernel = features.Integer("kernel", 1, 31);
  config->encoder.features.dilation = features.Integer("dilation", 1, 64);
  features.Done();
  Reader latent = reader.Object("latent");
  config->encoder.latent_hidden = latent.Integer("hidden", 1, kMaxWidth);
  latent.Done();
  reader.Done();
}

void ReadQuantizer(Reader reader, ModelConfig* config) {
  auto& quantizer = config->quantizer;
  quantizer.latent = reader.Integer("latent", 1, 1024);
  quantizer.dim = reader.Integer("dim", 1, 64);
  quantizer.entries = reader.Integer("entries", 256, 256);  // a code is one byte
  quantizer.per_level = reader.Integer("per_level", 2, kMaxPerLevel);
  quantizer.context = reader.Integer("context", 1, quantizer.per_level);
  reader.Done();
}

void ReadConditioning(Reader reader, ModelConfig* config) {
  auto& conditioning = config->conditioning;
  conditioning.hidden = reader.Integer("hidden", 1, 1024);
  conditioning.chroma = reader.Integer("chroma", 12, 12);
  conditioning.onset = reader.Integer("onset", 1, 1);
  conditioning.timbre = reader.Integer("timbre", 4, 4);
  reader.Done();
}

void ReadSynthesis(Reader reader, const std::vector<std::string>& types, ModelConfig* config) {
  auto& synthesis = config->synthesis;
  synthesis.type = reader.Choice("type", types);
  synthesis.window = reader.Integer("window", config->analysis.window, config->analysis.window);
  synthesis.hop = reader.Integer("hop", config->analysis.hop, config->analysis.hop);
  synthesis.max_log_magnitude = reader.Number("max_log_magnitude", -20, 20);
  reader.Done();
}

// Every code once, and in each frame those of a level in the order of its quantizers.
std::string FaultOf(const std::vector<LadderStep>& ladder, int64_t per_level) {
  // The quantizer to come, by level and frame.
  std::array<std::array<int64_t, kFramesPerPacket[kFine]>, kLevels> next = {};
  for (const LadderStep& step : ladder) {
    for (const LadderCodes& codes : step) {
      for (int64_t frame = codes.first; frame < kFramesPerPacket[codes.level];
           frame += codes.every) {
        int64_t& wanted = next[codes.level][static_cast<size_t>(frame)];
        if (codes.quantizer != wanted || codes.quantizer >= per_level) {
          const bool complete = wanted >= per_level;
          const LadderCodes due{.level = codes.level, .quantizer = wanted};
          return "has " + codes.name() +
                 (complete ? " too many" : " where " + due.name() + " is due");
        }
        ++wanted;
      }
    }
  }
  for (const Level level : kCoarseToFine) {
    for (int64_t frame = 0; frame < kFramesPerPacket[level]; ++frame) {
      const LadderCodes due{.level = level, .quantizer = next[level][static_cast<size_t>(frame)]};
      if (due.quantizer < per_level) return "lacks codes of " + due.name();
    }
  }
  return {};
}

std::vector<LadderStep> ReadLadder(Reader& reader, const ModelConfig& config) {
  std::vector<LadderStep> ladder;
  for (const std::string& name : reader.TextsOr("ladder", kMaxQualities)) {
    const std::optional<LadderStep> step = LadderStepOf(name);
    if (!step) {
      reader.Refuse("ladder", name, R"(names like "mid.1", "coarse.2, coarse.3" or "fine.2 even")");
      return {};
    }
    ladder.push_back(*step);
  }
  if (ladder.empty()) return {};
  if (const std::string fault = FaultOf(ladder, config.quantizer.per_level); !fault.empty()) {
    reader.Fail("'" + reader.Path("ladder") + "' " + fault);
    return {};
  }
  return ladder;
}

// What training may have and a model file may not: experiments that only the trainer knows.
enum class Experiments { kKnown, kRefused };

TonesConfig ReadTones(Reader reader, const ModelConfig& config) {
  TonesConfig tones;
  const int64_t lines = config.packet;  // up to half the sample rate
  tones.first = reader.Integer("first", 1, lines - 1);
  tones.lines = reader.Integer("lines", 1, std::min(TonesConfig::kMaxLines, lines - tones.first));
  tones.count = reader.Integer("count", 1, std::min(TonesConfig::kMaxCount, tones.lines));
  tones.step_db = reader.Number("step_db", 0.1, 20);
  tones.from_quality = reader.Integer("from_quality", 1, config.max_quality());
  tones.phases = reader.IntegerOr("phases", 1, 1, TonesConfig::kMaxPhases);
  if ((tones.phases & (tones.phases - 1)) != 0)
    reader.Refuse("phases", tones.phases, "a power of two");
  tones.pans = reader.IntegerOr("pans", 1, 1, TonesConfig::kMaxPans);
  if (tones.pans % 2 == 0) reader.Refuse("pans", tones.pans, "an odd number");
  reader.Done();
  if (config.delay() < 2 * config.packet) {
    reader.Fail("'" + reader.Path("lines") + "' need a delay of two packets, " +
                std::to_string(2 * config.packet) + " samples; this model has " +
                std::to_string(config.delay()));
  }
  return tones;
}

BandsConfig ReadBands(Reader reader, const ModelConfig& config) {
  BandsConfig bands;
  // The outermost bins, which have no imaginary part, are in no band.
  bands.edges = reader.Integers("edges", BandsConfig::kMaxCount + 1, config.bins() - 1);
  const bool rise = std::adjacent_find(bands.edges.begin(), bands.edges.end(),
                                       std::greater_equal<>()) == bands.edges.end();
  if (bands.edges.size() < 2 || !rise || bands.edges.front() < 1) {
    reader.Fail("'" + reader.Path("edges") +
                "' are to be two or more from 1 on, each above the one before");
  }
  bands.step_db = reader.Number("step_db", 0.1, 20);
  bands.from_quality = reader.Integer("from_quality", 1, config.max_quality());
  reader.Done();
  // A packet of the decoder's head then has the sound of a packet of the analysis.
  // (A hop that is missing was a fault already, and is 0.)
  const int64_t hops = config.delay() / std::max<int64_t>(1, config.analysis.hop);
  if (hops % 4 != 1) {
    reader.Fail("'" + reader.Path("edges") + "' need a delay of 4n + 1 hops; this model has " +
                std::to_string(hops));
  }
  if (config.synthesis.type == "mdct")
    reader.Fail("'" + reader.Path("edges") + "' need a synthesis of type istft");
  // Every quantizer has a code in each frame. Not packet_bytes(), which needs a ladder without
  // faults.
  const int64_t codes =
      config.quantizer.per_level *
      std::accumulate(kFramesPerPacket.begin(), kFramesPerPacket.end(), int64_t{0});
  const int64_t bytes = codes + (config.tones ? config.tones->bytes() : 0) + bands.bytes();
  if (bytes > kMaxPacketBytes) {
    reader.Fail("'" + reader.Path("edges") + "' make packets of " + std::to_string(bytes) +
                " bytes, wanted at most " + std::to_string(kMaxPacketBytes));
  }
  return bands;
}

ModelConfig ReadModel(Reader reader, Experiments experiments) {
  ModelConfig config;
  config.name = reader.Text("name");
  config.sample_rate = reader.Integer("sample_rate", 8000, 192000);
  config.channels = reader.Integer("channels", 2, 2);
  ReadAnalysis(reader.Object("analysis"), &config);
  config.packet = reader.Integer("packet", 4 * config.analysis.hop, 4 * config.analysis.hop);

  Reader block = reader.Object("block");
  config.block.kernel = block.Integer("kernel", 1, 31);
  config.block.expansion = block.Integer("expansion", 1, 8);
  block.Done();

  Reader encoder = reader.Object("encoder");
  Reader decoder = reader.Object("decoder");
  ReadLevels(&encoder, &decoder, &config);
  decoder.Done();
  ReadEncoder(std::move(encoder), &config);
  ReadQuantizer(reader.Object("quantizer"), &config);
  ReadConditioning(reader.Object("conditioning"), &config);
  const bool known = experiments == Experiments::kKnown;
  std::vector<std::string> synthesis_types = {"istft"};
  if (known) synthesis_types.emplace_back("mdct");
  ReadSynthesis(reader.Object("synthesis"), synthesis_types, &config);
  config.own_ladder = ReadLadder(reader, config);
  if (auto tones = reader.Optional("tones")) config.tones = ReadTones(*tones, config);
  if (auto bands = reader.Optional("bands")) config.bands = ReadBands(*bands, config);
  config.default_quality = reader.Integer("default_quality", 1, config.max_quality());
  reader.Done();
  return config;
}

std::string ReadIdentity(Reader* reader, const char* key) {
  std::string identity = reader->Text(key);
  if (identity.size() != 16 ||
      identity.find_first_not_of("0123456789abcdef") != std::string::npos) {
    reader->Refuse(key, identity, "16 lower-case hexadecimal digits");
  }
  return identity;
}

EntropyConfig ReadEntropy(Reader reader) {
  EntropyConfig entropy;
  entropy.embedding = reader.Integer("embedding", 1, EntropyConfig::kMaxEmbedding);
  entropy.hidden = reader.Integer("hidden", 1, EntropyConfig::kMaxHidden);
  entropy.codec_identity = ReadIdentity(&reader, "codec_identity");
  reader.Done();
  return entropy;
}

// What `read` makes of the text, or the first fault.
template <typename T, typename Read>
Parsed<T> Parse(std::string_view text, const Read& read) {
  Parsed<T> result;
  if (const std::optional<json> root = JsonTree::Of(text)) {
    result.value = read(*root, KeepFirst{&result.fault});
  } else {
    result.fault = "the configuration is not valid JSON";
  }
  return result;
}

}  // namespace

Parsed<ModelConfig> ParseModelConfig(std::string_view json_text) {
  return Parse<ModelConfig>(json_text, [](const json& root, KeepFirst on_fault) {
    return ReadModel(Reader(&root, "model", on_fault), Experiments::kKnown);
  });
}

Parsed<ModelFileConfig> ParseModelFileConfig(std::string_view json_text) {
  return Parse<ModelFileConfig>(json_text, [](const json& root, KeepFirst on_fault) {
    ModelFileConfig config;
    Reader reader(&root, "", on_fault);
    config.model = ReadModel(reader.Object("model"), Experiments::kRefused);
    config.identity = ReadIdentity(&reader, "identity");
    if (auto entropy = reader.Optional("entropy")) config.entropy = ReadEntropy(*entropy);
    reader.Ignore("info");
    reader.Done();
    return config;
  });
}

std::string NumberText(double number) { return json(number).dump(); }

}  // namespace motet
