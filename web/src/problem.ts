// What can go wrong, in words for the person in front of the page.
import { MotetError } from 'motet';

export type ProblemCode =
  | 'not-audio'
  | 'too-long'
  | 'no-simd'
  | 'no-memory'
  | 'damaged'
  | 'other-model'
  | 'newer-version'
  | 'microphone'
  | 'no-output'
  | 'not-loaded'
  | 'other';

export class Problem extends Error {
  override readonly name = 'Problem';

  /** `message` says what happened and what can be done; `detail` is the sentence of the codec. */
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly detail = '',
  ) {
    super(message);
  }
}

const WORDS: Record<MotetError['code'], [ProblemCode, string]> = {
  'invalid-argument': ['other', 'Motet was asked for something that it cannot do.'],
  'not-found': ['not-loaded', 'A part of this page could not be loaded. Are you offline?'],
  io: ['not-loaded', 'A part of this page could not be loaded. Are you offline?'],
  'not-motet': ['damaged', 'This is not a Motet file, whatever its name says.'],
  'unsupported-version': [
    'newer-version',
    'This file was written by a newer Motet than this page. Reload the page and try again.',
  ],
  corrupt: ['damaged', 'This Motet file is damaged, and nothing of it could be read.'],
  truncated: ['damaged', 'This Motet file is damaged: it ends before any sound begins.'],
  'model-mismatch': [
    'other-model',
    'This file was made with another Motet model than the one of this page.',
  ],
  'out-of-memory': [
    'no-memory',
    'This browser has no memory left for it. Close other tabs, or try a shorter recording.',
  ],
  'no-simd': [
    'no-simd',
    'This browser is too old for Motet: it lacks WebAssembly SIMD. Any Chrome or Edge since 91, ' +
      'Firefox since 89 or Safari since 16.4 has it.',
  ],
  freed: ['other', 'The codec was closed while it was at work. Please try again.'],
  internal: ['other', 'Motet stopped with an error of its own. Reloading the page may help.'],
};

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Any thrown value as a Problem. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof MotetError) {
    const [code, words] = WORDS[error.code];
    return new Problem(code, words, error.message);
  }
  if (error instanceof RangeError && /alloc|length|memory/i.test(error.message)) {
    return new Problem(...WORDS['out-of-memory'], error.message);
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem('other', 'Something went wrong that should not. Please try again.', detail);
}
