// Which binary of the core this package loads.
import { assetUrl } from './asset-url.js';

/** Address of the core. */
export function binaryUrl() {
  return assetUrl('motet.wasm', new URL('./motet.wasm', import.meta.url));
}
