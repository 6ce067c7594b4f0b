#!/bin/bash
# Tests that check_includes.sh finds what it is for: each include that goes against an arrow, and no
# other, is named with file and line.
set -euo pipefail

check=$(cd "$(dirname "$0")" && pwd)/check_includes.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

# A small tree that is as it should be.
fresh() {
  rm -rf "${tree:?}"/*
  mkdir -p "$tree"/{docs,model_config/include/model_config,core/include/motet,core/metrics/metrics,trainer/model}
  mkdir -p "$tree"/core/{src/arithmetic,src/layers,tests/support,tests/layers} "$tree"/trainer/tests
  cat >"$tree/docs/ARCHITECTURE.md" <<'PAGE'
## Parts
| part | may include | what is in it |
|---|---|---|
| `model_config` | – | data |
| `core` | `model_config` | library |
| `trainer` | `model_config`, `core` | training |
## Folders of the core
| folder of `core/src` | may include | what is in it |
|---|---|---|
| `arithmetic` | – | numbers |
| `layers` | `arithmetic` | networks |
PAGE
  put model_config/include/model_config/config.h '<nlohmann/json.hpp>'
  put core/include/motet/model.h '<memory>'
  put core/metrics/metrics/loudness.h '"motet/model.h"'
  put core/src/arithmetic/buffer.h '<vector>'
  put core/src/layers/linear.h '"arithmetic/buffer.h"' '"motet/model.h"' '"model_config/config.h"' '<xnnpack.h>'
  put core/tests/support/random.h '<random>'
  put core/tests/layers/linear_test.cc '"layers/linear.h"' '"random.h"' '<gtest/gtest.h>'
  put trainer/model/codec.h '<torch/torch.h>' '"model_config/config.h"' '<motet/model.h>'
  put trainer/tests/codec_test.cc '"model/codec.h"' '"random.h"'
}
put() {
  local file=$tree/$1
  shift
  printf '#include %s\n' "$@" >"$file"
}

# expect CASE WANTED: the check says WANTED and fails, or, without WANTED, says nothing.
expect() {
  local said code=0
  said=$("$check" "$tree" 2>&1) || code=$?
  if [ -z "$2" ]; then
    [ "$code" = 0 ] && [ -z "$said" ] && return
  elif [ "$code" != 0 ] && [[ "$said" == *"$2"* ]]; then
    return
  fi
  echo "$1: wanted '$2', found (exit $code): $said"
  failed=1
}

fresh
expect 'a tree as it should be' ''
put core/src/arithmetic/buffer.h '<vector>' '"layers/linear.h"'
expect 'a folder below' 'core/src/arithmetic/buffer.h:2: includes "layers/linear.h" of core/src/layers'
fresh
put core/src/layers/linear.h '"model/codec.h"'
expect 'another part' 'core/src/layers/linear.h:1: includes "model/codec.h" of trainer'
fresh
put core/src/layers/linear.h '"metrics/loudness.h"'
expect 'what is built on the library' 'core/src/layers/linear.h:1: includes "metrics/loudness.h" of core'
fresh
put core/src/layers/linear.h '<torch/torch.h>'
expect 'a library' 'core/src/layers/linear.h:1: includes <torch/torch.h>'
fresh
put model_config/include/model_config/config.h '"motet/model.h"'
expect 'the description' 'model_config/include/model_config/config.h:1: includes "motet/model.h" of core'
fresh
put trainer/model/codec.h '"layers/linear.h"'
expect 'a private header' 'trainer/model/codec.h:1: includes "layers/linear.h", which is private'
fresh
mkdir "$tree/core/src/stream"
put core/src/stream/reader.h '"arithmetic/buffer.h"'
expect 'a folder without a row' 'core/src/stream/reader.h: this folder is not in the table'
fresh
sed -i 's/| –\( | numbers\)/| layers\1/' "$tree/docs/ARCHITECTURE.md"
expect 'arrows in a circle' 'the arrows make a circle'
fresh
: >"$tree/docs/ARCHITECTURE.md"
expect 'no table' 'no tables of arrows found'

exit "$failed"
