// What the WebAssembly of this browser (or Node) can do.

/** Whether it takes a function that runs `instructions` and returns the v128 that they leave. */
export function validates(instructions) {
  if (typeof WebAssembly !== 'object') return false;
  const body = [0, ...instructions, 11]; // no locals; end
  const code = [1, body.length, ...body];
  const header = [0, 97, 115, 109, 1, 0, 0, 0];
  const type = [1, 5, 1, 96, 0, 1, 123]; // () -> v128
  const functions = [3, 2, 1, 0];
  return WebAssembly.validate(
    Uint8Array.of(...header, ...type, ...functions, 10, code.length, ...code),
  );
}

/** Whether Motet runs here: it needs SIMD. */
export function isSupported() {
  return validates([65, 0, 253, 15, 253, 98]); // i32.const 0, i8x16.splat, i8x16.popcnt
}
