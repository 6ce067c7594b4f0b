#include "model_file/config.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

namespace motet::core {
namespace {

using nlohmann::json;

// Room for growth, and a bound on what a hostile file can make us allocate.
constexpr size_t kMaxWidth = 4096;
constexpr size_t kMaxBlocks = 64;

// Reads the members of one object. The first fault is kept in `fault`; what is read after it is 0.
// Done() reports members that nobody asked for.
class ObjectReader {
 public:
  ObjectReader(const json* object, std::string path, std::string* fault)
      : object_(object), path_(std::move(path)), fault_(fault) {
    if (object_ != nullptr && !object_->is_object()) {
      Fail(path_.empty() ? "the configuration is not an object" : Quoted("") + " is not an object");
      object_ = nullptr;
    }
  }

  ObjectReader Object(const char* key) { return {Member(key), Path(key), fault_}; }

  size_t Integer(const char* key, size_t min, size_t max) {
    const json* member = Member(key);
    if (member == nullptr) return 0;
    return CheckInteger(*member, Quoted(key), min, max);
  }

  double Number(const char* key, double min, double max) {
    const json* member = Member(key);
    if (member == nullptr) return 0;
    const double value = member->is_number() ? member->get<double>() : NAN;
    if (!(value >= min && value <= max)) {
      Fail(Quoted(key) + " is " + Text(*member) + ", wanted a number from " + Text(json(min)) +
           " to " + Text(json(max)));
      return 0;
    }
    return value;
  }

  std::string String(const char* key) {
    const json* member = Member(key);
    if (member == nullptr) return {};
    if (!member->is_string()) {
      Fail(Quoted(key) + " is " + Text(*member) + ", wanted a string");
      return {};
    }
    return member->get<std::string>();
  }

  void Choice(const char* key, const char* wanted) {
    const json* member = Member(key);
    if (member != nullptr && *member != wanted) {
      Fail(Quoted(key) + " is " + Text(*member) + ", wanted \"" + wanted + "\"");
    }
  }

  std::vector<size_t> Integers(const char* key, size_t max_length, size_t max) {
    std::vector<size_t> values;
    const json* member = Member(key);
    if (member == nullptr) return values;
    if (!member->is_array() || member->size() > max_length) {
      Fail(Quoted(key) + " is " + Text(*member) + ", wanted a list of at most " +
           std::to_string(max_length) + " integers");
      return values;
    }
    for (const json& entry : *member) {
      values.push_back(CheckInteger(entry, "an entry of " + Quoted(key), 0, max));
    }
    return values;
  }

  void RequireEven(const char* key, size_t value) {
    if (value % 2 != 0)
      Fail(Quoted(key) + " is " + std::to_string(value) + ", wanted an even number");
  }

  void Ignore(const char* key) { (void)Member(key); }

  void Done() {
    if (object_ == nullptr) return;
    for (const auto& [key, value] : object_->items()) {
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
        Fail("unknown key " + Quoted(KeyText(key).c_str()));
      }
    }
  }

 private:
  const json* Member(const char* key) {
    if (object_ == nullptr) return nullptr;
    known_.emplace_back(key);
    const auto found = object_->find(key);
    if (found == object_->end()) {
      Fail("missing key " + Quoted(key));
      return nullptr;
    }
    return &*found;
  }

  size_t CheckInteger(const json& value, const std::string& what, size_t min, size_t max) {
    const bool integer = value.is_number_unsigned();
    const uint64_t number = integer ? value.get<uint64_t>() : 0;
    if (!integer || number < min || number > max) {
      std::string wanted = std::to_string(min);
      if (max != min) wanted += " to " + std::to_string(max);
      Fail(what + " is " + Text(value) + ", wanted " + wanted);
      return min;
    }
    return static_cast<size_t>(number);
  }

