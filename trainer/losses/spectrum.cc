#include "losses/spectrum.h"

#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

#include "distributed/ranks.h"
#include "losses/distance.h"
#include "model/constants.h"
#include "model/lean.h"

namespace motet::trainer {
namespace {

constexpr double kFloor = 1e-5;        // of magnitudes and mel values under a logarithm
constexpr double kInaudible = 1.8e-4;  // -75 dB
constexpr double kLinearFloor = 1e-4;  // keeps the linear distance finite in silence

double MelFromHertz(double hertz) {
  return hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * std::log(hertz / 1000) / std::log(6.4);
}

// |STFT| of x [N, samples]: [N, bins, frames]. What autograd makes of torch::stft and of the
// magnitude takes three times as long as this backward pass.
class MagnitudesFunction : public torch::autograd::Function<MagnitudesFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               int64_t window, int64_t hop) {
    const auto padded = torch::reflection_pad1d(x, {window / 2, window / 2});
    const auto taper = HannWindow(window, x);
    const auto spectrum = torch::fft::rfft(padded.unfold(1, window, hop) * taper);
    const auto magnitudes = Absolute(spectrum);
    context->save_for_backward({x, taper, spectrum, magnitudes});
    context->saved_data["hop"] = hop;
    return magnitudes.transpose(1, 2);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &taper = saved[1], &spectrum = saved[2], &magnitudes = saved[3];
    const int64_t window = taper.size(0), hop = context->saved_data["hop"].toInt();
    // d|z| is the direction of z; a bin of exactly zero has none. The real transform is transposed
    // by its inverse, which counts the bins between the first and the last one twice.
    const double tiny = std::numeric_limits<float>::min();
    const auto scale = torch::div(gradients[0].transpose(1, 2), torch::clamp_min(magnitudes, tiny))
                           .mul_(CountedTwice(window, x));
    const auto scaled = torch::empty_like(spectrum);
    const auto from = torch::view_as_real(spectrum), to = torch::view_as_real(scaled);
    for (int64_t part = 0; part < 2; ++part) {  // faster than a complex product
      auto target = to.select(-1, part);
      torch::mul_out(target, from.select(-1, part), scale);
    }
    const auto frames = torch::fft::irfft(scaled, window, -1, "forward").mul_(taper);
    // Overlap-add.
    const int64_t count = frames.size(1), overlap = window / hop;
    const int64_t length = x.size(1) + 2 * (window / 2);
    const auto sum = torch::zeros({x.size(0), length}, x.options());
    const auto hops = sum.as_strided({x.size(0), length / hop, hop}, {length, hop, 1});
    for (int64_t i = 0; i < overlap; ++i)
      Part(hops, 1, i, count).add_(Part(frames, 2, i * hop, hop));
    return {at::reflection_pad1d_backward(sum, x, {window / 2, window / 2}), torch::Tensor(),
            torch::Tensor()};
  }

 private:
  // [bins]: a half for those that an inverse real transform counts twice, 1 for the others.
  static torch::Tensor CountedTwice(int64_t window, const torch::Tensor& like) {
    return Constant("counted twice " + std::to_string(window), like, [&] {
      auto halves = torch::full({window / 2 + 1}, 0.5);
      halves[0] = halves[window / 2] = 1;
      return halves;
    });
  }
};

// magnitudes [N, bins, frames], filters [bins, bands] without a gradient -> [N, frames, bands].
class FilteredFunction : public torch::autograd::Function<FilteredFunction> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& magnitudes, const torch::Tensor& filters) {
    context->save_for_backward({filters});
    const auto rows = magnitudes.transpose(1, 2);
    return torch::mm(Rows(rows), filters).view({rows.size(0), rows.size(1), -1});
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto filters = context->get_saved_variables()[0];
    const auto& of = gradients[0];
    const auto of_rows = torch::mm(Rows(of), Transposed(filters));
    return {of_rows.view({of.size(0), of.size(1), -1}).transpose(1, 2), torch::Tensor()};
  }
};

double HertzFromMel(double mel) {
  return mel < 15 ? mel * 200 / 3 : 1000 * std::exp(std::log(6.4) / 27 * (mel - 15));
}

}  // namespace

torch::Tensor Magnitudes(const torch::Tensor& x, int64_t window, int64_t hop) {
  if (window % hop != 0) throw std::invalid_argument("the hop must divide the window");
  return MagnitudesFunction::apply(x, window, hop);
}

