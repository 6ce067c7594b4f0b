// The same model through ONNX Runtime Web. The graphs keep no state between runs, so a long signal
// goes through in segments, each with as much of the past in front as the network can see.
import { streamParts, type StreamPlace, type StreamWriterOptions } from 'motet';
import { ChunkPlayback } from '../../audio/chunk-playback';
import type { PcmSource } from '../../audio/pcm';
import type { Playback } from '../../audio/playback';
import { joinBytes } from '../../bytes';
import { Problem } from '../../problem';
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
import { otherModel } from '../other-model';
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
  ROW_BYTES,
} from './graphs';
import { decodeFrom } from './segments';
import type { Contents } from './streams';
import type { PartName } from './worker';

// Long enough that the preroll costs a few percent, short enough for a phone's memory.
const SEGMENT_PACKETS = 1024;
// While it plays, the next seconds matter more than the cost of the preroll.
const PLAYBACK_SEGMENT_PACKETS = 172;

const PARTS_TO_ENCODE: PartName[] = codecInfo.entropyCoding ? ['encoder', 'entropy'] : ['encoder'];

/**
 * Two arrays of `count` samples from `from`, which may end after the source: there it goes on mirrored,
 * with sample N − 1 − i in place of sample N + i, and silence where there is none.
 */
function readContinued(
  source: PcmSource,
  from: number,
  count: number,
): Float32Array<ArrayBuffer>[] {
  const { samples, channels } = source;
  const inside = Math.max(0, Math.min(count, samples - from));
  const read = inside > 0 ? source.read(from, inside) : [];
  const end = samples - Math.max(0, from - samples);
  const begin = Math.max(0, 2 * samples - from - count);
  const back = inside < count && begin < end ? source.read(begin, end - begin) : [];
  return [0, 1].map((channel) => {
    const all = new Float32Array(count);
    const of = Math.min(channel, channels - 1);
    if (read[of] !== undefined) all.set(read[of]);
    if (back[of] !== undefined) all.set(back[of].slice().reverse(), inside);
    return all;
  });
}

const JOIN_FADE = 256; // samples of a part into which that before fades

/** Mixes what comes `before` into the first samples of a part, in place (docs/FORMAT.md, Joined streams). */
function fadeInto(part: Float32Array, before: Float32Array): void {
  for (let i = 0; i < Math.min(JOIN_FADE, part.length); ++i) {
    const t = (i + 0.5) / JOIN_FADE;
    const share = t * t * (3 - 2 * t);
    part[i] = share * part[i]! + (1 - share) * before[i]!;
  }
}

/** A stream that this model decodes. */
interface Opened extends Contents {
  bytes: Uint8Array;
  /** Per channel; of a stream whose end is not there, as far as its packets go. */
  samples: number;
}

