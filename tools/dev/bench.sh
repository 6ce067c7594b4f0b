#!/usr/bin/env bash
# ./dev bench: the codec's speed, the benchmarks of its parts; in a browser the page's two engines, and how
# soon the package's player sounds.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"

need "${CODEC_PACKAGES[@]}" "${TRAINER_PACKAGES[@]}" chromium
configure native
targets=$(cmake --build --preset native --target help | sed -n 's/^\([a-z0-9_]*_benchmark\): .*/\1/p')
# shellcheck disable=SC2086  # target names hold no spaces
compile native motet $targets
say "motet bench"
"$BIN/motet" bench "$@"
for benchmark in $targets; do
  [[ -x $BIN/$benchmark ]] || continue
  say "$benchmark"
  # One BLAS thread, or what one thread reaches would not be measured.
  OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1} "$BIN/$benchmark"
done
build_page
say "Motet and ONNX Runtime Web in a browser; <motet-audio> over slow lines"
npm_in web run bench
