import { Problem } from '../problem';
import type { PartId } from './files';

/** `detail` is what the browser said. */
export function notLoaded(id: PartId, detail: string): Problem {
  const words =
    id === 'onnx'
      ? 'ONNX Runtime could not be loaded. It can be used offline only after it was used once.'
      : 'A part of this page could not be loaded. Are you offline?';
  return new Problem('not-loaded', words, detail);
}
