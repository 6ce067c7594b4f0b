# shellcheck shell=bash
# Debian packages by purpose, and how those that are missing are installed.
# shellcheck disable=SC2034  # each command uses some of the lists

CODEC_PACKAGES=(cmake ninja-build g++ pkg-config dpkg-dev ca-certificates git
  libsndfile1-dev libsoxr-dev libtag1-dev libkissfft-dev libebur128-dev libcli11-dev nlohmann-json3-dev libfmt-dev
  libspdlog-dev libsdl2-dev libgtest-dev libgmock-dev libbenchmark-dev)
# OpenBLAS: with the reference BLAS that LibTorch gets otherwise, training is ten times slower.
TRAINER_PACKAGES=(libtorch-dev libopenblas0-pthread libgloo-dev libgoogle-perftools-dev
  libzip-dev libpng-dev libonnx-dev libprotobuf-dev protobuf-compiler python3-venv)
EXPORT_PACKAGES=(libonnx-dev libprotobuf-dev protobuf-compiler)
WASM_PACKAGES=(emscripten)
TEST_PACKAGES=(googletest flac ffmpeg parallel curl groff-base zsh fish file shared-mime-info libglib2.0-bin)
BROWSER_PACKAGES=(chromium firefox-esr xvfb webkit2gtk-driver pulseaudio)
# What reads the files that the page saves.
PAGE_TEST_PACKAGES=(flac unzip libarchive-tools)
# What 64-bit ARM needs beside this architecture, to cross-compile: ./dev publish, and tests of that
# tree by hand.
ARM64_PACKAGES=(crossbuild-essential-arm64 qemu-user libsndfile1-dev:arm64 libsoxr-dev:arm64
  libtag1-dev:arm64 libebur128-dev:arm64 libfmt-dev:arm64 libsdl2-dev:arm64 libgtest-dev:arm64 libgmock-dev:arm64
  libbenchmark-dev:arm64)
# The codecs that Motet is measured beside.
EVALUATION_PACKAGES=(ffmpeg opus-tools lame vorbis-tools)
SANITIZER_PACKAGES=(clang libclang-rt-dev) # and libFuzzer
LINT_PACKAGES=(clang-format clang-tidy shellcheck)
# All that `./dev test` uses, but for Node.
ALL_PACKAGES=("${CODEC_PACKAGES[@]}" "${TRAINER_PACKAGES[@]}" "${EXPORT_PACKAGES[@]}"
  "${WASM_PACKAGES[@]}" "${TEST_PACKAGES[@]}" "${BROWSER_PACKAGES[@]}" "${PAGE_TEST_PACKAGES[@]}"
  "${EVALUATION_PACKAGES[@]}" "${SANITIZER_PACKAGES[@]}" "${LINT_PACKAGES[@]}")
NODE_PACKAGES=(nodejs npm)

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# need_architecture NAME: packages of another architecture can be installed beside those of this one.
need_architecture() {
  [[ ${MOTET_SKIP_PACKAGES:-0} == 1 ]] && return
  dpkg --print-foreign-architectures | grep -qx "$1" && return
  if ((EUID == 0)); then
    dpkg --add-architecture "$1"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n dpkg --add-architecture "$1"
  else
    die "please run this line, then try again: sudo dpkg --add-architecture $1"
  fi
}

# need PACKAGE...: installs what is missing.
need() {
  local package missing=() as_root=()
  [[ ${MOTET_SKIP_PACKAGES:-0} == 1 ]] && return
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "dev: not a Debian system; assuming that what $1 and the others provide is installed" >&2
    return
  fi
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  ((${#missing[@]})) || return 0

  if ((EUID != 0)); then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      echo "dev: packages are missing; please run this line, then try again:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
  fi
  say "Installing ${missing[*]}"
  # Noninteractive, and patient with another apt that is running.
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
  "${as_root[@]}" "${apt[@]}" update >&2 || echo "dev: apt-get update failed; trying with what is known" >&2
  "${as_root[@]}" "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >&2 ||
    die "apt-get could not install: ${missing[*]}"
}

# ONNX Runtime runs in Node. Another Node than Debian's will do as well.
need_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then need "${NODE_PACKAGES[@]}"; fi
}
