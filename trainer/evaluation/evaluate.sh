#!/usr/bin/env bash
# Measures a model on clips of the tracks that were held out, beside Opus:
#
#   evaluate.sh DATASET OUT [--model FILE] [--split test|validation] [--per-track N] [--bin DIR]
#               [QUALITY...]
#
# DATASET is what `motet-data collect` made; clips of 8 seconds, N (4) of each track, go to
# OUT/clips-SPLIT-N, and what was encoded and decoded stays beside them in OUT/NAME. Prints a table in
# Markdown, one row per quality (3, 6 and 12 if none is given) and per setting of Opus where opusenc is
# installed: means over the clips, with the bit rates of whole files. Two more tables of the same: of
# loud masters (a clip of each track, turned up by 18 dB beyond full scale and cut off there), and of
# attacks in silence (clicks, bursts and damped sinusoids). Level is energy against the original's.
set -euo pipefail
export LC_ALL=C

fail() {
  echo "evaluate: $*" >&2
  exit 1
}

bin=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/native/bin
case ${1-} in
  -h | --help)
    sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
(($# >= 2)) || fail "a dataset and a folder for the results are missing (try --help)"
dataset=$1 out=$2
shift 2
model=() split=test per_track=4
while (($#)); do
  case $1 in
    --model) model=(--model "${2:?evaluate: --model wants a file}") && shift 2 ;;
    --split) split=${2:?evaluate: --split wants test or validation} && shift 2 ;;
    --per-track) per_track=${2:?evaluate: --per-track wants a number} && shift 2 ;;
    --bin) bin=${2:?evaluate: --bin wants a folder} && shift 2 ;;
    -*) fail "unknown option '$1' (try --help)" ;;
    *) break ;;
  esac
done
qualities=("$@")
((${#qualities[@]})) || qualities=(3 6 12)
for tool in "$bin/motet" "$bin/motet-data"; do
  [[ -x $tool ]] || fail "$tool is missing: ./dev build makes it"
done

# motet_quality N IN CODED DECODED, opus_rate KBPS IN CODED DECODED
motet_quality() {
  "$bin/motet" encode --force "${model[@]}" --quality "$1" "$2" "$3" &&
    "$bin/motet" decode --force "${model[@]}" "$3" "$4"
}
# In float: the dither of 16 bits would fill the treble that Opus leaves out.
opus_rate() {
  opusenc --quiet --bitrate "$1" "$2" "$3" &&
    opusdec --quiet --float --rate 44100 "$3" "$4"
}

# row TITLE CLIPS FOLDER SUFFIX CODEC SETTING: codes all clips of a folder and prints what `motet
# compare` finds.
row() {
  local title=$1 clips=$2 folder=$out/$3 suffix=$4 codec=$5 setting=$6 clip name
  rm -rf "$folder" # results of other clips or of another model
  mkdir -p "$folder"
  for clip in "$clips"/*.flac; do
    name=$(basename "$clip" .flac)
    "$codec" "$setting" "$clip" "$folder/$name.$suffix" "$folder/$name.wav" 2> "$folder/log" ||
      fail "$title failed on $clip: $(cat "$folder/log")"
    "$bin/motet" compare --json "$clip" "$folder/$name.wav" 2> "$folder/log" > "$folder/$name.json" ||
      fail "comparing $clip with $folder/$name.wav failed: $(cat "$folder/log")"
    printf '"bytes": %d\n' "$(stat -c %s "$folder/$name.$suffix")" >> "$folder/$name.json"
  done
  cat "$folder"/*.json | tr -d ' ,"' | awk -F: -v title="$title" '
    { sum[$1] += $2 }
    $1 == "reference_bandwidth_hz" { reference = $2 }
    $1 == "bandwidth_hz" { own = $2 }
    $1 == "level_db" { levels += $2 != "null" }
    $1 == "si_sdr_db" { ratios += $2 != "null" } # undefined for a clip that is silent
    $1 == "bytes" { ++clips; whole += own >= 0.9 * reference }
    END {
      printf "| %s | %.2f | %.3f | %.3f | %.2f | %.2f | %.3f | %.1f of %.1f | %d of %d |\n", title,
        sum["bytes"] * 8 / sum["seconds"] / 1000, sum["mel"] / clips,
        sum["mel_mid_side"] / clips, (ratios ? sum["si_sdr_db"] / ratios : "nan"),
        (levels ? sum["level_db"] / levels : "nan"), sum["coherence_error"] / clips,
        sum["bandwidth_hz"] / clips / 1000, sum["reference_bandwidth_hz"] / clips / 1000, whole,
        clips
    }'
}

# make_clips FOLDER ARGUMENTS: what `motet-data ARGUMENTS` writes, once.
make_clips() {
  local folder=$1
  shift
  [[ ! -d $folder ]] || return 0
  mkdir -p "$out"
  rm -rf "$folder.partial"
  "$bin/motet-data" "$@" --out "$folder.partial" > /dev/null
  mv "$folder.partial" "$folder"
}

# table TITLE SET CLIPS RATE...: a row for each quality, and for each rate of Opus.
table() {
  local title=$1 set=$2 clips=$3 quality rate
  shift 3
  printf '\n%s\n\n' "$title"
  echo "| | kbit/s | mel | of mid/side | SI-SDR dB | level dB | coherence error | bandwidth kHz | within 10 % |"
  echo "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
  for quality in "${qualities[@]}"; do
    row "Motet quality $quality" "$clips" "motet$set-$quality" motet motet_quality "$quality"
  done
  command -v opusenc > /dev/null && command -v opusdec > /dev/null || return 0
  for rate in "$@"; do
    row "Opus, set to $rate kbit/s" "$clips" "opus$set-$rate" opus opus_rate "$rate"
  done
}

clips=$out/clips-$split-$per_track loud=$out/loud-$split attacks=$out/attacks
make_clips "$clips" export-clips "$dataset" --split "$split" --per-track "$per_track"
make_clips "$loud" export-clips "$dataset" --split "$split" --per-track 1 --clipped 18
make_clips "$attacks" export-attacks
table "Clips of the $split tracks" "" "$clips" 8 12 16 24
table "Loud masters: turned up by 18 dB beyond full scale" -loud "$loud" 12
table "Attacks in silence" -attacks "$attacks" 12
