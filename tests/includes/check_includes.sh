#!/bin/bash
# Checks that includes follow the arrows of docs/ARCHITECTURE.md, and that these arrows make no circle.
#   check_includes.sh [ROOT]
# ROOT is the repository (default: the one that this file lies in). The tables under "Parts" and
# "Folders of the core" say which folder may include which.
set -euo pipefail

root=${1:-$(cd "$(dirname "$0")/../.." && pwd)}
cd "$root"
page=docs/ARCHITECTURE.md

# "row SECTION NAME MAY_INCLUDE...": the first two columns of the tables.
rows() {
  awk -F'|' '
    /^## / { section = substr($0, 4) }
    (section == "Parts" || section == "Folders of the core") && $2 ~ /^ *`/ {
      gsub(/[`,]/, " ", $2); gsub(/[`,–]/, " ", $3)
      print "row", (section == "Parts" ? "part" : "folder"), $2, $3
    }' "$page"
}

sources() {
  if git rev-parse --git-dir >/dev/null 2>&1 && [ -n "$(git ls-files -- "$page")" ]; then
    git ls-files -co --exclude-standard -- "*.$1"
  else
    find . -name "*.$1" | sed 's|^\./||'
  fi | grep -v '^build/' || true
}

{
  rows
  sources h | sed 's/^/header /'
  { sources h; sources cc; } | while IFS= read -r file; do
    grep -nHE '^ *# *include *[<"]' "$file" || true
  done | sed -E 's/^([^:]+):([0-9]+):.*[<"]([^>"]+)[>"].*/include \1 \2 \3/'
} | awk -v page="$page" '
  function fail(text) { print text; bad = 1 }
  function starts(text, with) { return substr(text, 1, length(with)) == with }
  # The longest row that a file lies in.
  function place(file,   key, best) {
    best = ""
    for (key in may) if (starts(file, key "/") && length(key) > length(best)) best = key
    return best
  }
  function is_test(file) { return file ~ /(^|\/)(tests|bench)\// || file ~ /_test\.cc$/ }
  function allowed(from, to, file, target,   key) {
    if (from in folder && to == "core") return starts(target, "core/include/")
    if (from == to) return 1
    for (key in may) if (key == to && ((from, key) in arrow)) return 1
    # Tests look behind their own part, and at the test helpers of those it may include and of all.
    if (!is_test(file)) return 0
    if (starts(target, "tests/support/")) return 1
    if (part(from) == part(to) && from == "core") return 1
    return target ~ /\/tests\/support\// && ((part(from), part(to)) in arrow)
  }
  function part(key) { sub(/\/.*/, "", key); return key }
  # Depth-first search for a way back.
  function walk(key,   next_key, names, count, i) {
    state[key] = 1
    count = split(out[key], names, " ")
    for (i = 1; i <= count; ++i) {
      next_key = names[i]
      if (!(next_key in state)) walk(next_key)
      else if (state[next_key] == 1) fail(page ": the arrows make a circle through " key " and " next_key)
    }
    state[key] = 2
  }
  $1 == "row" {
    key = ($2 == "folder" ? "core/src/" : "") $3
    may[key] = 1
    order[++rows] = key
    for (i = 4; i <= NF; ++i) {
      to = ($2 == "folder" ? "core/src/" : "") $i
      arrow[key, to] = 1
      out[key] = out[key] " " to
    }
    if ($2 == "folder") {
      arrow[key, "core"] = arrow[key, "model_config"] = 1
      folder[key] = 1
    }
  }
  $1 == "header" { header[$2] = 1 }
  $1 == "include" {
    ++includes
    file = $2; line = $3; name = $4
    from = place(file)
    directory = file; sub(/[^\/]*$/, "", directory)
    if (starts(file, "core/src/") && !(from in folder) && directory != "core/src/")
      fail(file ": this folder is not in the table \"Folders of the core\" of " page)
    # Every header of the repository that the name may mean; its own part has precedence.
    target = ""
    if ((directory name) in header) target = directory name
    for (h in header) {
      if (target != "" && part(place(target)) == part(from)) break
      if (length(h) > length(name) && substr(h, length(h) - length(name)) == "/" name && index(name, "/"))
        if (target == "" || part(place(h)) == part(from)) target = h
      # Names without a folder: of folders that are on the include path as such.
      if (!index(name, "/") && h ~ ("(^|/)(include|tests|support|export)/" name "$"))
        if (target == "" || part(place(h)) == part(from)) target = h
    }
    if (target == "") {
      # Not of this repository. The core and what it rests on include the standard library and XNNPACK.
      if ((starts(file, "core/src/") || starts(file, "core/include/")) && name ~ /[\/.]/ &&
          name !~ /^(xnnpack|immintrin|wasm_simd128|std(def|int)|motet\/version)\.h$/ && !is_test(file))
        fail(file ":" line ": includes <" name ">, but core depends on XNNPACK alone")
      if (starts(file, "model_config/") && name ~ /[\/.]/ && name != "nlohmann/json.hpp" && !is_test(file))
        fail(file ":" line ": includes <" name ">, but model_config depends on the JSON header alone")
      next
    }
    to = place(target)
    if (from == "" || to == "") next
    # Only the public headers of the core are for other parts.
    if (part(to) == "core" && part(from) != "core" && from != "tests" && !is_test(file) &&
        !starts(target, "core/include/"))
      fail(file ":" line ": includes \"" name "\", which is private to core (" target ")")
    else if (!allowed(from, to, file, target) && from != "tests")
      fail(file ":" line ": includes \"" name "\" of " to ", but " from " may not (" page ")")
  }
  END {
    if (rows < 2) fail(page ": no tables of arrows found")
    if (includes == 0) fail("no sources found")
    for (i = 1; i <= rows; ++i) {
      if (!(order[i] in state)) walk(order[i])
    }
    exit bad
  }'
