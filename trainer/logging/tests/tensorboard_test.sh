#!/usr/bin/env bash
# TensorBoard reads the event files of a run: every scalar, text, picture and sound, and it forgets
# the steps that a resumed run repeats.
#   tensorboard_test.sh WRITER FOLDER
# Keeps a virtual environment with TensorBoard in FOLDER; without one, and without Python or a
# package index, says so and exits 77, which counts as skipped.
set -euo pipefail
writer=$1
folder=$2
version=2.18.0

skip() {
  echo "skipped: $*"
  exit 77
}

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
python=$folder/venv-$version/bin/python
if ! "$python" -c 'import tensorboard' 2>/dev/null; then
  command -v python3 >/dev/null || skip "python3 is not installed"
  rm -rf "$folder/venv-$version"
  python3 -m venv "$folder/venv-$version" >"$folder/install.log" 2>&1 ||
    skip "python3 cannot make a virtual environment (Debian: python3-venv)"
  "$python" -m pip install -q --disable-pip-version-check --retries 1 --timeout 20 \
    "tensorboard==$version" 'setuptools<81' >>"$folder/install.log" 2>&1 ||
    skip "tensorboard $version cannot be installed: $(tail -n 1 "$folder/install.log")"
fi

run=$folder/run
rm -rf "$run"
"$writer" "$run"
"$python" -c '
import io, sys, wave
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

everything = {kind: 0 for kind in ("scalars", "images", "audio", "tensors")}
events = EventAccumulator(sys.argv[1], size_guidance=everything, purge_orphaned_data=True)
events.Reload()
tags = events.Tags()

def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: TensorBoard reads {found}, wanted {wanted}")

expect("scalars", sorted(tags["scalars"]),
       ["train/learning_rate", "train/loss", "validation/mel/6", "validation/perplexity/0",
        "validation/perplexity/1"])
loss = [(event.step, event.value) for event in events.Scalars("train/loss")]
expect("loss of the resumed run", loss, [(10, 10.0), (20, 5.0), (30, loss[2][1]), (40, -40.0)])
expect("loss at step 30", abs(loss[2][1] - 100 / 30) < 1e-6, True)
expect("text", sorted(tags["tensors"]), ["configuration", "start"])
text = events.Tensors("start")[0].tensor_proto.string_val[0].decode()
expect("device in the text", "\"device\": \"cpu\"" in text, True)
' "$run/tensorboard"

# Pictures and sounds of step 50 were repeated, so they are forgotten; read the first file alone.
mkdir "$run/first"
cp "$(find "$run/tensorboard" -type f | sort -V | head -n 1)" "$run/first/"
"$python" -c '
import io, struct, sys, wave
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"images": 0, "audio": 0})
events.Reload()

def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: TensorBoard reads {found}, wanted {wanted}")

expect("images", events.Tags()["images"], ["first/spectrograms"])
image = events.Images("first/spectrograms")[0]
expect("PNG", image.encoded_image_string[:8], b"\x89PNG\r\n\x1a\n")
expect("size in the PNG", struct.unpack(">II", image.encoded_image_string[16:24]),
       (image.width, image.height))
expect("sounds", sorted(events.Tags()["audio"]), ["first/decoded", "first/original"])
sound = events.Audio("first/decoded")[0]
expect("content type", sound.content_type, "audio/wav")
with wave.open(io.BytesIO(sound.encoded_audio_string)) as file:
    expect("rate, channels, frames", (file.getframerate(), file.getnchannels(), file.getnframes()),
           (44100, 2, 22050))
    samples = struct.unpack("<44100h", file.readframes(22050))
expect("peak of the tone", abs(max(samples[0::2]) - 16384) < 3, True)
expect("the silent channel", set(samples[1::2]), {0})
' "$run/first"
echo "TensorBoard $version reads the files"
