# shellcheck shell=bash
# Format and lint, each as one check that counts as a test (counting.sh).
# shellcheck source=/dev/null
source tools/dev/shared/tidy.sh

# our_files PATTERN...: files of the parts that exist.
our_files() {
  local pattern
  for pattern in "$@"; do
    find model_config core trainer export wasm web evaluation tests tools examples -name node_modules -prune -o \
      -name "$pattern" -type f -print 2>/dev/null || true
  done | sort
}

# What all of them need.
prepare_lint() {
  need "${CODEC_PACKAGES[@]}" "${LINT_PACKAGES[@]}"
  [[ -f $BUILD/compile_commands.json ]] || configure_for_tests native
}

check_format() {
  # Other versions format some constructs differently, so only one is authoritative.
  local tool
  tool=$(command -v clang-format-14 || command -v clang-format || true)
  if [[ -z $tool || $("$tool" --version) != *" 14."* ]]; then
    echo "dev: format not checked: clang-format 14 is the reference, and it is not installed" >&2
    return 0
  fi
  our_files '*.h' '*.c' '*.cc' | xargs -r "$tool" --dry-run --Werror --ferror-limit=1
}

# check_tidy WHAT TREE: clang-tidy over the sources of a build tree that has compile_commands.json (tidy.sh says what).
check_tidy() {
  local what=$1 tree=$2 tool sources
  tool=$(command -v clang-tidy-14 || command -v clang-tidy || true)
  if [[ -z $tool ]]; then
    echo "dev: lint not checked: clang-tidy is not installed" >&2
    return 0
  fi
  mapfile -t sources < <(our_files '*.cc' | grep -E '^(core|model_config)/' |
    grep -vE '_(test|benchmark)\.cc$|/(tests|bench)/')
  tidy_sources "$what" "$tool" "$tree" "${sources[@]}"
}

check_shell() {
  if ! command -v shellcheck >/dev/null; then
    echo "dev: shell scripts not checked: shellcheck is not installed" >&2
    return 0
  fi
  { echo dev .ci/run && our_files '*.sh'; } | xargs shellcheck
}

# Links between the Markdown files of the repository lead to files.
check_links() {
  local file link target broken=0
  while IFS= read -r file; do
    while IFS= read -r link; do
      target=${link%%#*}
      [[ -z $target || $target == *://* || -e $(dirname "$file")/$target ]] && continue
      echo "$file: the link $link leads nowhere" >&2
      broken=1
    done < <(grep -oE '\]\([^) ]+\)' "$file" | sed 's/^](//; s/)$//')
  done < <(find . \( -name node_modules -o -path ./build -o -path ./runs -o -path ./data \) -prune -o \
    -name '*.md' -type f -print | sort)
  ((broken == 0))
}

# The version of the program and of the npm packages is one.
check_versions() {
  local version file found wrong=0
  version=$(sed -nE 's/^ +VERSION ([0-9.]+)$/\1/p' CMakeLists.txt)
  for file in wasm/package/package.json wasm/tests/package.json web/package.json; do
    found=$(sed -nE 's/^  "version": "([^"]*)",$/\1/p' "$file")
    [[ -n $version && $found == "$version" ]] && continue
    echo "$file: version is '$found', wanted '$version' as in CMakeLists.txt" >&2
    wrong=1
  done
  ((wrong == 0))
}

lint_checks() {
  say "Checking format and lint"
  check "format" check_format
  check "lint" check_tidy checks "$1"
  check "shell scripts" check_shell
  check "links" check_links
  check "versions" check_versions
  check "includes" tests/includes/check_includes.sh
}
