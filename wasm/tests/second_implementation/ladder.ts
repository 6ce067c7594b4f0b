// The ladder of qualities (docs/ARCHITECTURE.md): what each adds to a packet. That is the codes of one
// quantizer, unless the model says its own ladder. Where packets have tones or levels of bands, these stand
// behind the codes of the first quality that has them, tones first.
export const LEVELS = ['coarse', 'mid', 'fine'] as const;
export type LevelName = (typeof LEVELS)[number];

/** Frames of a level in one packet. */
export const FRAMES: Record<LevelName, number> = { coarse: 1, mid: 2, fine: 4 };

export interface Quantizer {
  level: LevelName;
  /** In its level. */
  index: number;
  /** Quantizers come in stages, as many of each level as the codec's context takes in. */
  stage: number;
  /** Of the frames of a packet, a byte each. */
  codes: CodePlace[];
}

/** Where packets have a code: the lowest quality, and the byte. */
export interface CodePlace {
  quality: number;
  offset: number;
}

/** `quantizer` of the model's configuration. */
export interface QuantizerConfig {
  per_level: number;
  context: number;
}

/** `tones` of the model's configuration, as far as packets know them. */
export interface TonesConfig {
  /** Number of the first of the `lines`. */
  first: number;
  lines: number;
  count: number;
  from_quality: number;
  /** 1 of each where they are not said. */
  phases?: number;
  pans?: number;
}

/** `bands` of the model's configuration, likewise. */
export interface BandsConfig {
  /** A band lies between two. */
  edges: readonly number[];
  from_quality: number;
}

/** A model's configuration, likewise. */
export interface PacketConfig {
  quantizer: QuantizerConfig;
  /** What each quality adds, if that is not a quantizer: "coarse.2, coarse.3", or "mid.2 even" for every other frame. */
  ladder?: readonly string[];
  tones?: TonesConfig;
  bands?: BandsConfig;
}

/** Line and level of a tone, and its phase and pan as one number where there are several. */
export const bytesOfTone = ({ phases = 1, pans = 1 }: TonesConfig): number =>
  phases * pans > 1 ? 3 : 2;

/** Of all in a packet. */
export const bytesOfTones = (tones: TonesConfig): number => tones.count * bytesOfTone(tones);

/** Of the levels in a packet. */
export const bytesOfBands = ({ edges }: BandsConfig): number => edges.length - 1;

const bytesOfTonesFrom = ({ tones }: PacketConfig, quality: number): number =>
  tones?.from_quality === quality ? bytesOfTones(tones) : 0;

const bytesOfBandsFrom = ({ bands }: PacketConfig, quality: number): number =>
  bands?.from_quality === quality ? bytesOfBands(bands) : 0;

/** All quantizers in the usual order: stage after stage, level after level. */
export function quantizersOf(config: PacketConfig): Quantizer[] {
  const { per_level, context } = config.quantizer;
  const quantizers: Quantizer[] = [];
  for (let first = 0; first < per_level; first += context) {
    for (const level of LEVELS) {
      for (let index = first; index < Math.min(first + context, per_level); ++index)
        quantizers.push({ level, index, stage: first / context, codes: [] });
    }
  }
  let offset = 0;
  (config.ladder ?? quantizers.map(nameOf)).forEach((step, i) => {
    const quality = i + 1;
    for (const added of step.split(', ')) {
      const [name, half] = added.split(' ');
      const { level, codes } = quantizers.find((quantizer) => nameOf(quantizer) === name)!;
      for (let frame = half === 'odd' ? 1 : 0; frame < FRAMES[level]; frame += half ? 2 : 1)
        codes[frame] = { quality, offset: offset++ };
    }
    offset += bytesOfTonesFrom(config, quality) + bytesOfBandsFrom(config, quality);
  });
  return quantizers;
}

/** "mid.1" */
export const nameOf = ({ level, index }: Quantizer): string => `${level}.${index}`;

/** Where in a packet the codes of a quality end. */
function endOfCodes(config: PacketConfig, quality: number): number {
  const codes = quantizersOf(config).flatMap((quantizer) => quantizer.codes);
  const last = codes.filter((code) => code.quality <= quality);
  return 1 + Math.max(...last.map(({ offset }) => offset));
}

/** Bytes of a packet. */
export const bytesOfPacket = (config: PacketConfig, quality: number): number =>
  endOfCodes(config, quality) +
  bytesOfTonesFrom(config, quality) +
  bytesOfBandsFrom(config, quality);

/** Where in the packets of a quality the tones begin, if they have any. */
export function offsetOfTones(config: PacketConfig, quality: number): number | undefined {
  const from = config.tones?.from_quality ?? Infinity;
  return quality < from ? undefined : endOfCodes(config, from);
}

/** Likewise the levels of bands. */
export function offsetOfBands(config: PacketConfig, quality: number): number | undefined {
  const from = config.bands?.from_quality ?? Infinity;
  return quality < from ? undefined : endOfCodes(config, from) + bytesOfTonesFrom(config, from);
}
