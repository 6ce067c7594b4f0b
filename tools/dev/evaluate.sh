#!/usr/bin/env bash
# ./dev evaluate: the shipped model, or another, on clips of the held-out tracks, beside Opus.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"
# shellcheck source=/dev/null
source tools/dev/shared/training.sh

need "${CODEC_PACKAGES[@]}" "${TRAINER_PACKAGES[@]}" opus-tools
configure native -DMOTET_BUILD_TRAINER=ON
compile native motet motet-data
prepare_music
say "Measuring; what was decoded stays in runs/evaluation"
trainer/evaluation/evaluate.sh data/music runs/evaluation --bin "$BIN" --model "$MODEL" "$@"
