// Which binary of the core this package loads: of two, the faster one where it can run. Browsers
// without relaxed SIMD reject a module that contains any of its instructions.
import { assetUrl } from './asset-url.js';
import { validates } from './features.js';

// Three vectors, f32x4.relaxed_madd.
const VECTOR = [65, 0, 253, 15]; // i32.const 0, i8x16.splat
const RELAXED_SIMD = [...VECTOR, ...VECTOR, ...VECTOR, 253, 133, 2];

/** Address of the core. */
export function binaryUrl() {
  return validates(RELAXED_SIMD)
    ? assetUrl('motet-relaxed.wasm', new URL('./motet-relaxed.wasm', import.meta.url))
    : assetUrl('motet.wasm', new URL('./motet.wasm', import.meta.url));
}
