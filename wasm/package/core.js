// The core once its binary is compiled. Workers begin here: they are sent what the page has loaded.
import { check } from './errors.js';

/** The core of a compiled motet.wasm, by `createMotetCore`, the glue that was built with it. */
export function instantiate(module, createMotetCore) {
  return new Promise((resolve, reject) => {
    createMotetCore({
      instantiateWasm: (imports, done) => {
        WebAssembly.instantiate(module, imports).then(done, reject);
        return {};
      },
    }).then(resolve, reject);
  });
}

/** The core's model of a model file's bytes, or of those of an entropy model alone. */
export function modelHandle(core, bytes, part = 'fromBytes') {
  const buffer = new core.ByteBuffer(bytes.length);
  try {
    buffer.view().set(bytes);
    return check(core, core.Model[part](buffer));
  } finally {
    buffer.delete();
  }
}
