// Objects that their owner forgot to free. The core's memory is none that the garbage collector knows
// of: a registry frees it with the object, and says so once, to developers.
const registry =
  typeof FinalizationRegistry === 'function'
    ? new FinalizationRegistry(({ kind, free }) => {
        free();
        warn(kind);
      })
    : undefined;

let warned = false;

function inDevelopment() {
  try {
    return process.env.NODE_ENV !== 'production'; // bundlers put in what they build for
  } catch {
    return false;
  }
}

function warn(kind) {
  if (warned || !inDevelopment()) return;
  warned = true;
  console.warn(
    `motet: ${kind} was lost without free(): its memory is free only now. Call free(), or declare it with 'using'.`,
  );
}

/** From now on `free` is called when `object`, a `kind`, is lost. It must not hold the object. */
export function whenLost(object, kind, free) {
  registry?.register(object, { kind, free }, object);
}

/** The object was freed as it should be. */
export function notLost(object) {
  registry?.unregister(object);
}

/**
 * A buffer that nobody writes to, so that it takes addresses and no memory: an object that holds it
 * weighs as much to the garbage collector as what it has in the core's memory, so that lost ones are
 * found in time.
 */
export function ballast(bytes) {
  try {
    return registry && new ArrayBuffer(bytes);
  } catch {
    return undefined; // it is there to help, not to fail
  }
}
