#include "training/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <tuple>

#include "model/json_reader.h"

namespace motet::trainer {
namespace {

using nlohmann::json;

constexpr int64_t kMany = int64_t{1} << 40;

// What configurations lack that were resolved before the key existed (see AddLaterKeys). A key that
// is added to configs/base.json is added here too.
constexpr const char* kLaterKeys = R"({
  "losses": {
    "decorrelation": 0, "waveform_l2": 0, "stft_complex": 0, "detail": 0, "level": 0, "mfcc": 0, "harmonic": 0, "rhythmic": 0, "timbral": 0,
    "adversarial": 0, "feature_matching": 0, "codebook": 0,
    "mid_side_share": 0.35, "all_channels": false, "perceptual_weighting": false,
    "balancer": false, "balancer_decay": 0.999
  },
  "adversarial": {
    "loss": "hinge", "start_step": 0, "update_probability": 0.5,
    "learning_rate": 2e-4, "beta1": 0.8, "beta2": 0.99, "clip": 10.0,
    "waveform_factors": [1, 4], "spectrum_windows": [2048, 512], "mdct_windows": [512], "width": 16
  },
  "optimizer": {"decay": "cosine", "type": "adamw", "muon_momentum": 0.95},
  "training": {
    "loss_scaling": "auto", "accumulate": 1, "codebooks": "ema", "learn": "all", "overfit_one_batch": false,
    "local_steps": 1, "max_skipped": 100, "weights": "float", "graph": false
  },
  "data": {
    "track_balance": 0, "bandwidth_balance": 0,
    "augmentation": {
      "speed": {"probability": 0, "percent": 0},
      "stems": {"probability": 0, "db": 0},
      "mix": {"probability": 0, "db": 0},
      "width": {"probability": 0, "low": 1, "high": 1},
      "tilt": {"probability": 0, "db_per_octave": 0},
      "swap": {"probability": 0},
      "polarity": {"probability": 0},
      "clipping": {"probability": 0, "db": 0},
      "transients": {"probability": 0, "alone": 0},
      "peak": 0
    }
  }
})";

[[noreturn]] void UnknownKey(const std::string& where, const std::string& path,
                             const std::string& key, const json& known) {
  std::vector<std::string> keys;
  for (const auto& [candidate, value] : known.items()) keys.push_back(candidate);
  const std::string nearest = Nearest(key, keys);
  throw std::runtime_error(
      fmt::format("{}: unknown key '{}{}'{}", where, path, key,
                  nearest.empty() ? "" : fmt::format("; did you mean '{}{}'?", path, nearest)));
}

// Adds members that `base` lacks; never changes one.
void Complete(json& base, const json& defaults) {
  for (const auto& [key, value] : defaults.items()) {
    const auto it = base.find(key);
    if (it == base.end()) {
      base[key] = value;
    } else if (it->is_object() && value.is_object()) {
      Complete(*it, value);
    }
  }
}

// Overwrites values of `base`; never adds a key.
void Merge(json& base, const json& changes, const std::string& where, const std::string& path) {
  if (!changes.is_object())
    throw std::runtime_error(fmt::format("{}: '{}' must be an object", where, path));
  for (const auto& [key, value] : changes.items()) {
    const auto it = base.find(key);
    if (it == base.end()) UnknownKey(where, path, key, base);
    if (it->is_object() && !value.is_null()) {
      Merge(*it, value, where, path + key + ".");
    } else {
      *it = value;
    }
  }
}

// A part of the model that is null is absent: so a first file can name parts that other files and
// settings give it, and whoever reads the resolved configuration finds no key for what is not
// there.
void DropAbsentParts(json& model) {
  if (!model.is_object()) return;
  for (auto it = model.begin(); it != model.end();) {
    if (it->is_null()) {
      it = model.erase(it);
    } else {
      DropAbsentParts(*it++);
    }
  }
}

