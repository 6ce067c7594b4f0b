// The fixed bases of the short-time Fourier transforms, as matrices for one Gemm.
#pragma once

#include <cstdint>
#include <vector>

namespace motet::exporter {

// Both are [window values, window samples], row-major; values are Re[0..window/2],
// Im[1..window/2-1]. Analysis: value k of a frame x is the sum over n of basis[k][n] x[n], window
// and 1/16 included.
std::vector<float> AnalysisBasis(int64_t window);
// Synthesis: sample n of a frame is the sum over k of value[k] basis[k][n], window and 16/512
// included.
std::vector<float> SynthesisBasis(int64_t window);
// [window]: what rows of the synthesis' basis, multiplied with it, are rows of the analysis' basis.
std::vector<float> AnalysisOverSynthesis(int64_t window);

}  // namespace motet::exporter
