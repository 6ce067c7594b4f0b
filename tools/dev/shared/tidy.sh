# shellcheck shell=bash
# clang-tidy over sources of a build tree. Most of its time goes into the headers of others, which each check
# searches again with each source. So sources with the same flags are joined, eight into one. A name that one source
# uses would pass as used in all: those that bring names in are looked at alone for that.

ALONE_CHECKS='misc-unused-using-decls,misc-unused-alias-decls'
# Includes seem duplicate where sources are joined: duplicate_includes looks for them.
JOINED_CHECKS="-clang-analyzer-*,-readability-duplicate-include,-${ALONE_CHECKS//,/,-}"

# These only declare options, and the analyzer takes longer for them than for all of libmotet.
NOT_ANALYZED='/core/cli/command_line/'

# tidy_sources WHAT TOOL TREE FILE...: checks the sources, as many at a time as there are processors. WHAT: checks, all but
# the analyzer's; or analysis, these alone, which take as long again.
tidy_sources() {
  export TIDY=$2 TIDY_FOLDER=$PWD/$3/lint ALONE_CHECKS JOINED_CHECKS
  local what=$1 commands=$3/compile_commands.json failed=0
  shift 3
  rm -rf "$TIDY_FOLDER"
  mkdir -p "$TIDY_FOLDER"
  duplicate_includes "$@" || failed=1
  printf "$PWD/%s\n" "$@" | join_sources "$TIDY_FOLDER" "$commands"
  export -f tidy_joined tidy_alone analyze_joined on_joined run_tidy
  "list_$what" "$@" | xargs -r -P "$(nproc)" -n 2 bash -c '"$@"' _ || failed=1
  return $failed
}

# What is to be done, two words each.
list_checks() {
  awk '!units[$1]++ { print "tidy_joined", $1 }' "$TIDY_FOLDER/parts"
  { grep -lE '^ *(using +[A-Za-z:_]+::[^=]*;|namespace [^ ]+ *=)' "$@" || true; } | sed "s#^#tidy_alone $PWD/#"
}
list_analysis() {
  awk -v not_analyzed="$NOT_ANALYZED" '$3 !~ not_analyzed && !units[$1]++ { print "analyze_joined", $1 }' "$TIDY_FOLDER/parts"
}

# duplicate_includes FILE...
duplicate_includes() {
  awk '
    FNR == 1 { split("", seen) }
    /^#(if|else|elif|endif)/ { split("", seen) }
    /^#include/ && seen[$2]++ { print FILENAME ":" FNR ": error: " $2 " is included twice"; failed = 1 }
    END { exit failed }' "$@" >&2
}

