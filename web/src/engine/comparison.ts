// Both engines on the same clip: speed, size, start, and whether they agree.
import { type PcmSource, Scaled } from '../audio/pcm';
import type { Engine, EngineId, Progress } from './contract';
import { engineFiles } from './files';
import { agreement, type Agreement } from './near-ties';
import { ENGINE_NAMES, loadEngine } from './registry';

const ROUNDS = 3;

export interface EngineFigures {
  id: EngineId;
  encodeTimesRealTime: number;
  decodeTimesRealTime: number;
  /** Encode and decode one after the other. */
  roundTripTimesRealTime: number;
  /** From nothing to ready for both; files come from the network or the cache. */
  startupMs: number;
  downloadBytes: number | undefined;
  downloadGzipBytes: number | undefined;
}

/** Codes are those of the highest quality. */
export interface Comparison extends Agreement {
  seconds: number;
  quality: number;
  engines: EngineFigures[];
  /** Largest difference of two decoded samples of the same file, computed with 32-bit floats. */
  largestDifference: number;
}

interface Measured extends EngineFigures {
  packets: Uint8Array;
  packetBytes: number;
  decoded: Float32Array[][];
  file: Uint8Array<ArrayBuffer>;
}

export async function compareEngines(
  clip: PcmSource,
  quality: number,
  signal: AbortSignal,
  onStep: (sentence: string) => void,
): Promise<Comparison> {
  const measured: Measured[] = [];
  for (const id of ['motet', 'onnx'] as const) {
    measured.push(await measure(id, clip, quality, measured[0]?.file, signal, onStep));
  }
  const [first, second] = measured as [Measured, Measured];
  const codes = await compareCodes(clip, first, second.packets, signal, onStep);
  return {
    seconds: clip.samples / 44100,
    quality,
    engines: measured.map(({ packets, packetBytes, decoded, file, ...figures }) => figures),
    ...codes,
    largestDifference: largestDifference(join(first.decoded), join(second.decoded)),
  };
}

/** The codec's own engine is loaded again only if any code differs. */
async function compareCodes(
  clip: PcmSource,
  { packets, packetBytes }: Measured,
  second: Uint8Array,
  signal: AbortSignal,
  onStep: (sentence: string) => void,
): Promise<Agreement> {
  let engine: Engine | undefined;
  try {
    return await agreement(packets, second, packetBytes, async (gain) => {
      onStep('Looking at the codes that differ');
      engine ??= await loadEngine('motet');
      const quality = engine.info.maxQuality;
      return engine.encode(new Scaled(clip, gain), { quality, framing: 'packets', signal });
    });
  } finally {
    engine?.free();
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

/** `file` is what both decode: the one that the first engine made. */
async function measure(
  id: EngineId,
  clip: PcmSource,
  quality: number,
  file: Uint8Array<ArrayBuffer> | undefined,
  signal: AbortSignal,
  onStep: (sentence: string) => void,
): Promise<Measured> {
  const name = ENGINE_NAMES[id];
  onStep(`${name}: starting`);
  const start = performance.now();
  const engine = await loadEngine(id);
  try {
    await engine.warmUp();
    const startupMs = performance.now() - start;
    const packets = await engine.encode(clip, {
      quality: engine.info.maxQuality,
      framing: 'packets',
      signal,
    });
    const encode: number[] = [];
    const decode: number[] = [];
    for (let round = 1; round <= ROUNDS; ++round) {
      onStep(`${name}: round ${round} of ${ROUNDS}`);
      // Speed is counted from the first sample on: starting has its own row.
      let speed = 0;
      const onProgress = (progress: Progress): void => void (speed = progress.timesRealTime);
      const bytes = await engine.encode(clip, { quality, signal, onProgress });
      encode.push(speed);
      file ??= bytes;
      decode.push((await engine.decode(file, { signal, onChunk: () => undefined })).timesRealTime);
    }
    const decoded: Float32Array[][] = [];
    const onChunk = (channels: Float32Array[]): void => void decoded.push(channels);
    await engine.decode(file!, { signal, onChunk, exact: true });
    const files = await engineFiles(id);
    const [encodeTimesRealTime, decodeTimesRealTime] = [median(encode), median(decode)];
    return {
      id,
      encodeTimesRealTime,
      decodeTimesRealTime,
      roundTripTimesRealTime: 1 / (1 / encodeTimesRealTime + 1 / decodeTimesRealTime),
      startupMs,
      downloadBytes: files?.bytes,
      downloadGzipBytes: files?.gzipBytes,
      packets,
      packetBytes: engine.packetBytes(engine.info.maxQuality),
      decoded,
      file: file!,
    };
  } finally {
    engine.free();
  }
}

function join(chunks: Float32Array[][]): Float32Array[] {
  const channels = chunks[0]?.length ?? 0;
  return Array.from({ length: channels }, (_, channel) => {
    const all = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk[channel]!.length, 0));
    chunks.reduce((at, chunk) => (all.set(chunk[channel]!, at), at + chunk[channel]!.length), 0);
    return all;
  });
}

function largestDifference(a: Float32Array[], b: Float32Array[]): number {
  let largest = 0;
  a.forEach((channel, index) => {
    const other = b[index];
    if (other?.length !== channel.length) largest = Infinity;
    else channel.forEach((x, i) => (largest = Math.max(largest, Math.abs(x - other[i]!))));
  });
  return largest;
}
