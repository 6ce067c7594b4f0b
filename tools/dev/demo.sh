#!/usr/bin/env bash
# ./dev demo: encode and decode an excerpt, print sizes and quality, then build and serve the page.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"

# json_number NAME: the first number of that name in JSON on standard input.
json_number() { tr -d '\n' | sed -n "s/.*\"$1\" *: *\\(-\\{0,1\\}[0-9.][0-9.eE+-]*\\).*/\\1/p"; }
seconds_since() { awk -v from="$1" -v to="$(date +%s.%N)" 'BEGIN {printf "%.3f", to - from}'; }

demo_programs() {
  need "${CODEC_PACKAGES[@]}"
  configure native
  compile native motet
  [[ -f $MODEL ]] || die "$MODEL is missing: this copy of the repository has no trained model"
  [[ -f $EXCERPT ]] || die "$EXCERPT is missing"

  local out=build/demo start encode_s decode_s info samples rate wav_bytes
  mkdir -p "$out"
  say "Encoding $EXCERPT"
  start=$(date +%s.%N)
  "$BIN/motet" encode --force --model "$MODEL" "$EXCERPT" "$out/excerpt.motet"
  encode_s=$(seconds_since "$start")
  say "Decoding $out/excerpt.motet"
  start=$(date +%s.%N)
  "$BIN/motet" decode --force --model "$MODEL" "$out/excerpt.motet" "$out/excerpt.wav"
  decode_s=$(seconds_since "$start")

  info=$("$BIN/motet" info "$out/excerpt.motet" --json)
  samples=$(json_number samples <<<"$info")
  rate=$(json_number sample_rate <<<"$info")
  wav_bytes=$((samples * $(json_number channels <<<"$info") * 2))
  say "Result"
  awk -v samples="$samples" -v rate="$rate" -v pcm="$wav_bytes" \
    -v flac="$(stat -c %s "$EXCERPT")" -v coded="$(stat -c %s "$out/excerpt.motet")" \
    -v kbps="$(json_number bitrate_kbps <<<"$info")" -v quality="$(json_number quality <<<"$info")" \
    -v encode_s="$encode_s" -v decode_s="$decode_s" \
    -v mel="$("$BIN/motet" compare "$EXCERPT" "$out/excerpt.wav" --json | json_number mel)" '
    BEGIN {
      seconds = samples / rate
      printf "  music           %.1f s at %d Hz\n", seconds, rate
      printf "  16-bit PCM      %9d bytes\n", pcm
      printf "  FLAC            %9d bytes\n", flac
      printf "  Motet           %9d bytes   (quality %d)\n", coded, quality
      printf "  ratio           %9.1f : 1     against 16-bit PCM\n", pcm / coded
      printf "  bit rate        %9.2f kbit/s\n", kbps
      printf "  encoding        %9.1f x real time\n", seconds / encode_s
      printf "  decoding        %9.1f x real time\n", seconds / decode_s
      printf "  mel distance    %9.3f\n", mel
    }'
  printf '\nListen: %s\n' "$out/excerpt.wav"
}

browser=1 port=4173
[[ -z ${CI:-} ]] || browser=0
while (($#)); do
  case $1 in
    --no-browser) browser=0 ;;
    --port)
      [[ ${2:-} =~ ^[0-9]+$ ]] || die "--port wants a number"
      port=$2
      shift
      ;;
    *) die "demo: unknown argument '$1'; ./dev --help lists them" ;;
  esac
  shift
done
demo_programs
build_page
if ((browser)); then
  say "The page: http://localhost:$port/ (interrupt to stop)"
  if [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] && command -v xdg-open >/dev/null; then
    (sleep 2 && xdg-open "http://localhost:$port/" >/dev/null 2>&1) &
  fi
  npm_in web run preview -- --port "$port" --strictPort
else
  say "Checking that the page is served whole"
  npm_in web run check-site
fi