  std::string Path(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  std::string Quoted(const char* key) const {
    return "'" + (*key == '\0' ? path_ : Path(key)) + "'";
  }
  // A value for an error message: never long, and printable ASCII.
  static std::string Text(const json& value) {
    // Their text is made by recursion, as deep as a hostile file nests them.
    if (value.is_array()) return "a list";
    if (value.is_object()) return "an object";
    return Shortened(value.dump(-1, ' ', true, json::error_handler_t::replace));
  }
  // The same for a key that the file chose, without quotation marks.
  static std::string KeyText(const std::string& key) {
    const std::string text = json(key).dump(-1, ' ', true, json::error_handler_t::replace);
    return Shortened(text.substr(1, text.size() - 2));
  }
  static std::string Shortened(const std::string& text) {
    return text.size() > 40 ? text.substr(0, 37) + "..." : text;
  }
  void Fail(const std::string& what) {
    if (fault_->empty()) *fault_ = what;
  }

  const json* object_;
  std::string path_;
  std::string* fault_;
  std::vector<std::string> known_;
};

LevelConfig ReadLevel(ObjectReader reader, size_t max_lookahead) {
  LevelConfig level;
  level.width = reader.Integer("width", 1, kMaxWidth);
  level.lookahead = reader.Integers("lookahead", kMaxBlocks, max_lookahead);
  reader.Done();
  return level;
}

ModelConfig ReadModel(ObjectReader reader) {
  ModelConfig config;
  config.name = reader.String("name");
  config.sample_rate = static_cast<int>(reader.Integer("sample_rate", 8000, 192000));
  config.channels = static_cast<int>(reader.Integer("channels", 2, 2));

  // Every other length in samples follows from the hop.
  ObjectReader analysis = reader.Object("analysis");
  analysis.Choice("type", "stft");
  const size_t hop = config.analysis.hop = analysis.Integer("hop", 8, 4096);
  analysis.RequireEven("hop", hop);  // the window is folded twice
  config.analysis.window = analysis.Integer("window", 2 * hop, 2 * hop);
  config.analysis.power = analysis.Number("power", 0, 1);
  config.analysis.epsilon = analysis.Number("epsilon", 1e-30, 1);
  analysis.Done();
  config.packet = reader.Integer("packet", 4 * hop, 4 * hop);

  ObjectReader block = reader.Object("block");
  config.block.kernel = block.Integer("kernel", 1, 31);
  config.block.expansion = block.Integer("expansion", 1, 8);
  block.Done();
  const size_t max_lookahead = config.block.kernel > 0 ? config.block.kernel - 1 : 0;

  ObjectReader encoder = reader.Object("encoder");
  ObjectReader decoder = reader.Object("decoder");
  for (const Level level : kCoarseToFine) {
    const char* key = kLevelNames[level];
    config.encoder.levels[level] = ReadLevel(encoder.Object(key), max_lookahead);
    config.decoder.levels[level] = ReadLevel(decoder.Object(key), max_lookahead);
  }
  decoder.Done();
  ObjectReader features = encoder.Object("features");
  config.encoder.features.width = features.Integer("width", 1, 1024);
  config.encoder.features.kernel = features.Integer("kernel", 1, 31);
  config.encoder.features.dilation = features.Integer("dilation", 1, 64);
  features.Done();
  ObjectReader latent = encoder.Object("latent");
  config.encoder.latent_hidden = latent.Integer("hidden", 1, kMaxWidth);
  latent.Done();
  encoder.Done();

  ObjectReader quantizer = reader.Object("quantizer");
  config.quantizer.latent = quantizer.Integer("latent", 1, 1024);
  config.quantizer.dim = quantizer.Integer("dim", 1, 64);
  config.quantizer.entries = quantizer.Integer("entries", 256, 256);  // a code is one byte
  config.quantizer.per_level = quantizer.Integer("per_level", 2, 8);
  config.quantizer.context = quantizer.Integer("context", 1, config.quantizer.per_level);
  quantizer.Done();

  ObjectReader conditioning = reader.Object("conditioning");
  config.conditioning.hidden = conditioning.Integer("hidden", 1, 1024);
  config.conditioning.chroma = conditioning.Integer("chroma", 12, 12);
  config.conditioning.onset = conditioning.Integer("onset", 1, 1);
  config.conditioning.timbre = conditioning.Integer("timbre", 4, 4);
  conditioning.Done();

  ObjectReader synthesis = reader.Object("synthesis");
  synthesis.Choice("type", "istft");
  synthesis.Integer("window", 2 * hop, 2 * hop);
  synthesis.Integer("hop", hop, hop);
  config.synthesis.max_log_magnitude = synthesis.Number("max_log_magnitude", -20, 20);
  synthesis.Done();

  config.default_quality = static_cast<int>(
      reader.Integer("default_quality", 1, static_cast<size_t>(config.max_quality())));
  reader.Done();
  return config;
}

bool IsIdentity(const std::string& text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Packets that the blocks of all levels, one after the other, reach back at most.
size_t BlockReach(const std::array<LevelConfig, kLevels>& levels, size_t kernel) {
  size_t packets = 0;
  for (const Level level : kCoarseToFine) {
    const size_t frames = levels[level].lookahead.size() * (kernel - 1);
    packets += (frames + kFramesPerPacket[level] - 1) / kFramesPerPacket[level];
  }
  return packets;
}

}  // namespace

size_t LevelConfig::total_lookahead() const {
  return std::accumulate(lookahead.begin(), lookahead.end(), size_t{0});
}

size_t ModelConfig::decoder_lookahead() const {
  size_t frames = 0;
  for (const Level level : kCoarseToFine) {
    const size_t fine_frames = kFramesPerPacket[kFine] / kFramesPerPacket[level];
    frames += fine_frames * decoder.levels[level].total_lookahead();
  }
  return frames;
}

size_t ModelConfig::delay() const {
  size_t frames = 1 + decoder_lookahead();
  for (const Level level : kCoarseToFine) {
    const size_t fine_frames = kFramesPerPacket[kFine] / kFramesPerPacket[level];
    frames += fine_frames * encoder.levels[level].total_lookahead();
  }
  return frames * analysis.hop;
}

size_t ModelConfig::encoder_preroll() const {
  // The spectrum reaches back one hop, the feature branches one (the rhythmic) or many frames.
  return 1 + BlockReach(encoder.levels, block.kernel) +
         std::max<size_t>(1, (encoder.features.kernel - 1) * encoder.features.dilation) +
         delay() / packet + 1;
}

size_t ModelConfig::decoder_preroll() const {
  // Frames overlap by one hop; concealment looks at the packet before.
  return 1 + BlockReach(decoder.levels, block.kernel) + delay() / packet + 1;
}

std::vector<LadderStep> ModelConfig::ladder() const {
  std::vector<LadderStep> steps;
  size_t offset = 0;
  for (size_t first = 0; first < quantizer.per_level; first += quantizer.context) {
    const size_t end = std::min(first + quantizer.context, quantizer.per_level);
    for (const Level level : kCoarseToFine) {
      for (size_t i = first; i < end; ++i) {
        steps.push_back({level, i, kFramesPerPacket[level], offset, first / quantizer.context});
        offset += kFramesPerPacket[level];
      }
    }
  }
  return steps;
}

size_t ModelConfig::packet_bytes(int quality) const {
  const LadderStep last = ladder()[static_cast<size_t>(quality - 1)];
  return last.offset + last.codes;
}

Result<ModelFileConfig> ParseModelFileConfig(std::string_view json, const std::string& name) {
  const auto fail = [&name](const std::string& what) {
    return Status(StatusCode::kCorrupt, name + ": " + what);
  };
  const nlohmann::json root = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return fail("the configuration is not valid JSON");
  std::string fault;
  ModelFileConfig config;
  ObjectReader reader(&root, "", &fault);
  config.model = ReadModel(reader.Object("model"));
  config.identity = reader.String("identity");
  if (root.is_object() && root.contains("entropy")) {
    ObjectReader entropy = reader.Object("entropy");
    config.entropy.embedding = entropy.Integer("embedding", 1, 64);
    config.entropy.hidden = entropy.Integer("hidden", 1, 512);
    config.entropy.codec_identity = entropy.String("codec_identity");
    entropy.Done();
  }
  reader.Ignore("info");
  reader.Done();
  if (fault.empty() && !IsIdentity(config.identity)) {
    fault = "'identity' is not 16 lower-case hexadecimal digits";
  }
  if (fault.empty() && config.entropy.hidden > 0 && !IsIdentity(config.entropy.codec_identity)) {
    fault = "'entropy.codec_identity' is not 16 lower-case hexadecimal digits";
  }
  if (!fault.empty()) return fail("configuration: " + fault);
  return config;
}

}  // namespace motet::core
