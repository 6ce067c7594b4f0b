#!/usr/bin/env bash
# ./dev publish --dry-run: all that a release consists of, in build/publish. Nothing leaves the machine.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"

OUT=build/publish
PARTS=(npm site packages notes)

dry_run=0 repository='' root=/ parts=()
while (($#)); do
  case $1 in
    --dry-run) dry_run=1 ;;
    --repository | --site-root)
      [[ -n ${2:-} ]] || die "publish: $1 wants a value"
      if [[ $1 == --repository ]]; then repository=$2; else root=$2; fi
      shift
      ;;
    *)
      [[ " ${PARTS[*]} " == *" $1 "* ]] ||
        die "publish: unknown argument '$1'; the parts are ${PARTS[*]}; ./dev --help lists the options"
      parts+=("$1")
      ;;
  esac
  shift
done
# All of it begins with nothing; what was made before may be of another version.
((${#parts[@]})) || { parts=("${PARTS[@]}") && rm -rf "$OUT"; }
((dry_run)) ||
  die "publish: wants --dry-run. What it makes is published by who has the rights, by hand: it says how"
[[ $root == /* && $root == */ ]] || die "publish: --site-root is '$root', wanted a path such as / or /motet/"

# Where the sources are: npm shows it beside the package, and takes provenance from nowhere else.
if [[ -z $repository ]]; then
  repository=$(git remote get-url origin 2>/dev/null || true)
  repository=${repository%.git}
fi
[[ " ${parts[*]} " != *" npm "* || $repository =~ ^https://[^/]+/.+ ]] ||
  die "publish: the repository is '$repository', wanted its public address: --repository https://…"
VERSION=$(sed -nE 's/^  VERSION ([0-9.]+)$/\1/p' CMakeLists.txt)
[[ -n $VERSION ]] || die "publish: CMakeLists.txt says no version"

# The npm package, whose package.json says where it comes from.
make_npm() {
  need "${CODEC_PACKAGES[@]}" "${WASM_PACKAGES[@]}"
  need_node
  configure wasm -DMOTET_BUILD_TESTS=OFF "-DMOTET_REPOSITORY=$repository"
  compile wasm motet_package
  npm pack --silent --pack-destination "$OUT" "./$PACKAGE" >/dev/null
}

# The page, with what hosts of static files read.
make_site() {
  local site=$OUT/site
  build_page
  rm -rf "$site"
  cp -r build/web/dist "$site"
  cp -r web/hosting/. "$site"
  sed -i "s|@ROOT@|$root|" "$site/404.html"
  sed -i "s|^ErrorDocument 404 /|ErrorDocument 404 $root|" "$site/.htaccess"
  sed -i "s|^error_page 404 /|error_page 404 $root|" "$site/nginx.conf"
  sed -i "s|^/|$root|" "$site/_headers"
  archive "$OUT/motet-page-$VERSION.tar.gz" "$OUT" site "motet-page-$VERSION"
}

# archive FILE FOLDER NAME NEW_NAME: the same bytes from the same files.
archive() {
  tar --create --gzip --file "$1" --directory "$2" --sort=name --owner=0 --group=0 --numeric-owner \
    --mtime="@$(git log -1 --format=%ct)" --transform "s|^$3|$4|" "$3"
}

# make_packages: a Debian package and an archive for each architecture, of a tree of its own.
make_packages() {
  local host arch
  need "${CODEC_PACKAGES[@]}"
  host=$(dpkg --print-architecture)
  for arch in amd64 arm64; do
    if [[ $arch == "$host" ]]; then
      make_package "$arch" release
    elif [[ $arch == arm64 ]]; then
      need_architecture arm64
      need "${ARM64_PACKAGES[@]}"
      make_package "$arch" arm64
    else
      echo "dev: no package for $arch: it is built on a machine of that architecture" >&2
    fi
  done
}
make_package() {
  local arch=$1 preset=$2
  configure "$preset" -DMOTET_BUILD_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr \
    "-DCMAKE_INSTALL_LIBDIR=lib/$(dpkg-architecture -a "$arch" -q DEB_HOST_MULTIARCH)"
  compile "$preset"
  # Tools that look at the package's dependencies must know which architecture it is of.
  dpkg-architecture -a "$arch" -f -c cpack --config "build/$preset/CPackConfig.cmake" \
    -B "build/$preset/packages" >&2
  cp "build/$preset/packages"/motet{_,-}"$VERSION"*"$arch"* "$OUT"
}

# What the changelog says of this version; of what is unreleased, as long as it is.
make_notes() {
  local title="[$VERSION]"
  grep -qF "## $title" CHANGELOG.md || title='[Unreleased]'
  {
    echo "# Motet $VERSION"
    awk -v title="## $title" '
      /^## / { inside = index($0, title) == 1; next }
      inside' CHANGELOG.md
  } >"$OUT/release-notes.md"
}

mkdir -p "$OUT"
for part in "${parts[@]}"; do
  say "Making $part"
  "make_$part"
done
rm -f "$OUT/SHA256SUMS"
sums=$(cd "$OUT" && find . -maxdepth 1 -type f -printf '%P\n' | sort | xargs sha256sum)
printf '%s\n' "$sums" >"$OUT/SHA256SUMS"

say "What is in $OUT"
(cd "$OUT" && ls -l --group-directories-first)
cat >&2 <<TEXT

Nothing was published. Who has the rights does so:
  npm publish $OUT/motet-$VERSION.tgz      from continuous integration, which provenance wants
  the folder $OUT/site                     to any host of static files
  everything else                          to a release of the repository, with release-notes.md as its text
TEXT