# join_sources FOLDER COMPILE_COMMANDS: of the sources that standard input names, as COMPILE_COMMANDS says how they
# are compiled, makes joined ones in FOLDER, of sources that do not give one name to two things. There, too, `compile_commands.json` for both, and `parts`: joined
# source, first line, source.
join_sources() {
  awk -v folder="$1" -v not_analyzed="$NOT_ANALYZED" '
    function compiled(source) {
      printf "%s\n{\n  \"directory\": \"%s\",\n%s -c %s\",\n  \"file\": \"%s\"\n}", entries++ ? "," : "[",
        folder, flags, source, source > (folder "/compile_commands.json")
    }
    function add(source,  line, names, unit, kind) {
      if (wanted[source] != 1) return
      wanted[source] = 2
      compiled(source)
      names = names_of(source)
      kind = flags (source ~ not_analyzed)
      for (unit = 1; unit <= units; unit++)
        if (unit_kind[unit] == kind && parts[unit] < 8 && !clashes(names, unit)) break
      file_of_unit = folder "/" unit ".cc"
      if (unit > units) {
        units = unit
        unit_kind[unit] = kind
        compiled(file_of_unit)
      }
      parts[unit]++
      unit_names[unit] = unit_names[unit] names
      print file_of_unit, lines[unit] + 1, source > (file_of_unit ".parts")
      while ((getline line < source) > 0) {
        lines[unit]++
        print line > file_of_unit
      }
      close(source)
    }
    # What a source seems to define for itself, each name between spaces: constants, functions and types.
    function names_of(source,  line, names) {
      names = " "
      while ((getline line < source) > 0)
        if (match(line, /^(constexpr|const|using|struct|class|enum class) [^=({;]*/) ||
            match(line, /^[A-Za-z][^=(;]*[ *&][A-Z][A-Za-z0-9]*\(/)) {
          line = substr(line, 1, RLENGTH)
          gsub(/\[.*|[( ]+$/, "", line)
          sub(/.*[ *&]/, "", line)
          names = names line " "
        }
      close(source)
      return names
    }
    function clashes(names, unit,  list, i) {
      split(names, list)
      for (i in list) if (index(unit_names[unit], " " list[i] " ")) return 1
      return 0
    }
    FNR == NR { wanted[$0] = 1; next }
    /^ *"command": / { command = $0 }
    /^ *"file": / {
      file = $0
      gsub(/^ *"file": "|",?$/, "", file)
      flags = command
      sub(/ -o [^ ]* -c [^ ]*",$/, "", flags)
      add(file)
      # CMake has joined sources itself (cmake/JoinSources.cmake).
      if (file ~ /\/Unity\/unity_[^\/]*$/)
        while ((getline included < file) > 0)
          if (gsub(/^#include "|"$/, "", included) == 2) add(included)
    }
    END {
      print "\n]" > (folder "/compile_commands.json")
      for (source in wanted)
        if (wanted[source] == 1) print "dev: not looked at, because nothing here compiles it: " source > "/dev/stderr"
    }' - "$2"
  cat "$1"/*.parts >"$1/parts"
}

tidy_joined() { on_joined "$1" "$JOINED_CHECKS"; }

# The analyzer looks at 75,000 states of a function, as its mode "shallow" does, instead of 225,000: half the time. It
# would look at no function by itself that it has come to from another one, which may have led it there with
# particular values only; with inlining-mode=all it does, as if each source were alone.
analyze_joined() {
  on_joined "$1" '-*,clang-analyzer-*' \
    --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=75000 \
    --extra-arg=-Xclang --extra-arg=-analyzer-inlining-mode=all
}

tidy_alone() { run_tidy "-*,$ALONE_CHECKS" "$1"; }

# on_joined FILE CHECKS [OPTION...]: what it finds is said of the sources. Where they do not go together, because two give
# one name to different things, each is checked alone.
on_joined() {
  local joined=$1 checks=$2 source log failed=0
  shift 2
  log=$(mktemp "$joined.XXXXXX.log")
  run_tidy "$checks" "$joined" "$@" >"$log" 2>&1 && return
  if grep -q 'clang-diagnostic-error' "$log"; then
    while read -r source; do
      run_tidy "$checks" "$source" "$@" || failed=1
    done < <(awk -v file="$joined" '$1 == file { print $3 }' "$TIDY_FOLDER/parts")
    return $failed
  fi
  awk '
    FNR == NR { first[$1, ++parts[$1]] = $2; source[$1, parts[$1]] = $3; next }
    match($0, /^[^: ]*:[0-9]+:/) {
      split($0, place, ":")
      for (part = parts[place[1]]; part > 0 && first[place[1], part] > place[2]; part--);
      if (part) $0 = source[place[1], part] ":" place[2] - first[place[1], part] + 1 substr($0, RLENGTH)
    }
    { print }' "$TIDY_FOLDER/parts" "$log" >&2
  return 1
}

# run_tidy CHECKS FILE [OPTION...]
run_tidy() {
  local checks=$1 source=$2 output status=0
  shift 2
  output=$("$TIDY" -p "$TIDY_FOLDER" --config-file=.clang-tidy --checks="$checks" --quiet --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option "$@" "$source" 2>&1) || status=$?
  grep -vE 'warnings? .*(generated|treated)|^Suppressed|^Use -header-filter|^$' <<<"$output" >&2 || true
  return $status
}
