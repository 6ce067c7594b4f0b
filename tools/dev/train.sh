#!/usr/bin/env bash
# ./dev train: fetch the training music, prepare it, train.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"
# shellcheck source=/dev/null
source tools/dev/shared/training.sh

prepare_training
start=(--config trainer/configs/base.json) processes=() out=(--out runs/base)
# Without a GPU, or with a LibTorch that has no CUDA, every core trains by itself between
# averagings.
cores=$(nproc)
if ((cores > 1)) && ! trains_on_gpu; then
  processes=(--processes "$((cores < 8 ? cores : 8))" --set training.local_steps=25)
fi
for argument in "$@"; do
  case $argument in
    --resume) start=() ;; # a run that goes on keeps its own configuration
    --processes*) processes=() ;;
    -o* | --out | --out=*) out=() ;;
  esac
done
say "Training into ${out[1]:-the given folder}; interrupt at any time, ./dev train --resume goes on"
"$BIN/motet-train" "${start[@]}" "${processes[@]}" "${out[@]}" "$@"
