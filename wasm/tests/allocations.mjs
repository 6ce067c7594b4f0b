// Counts the bytes of all arrays and buffers that are allocated in this process, also those that are
// given back at once. To be imported before whatever is to be counted.

let allocated = 0;

/** Bytes since the beginning. */
export const allocatedBytes = () => allocated;

const isBuffer = (value) =>
  value instanceof ArrayBuffer ||
  (typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer);

function count(name) {
  const Type = globalThis[name];
  const counted = new Proxy(Type, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget === counted ? target : newTarget);
      if (!isBuffer(args[0])) allocated += made.byteLength; // else a view
      return made;
    },
  });
  globalThis[name] = counted;
  Type.prototype.constructor = counted; // what slice() makes, too
}

for (const name of [
  'ArrayBuffer',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
])
  count(name);
