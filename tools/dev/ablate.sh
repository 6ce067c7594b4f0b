#!/usr/bin/env bash
# ./dev ablate: one short run for each file of trainer/configs/ablation, side by side.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"
# shellcheck source=/dev/null
source tools/dev/shared/training.sh

# ablation_row NAME FILE: a row of Markdown from what the last validation of a run says.
ablation_row() {
  awk -F, -v name="$1" '
    $2 ~ /^validation\// { value[substr($2, 12)] = $3; step = $1 }
    END {
      for (i = 0; ("perplexity/" i) in value; ++i) {
        p = value["perplexity/" i]
        if (i == 0 || p < least) least = p
      }
      printf "| %s | %d | %.0f | %.3f | %.3f | %.3f | %.2f | %.0f |\n", name, step,
        value["audio_seconds"], value["mel/3"], value["mel/6"], value["mel/12"], value["si_sdr/6"],
        least
    }' "$2"
}

hours=0.5 names=()
while (($#)); do
  case $1 in
    --cpu-hours)
      hours=${2:?dev: --cpu-hours wants a number}
      shift
      ;;
    *) names+=("$1") ;;
  esac
  shift
done
if ((${#names[@]} == 0)); then
  for run in trainer/configs/ablation/*.json; do
    name=$(basename "$run" .json)
    [[ $name == common ]] || names+=("$name")
  done
fi
for name in "${names[@]}"; do
  [[ -f trainer/configs/ablation/$name.json ]] ||
    die "there is no trainer/configs/ablation/$name.json"
done
prepare_training
for name in "${names[@]}"; do
  run=runs/ablation/$name
  if [[ -d $run ]]; then
    say "$run is there already; remove it to run it again"
    continue
  fi
  say "$name: $hours hours of processor time, into $run"
  rm -rf "$run.unfinished"
  "$BIN/motet-train" --config trainer/configs/base.json trainer/configs/ablation/common.json \
    "trainer/configs/ablation/$name.json" --cpu-hours "$hours" --out "$run.unfinished"
  # A run that a person interrupted ends well too, but it may not stand beside the others.
  awk -F, -v hours="$hours" '$2 == "validation/cpu_seconds" { seconds = $3 } END { exit seconds < hours * 3600 * 0.98 }' \
    "$run.unfinished/metrics.csv" ||
    die "$run.unfinished was interrupted before it had had its $hours hours; start ./dev ablate again"
  mv "$run.unfinished" "$run"
done
echo "| run | steps | audio seconds | mel q3 | mel q6 | mel q12 | SI-SDR q6 | least perplexity |"
echo "|---|---:|---:|---:|---:|---:|---:|---:|"
for name in "${names[@]}"; do ablation_row "$name" "runs/ablation/$name/metrics.csv"; done
