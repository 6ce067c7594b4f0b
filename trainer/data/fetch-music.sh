#!/usr/bin/env bash
# Fetches the free music that packages.txt lists out of Debian's archive, without root:
#
#   fetch-music.sh [DIR [PACKAGE...]]     DIR is ./music if not given; no PACKAGE means all
#
# Makes one folder per package, DIR/PACKAGE/, with the files that may hold music, the package's
# `copyright` and a `package.json` (version, licence, ...) for `motet-data collect DIR/*`. May be
# interrupted and run again: finished packages stay. Packages lie in DIR/.debs meanwhile; a .deb
# put there beforehand is used instead of a download.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "fetch-music: $*" >&2
  exit 1
}

# Prints "package|kind|licence|weight|match|group" lines without padding.
list_packages() {
  sed -e '/^[[:space:]]*#/d' -e '/^[[:space:]]*$/d' \
    -e 's/[[:space:]]*|[[:space:]]*/|/g' -e 's/[[:space:]]*$//' "$here/packages.txt"
}

# The downloaded file of a package; fails if there is none.
find_deb() {
  local deb
  for deb in "$dir/.debs/$1"_*.deb; do
    [ -s "$deb" ] && echo "$deb" && return
  done
  return 1
}

download() {
  find_deb "$1" > /dev/null && return
  # apt-get downloads to the working folder; a folder of its own keeps half a file from being taken
  # for a whole one.
  rm -rf "$dir/.debs/partial"
  mkdir -p "$dir/.debs/partial"
  (cd "$dir/.debs/partial" && apt-get -qq -o APT::Sandbox::User=root download "$1") \
    || fail "cannot download $1: see above (is its archive in the apt sources? 'apt-get update'?)"
  mv "$dir/.debs/partial/"*.deb "$dir/.debs/"
  rmdir "$dir/.debs/partial"
}

# Unpacks $1 into the new folder $2 and keeps music (files that contain $3) and the copyright.
unpack() {
  local deb=$1 to=$2 match=$3 name=$4
  dpkg-deb -x "$deb" "$to" || {
    rm -f "$deb"
    fail "$deb was damaged and is now deleted: run this again"
  }
  mv "$to/usr/share/doc/$name/copyright" "$to/copyright" || fail "$name has no copyright file"
  find "$to/usr" -type f ! -iregex '.*\.\(ogg\|oga\|opus\|flac\|wav\|mp3\|pk3\|zip\)' -delete
  if [ -n "$match" ]; then
    # Relative paths: what lies above the package must not match.
    (cd "$to" && find usr -type f ! -ipath "*$match*" ! -iregex '.*\.\(pk3\|zip\)' -delete)
  fi
  find "$to/usr" ! -type d ! -type f -delete
  find "$to/usr" -type d -empty -delete
  dpkg-deb -f "$deb" Version > "$to/version"
}

fetch() {
  local name=$1 kind=$2 licence=$3 weight=$4 match=$5 group=$6
  local to=$dir/$name
  if [ ! -e "$to/version" ]; then
    echo "fetch-music: $name" >&2
    local partial=$dir/.partial
    rm -rf "$partial"
    mkdir -p "$partial"
    download "$name"
    unpack "$(find_deb "$name")" "$partial" "$match" "$name"
    rm -rf "$to"
    mv "$partial" "$to"
  fi
  # Always written, so that a change of packages.txt arrives.
  cat > "$to/package.json" << END
{
  "name": "$name",
  "version": "$(cat "$to/version")",
  "kind": "$kind",
  "licence": "$licence",
  "weight": $weight,
  "match": "$match",
  "group": "$group"
}
END
}

case ${1-} in
  -h | --help)
    sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  -*) fail "unknown option '$1' (try --help)" ;;
esac
for tool in apt-get dpkg-deb; do
  command -v "$tool" > /dev/null || fail "this needs Debian's $tool"
done

mkdir -p "${1:-music}/.debs" || fail "cannot create ${1:-music}"
dir=$(cd "${1:-music}" && pwd)
[ $# -gt 0 ] && shift
for wanted in "$@"; do
  list_packages | grep -q "^$wanted|" || fail "'$wanted' is not in packages.txt"
done
while IFS='|' read -r name kind licence weight match group; do
  if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
  fetch "$name" "$kind" "$licence" "$weight" "$match" "$group"
done < <(list_packages)
echo "fetch-music: done; next: motet-data collect $dir/* --out DATASET" >&2
