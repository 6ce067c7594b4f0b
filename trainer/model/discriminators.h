// Networks that learn to tell decoded music from the original, for adversarial training. They look
// at the waveform at several rates, at complex spectra of several resolutions and at the MDCT; the
// configuration says at which, so that waveform alone, spectra alone and the hybrid of all are each
// a matter of lists.
#pragma once

#include <torch/torch.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace motet::trainer {

struct DiscriminatorConfig {
  std::vector<int64_t> waveform_factors;  // of decimation: 1 keeps the rate, 4 a quarter of it
  std::vector<int64_t> spectrum_windows;  // samples; hop a quarter of the window
  std::vector<int64_t> mdct_windows;      // samples; hop half of the window
  int64_t width = 0;                      // channels of the first layer, a multiple of 4
};

// The output of a discriminator for a signal.
struct DiscriminatorOutput {
  torch::Tensor score;  // above zero: classified as an original; any shape
  // Outputs of the hidden layers, for feature matching, in the type of products.
  std::vector<torch::Tensor> features;
};

// Convolution over [B, C, frames, bins], padded to keep the size before the stride, its weight
// normalised into direction and length (weight normalisation, Salimans & Kingma 2016), products in
// the training precision.
class NormedConvImpl : public torch::nn::Module {
 public:
  // kernel, stride, dilation: {frames, bins}.
  NormedConvImpl(int64_t in, int64_t out, std::array<int64_t, 2> kernel,
                 std::array<int64_t, 2> stride = {1, 1}, std::array<int64_t, 2> dilation = {1, 1},
                 int64_t groups = 1);
  torch::Tensor forward(const torch::Tensor& x) const { return Convolved(x, Products(), false); }

  // What x is multiplied by and what is added, in the training precision.
  struct Operands {
    torch::Tensor weight, bias;
  };
  // As the parameters are now; of use for several signals.
  Operands Products() const;
  // `leaky`: followed by a leaky ReLU.
  torch::Tensor Convolved(const torch::Tensor& x, const Operands& operands, bool leaky) const;

 private:
  torch::Tensor direction_, length_, bias_;
  std::vector<int64_t> stride_, padding_, dilation_;
  int64_t groups_;
};
TORCH_MODULE(NormedConv);

// Classifies stereo signals [B, 2, n]: original or decoded.
class DiscriminatorImpl : public torch::nn::Module {
 public:
  // An output for each signal. Every layer but the last is followed by a leaky ReLU, and its output
  // is a feature.
  std::vector<DiscriminatorOutput> forward(const std::vector<torch::Tensor>& signals) const;

 protected:
  // Registers the layers as 0, 1, ….
  void SetLayers(std::vector<NormedConv> layers);

 private:
  // What the first layer is given: [B, C, frames, bins].
  virtual torch::Tensor Input(const torch::Tensor& x) const = 0;

  std::vector<NormedConv> layers_;
};

// The waveform, decimated by averaging: grouped strided convolutions of long kernels (Kumar et al.
// 2019, "MelGAN").
class WaveformDiscriminatorImpl : public DiscriminatorImpl {
 public:
  WaveformDiscriminatorImpl(int64_t factor, int64_t width);

 private:
  torch::Tensor Input(const torch::Tensor& x) const override;

  int64_t factor_;
};

// The complex spectra of left and right, companded like the codec's analysis, because quiet treble
// would hardly count otherwise: convolutions over frames and bins, wider in time layer by layer
// (Défossez et al. 2022, "High Fidelity Neural Audio Compression").
class SpectrumDiscriminatorImpl : public DiscriminatorImpl {
 public:
  SpectrumDiscriminatorImpl(int64_t window, int64_t width);

 private:
  torch::Tensor Input(const torch::Tensor& x) const override;

  int64_t window_;
};

// The companded MDCT of left and right, a real transform whose signs carry the phase; convolutions
// as above.
class MdctDiscriminatorImpl : public DiscriminatorImpl {
 public:
  MdctDiscriminatorImpl(int64_t window, int64_t width);

 private:
  torch::Tensor Input(const torch::Tensor& x) const override;

  torch::Tensor basis_;
};

// MDCT with a sine window (Princen, Johnson & Bradley 1987), orthonormal: x [N, samples] -> [N,
// frames, window/2], hop window/2, frames that lie within the signal.
torch::Tensor Mdct(const torch::Tensor& x, int64_t window);

// All discriminators of a configuration.
class DiscriminatorsImpl : public torch::nn::Module {
 public:
  explicit DiscriminatorsImpl(const DiscriminatorConfig& config);
  // x [B, 2, n] -> the output of each of them.
  std::vector<DiscriminatorOutput> forward(const torch::Tensor& x) const { return Of({x}).front(); }
  // The same for each of several signals, with fewer calls.
  std::vector<std::vector<DiscriminatorOutput>> Of(const std::vector<torch::Tensor>& signals) const;

 private:
  std::vector<std::shared_ptr<DiscriminatorImpl>> all_;
};
TORCH_MODULE(Discriminators);

}  // namespace motet::trainer