SpectrumPair::SpectrumPair(torch::Tensor original, torch::Tensor decoded)
    : original_(std::move(original)), decoded_(std::move(decoded)) {}

const SpectrumPair::Pair& SpectrumPair::At(int64_t window) {
  const auto found = pairs_.find(window);
  if (found != pairs_.end()) return found->second;
  Pair pair;
  {
    torch::NoGradGuard no_grad;
    pair.original = Magnitudes(original_, window, window / 4);
  }
  pair.decoded = Magnitudes(decoded_, window, window / 4);
  return pairs_.emplace(window, std::move(pair)).first->second;
}

torch::Tensor MelFilters(double sample_rate, int64_t window, int64_t mels) {
  const int64_t bins = window / 2 + 1;
  const double top = MelFromHertz(sample_rate / 2);
  std::vector<double> edges(static_cast<size_t>(mels) + 2);
  for (size_t i = 0; i < edges.size(); ++i)
    edges[i] = HertzFromMel(top * static_cast<double>(i) / static_cast<double>(mels + 1));
  auto filters = torch::zeros({mels, bins}, torch::kFloat64);
  auto at = filters.accessor<double, 2>();
  for (int64_t m = 0; m < mels; ++m) {
    const auto i = static_cast<size_t>(m);
    for (int64_t k = 0; k < bins; ++k) {
      const double f = sample_rate / 2 * static_cast<double>(k) / static_cast<double>(bins - 1);
      const double rise = (f - edges[i]) / (edges[i + 1] - edges[i]);
      const double fall = (edges[i + 2] - f) / (edges[i + 2] - edges[i + 1]);
      at[m][k] = std::max(0.0, std::min(rise, fall)) * 2 / (edges[i + 2] - edges[i]);
    }
  }
  return filters.to(torch::kFloat32);
}

torch::Tensor AWeighting(double sample_rate, int64_t window) {
  const int64_t bins = window / 2 + 1;
  const auto f2 = torch::linspace(0, sample_rate / 2, bins, torch::kFloat64).square();
  const auto response = [](const torch::Tensor& square) {
    return 12194.0 * 12194.0 * square.square() /
           ((square + 20.6 * 20.6) *
            torch::sqrt((square + 107.7 * 107.7) * (square + 737.9 * 737.9)) *
            (square + 12194.0 * 12194.0));
  };
  return (response(f2) / response(torch::tensor(1e6, torch::kFloat64))).to(torch::kFloat32);
}

const std::vector<MelScale>& MelScales() {
  static const std::vector<MelScale> scales = {{32, 5},   {64, 10},    {128, 20},  {256, 40},
                                               {512, 80}, {1024, 160}, {2048, 320}};
  return scales;
}

MelDistance::MelDistance(double sample_rate) {
  for (const MelScale& scale : MelScales())
    filters_.push_back(MelFilters(sample_rate, scale.window, scale.mels).t().contiguous());
}

torch::Tensor MelDistance::AtScale(SpectrumPair& spectra, size_t scale) const {
  const auto& pair = spectra.At(MelScales()[scale].window);
  const auto log_mel = [&](const torch::Tensor& magnitudes) {
    return FlooredLog(
        FilteredFunction::apply(magnitudes, Cast(filters_[scale], magnitudes.scalar_type())),
        kFloor);
  };
  return MeanDistance(log_mel(pair.decoded), log_mel(pair.original));
}