json ReadJson(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be opened", file.string()));
  try {
    return json::parse(in, nullptr, true, /*ignore_comments=*/true);
  } catch (const json::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

// Positive integers.
std::vector<int64_t> ReadSizes(ObjectReader& reader, const char* key, int64_t low, int64_t high,
                               int64_t multiple) {
  const json& list = reader.Member(key);
  std::vector<int64_t> sizes;
  bool good = list.is_array();
  for (const json& entry : list) {
    good = good && entry.is_number_integer() && entry.get<int64_t>() >= low &&
           entry.get<int64_t>() <= high && entry.get<int64_t>() % multiple == 0;
    if (good) sizes.push_back(entry.get<int64_t>());
  }
  if (!good) {
    FailConfig(fmt::format("'{}' is {}, wanted a list of multiples of {} from {} to {}",
                           reader.Path(key), list.dump(), multiple, low, high));
  }
  return sizes;
}

AdversarialConfig ReadAdversarial(ObjectReader reader, const LossConfig& losses, int64_t steps) {
  AdversarialConfig config;
  config.kind = AdversarialKindFrom(reader.Choice("loss", {"hinge", "least_squares"}));
  config.start_step = reader.Integer("start_step", 0, kMany);
  config.update_probability = ReadSchedule(reader, "update_probability", 0, 1, steps);
  config.learning_rate = ReadSchedule(reader, "learning_rate", 0, 10, steps);
  config.beta1 = reader.Number("beta1");
  config.beta2 = reader.Number("beta2");
  config.clip = reader.Number("clip");
  config.discriminators.waveform_factors = ReadSizes(reader, "waveform_factors", 1, 64, 1);
  config.discriminators.spectrum_windows = ReadSizes(reader, "spectrum_windows", 64, 8192, 4);
  config.discriminators.mdct_windows = ReadSizes(reader, "mdct_windows", 64, 8192, 4);
  config.discriminators.width = reader.Integer("width", 4, 1024);
  if (config.discriminators.width % 4 != 0) FailConfig("'adversarial.width' must divide by four");
  reader.Done();
  config.enabled = losses.weights.at("adversarial").highest() > 0 ||
                   losses.weights.at("feature_matching").highest() > 0;
  const auto& d = config.discriminators;
  if (config.enabled && d.waveform_factors.empty() && d.spectrum_windows.empty() &&
      d.mdct_windows.empty()) {
    FailConfig("'losses.adversarial' has a weight, but 'adversarial' lists no discriminator");
  }
  return config;
}

}  // namespace

void ApplySettings(json& root, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos)
      throw std::runtime_error(fmt::format("--set {}: wanted key=value", setting));
    json value = json::parse(setting.substr(equals + 1), nullptr, false);
    if (value.is_discarded()) value = setting.substr(equals + 1);
    std::vector<std::string> keys;
    std::stringstream path(setting.substr(0, equals));
    for (std::string key; std::getline(path, key, '.');) keys.push_back(key);
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) value = json{{*key, value}};
    Merge(root, value, "--set " + setting, "");
  }
}

void AddLaterKeys(json& root) {
  // Gain and silence were settings of `data` before there were other augmentations.
  json& data = root.at("data");
  const auto move = [&](const char* key, const char* to, const char* as) {
    if (!data.contains(key)) return;
    data["augmentation"][to][as] = data[key];
    data.erase(key);
  };
  if (data.contains("gain_db")) data["augmentation"]["gain"]["probability"] = 1;
  move("gain_db", "gain", "db");
  move("silence", "silence", "probability");
  Complete(root, json::parse(kLaterKeys));
}

std::map<std::string, double> ScheduledValues(const Configuration& config, int64_t step) {
  std::map<std::string, double> values;
  const auto add = [&](const std::string& key, const Schedule& schedule) {
    if (!schedule.constant()) values[key] = schedule.At(step);
  };
  for (const auto& [name, weight] : config.losses.weights) add("losses." + name, weight);
  if (config.adversarial.enabled) {
    add("adversarial.learning_rate", config.adversarial.learning_rate);
    add("adversarial.update_probability", config.adversarial.update_probability);
  }
  add("data.segment_seconds", config.data.segment_seconds);
  add("training.default_quality_share", config.training.default_quality_share);
  add("training.highest_quality_share", config.training.highest_quality_share);
  return values;
}

