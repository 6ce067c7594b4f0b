#!/usr/bin/env bash
# ./dev evaluate: Motet beside other codecs, datasets and training runs, as reports to read and to hear.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"
# shellcheck source=/dev/null
source tools/dev/shared/training.sh

need_node
# needs_programs ARGUMENTS...: whether music is measured, and nothing else asked for.
needs_programs() {
  case ${1:-} in data | run | tables) return 1 ;; esac
  [[ " $* " != *" --help "* ]]
}
needs_dataset() { [[ " $* " != *" --music "* && " $* " != *" --dataset "* ]]; }

if needs_programs "$@"; then
  need "${CODEC_PACKAGES[@]}" "${EVALUATION_PACKAGES[@]}"
  if [[ " $* " == *" --music "* ]]; then
    configure native
    compile native motet
  else
    need "${TRAINER_PACKAGES[@]}"
    configure native -DMOTET_BUILD_TRAINER=ON
    compile native motet motet-data
    if needs_dataset "$@"; then prepare_music; fi
  fi
elif [[ ${1:-} == data ]]; then
  need ffmpeg
fi
if [[ " $* " == *" --perceptual "* ]]; then need python3-venv; fi
build_report
exec node --import ./evaluation/node_modules/tsx/dist/loader.mjs evaluation/src/main.ts "$@"
