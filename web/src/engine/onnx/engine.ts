// The same model through ONNX Runtime Web. The graphs keep no state between runs, so a long signal
// goes through in segments, each with as much of the past in front as the network can see.
import { ChunkPlayback } from '../../audio/chunk-playback';
import type { PcmSource } from '../../audio/pcm';
import type { Playback } from '../../audio/playback';
import { Problem } from '../../problem';
import {
  type Page,
  PACKETS_PER_PAGE,
  packStream,
  pagesOf,
  unknownKind,
  type StreamHead,
  unpackStream,
  type Unpacked,
} from '../../stream/container';
import type {
  DecodeOptions,
  DecodeReport,
  EncodeOptions,
  Engine,
  FeaturesSummary,
  Part,
  StreamFacts,
} from '../contract';
import { summarize } from '../features';
import { markFirstAudio, Stopwatch } from '../timing';
import { Graphs } from './calls';
import {
  ABSENT,
  CODEC_IDENTITY,
  codecInfo,
  FEATURE_DELAY_ROWS,
  FEATURE_NAMES,
  FEATURE_ROWS_PER_PACKET,
  packetBytes,
  packetsOf,
  PREROLL,
  ROW_CODES,
} from './graphs';
import type { PartName } from './worker';

// Long enough that the preroll costs a few percent, short enough for a phone's memory; whole pages.
const SEGMENT_PACKETS = 8 * PACKETS_PER_PAGE;
// While it plays, the next seconds matter more than the cost of the preroll.
const PLAYBACK_SEGMENT_PACKETS = 172;

const PARTS_TO_ENCODE: PartName[] = codecInfo.entropyCoding ? ['encoder', 'entropy'] : ['encoder'];

/** Two arrays of `count` samples from `from`, which may begin before and end after the source. */
function readPadded(source: PcmSource, from: number, count: number): Float32Array<ArrayBuffer>[] {
  const inside = Math.max(0, Math.min(count, source.samples - from));
  const read = inside > 0 ? source.read(from, inside) : [];
  return [0, 1].map((channel) => {
    const padded = new Float32Array(count);
    const data = read[Math.min(channel, source.channels - 1)];
    if (data !== undefined) padded.set(data);
    return padded;
  });
}

interface Segment {
  /** Of the stream: trimmed at its start and end. */
  channelData: Float32Array<ArrayBuffer>[];
  features: Float32Array;
  /** Samples of the stream that are done. */
  done: number;
}

class OnnxEngine implements Engine {
  readonly id = 'onnx';
  readonly info = codecInfo;
  readonly packetBytes = packetBytes;
  readonly #graphs = new Graphs();

  async warmUp(): Promise<void> {
    await this.#graphs.load([...PARTS_TO_ENCODE, 'decoder']);
  }

