# shellcheck shell=bash
# Stage analysis: clang's static analyzer over core and the program, which takes as long as all other checks together.
# Only by name, and before a release; ./dev lint has it, too.

stage_analysis() {
  prepare_lint
  check "analysis" check_tidy analysis "$BUILD"
}
