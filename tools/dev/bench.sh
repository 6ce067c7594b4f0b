#!/usr/bin/env bash
# ./dev bench: one table of Motet beside other engines with the same model (tools/bench); the benchmarks of its
# parts; in a browser the page's two engines, and how soon the package's player sounds.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"

need "${CODEC_PACKAGES[@]}" "${TRAINER_PACKAGES[@]}" "${EXPORT_PACKAGES[@]}" "${EVALUATION_PACKAGES[@]}" chromium
configure native
targets=$(cmake --build --preset native --target help | sed -n 's/^\([a-z0-9_]*_benchmark\): .*/\1/p')
# shellcheck disable=SC2086  # target names hold no spaces
compile native motet motet-export roofline $targets
build_page
say "Motet and ONNX Runtime Web in a browser; <motet-audio> over slow lines"
npm_in web run bench
# The provider for other processors would be fetched by a script of the package.
npm_in tools/bench ci --ignore-scripts >&2
say "Motet, ONNX Runtime, LibTorch and Opus"
node tools/bench/bench.mjs "$@"
say "Each matrix product, and the best of this processor"
"$BIN/roofline" "$MODEL"
for benchmark in core_benchmark trainer_benchmark; do
  [[ -x $BIN/$benchmark ]] || continue
  say "$benchmark"
  # One BLAS thread, or what one thread reaches would not be measured.
  OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1} "$BIN/$benchmark"
done