  async encode(source: PcmSource, options: EncodeOptions): Promise<Uint8Array<ArrayBuffer>> {
    const { quality, framing = 'stream', signal, onProgress } = options;
    await this.#graphs.load(framing === 'stream' ? PARTS_TO_ENCODE : ['encoder']);
    const size = packetBytes(quality);
    const count = packetsOf(source.samples);
    const packets = new Uint8Array(count * size);
    const pages: Page[] = [];
    const { packetSamples, sampleRate } = codecInfo;
    const watch = new Stopwatch(sampleRate, source.samples);
    for (let from = 0; from < count; from += SEGMENT_PACKETS) {
      signal?.throwIfAborted();
      const to = Math.min(count, from + SEGMENT_PACKETS);
      const start = Math.max(0, from - PREROLL.encoder);
      const pcm = readPadded(source, start * packetSamples, (to - start) * packetSamples);
      const codes = await this.#graphs.encode(pcm);
      for (let packet = from; packet < to; ++packet) {
        const row = (packet - start) * ROW_CODES;
        packets.set(codes.subarray(row, row + size), packet * size);
      }
      if (framing === 'stream') {
        const segment = packets.subarray(from * size, to * size);
        pages.push(...(await this.#graphs.pack(pagesOf(segment, size, from), quality)));
      }
      onProgress?.(watch.progress(Math.min(source.samples, to * packetSamples)));
    }
    signal?.throwIfAborted();
    if (framing === 'packets') return packets;
    const head: StreamHead = {
      sampleRate,
      channels: source.channels,
      quality,
      packetBytes: size,
      coding: codecInfo.entropyCoding ? 'entropy' : 'fixed',
      samples: source.samples,
      modelIdentity: codecInfo.identity,
      tags: Object.entries(options.tags ?? {}),
    };
    return packStream(pages, head, count);
  }

  /** Rows of the decoder's input for packets from…to; what is absent or lost says so. */
  async #rows(
    { head, pages }: Unpacked,
    from: number,
    to: number,
  ): Promise<Uint16Array<ArrayBuffer>> {
    const rows = new Uint16Array((to - from) * ROW_CODES).fill(ABSENT);
    const size = head.packetBytes;
    const needed = pages.filter((page) => page.packet < to && page.packet + page.packets > from);
    const unpacked = await this.#graphs.unpack(needed, head);
    needed.forEach((page, i) => {
      for (let j = 0; j < page.packets; ++j) {
        const row = page.packet + j - from;
        if (row < 0 || row >= to - from) continue;
        rows.set(unpacked[i]!.subarray(j * size, (j + 1) * size), row * ROW_CODES);
      }
    });
    return rows;
  }

  /** Decodes from the packet of a sample on, in segments; `first` is cut off exactly. */
  async *segments(stream: Unpacked, step: number, first = 0): AsyncGenerator<Segment> {
    const { packetSamples, delaySamples } = codecInfo;
    const { samples, channels } = stream.head;
    const count = packetsOf(samples);
    const begin = Math.floor((first + delaySamples) / packetSamples);
    for (let from = begin; from < count; from += step) {
      const to = Math.min(count, from + step);
      const start = Math.max(0, from - PREROLL.decoder);
      const reply = await this.#graphs.decode(await this.#rows(stream, start, to));
      const offset = delaySamples - start * packetSamples; // of the stream's sample 0 in the reply
      const low = Math.max(first, from * packetSamples - delaySamples);
      const high = Math.min(samples, to * packetSamples - delaySamples);
      const [left, right] = reply.channelData.map((data) =>
        data.slice(low + offset, Math.max(low, high) + offset),
      ) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
      if (channels === 1) left.forEach((value, i) => (left[i] = (value + right[i]!) / 2));
      const width = FEATURE_NAMES.length * FEATURE_ROWS_PER_PACKET;
      const features = reply.features.subarray((from - start) * width);
      markFirstAudio();
      yield { channelData: channels === 1 ? [left] : [left, right], features, done: high };
    }
  }

  unpack(bytes: Uint8Array): Unpacked {
    const stream = unpackStream(bytes, packetsOf);
    const { modelIdentity, quality, packetBytes: size, coding } = stream.head;
    const { identity } = codecInfo;
    const isSameCodec = coding === 'fixed' && modelIdentity === CODEC_IDENTITY;
    if (modelIdentity !== identity && !isSameCodec) {
      throw new Problem(
        'other-model',
        'This file was made with another Motet model than the one of this page.',
        `the file says ${modelIdentity}, the model is ${identity}`,
      );
    }
    if (coding === 'entropy' && !codecInfo.entropyCoding) throw unknownKind();
    if (size !== packetBytes(quality)) {
      throw new Problem('damaged', 'This Motet file is damaged.', `packets of ${size} bytes`);
    }
    return stream;
  }

  async decode(bytes: Uint8Array, options: DecodeOptions): Promise<DecodeReport> {
    const stream = this.unpack(bytes);
    await this.#graphs.load(['decoder']);
    const watch = new Stopwatch(codecInfo.sampleRate, stream.head.samples);
    let samples = 0;
    let timesRealTime = 0;
    for await (const { channelData, done } of this.segments(stream, SEGMENT_PACKETS)) {
      options.signal?.throwIfAborted();
      samples += channelData[0]!.length;
      const progress = watch.progress(done);
      timesRealTime = progress.timesRealTime;
      await options.onChunk(channelData);
      options.onProgress?.(progress);
    }
    return { samples, damage: damageOf(stream), timesRealTime };
  }

  async features(bytes: Uint8Array, part?: Part): Promise<FeaturesSummary> {
    const stream = this.unpack(bytes);
    const parts: Float32Array[] = [];
    for await (const { features } of this.segments(stream, SEGMENT_PACKETS)) parts.push(features);
    const width = FEATURE_NAMES.length;
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
    const rowsPerSecond =
      (codecInfo.sampleRate / codecInfo.packetSamples) * FEATURE_ROWS_PER_PACKET;
    const rows = Math.ceil((stream.head.samples / codecInfo.sampleRate) * rowsPerSecond);
    const from = FEATURE_DELAY_ROWS * width;
    const values = all.subarray(from, from + rows * width);
    const features = { names: FEATURE_NAMES, rowsPerSecond, rows: values.length / width, values };
    return summarize(features, part);
  }

  async inspect(bytes: Uint8Array): Promise<StreamFacts> {
    const { head } = this.unpack(bytes);
    const { channels, quality, samples, tags } = head;
    return { channels, quality, samples, tags, bytes: bytes.length };
  }

  async playback(context: AudioContext, bytes: Uint8Array): Promise<Playback> {
    const stream = this.unpack(bytes);
    await this.#graphs.load(['decoder']);
    const { samples } = stream.head;
    return new ChunkPlayback(
      context,
      samples,
      damageOf(stream),
      async function* (this: OnnxEngine, first: number) {
        for await (const segment of this.segments(stream, PLAYBACK_SEGMENT_PACKETS, first)) {
          yield segment.channelData;
        }
      }.bind(this),
    );
  }

  free(): void {
    this.#graphs.free();
  }
}

function damageOf({ lost, complete }: Unpacked): string[] {
  const sentences = lost.map(
    ({ packet, packets }) =>
      `${packets} of the packets are lost, from second ${(
        (packet * codecInfo.packetSamples) /
        codecInfo.sampleRate
      ).toFixed(1)} on`,
  );
  if (!complete) sentences.push('the file ends too early');
  return sentences;
}

export async function load(): Promise<Engine> {
  return new OnnxEngine();
}