interface Segment {
  /** Of the stream: trimmed at its start and end. */
  channelData: Float32Array<ArrayBuffer>[];
  features: Float32Array;
  /** Samples of the stream that are done. */
  done: number;
  /** Of a joined stream, counted from 0. */
  part: number;
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
    const { packetSamples, sampleRate } = codecInfo;
    const writer =
      framing === 'stream'
        ? await this.#graphs.create(headerOf(source, options), codecInfo.entropyCoding)
        : undefined;
    try {
      const parts: Uint8Array[] = [];
      const watch = new Stopwatch(sampleRate, source.samples);
      for (let from = 0; from < count; from += SEGMENT_PACKETS) {
        signal?.throwIfAborted();
        const to = Math.min(count, from + SEGMENT_PACKETS);
        const start = Math.max(0, from - PREROLL.encoder);
        const pcm = readContinued(source, start * packetSamples, (to - start) * packetSamples);
        const codes = await this.#graphs.encode(pcm);
        const packets = new Uint8Array((to - from) * size);
        for (let packet = from; packet < to; ++packet) {
          const row = (packet - start) * ROW_BYTES;
          packets.set(codes.subarray(row, row + size), (packet - from) * size);
        }
        parts.push(writer === undefined ? packets : await writer.write(packets));
        onProgress?.(watch.progress(Math.min(source.samples, to * packetSamples)));
      }
      signal?.throwIfAborted();
      if (writer !== undefined) parts.push(await writer.finish(source.samples));
      return joinBytes(parts);
    } finally {
      writer?.free();
    }
  }

  /** Decodes from the packet of a sample on, in segments; `first` is cut off exactly. */
  async *segments(stream: Opened, step: number, first = 0): AsyncGenerator<Segment> {
    let before: Float32Array[] | undefined; // what the part before would go on with
    for (const [index, part] of streamParts(stream.header).entries()) {
      const samples = part.samples ?? stream.samples;
      if (part.sample + samples <= first && samples > 0) continue;
      const from = Math.max(0, first - part.sample);
      let behind: Float32Array[] | undefined;
      for await (const segment of this.#segmentsOf(stream, part, samples, step, from)) {
        const fade = before;
        before = undefined;
        if (fade !== undefined && part.preSkip === 0) {
          segment.channelData.forEach((plane, c) => fadeInto(plane, fade[c]!));
        }
        ({ behind } = segment);
        yield { ...segment, done: part.sample + segment.done, part: index };
      }
      before = behind;
    }
  }

  /** The same of one part, from its sample `first` on. */
  async *#segmentsOf(
    stream: Opened,
    part: StreamPlace,
    samples: number,
    step: number,
    first: number,
  ): AsyncGenerator<Omit<Segment, 'part'> & { behind: Float32Array[] }> {
    const { packetSamples, delaySamples, sampleRate } = codecInfo;
    const { channels, coding } = stream.header;
    const { preSkip } = part;
    const count = packetsOf(preSkip + samples);
    const lead = delaySamples + preSkip; // what the packets give before the part's sample 0
    const begin = Math.floor((first + lead) / packetSamples);
    const packet = decodeFrom(begin, PREROLL.decoder);
    const seconds = (part.sample + Math.max(0, packet * packetSamples - preSkip)) / sampleRate;
    const packets = await this.#graphs.open(stream.bytes, seconds, part, coding === 'entropy');
    try {
      for (let from = begin; from < count; from += step) {
        const to = Math.min(count, from + step);
        const start = decodeFrom(from, PREROLL.decoder);
        const rows = await packets.rows(start, to);
        // Behind the end of a part, as if its next packet were lost.
        const more = new Uint16Array(rows.length + (to === count ? ROW_BYTES : 0)).fill(ABSENT);
        more.set(rows);
        const reply = await this.#graphs.decode(more);
        const offset = lead - start * packetSamples; // of the part's sample 0 in the reply
        const low = Math.max(first, from * packetSamples - lead);
        const high = Math.min(samples, to * packetSamples - lead);
        const cut = (begin: number, end: number): Float32Array<ArrayBuffer>[] => {
          const [left, right] = reply.channelData.map((data) =>
            data.slice(begin + offset, Math.max(begin, end) + offset),
          ) as [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
          if (channels === 1) left.forEach((value, i) => (left[i] = (value + right[i]!) / 2));
          return channels === 1 ? [left] : [left, right];
        };
        const width = FEATURE_NAMES.length * FEATURE_ROWS_PER_PACKET;
        const features = reply.features.subarray((from - start) * width, (to - start) * width);
        markFirstAudio();
        const behind = to === count ? cut(samples, samples + JOIN_FADE) : [];
        yield { channelData: cut(low, high), features, done: high, behind };
      }
    } finally {
      packets.free();
    }
  }

  async unpack(bytes: Uint8Array): Promise<Opened> {
    const contents = await this.#graphs.contents(bytes);
    const { quality, packetBytes: size, coding, samples } = contents.header;
    const { identity, packetSamples } = codecInfo;
    const problem = otherModel(contents.header, { identity, codecIdentity: CODEC_IDENTITY });
    if (problem) throw problem;
    if (coding === 'entropy' && !codecInfo.entropyCoding) {
      throw new Problem(
        'newer-version',
        'This file is of a kind that the ONNX engine cannot read. Choose the Motet engine.',
      );
    }
    if (size !== packetBytes(quality)) {
      throw new Problem('damaged', 'This Motet file is damaged.', `packets of ${size} bytes`);
    }
    const { complete, lost, packets } = contents;
    const known = packets - lost.reduce((sum, each) => sum + each.packets, 0);
    if (known === 0 && !(complete && samples === 0)) {
      throw new Problem('damaged', 'This Motet file is damaged: no sound in it could be read.');
    }
    const { preSkip, parts } = contents.header;
    const last = streamParts(contents.header).at(-1)!;
    const whole =
      parts.length > 0 ? last.packet + last.packets : packetsOf(preSkip + (samples ?? 0));
    const missing = samples === undefined ? 0 : whole - packets;
    if (missing > 0) lost.push({ packet: packets, packets: missing });
    const held = Math.max(0, packets * packetSamples - preSkip);
    return { ...contents, bytes, samples: samples ?? held };
  }

  async decode(bytes: Uint8Array, options: DecodeOptions): Promise<DecodeReport> {
    const stream = await this.unpack(bytes);
    await this.#graphs.load(['decoder']);
    const watch = new Stopwatch(codecInfo.sampleRate, stream.samples);
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
    const stream = await this.unpack(bytes);
    const width = FEATURE_NAMES.length;
    const rowsPerSecond =
      (codecInfo.sampleRate / codecInfo.packetSamples) * FEATURE_ROWS_PER_PACKET;
    const toRows = (samples: number) => (samples / codecInfo.sampleRate) * rowsPerSecond;
    // Rows of a part begin with the one that is nearest to its first sample.
    const places = streamParts(stream.header);
    const ends = places.slice(1).map(({ sample }) => Math.round(toRows(sample)));
    ends.push(Math.ceil(toRows(stream.samples)));
    const values = new Float32Array(ends.at(-1)! * width);
    const at = places.map(({ sample }) => Math.round(toRows(sample)) - FEATURE_DELAY_ROWS);
    for await (const { features, part } of this.segments(stream, SEGMENT_PACKETS)) {
      const begin = Math.round(toRows(places[part]!.sample));
      const rows = features.length / width;
      const from = Math.max(at[part]!, begin);
      const to = Math.min(at[part]! + rows, ends[part]!);
      if (from < to) {
        const skipped = from - at[part]!;
        values.set(features.subarray(skipped * width, (skipped + to - from) * width), from * width);
      }
      at[part]! += rows;
    }
    const rows = Math.min(ends.at(-1)!, at.at(-1)!);
    const own = values.subarray(0, rows * width);
    const features = { names: FEATURE_NAMES, rowsPerSecond, rows, values: own };
    return summarize(features, part);
  }

  async inspect(bytes: Uint8Array): Promise<StreamFacts> {
    const stream = await this.unpack(bytes);
    const { channels, quality, tags } = stream.header;
    const { samples } = stream;
    return { channels, quality, samples, tags, bytes: bytes.length, damage: damageOf(stream) };
  }

  async playback(context: AudioContext, bytes: Uint8Array): Promise<Playback> {
    const stream = await this.unpack(bytes);
    await this.#graphs.load(['decoder']);
    const { samples } = stream;
    return new ChunkPlayback(
      context,
      samples,
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

/** What the header of a new file says. */
function headerOf({ channels, samples }: PcmSource, options: EncodeOptions): StreamWriterOptions {
  const { quality, tags } = options;
  const { sampleRate, identity: modelIdentity } = codecInfo;
  const size = packetBytes(quality);
  return { sampleRate, channels, quality, packetBytes: size, samples, modelIdentity, tags };
}

function damageOf({ header, lost, complete }: Opened): string[] {
  const places = streamParts(header);
  const secondOf = (packet: number): number => {
    const after = places.findIndex((place) => place.packet > packet);
    const part = places.at(after < 0 ? -1 : after - 1)!;
    const sample = part.sample + (packet - part.packet) * codecInfo.packetSamples;
    return sample / codecInfo.sampleRate;
  };
  const sentences = lost.map(
    ({ packet, packets }) =>
      `${packets} of the packets are lost, from second ${secondOf(packet).toFixed(1)} on`,
  );
  if (!complete) sentences.push('the file ends too early');
  return sentences;
}

export async function load(): Promise<Engine> {
  return new OnnxEngine();
}
