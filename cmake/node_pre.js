// Older Emscripten would fetch() the binary by its path, which Node's fetch refuses.
Module['wasmBinary'] = require('fs').readFileSync(__filename.replace(/\.js$/, '.wasm'));
