# shellcheck shell=bash
# What the commands share that train: the programs, the music, the settings of BLAS.

# Gets the dataset that trainer/configs/base.json names, where there is none yet. Needs motet-data.
prepare_music() {
  if [[ ! -f data/music/manifest.json ]]; then
    say "Fetching the training music into data/packages"
    trainer/data/fetch-music.sh data/packages
    say "Collecting it into data/music"
    "$BIN/motet-data" collect data/packages/* --out data/music
  fi
}

# Builds the trainer, and gets the dataset.
prepare_training() {
  need "${CODEC_PACKAGES[@]}" "${TRAINER_PACKAGES[@]}"
  configure native -DMOTET_BUILD_TRAINER=ON
  compile native motet-data motet-train
  prepare_music
  # More BLAS threads inside every OpenMP thread make a step slower.
  export OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}
  # OpenBLAS takes processors newer than itself for old ones.
  if grep -qsw avx512vl /proc/cpuinfo; then
    export OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-SkylakeX}
  fi
}

# (grep reads to the end: with -q, ldd would end in a broken pipe, which pipefail takes for a no.)
trains_on_gpu() {
  ldd "$BIN/motet-train" | grep libtorch_cuda >/dev/null && nvidia-smi -L >/dev/null 2>&1
}
