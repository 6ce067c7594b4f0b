import { Problem } from '../problem';
import type { EngineId } from './contract';

/** `detail` is what the browser said. */
export function notLoaded(id: EngineId, detail: string): Problem {
  const words =
    id === 'onnx'
      ? 'ONNX Runtime could not be loaded. It can be used offline only after it was used once.'
      : 'A part of this page could not be loaded. Are you offline?';
  return new Problem('not-loaded', words, detail);
}
