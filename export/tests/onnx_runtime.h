// ONNX Runtime, as a Node program beside the test: the runtime that the page uses, without linking
// it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace motet::exporter {

class OnnxRuntime {
 public:
  // Empty if graphs can be run here, else what is missing.
  static std::string Missing();

  // Runs exported graphs; `folder` must exist and is for files that pass between the programs.
  // Throws std::runtime_error if the run fails.
  explicit OnnxRuntime(std::string folder) : folder_(std::move(folder)) {}

  // audio [2][1024 P] -> codes [P, codes per packet].
  std::vector<int64_t> Encode(const std::string& encoder_onnx,
                              const std::array<std::vector<float>, 2>& audio) const;

  struct Decoded {
    std::array<std::vector<float>, 2> audio;
    std::vector<float> features;
  };
  Decoded Decode(const std::string& decoder_onnx, const std::vector<int64_t>& packets,
                 size_t packet_codes) const;

 private:
  void Run(const std::string& model, const std::string& shape) const;
  std::string Path(const char* name) const { return folder_ + "/" + name; }

  std::string folder_;
};

}  // namespace motet::exporter
