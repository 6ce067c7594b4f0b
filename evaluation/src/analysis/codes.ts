// What the codes of a model's quantizers are like: histogram, perplexity, and what a code still says
// when the one before is known.
import { readFileSync } from 'node:fs';

export interface LadderStep {
  /** "coarse.0" */
  name: string;
  /** Codes of a packet, one byte each, one after another from `offset` on. */
  frames: number;
  offset: number;
}

interface ModelConfig {
  quantizer: { per_level: number; context: number; entries: number };
  /** Two bytes for each of `count` follow the codes of a quality, or three where there are several phases or pans. */
  tones?: { count: number; from_quality: number; phases?: number; pans?: number };
  bands?: { edges: number[]; from_quality: number };
}

const LEVELS = [
  ['coarse', 1],
  ['mid', 2],
  ['fine', 4],
] as const;

/** The ladder of a model file (docs/ARCHITECTURE.md), and how many entries a codebook has. */
export function ladderOf(modelFile: string): { steps: LadderStep[]; entries: number } {
  const bytes = readFileSync(modelFile);
  if (bytes.subarray(0, 8).toString('latin1') !== 'MOTETMDL')
    throw new Error(`${modelFile} is no model file: it begins with other bytes than MOTETMDL`);
  const json = bytes.subarray(64, 64 + bytes.readUInt32LE(12)).toString();
  const { quantizer, tones, bands } = (JSON.parse(json) as { model: ModelConfig }).model;
  const bytesOfTone = (tones?.phases ?? 1) * (tones?.pans ?? 1) > 1 ? 3 : 2;
  const steps: LadderStep[] = [];
  let offset = 0;
  for (let first = 0; first < quantizer.per_level; first += quantizer.context) {
    for (const [level, frames] of LEVELS) {
      const end = Math.min(first + quantizer.context, quantizer.per_level);
      for (let index = first; index < end; ++index) {
        steps.push({ name: `${level}.${index}`, frames, offset });
        offset += frames;
        if (tones && steps.length === tones.from_quality) offset += bytesOfTone * tones.count;
        if (bands && steps.length === bands.from_quality) offset += bands.edges.length - 1;
      }
    }
  }
  return { steps, entries: quantizer.entries };
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

/** The codes of one step of the ladder in a sequence of packets, in the order of time. */
export function codesOf(packets: Uint8Array, bytesOfPacket: number, step: LadderStep): Uint8Array {
  const count = Math.floor(packets.length / bytesOfPacket);
  const codes = new Uint8Array(count * step.frames);
  for (let packet = 0; packet < count; ++packet) {
    const from = packet * bytesOfPacket + step.offset;
    codes.set(packets.subarray(from, from + step.frames), packet * step.frames);
  }
  return codes;
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
