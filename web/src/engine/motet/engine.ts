// The codec of the npm package `motet`: the C++ core as WebAssembly, in its workers.
import { type DecodedAudio, info, isSupported, Model, MotetError, type StreamInfo } from 'motet';
import { modelUrl } from 'motet/model';
import { DecoderWorker, EncoderWorker } from 'motet/worker';
import { LiveLoop, type LiveLatency } from 'motet/worklet';
import type { PcmSource } from '../../audio/pcm';
import type { Playback } from '../../audio/playback';
import { joinBytes } from '../../bytes';
import { Problem, problemOf } from '../../problem';
import type {
  CodecInfo,
  DecodeOptions,
  DecodeReport,
  EncodeOptions,
  Engine,
  FeaturesSummary,
  Live,
  Part,
  StreamFacts,
} from '../contract';
import { otherModel } from '../other-model';
import { markFirstAudio, Stopwatch } from '../timing';
import { bytesOfSeconds } from './byte-rate';
import type { FeaturesReply, FeaturesRequest } from './features-worker';
import { MotetPlayback } from './playback';

const CHUNK_SECONDS = 5;

class MotetEngine implements Engine {
  readonly id = 'motet';
  readonly info: CodecInfo;

  constructor(private readonly model: Model) {
    this.info = model.info;
  }

  packetBytes(quality: number): number {
    return this.model.packetBytes(quality);
  }

  async warmUp(): Promise<void> {
    const coders = await Promise.all([
      EncoderWorker.create(this.model),
      DecoderWorker.create(this.model),
    ]);
    for (const coder of coders) coder.free();
  }

  async encode(source: PcmSource, options: EncodeOptions): Promise<Uint8Array<ArrayBuffer>> {
    const { quality, framing = 'stream', tags = [], signal, onProgress } = options;
    const { samples, channels } = source;
    const encoder = await EncoderWorker.create(this.model, {
      quality,
      channels,
      framing,
      signal,
      ...(framing === 'stream' ? { tags, samples } : {}),
    });
    try {
      const parts: Uint8Array[] = [];
      const watch = new Stopwatch(this.info.sampleRate, samples);
      const chunk = CHUNK_SECONDS * this.info.sampleRate;
      let previous: Promise<Uint8Array> | undefined; // one chunk is coded while the next is read
      for (let from = 0; from < samples; from += chunk) {
        const count = Math.min(chunk, samples - from);
        const bytes = encoder.encode(source.read(from, count), { transfer: true, signal });
        bytes.catch(() => undefined); // is met below, when its turn comes
        if (previous !== undefined) {
          parts.push(await previous);
          onProgress?.(watch.progress(from));
        }
        previous = bytes;
      }
      if (previous !== undefined) parts.push(await previous);
      parts.push(await encoder.flush({ signal }));
      onProgress?.(watch.progress(samples));
      return joinBytes(parts);
    } finally {
      encoder.free();
    }
  }

  async decode(bytes: Uint8Array<ArrayBuffer>, options: DecodeOptions): Promise<DecodeReport> {
    const { signal, onProgress, onChunk, exact = false } = options;
    const facts = await this.#factsOf(bytes);
    const precision = exact ? 'f32' : 'int8';
    const decoder = await DecoderWorker.create(this.model, { signal, precision });
    try {
      const watch = new Stopwatch(this.info.sampleRate, facts.samples);
      const report: DecodeReport = { samples: 0, damage: [], timesRealTime: 0 };
      const samples = CHUNK_SECONDS * this.info.sampleRate;
      const step = bytesOfSeconds(facts, CHUNK_SECONDS);
      const parts = decodeInParts(decoder, bytes, step, samples, signal);
      // One part is decoded while the one before is used.
      let next = parts.next();
      for (let part; !(part = await next).done;) {
        next = parts.next();
        next.catch(() => undefined); // is met above, when its turn comes
        const { channelData, samplesDecoded, errors } = part.value;
        report.damage.push(...errors.map(({ message }) => message));
        if (samplesDecoded === 0) continue;
        markFirstAudio();
        report.samples += samplesDecoded;
        const progress = watch.progress(report.samples);
        report.timesRealTime = progress.timesRealTime;
        await onChunk(channelData as Float32Array<ArrayBuffer>[]);
        onProgress?.(progress);
      }
      return report;
    } finally {
      decoder.free();
    }
  }

