#!/usr/bin/env bash
# ./dev bundle OUT: the trainer and music for a machine without a network. What it runs against there is PyTorch.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"
# shellcheck source=/dev/null
source tools/dev/shared/training.sh

WORK=build/bundle

torch=2.11.0 hours='' pack_mib=58 out=''
while (($#)); do
  case $1 in
    --torch | --music | --pack-mib)
      [[ -n ${2:-} ]] || die "bundle: $1 wants a value"
      case $1 in
        --torch) torch=$2 ;;
        --music) hours=$2 ;;
        --pack-mib) pack_mib=$2 ;;
      esac
      shift
      ;;
    -*) die "bundle: unknown option '$1'; ./dev --help lists them" ;;
    *)
      [[ -z $out ]] || die "bundle: wants one folder, not '$out' and '$1'"
      out=$1
      ;;
  esac
  shift
done
[[ -n $out ]] || die "bundle: wants the folder to make"
[[ $torch =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "bundle: --torch is '$torch', wanted a version such as 2.11.0"
for number in "$hours" "$pack_mib"; do
  [[ -z $number || $number =~ ^[0-9]+(\.[0-9]+)?$ ]] || die "bundle: '$number' is not a number"
done
[[ ! -e $out ]] || die "bundle: $out is there already"

# download REQUIREMENT...: official packages, without what they need, to $WORK/wheel.
download() {
  [[ -x $WORK/venv/bin/python ]] || python3 -m venv "$WORK/venv"
  "$WORK/venv/bin/python" -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: \
    --dest "$WORK/wheel" "$@"
}

# fetch_torch: headers and libraries of the official package, CUDA's part among them, but not CUDA. Beside it the headers of
# CUDA's runtime, with which steps are recorded as CUDA graphs.
fetch_torch() {
  local folder=$WORK/torch-$torch
  [[ ! -d $folder ]] || return 0
  say "Fetching PyTorch $torch"
  rm -rf "$WORK/wheel" "$folder.partial"
  mkdir -p "$WORK" "$folder.partial"
  download "torch==$torch" || die "bundle: there is no package of PyTorch $torch for this machine"
  (cd "$folder.partial" && cmake -E tar xf ../wheel/*.whl torch/include torch/lib torch/version.py)
  [[ -f $folder.partial/torch/lib/libtorch_cuda.so ]] || die "bundle: the package of PyTorch $torch has no CUDA"
  rm -rf "$WORK/wheel"
  local cuda wheel
  cuda=$(sed -nE "s/^cuda.* = '([0-9]+\.[0-9]+)'\$/\1/p" "$folder.partial/torch/version.py")
  if [[ ${cuda%.*} -ge 13 ]] && download "nvidia-cuda-runtime==$cuda.*" "nvidia-cuda-crt==$cuda.*"; then
    for wheel in "$WORK"/wheel/*.whl; do
      (cd "$folder.partial" && cmake -E tar xf "$OLDPWD/$wheel")
    done
  else
    say "Without the headers of CUDA $cuda: steps will not be recorded as CUDA graphs"
  fi
  rm -rf "$WORK/wheel"
  mv "$folder.partial" "$folder"
}

# libraries PROGRAM...: the shared libraries that another distribution may lack.
libraries() {
  LD_LIBRARY_PATH=$TORCH/lib ldd "$@" | awk '$3 ~ /^\// { print $3 }' | sort -u |
    grep -vE "^$TORCH/|/(libc|libm|libmvec|libdl|librt|libpthread|libresolv|libutil|libgcc_s|libstdc\+\+|ld-linux[^/]*)\.so"
}

need "${CODEC_PACKAGES[@]}" "${TRAINER_PACKAGES[@]}" "${EXPORT_PACKAGES[@]}"
fetch_torch
TORCH=$PWD/$WORK/torch-$torch/torch
PROGRAMS=(motet motet-data motet-entropy motet-export motet-train)
say "Building against PyTorch $torch"
cmake --preset native -B "$WORK/build-$torch" -DMOTET_BUILD_TESTS=OFF -DMOTET_BUILD_TRAINER=ON \
  -DCMAKE_PREFIX_PATH="$TORCH" >"$WORK/configure.log" || die "bundle: see $WORK/configure.log"
cmake --build "$WORK/build-$torch" --target "${PROGRAMS[@]}" >&2

partial=$out.partial
rm -rf "$partial"
mkdir -p "$partial/bin" "$partial/lib"
for program in "${PROGRAMS[@]}"; do
  strip -o "$partial/bin/$program" "$WORK/build-$torch/bin/$program"
done
while read -r library; do cp -L "$library" "$partial/lib/"; done < <(libraries "$WORK/build-$torch"/bin/motet*)
cp -r trainer/configs "$partial/configs"
cp LICENSE "$MODEL" tools/bundle/run "$partial/"
echo "$torch" >"$partial/torch-version"
sed "s/@COMMIT@/$(git rev-parse --short HEAD)/; s/@TORCH@/${torch%.*}/" tools/bundle/README.txt >"$partial/README.txt"

if [[ -n $hours ]]; then
  configure native -DMOTET_BUILD_TRAINER=ON
  compile native motet-data
  prepare_music
  say "Packing $hours hours of music"
  "$BIN/motet-data" pack data/music --out "$partial/music" --hours "$hours" --pack-mib "$pack_mib"
fi
mv "$partial" "$out"
say "$out, in MiB"
(cd "$out" && du --apparent-size --block-size=MiB -- * && du --apparent-size --block-size=MiB -s .)
