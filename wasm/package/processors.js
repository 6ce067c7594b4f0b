// Scripts of the audio thread, loaded once for each context.
import { unfit } from './arguments.js';
import { MotetError, invalid } from './errors.js';

const loaded = new WeakMap(); // context -> Map of an address to the promise of its script

export function loadProcessors(context, sampleRate, url) {
  if (typeof context?.sampleRate !== 'number' || typeof context.addEventListener !== 'function')
    throw unfit('context', context, 'an AudioContext');
  if (context.sampleRate !== sampleRate)
    throw invalid(
      `the AudioContext runs at ${context.sampleRate} Hz, wanted new AudioContext({ sampleRate: ${sampleRate} })`,
    );
  if (!context.audioWorklet)
    throw new MotetError(
      'internal',
      'there is no AudioWorklet here: the page needs HTTPS or localhost',
    );
  if (!loaded.has(context)) loaded.set(context, new Map());
  const scripts = loaded.get(context);
  let promise = scripts.get(url.href ?? url);
  if (!promise) {
    promise = context.audioWorklet.addModule(url);
    scripts.set(url.href ?? url, promise);
    promise.catch(() => scripts.delete(url.href ?? url));
  }
  return promise;
}
