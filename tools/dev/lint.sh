#!/usr/bin/env bash
# ./dev lint: format, lint and the static analyzer only.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"
# shellcheck source=/dev/null
source tools/dev/shared/counting.sh
# shellcheck source=/dev/null
source tools/dev/shared/lint_checks.sh

prepare_lint
lint_checks "$BUILD"
check "analysis" check_tidy analysis "$BUILD"
summary
