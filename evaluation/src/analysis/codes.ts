// What the codes of a model's quantizers are like: histogram, perplexity, and what a code still says
// when the one before is known.
import { readFileSync } from 'node:fs';

export interface Quantizer {
  /** "coarse.0" */
  name: string;
  /** Of its codes in a packet, one byte each, in the order of time. */
  offsets: number[];
}

interface ModelConfig {
  quantizer: { per_level: number; context: number; entries: number };
  /** What each quality adds, if that is not a quantizer: "coarse.2, coarse.3", or "mid.2 even" for every other frame. */
  ladder?: string[];
  /** Of two bytes each, or three where there are several phases or pans. */
  tones?: { count: number; from_quality: number; phases?: number; pans?: number };
  bands?: { edges: number[]; from_quality: number };
}

const LEVELS = [
  ['coarse', 1],
  ['mid', 2],
  ['fine', 4],
] as const;

export interface Ladder {
  qualities: number;
  quantizers: Quantizer[];
  /** Of a codebook. */
  entries: number;
}

/** The ladder of a model file (docs/ARCHITECTURE.md). */
export function ladderOf(modelFile: string): Ladder {
  const bytes = readFileSync(modelFile);
  if (bytes.subarray(0, 8).toString('latin1') !== 'MOTETMDL')
    throw new Error(`${modelFile} is no model file: it begins with other bytes than MOTETMDL`);
  const json = bytes.subarray(64, 64 + bytes.readUInt32LE(12)).toString();
  const { model } = JSON.parse(json) as { model: ModelConfig };
  const { per_level, context, entries } = model.quantizer;
  const quantizers: Quantizer[] = [];
  for (let first = 0; first < per_level; first += context) {
    for (const [level, frames] of LEVELS) {
      for (let index = first; index < Math.min(first + context, per_level); ++index)
        quantizers.push({ name: `${level}.${index}`, offsets: new Array<number>(frames).fill(0) });
    }
  }
  const steps = model.ladder ?? quantizers.map(({ name }) => name);
  let offset = 0;
  steps.forEach((step, i) => {
    for (const added of step.split(', ')) {
      const [name, half] = added.split(' ');
      const { offsets } = quantizers.find((quantizer) => quantizer.name === name)!;
      for (let frame = half === 'odd' ? 1 : 0; frame < offsets.length; frame += half ? 2 : 1)
        offsets[frame] = offset++;
    }
    offset += bytesBehind(model, i + 1);
  });
  return { qualities: steps.length, quantizers, entries };
}

/** Tones and levels of bands follow the codes of the first quality that has them. */
function bytesBehind({ tones, bands }: ModelConfig, quality: number): number {
  let bytes = 0;
  if (tones?.from_quality === quality)
    bytes += ((tones.phases ?? 1) * (tones.pans ?? 1) > 1 ? 3 : 2) * tones.count;
  if (bands?.from_quality === quality) bytes += bands.edges.length - 1;
  return bytes;
}

/** The packets of a stream of fixed-width codes (docs/FORMAT.md), one after another. */
export function packetsOf(stream: Uint8Array): { packets: Uint8Array; bytesOfPacket: number } {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const fail = (what: string): never => {
    throw new Error(`not a stream of fixed-width codes: ${what}`);
  };
  if (stream.length < 54 || Buffer.from(stream.subarray(0, 5)).toString('latin1') !== 'Motet')
    fail('it does not begin with "Motet"');
  if (view.getUint8(22) !== 0) fail(`coding ${view.getUint8(22)}, wanted 0`);
  const bytesOfPacket = view.getUint8(23);
  const payloads: Uint8Array[] = [];
  for (let at = view.getUint32(12, true); at < stream.length;) {
    if (at + 14 > stream.length || view.getUint16(at, true) !== 0xf54d)
      fail(`no page at byte ${at}`);
    const size = view.getUint16(at + 8, true);
    if (view.getUint8(at + 2) & 1) break;
    payloads.push(stream.subarray(at + 14, at + 14 + size));
    at += 14 + size;
  }
  return { packets: Buffer.concat(payloads), bytesOfPacket };
}

/** The codes of a quantizer in a sequence of packets of the highest quality, in the order of time. */
export function codesOf(
  packets: Uint8Array,
  bytesOfPacket: number,
  { offsets }: Quantizer,
): Uint8Array {
  const count = Math.floor(packets.length / bytesOfPacket);
  return Uint8Array.from({ length: count * offsets.length }, (_, i) => {
    const packet = Math.floor(i / offsets.length);
    return packets[packet * bytesOfPacket + offsets[i % offsets.length]!]!;
  });
}

export interface CodeStatistics {
  name: string;
  /** How often each entry was used. */
  histogram: number[];
  /** Of the histogram, in bits. */
  entropy: number;
  /** 2 to the entropy: so many entries used equally often say as much. */
  perplexity: number;
  /** Bits for a code when the one before it in the same quantizer is known. */
  conditional: number;
  unused: number;
}

/**
 * Of sequences of codes, one for each clip. The conditional entropy is what a code that learns as it
 * goes would spend (prequential: Dawid, 1984), for the counts of a table of entries × entries are too few
 * to be believed: code c after b costs -log2 of (n(b, c) + m p(c)) / (n(b) + m), where n counts what came
 * before, and p is learnt in the same way without b, from equal probabilities. Of several m the cheapest
 * counts: naming it costs nothing beside the codes.
 */
export function statisticsOf(
  name: string,
  sequences: readonly Uint8Array[],
  entries: number,
): CodeStatistics {
  const histogram = new Array<number>(entries).fill(0);
  for (const codes of sequences) for (const code of codes) ++histogram[code]!;
  const total = histogram.reduce((sum, n) => sum + n, 0);
  let entropy = 0;
  for (const n of histogram) if (n) entropy -= (n / total) * Math.log2(n / total);
  return {
    name,
    histogram,
    entropy,
    perplexity: 2 ** entropy,
    conditional: conditionalEntropy(sequences, entries),
    unused: histogram.filter((n) => !n).length,
  };
}

/** How much what is expected without the code before weighs against what was seen after it. */
const WEIGHTS = [16, 64, 256, 1024, 65_536] as const;

function conditionalEntropy(sequences: readonly Uint8Array[], entries: number): number {
  const pairs = new Uint32Array(entries * entries);
  const before = new Uint32Array(entries);
  const alone = new Uint32Array(entries);
  const bits = WEIGHTS.map(() => 0);
  let seen = 0;
  let count = 0;
  for (const codes of sequences) {
    for (let t = 0; t < codes.length; ++t) {
      const code = codes[t]!;
      if (t > 0) {
        const last = codes[t - 1]!;
        const place = last * entries + code;
        const expected = (alone[code]! + 0.5) / (seen + 0.5 * entries);
        WEIGHTS.forEach((m, i) => {
          bits[i]! -= Math.log2((pairs[place]! + m * expected) / (before[last]! + m));
        });
        ++count;
        ++pairs[place]!;
        ++before[last]!;
      }
      ++alone[code]!;
      ++seen;
    }
  }
  return count ? Math.min(...bits) / count : 0;
}