torch::Tensor MelDistance::All(SpectrumPair& spectra) const {
  torch::Tensor sum;
  for (size_t scale = 0; scale < MelScales().size(); ++scale) {
    const auto part = AtScale(spectra, scale);
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

torch::Tensor MelDistance::All(const torch::Tensor& x, const torch::Tensor& y) const {
  SpectrumPair spectra(x, y);
  return All(spectra);
}

void MelDistance::To(torch::Device device) {
  for (auto& filter : filters_) filter = filter.to(device);
}

const std::vector<int64_t>& StftWindows() {
  static const std::vector<int64_t> windows = {2048, 1024, 512, 256};
  return windows;
}

StftDistance StftDistance::Of(const SpectrumPair::Pair& pair, const torch::Tensor& weight) {
  const auto& a = pair.original;
  const auto& b = pair.decoded;
  const auto logarithm = [](const torch::Tensor& magnitudes) {
    return FlooredLog(magnitudes, kFloor);
  };
  if (!weight.defined())
    return {MeanDistance(logarithm(b), logarithm(a)), MeanRelativeDistance({b}, {a}, kLinearFloor)};
  const auto w = (weight / weight.mean()).to(a.options()).unsqueeze(-1);
  return {((logarithm(b) - logarithm(a)).abs() * w).mean(),
          ((b - a).abs() * w).mean() / (MeanOverRanks((a * w).mean()) + kLinearFloor)};
}

torch::Tensor CompandedDistance(const torch::Tensor& x, const torch::Tensor& y) {
  torch::Tensor sum;
  for (const int64_t window : {int64_t{2048}, int64_t{512}}) {
    // A sine of full scale has a magnitude of window/4 under a Hann window.
    const double floor = static_cast<double>(window) / 4 * kInaudible;
    const auto taper = HannWindow(window, x);
    const auto companded = [&](const torch::Tensor& z) {
      const auto spectrum =
          torch::view_as_real(torch::fft::rfft(z.unfold(1, window, window / 4) * taper));
      return spectrum *
             torch::pow(spectrum.square().sum(-1, /*keepdim=*/true) + floor * floor, -0.3);
    };
    const auto original = companded(x.detach());
    const auto part = torch::l1_loss(companded(y), original) /
                      (MeanOverRanks(original.abs().mean()) + kLinearFloor);
    sum = sum.defined() ? sum + part : part;
  }
  return sum / 2;
}

torch::Tensor LevelDistance(SpectrumPair& spectra) {
  constexpr int64_t kWindow = 512, kFrames = 16;
  const auto& pair = spectra.At(kWindow);
  const double floor = std::pow(kWindow / 4.0 * kInaudible, 2);
  const auto levels = [&](const torch::Tensor& magnitudes) {
    const auto power = magnitudes.square();
    std::vector<torch::Tensor> bands;
    for (int64_t first = 1; first < kWindow / 2; first *= 2)  // bins first … 2·first − 1
      bands.push_back(power.narrow(1, first, first).sum(1));
    const auto energies = torch::stack(bands, 1);  // [N, bands, frames]
    const int64_t frames = std::min(kFrames, energies.size(2));
    return torch::log10(torch::avg_pool1d(energies, frames, std::max<int64_t>(1, frames / 2)) +
                        floor);
  };
  return torch::l1_loss(levels(pair.decoded), levels(pair.original));
}

torch::Tensor DetailDistance(SpectrumPair& spectra, double sample_rate) {
  constexpr int64_t kWindow = 2048, kNeighbourhood = 15;
  const auto& pair = spectra.At(kWindow);
  const auto bins = static_cast<int64_t>(9000 / sample_rate * kWindow) + kNeighbourhood / 2;
  const auto detail = [&](const torch::Tensor& magnitudes) {
    const auto low = magnitudes.narrow(1, 0, std::min(bins, magnitudes.size(1)));
    const auto level = torch::log10(torch::clamp_min(low, kWindow / 4.0 * kInaudible));
    const auto rows = level.transpose(1, 2);  // [N, frames, bins]
    const auto around = torch::avg_pool1d(rows, kNeighbourhood, /*stride=*/1);
    return rows.narrow(2, kNeighbourhood / 2, around.size(2)) - around;
  };
  return torch::l1_loss(detail(pair.decoded), detail(pair.original));
}

CepstralDistance::CepstralDistance(double sample_rate)
    : filters_(MelFilters(sample_rate, kWindow, kMels).t().contiguous()) {
  const auto mel = torch::arange(kMels, torch::kFloat64).unsqueeze(1) + 0.5;
  const auto order = torch::arange(1, kCoefficients + 1, torch::kFloat64);
  transform_ = (torch::cos(M_PI / static_cast<double>(kMels) * mel * order) *
                std::sqrt(2.0 / static_cast<double>(kMels)))
                   .to(torch::kFloat32);
}

torch::Tensor CepstralDistance::Coefficients(const torch::Tensor& magnitudes) const {
  const auto type = magnitudes.scalar_type();
  const auto mel = FilteredFunction::apply(magnitudes, Cast(filters_, type));
  return torch::matmul(FlooredLog(mel, kFloor), Cast(transform_, type));
}

torch::Tensor CepstralDistance::Of(SpectrumPair& spectra) const {
  const auto& pair = spectra.At(kWindow);
  return torch::l1_loss(Coefficients(pair.decoded), Coefficients(pair.original));
}

void CepstralDistance::To(torch::Device device) {
  filters_ = filters_.to(device);
  transform_ = transform_.to(device);
}

}  // namespace motet::trainer