  /** In a worker that lives for this one call: the rest of the page must not wait for it. */
  features(bytes: Uint8Array<ArrayBuffer>, part?: Part): Promise<FeaturesSummary> {
    const worker = new Worker(new URL('./features-worker.ts', import.meta.url), {
      type: 'module',
      name: 'features',
    });
    return new Promise<FeaturesSummary>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FeaturesReply>) => {
        if ('features' in data) resolve(data.features);
        else reject(new MotetError(data.code, data.message));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new MotetError('io', event.message || 'the worker for features did not start'));
      };
      worker.postMessage({ bytes, part } satisfies FeaturesRequest);
    }).finally(() => worker.terminate());
  }

  async inspect(bytes: Uint8Array<ArrayBuffer>): Promise<StreamFacts> {
    const { channels, quality, samples, tags, lostPackets, complete } = await this.#factsOf(bytes);
    const damage: string[] = [];
    if (lostPackets > 0) damage.push(`${lostPackets} packets are lost`);
    if (!complete) damage.push('the file ends too early');
    return { channels, quality, samples, tags, bytes: bytes.length, damage };
  }

  async playback(context: AudioContext, bytes: Uint8Array<ArrayBuffer>): Promise<Playback> {
    return new MotetPlayback(context, this.model, bytes, await this.#factsOf(bytes));
  }

  async live(
    context: AudioContext,
    stream: MediaStream,
    quality: number,
    onLatency: (latency: LiveLatency) => void,
    onError: (error: unknown) => void,
  ): Promise<Live> {
    const options = { stream, quality, onLatency, onError };
    const loop = await LiveLoop.start(context, this.model, options).catch((error: unknown) => {
      // Firefox connects a microphone of 48 kHz to no context of 44.1 kHz.
      if (error instanceof DOMException && error.name === 'NotSupportedError') {
        throw new Problem(
          'microphone',
          `This browser cannot bring this microphone to ${context.sampleRate / 1000} kHz live. ` +
            'Record it instead, or try Chrome, Edge or Safari.',
          error.message,
        );
      }
      throw error;
    });
    loop.node.connect(context.destination);
    return {
      bytes: () => loop.bytes,
      stop: () => {
        loop.node.disconnect();
        loop.stop();
      },
    };
  }

  free(): void {
    this.model.free();
  }

  /** What a file says of itself; one that is cut off is as long as what is left of it. */
  async #factsOf(bytes: Uint8Array<ArrayBuffer>): Promise<StreamInfo> {
    const facts = await info(bytes);
    const problem = otherModel(facts, this.model.info);
    if (problem) throw problem;
    if (facts.complete) return facts;
    const { packetSamples, delaySamples, sampleRate } = this.info;
    const left = facts.packets * packetSamples - delaySamples;
    if (left <= 0) {
      throw new MotetError(
        'truncated',
        `the file ends after ${bytes.length} bytes and ${facts.packets} packets, before any sound`,
      );
    }
    const samples = Math.min(facts.samples, left);
    return { ...facts, samples, duration: samples / sampleRate };
  }
}

/** A file in parts of about `samples`, however many each `step` of its bytes hold. */
async function* decodeInParts(
  decoder: DecoderWorker,
  bytes: Uint8Array<ArrayBuffer>,
  step: number,
  samples: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<DecodedAudio> {
  for (let from = 0; from < bytes.length; from += step) {
    let rest = bytes.slice(from, from + step);
    for (let done = false; !done; rest = new Uint8Array(0)) {
      const part = await decoder.decodeSome(rest, samples, { signal, transfer: true });
      yield part;
      ({ done } = part);
    }
  }
  yield await decoder.flush({ signal });
}

export async function load(): Promise<Engine> {
  if (!isSupported()) throw problemOf(new MotetError('no-simd', 'WebAssembly SIMD is missing'));
  return new MotetEngine(await Model.load(modelUrl));
}