double OptimizerConfig::LearningRateAt(int64_t step, int64_t steps) const {
  const double peak = learning_rate.At(step);
  if (step < warmup_steps)
    return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  const double span = static_cast<double>(std::max<int64_t>(1, steps - warmup_steps));
  const double progress = std::min(1.0, static_cast<double>(step - warmup_steps) / span);
  if (decay == "constant") return peak;
  if (decay == "exponential") return peak * std::pow(final_learning_rate / peak, progress);
  return final_learning_rate + (peak - final_learning_rate) * 0.5 * (1 + std::cos(M_PI * progress));
}

namespace {

data::AugmentationOptions ParseAugmentation(ObjectReader reader) {
  data::AugmentationOptions result;
  // An effect: its probability, and how strong it may be.
  const auto read = [&](const char* name, double& probability,
                        const std::vector<std::tuple<const char*, double*, double, double>>& rest) {
    ObjectReader effect = reader.Object(name);
    probability = effect.Number("probability", 0, 1);
    for (const auto& [key, value, low, high] : rest) *value = effect.Number(key, low, high);
    effect.Done();
  };
  read("speed", result.speed_probability, {{"percent", &result.speed_percent, 0, 20}});
  read("stems", result.stems_probability, {{"db", &result.stems_db, 0, 60}});
  read("mix", result.mix_probability, {{"db", &result.mix_db, 0, 60}});
  read("width", result.width_probability,
       {{"low", &result.width_low, 0.01, 10}, {"high", &result.width_high, 0.01, 10}});
  read("tilt", result.tilt_probability, {{"db_per_octave", &result.tilt_db_per_octave, 0, 3}});
  read("swap", result.swap_probability, {});
  read("polarity", result.polarity_probability, {});
  read("gain", result.gain_probability, {{"db", &result.gain_db, 0, 60}});
  read("clipping", result.clipping_probability, {{"db", &result.clipping_db, 0, 40}});
  read("transients", result.transients_probability, {{"alone", &result.transients_alone, 0, 1}});
  read("silence", result.silence_probability, {});
  result.peak = reader.Number("peak", 0, 1000);
  reader.Done();
  return result;
}

// Between its meetings every rank has a state of its own.
void CheckLocalSteps(const Configuration& config) {
  const LoopConfig& loop = config.training;
  if (loop.local_steps == 1) return;
  if (loop.checkpoint_every % loop.local_steps != 0 ||
      loop.validate_every % loop.local_steps != 0) {
    FailConfig(
        "'training.checkpoint_every' and 'training.validate_every' must be multiples of "
        "'training.local_steps'");
  }
  if (config.adversarial.enabled || config.losses.balancer || loop.ScalesLoss()) {
    FailConfig(
        "'training.local_steps' above 1 goes with neither discriminators, 'losses.balancer' nor "
        "loss scaling");
  }
}

}  // namespace

