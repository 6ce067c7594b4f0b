// The core once its binary is compiled. Workers begin here: they are sent what the page has loaded.
import createMotetCore from './motet-core.js';
import { check } from './errors.js';

/** The core of a compiled motet.wasm. */
export function instantiate(module) {
  return new Promise((resolve, reject) => {
    createMotetCore({
      instantiateWasm: (imports, done) => {
        WebAssembly.instantiate(module, imports).then(done, reject);
        return {};
      },
    }).then(resolve, reject);
  });
}

/** The core's model of a model file's bytes. */
export function modelHandle(core, bytes) {
  const buffer = new core.ByteBuffer(bytes.length);
  try {
    buffer.view().set(bytes);
    return check(core, core.Model.fromBytes(buffer));
  } finally {
    buffer.delete();
  }
}
