// Recordings equally loud: a listener takes the louder one for the better one.
import { Problem } from '../problem';
import type { Levels, Recordings } from './compare-player';
import type { LoudnessRequest } from './loudness-worker';

/** The most by which a recording is lowered: one that is this much softer than the others has failed. */
const MOST_DECIBELS = 12;

/** Gains that make all as loud as the softest of them, so that none clips. */
export async function equallyLoud({ original, decoded, opus }: Recordings): Promise<Levels> {
  const loudness = await Promise.all([
    loudnessOf(original),
    loudnessOf(decoded),
    opus && loudnessOf(opus),
  ]);
  const heard = loudness.filter((value) => value !== undefined && Number.isFinite(value));
  const softest = Math.min(...(heard as number[]));
  const gain = (value: number): number =>
    Number.isFinite(value) ? 10 ** (Math.max(-MOST_DECIBELS, softest - value) / 20) : 1;
  const [a, b, c] = loudness;
  return { original: gain(a), decoded: gain(b), opus: c === undefined ? undefined : gain(c) };
}

/** Integrated loudness (ITU-R BS.1770-4) in LUFS; −∞ of silence. */
function loudnessOf(buffer: AudioBuffer): Promise<number> {
  const worker = new Worker(new URL('./loudness-worker.ts', import.meta.url), {
    type: 'module',
    name: 'loudness',
  });
  const channelData = Array.from({ length: buffer.numberOfChannels }, (_, channel) =>
    buffer.getChannelData(channel),
  );
  return new Promise<number>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Problem('not-loaded', 'The loudness could not be measured.', event.message));
    };
    const { sampleRate } = buffer;
    worker.postMessage({ sampleRate, channelData } satisfies LoudnessRequest);
  }).finally(() => worker.terminate());
}