Configuration ParseConfiguration(const json& given) {
  json root = given;
  if (root.is_object() && root.contains("model")) DropAbsentParts(root["model"]);
  Configuration result;
  result.json = root;
  ObjectReader reader(root, "");
  result.model = ParseModelConfig(reader.Member("model"));
  ObjectReader training = reader.Object("training");
  const int64_t steps = training.Integer("steps", 0, kMany);  // schedules may be shares of them
  result.losses = ParseLossConfig(reader.Member("losses"), steps);

  result.adversarial = ReadAdversarial(reader.Object("adversarial"), result.losses, steps);

  ObjectReader data = reader.Object("data");
  result.data.path = data.Text("path");
  result.data.segment_seconds = ReadSchedule(data, "segment_seconds", 0, 3600, steps);
  result.data.batch = data.Integer("batch", 1, 65536);
  result.data.cap_seconds = data.Number("cap_seconds");
  result.data.min_bandwidth_hz = data.Number("min_bandwidth_hz");
  result.data.threads = data.Integer("threads", 1, 256);
  result.data.track_balance = data.Number("track_balance", 0, 1);
  result.data.bandwidth_balance = data.Number("bandwidth_balance", 0, 1);
  result.data.augmentation = ParseAugmentation(data.Object("augmentation"));
  data.Done();
  if (result.data.segment_seconds.lowest() * static_cast<double>(result.model.sample_rate) <
      4.0 * static_cast<double>(result.model.delay())) {
    FailConfig("'data.segment_seconds' must be at least four times the codec's delay");
  }

  ObjectReader optimizer = reader.Object("optimizer");
  result.optimizer.learning_rate = ReadSchedule(optimizer, "learning_rate", 0, 10, steps);
  result.optimizer.final_learning_rate = optimizer.Number("final_learning_rate");
  result.optimizer.decay = optimizer.Choice("decay", {"cosine", "exponential", "constant"});
  if (result.optimizer.decay == "exponential" &&
      !(result.optimizer.final_learning_rate > 0 && result.optimizer.learning_rate.lowest() > 0)) {
    FailConfig("'optimizer.decay' exponential needs learning rates above zero");
  }
  result.optimizer.type = optimizer.Choice("type", {"adamw", "muon"});
  result.optimizer.muon_momentum = optimizer.Number("muon_momentum", 0, 0.9999);
  result.optimizer.warmup_steps = optimizer.Integer("warmup_steps", 0, kMany);
  result.optimizer.beta1 = optimizer.Number("beta1");
  result.optimizer.beta2 = optimizer.Number("beta2");
  result.optimizer.weight_decay = optimizer.Number("weight_decay");
  result.optimizer.clip = optimizer.Number("clip");
  result.optimizer.ema_decay = optimizer.Number("ema_decay");
  optimizer.Done();

  result.training.steps = steps;
  result.training.seed = training.Integer("seed", 0, kMany);
  result.training.log_every = training.Integer("log_every", 1, kMany);
  result.training.validate_every = training.Integer("validate_every", 1, kMany);
  result.training.checkpoint_every = training.Integer("checkpoint_every", 1, kMany);
  result.training.keep_checkpoints = training.Integer("keep_checkpoints", 1, 1000);
  result.training.validation_clips = training.Integer("validation_clips", 1, 100000);
  result.training.validation_seconds = training.Number("validation_seconds");
  result.training.default_quality_share =
      ReadSchedule(training, "default_quality_share", 0, 1, steps);
  result.training.highest_quality_share =
      ReadSchedule(training, "highest_quality_share", 0, 1, steps);
  result.training.learn = training.Choice("learn", {"all", "decoder"});
  if (result.training.learn == "decoder" &&
      training.Choice("codebooks", {"ema", "learned"}) == "learned")
    FailConfig("'training.codebooks' learned goes with 'training.learn' all only");
  result.training.freeze_norm_step = training.Integer("freeze_norm_step", 0, kMany);
  result.training.device = training.Text("device");
  result.training.graph = training.Flag("graph");
  result.training.precision = training.Choice("precision", {"f32", "bf16", "fp16"});
  result.training.weights = training.Choice("weights", {"float", "int8"});
  result.training.loss_scaling = training.Choice("loss_scaling", {"auto", "on", "off"});
  result.training.accumulate = training.Integer("accumulate", 1, result.data.batch);
  if (result.data.batch % result.training.accumulate != 0)
    FailConfig("'training.accumulate' must divide 'data.batch'");
  result.training.codebooks = training.Choice("codebooks", {"ema", "learned"});
  if ((result.losses.weights.at("codebook").highest() > 0) !=
      (result.training.codebooks == "learned")) {
    FailConfig("'losses.codebook' has a weight if, and only if, 'training.codebooks' is learned");
  }
  result.training.overfit_one_batch = training.Flag("overfit_one_batch");
  result.training.local_steps = training.Integer("local_steps", 1, kMany);
  result.training.max_skipped = training.Integer("max_skipped", 1, kMany);
  training.Done();
  reader.Done();
  CheckLocalSteps(result);
  return result;
}

Configuration LoadConfiguration(const std::vector<std::filesystem::path>& files,
                                const std::vector<std::string>& settings) {
  if (files.empty()) throw std::runtime_error("no configuration file was given");
  json root = ReadJson(files.front());
  for (size_t i = 1; i < files.size(); ++i) Merge(root, ReadJson(files[i]), files[i].string(), "");
  ApplySettings(root, settings);
  try {
    return ParseConfiguration(root);
  } catch (const std::runtime_error& error) {
    std::string names;
    for (const auto& file : files) names += (names.empty() ? "" : " + ") + file.string();
    throw std::runtime_error(fmt::format("{}: {}", names, error.what()));
  }
}

}  // namespace motet::trainer
