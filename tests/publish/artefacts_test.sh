#!/usr/bin/env bash
# artefacts_test.sh FOLDER: whether what ./dev publish --dry-run left in FOLDER is what a release promises:
# checksums hold, archives hold what they should and nothing else, programs of each architecture
# run from where they were unpacked. The last line says how many of the promises hold.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# promise SENTENCE COMMAND...
promise() {
  local sentence=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $sentence"
  else
    failed=$((failed + 1))
    echo "failed  $sentence"
    sed 's/^/        /' "$work/log" | tail -n 20
  fi
}

version=$(sed -nE 's/^  VERSION ([0-9.]+)$/\1/p' "$root/CMakeLists.txt")

# --- Checksums ------------------------------------------------------------------------------------

checksums_hold() { (cd "$out" && sha256sum --check --strict SHA256SUMS); }
every_file_has_one() {
  diff <(cut -c67- "$out/SHA256SUMS" | sort) \
    <(cd "$out" && find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\n' | sort)
}
promise "every checksum holds" checksums_hold
promise "every file has one" every_file_has_one

# --- npm ------------------------------------------------------------------------------------------

npm_says_where_it_is_from() {
  tar --extract --to-stdout --file "$out/motet-$version.tgz" package/package.json |
    node -e '
      const json = JSON.parse(require("fs").readFileSync(0, "utf8"));
      const assert = require("assert");
      assert.equal(json.name, "motet");
      assert.equal(json.version, process.argv[1]);
      assert.match(json.repository.url, /^git\+https:\/\/.+\.git$/);
      assert.match(json.homepage, /^https:/);
      assert.match(json.bugs.url, /^https:/);
      assert.deepEqual(json.publishConfig, { access: "public", provenance: true });
    ' "$version"
}
# shellcheck disable=SC2016  # what is in the quotes is JavaScript
npm_package_works() {
  mkdir "$work/npm"
  (cd "$work/npm" && npm init --yes && npm install --offline --no-audit --no-fund "$out/motet-$version.tgz" &&
    node --input-type=module -e '
      import { Model, encodeFile, decodeFile } from "motet";
      import { modelUrl } from "motet/model";
      const model = await Model.load(modelUrl);
      const bytes = await encodeFile(model, [new Float32Array(44100)]);
      const { samplesDecoded } = await decodeFile(model, bytes);
      if (samplesDecoded !== 44100) throw new Error(`${samplesDecoded} samples`);
    ')
}
promise "the npm package says where it is from, and wants provenance" npm_says_where_it_is_from
promise "the npm package installs, encodes and decodes" npm_package_works

# --- The page -------------------------------------------------------------------------------------

page_is_in_its_archive() {
  mkdir "$work/page"
  tar --extract --file "$out/motet-page-$version.tar.gz" --directory "$work/page"
  diff --recursive "$out/site" "$work/page/motet-page-$version"
}
page_has_what_hosts_read() {
  local file
  for file in index.html 404.html _headers .htaccess nginx.conf .nojekyll service-worker.js; do
    [[ -f $out/site/$file ]] || { echo "$file is missing" && return 1; }
  done
  ! grep -rl '@ROOT@' "$out/site"/*.html "$out/site/_headers"
}
# Files that the page names lie there, so that no host answers with its 404.
page_is_whole() {
  local name
  grep -oE '(src|href)="\./[^"]+"' "$out/site/index.html" | sed -E 's/.*"\.\/(.*)"/\1/' |
    while read -r name; do
      [[ -f $out/site/$name ]] || { echo "$name is missing" && exit 1; }
    done
}
promise "the page is in its archive, as it is" page_is_in_its_archive
promise "the page has what hosts of static files read" page_has_what_hosts_read
promise "what the page names is there" page_is_whole

# --- Release notes --------------------------------------------------------------------------------

notes_are_of_one_version() {
  [[ $(head -n 1 "$out/release-notes.md") == "# Motet $version" ]] &&
    grep -q '^### ' "$out/release-notes.md" && ! grep -q '^## ' "$out/release-notes.md"
}
promise "the release notes are the changelog's of this version alone" notes_are_of_one_version

# --- Programs and library -------------------------------------------------------------------------

# runner ARCHITECTURE: what runs its programs here.
runner() {
  if [[ $1 == "$(dpkg --print-architecture)" ]]; then
    echo env
  else
    [[ $1 == arm64 ]] && echo qemu-aarch64
  fi
}
# A second of music: emulated, the codec takes a hundred times as long.
flac --decode --silent --until=44100 -o "$work/second.wav" "$root/tests/data/excerpt.flac"
# works RUNNER PREFIX: a program that finds its model beside itself, encodes and decodes.
works() {
  local motet=("$1" "$2/bin/motet")
  rm -f "$work"/song.*
  "${motet[@]}" --version | grep -qF "$version" &&
    "${motet[@]}" encode "$work/second.wav" "$work/song.motet" &&
    "${motet[@]}" decode "$work/song.motet" "$work/song.wav" &&
    "${motet[@]}" info "$work/song.motet" --json | grep -q '"quality": 6' &&
    [[ -s $work/song.wav ]]
}
same_bytes() {
  cmp "$work/song-amd64.motet" "$work/song-arm64.motet"
}
deb_says_what_it_is() {
  local deb=$out/motet_${version}_$1.deb
  [[ $(dpkg-deb --field "$deb" Package Version Architecture) == $'Package: motet\nVersion: '"$version"$'\nArchitecture: '"$1" ]] &&
    dpkg-deb --field "$deb" Depends | grep -q 'libc6.*libsndfile1'
}
deb_works() {
  mkdir "$work/deb-$1"
  dpkg-deb --extract "$out/motet_${version}_$1.deb" "$work/deb-$1"
  works "$(runner "$1")" "$work/deb-$1/usr" && cp "$work/song.motet" "$work/song-$1.motet"
}
archive_works() {
  mkdir "$work/tar-$1"
  tar --extract --file "$out/motet-$version-linux-$1.tar.gz" --directory "$work/tar-$1" --strip-components=1
  works "$(runner "$1")" "$work/tar-$1"
}
library_is_there() {
  local file
  for file in include/motet/core.h include/motet/motet.h "lib/*/libmotet.a" "lib/*/libmotet.so" \
    "lib/*/pkgconfig/motet.pc" "lib/*/cmake/motet/motetConfig.cmake" share/motet/motet.motetmodel \
    share/man/man1/motet.1* share/doc/motet/LICENSE share/motet/motet.magic share/mime/packages/motet.xml; do
    compgen -G "$work/tar-$1/$file" >/dev/null || { echo "$file is missing" && return 1; }
  done
}
for arch in amd64 arm64; do
  [[ -f $out/motet_${version}_$arch.deb ]] || continue
  promise "$arch: the Debian package says what it is" deb_says_what_it_is "$arch"
  promise "$arch: its program encodes and decodes" deb_works "$arch"
  promise "$arch: so does that of the archive, from where it was unpacked" archive_works "$arch"
  promise "$arch: the archive holds the library" library_is_there "$arch"
done

if [[ -f $work/song-amd64.motet && -f $work/song-arm64.motet ]]; then
  promise "both architectures encode the same bytes" same_bytes
fi

echo "$passed hold, $failed do not"
((failed == 0))
