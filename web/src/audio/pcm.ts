// Decoded audio as a source of stereo or mono PCM.

/** PCM at 44.1 kHz that is read in pieces, so that no second copy of all of it is needed. */
export interface PcmSource {
  readonly channels: 1 | 2;
  /** Per channel. */
  readonly samples: number;
  /** New arrays, one per channel, that the caller may give away. */
  read(from: number, count: number): Float32Array<ArrayBuffer>[];
}

const HALF_POWER = Math.SQRT1_2;

/** Weights of the input channels in left and right, as the Web Audio specification mixes down. */
function mixdown(channels: number): [number[], number[]] {
  if (channels === 4)
    return [
      [0.5, 0, 0.5, 0],
      [0, 0.5, 0, 0.5],
    ];
  if (channels === 6) {
    return [
      [1, 0, HALF_POWER, 0, HALF_POWER, 0],
      [0, 1, HALF_POWER, 0, 0, HALF_POWER],
    ];
  }
  if (channels === 3)
    return [
      [1, 0, HALF_POWER],
      [0, 1, HALF_POWER],
    ];
  // No known layout: even channels to the left, odd ones to the right.
  const side = (odd: number): number[] => {
    const count = Math.floor((channels + 1 - odd) / 2);
    return Array.from({ length: channels }, (_, i) => (i % 2 === odd ? 1 / count : 0));
  };
  return [side(0), side(1)];
}

export class BufferSource implements PcmSource {
  readonly channels: 1 | 2;
  readonly samples: number;

  /** `announced`: seconds that the file was to have, if less of it could be read. */
  constructor(
    private readonly buffer: AudioBuffer,
    readonly announced?: number,
  ) {
    this.channels = buffer.numberOfChannels === 1 ? 1 : 2;
    this.samples = buffer.length;
  }

  /** Channels that the file had, if they were mixed down to two. */
  get mixedFrom(): number | undefined {
    const { numberOfChannels } = this.buffer;
    return numberOfChannels > 2 ? numberOfChannels : undefined;
  }

  read(from: number, count: number): Float32Array<ArrayBuffer>[] {
    const { buffer } = this;
    const channel = (index: number): Float32Array<ArrayBuffer> => {
      const data = new Float32Array(count);
      buffer.copyFromChannel(data, index, from);
      return data;
    };
    if (buffer.numberOfChannels <= 2) {
      return Array.from({ length: buffer.numberOfChannels }, (_, index) => channel(index));
    }
    const inputs = Array.from({ length: buffer.numberOfChannels }, (_, index) => channel(index));
    return mixdown(buffer.numberOfChannels).map((weights) => {
      const mixed = new Float32Array(count);
      weights.forEach((weight, index) => {
        if (weight === 0) return;
        const input = inputs[index]!;
        for (let i = 0; i < count; ++i) mixed[i]! += weight * input[i]!;
      });
      return mixed;
    });
  }
}

/** A part of a source, as a source of its own. */
export class Passage implements PcmSource {
  readonly channels: 1 | 2;

  constructor(
    private readonly source: PcmSource,
    private readonly from: number,
    readonly samples: number,
  ) {
    this.channels = source.channels;
  }

  read(from: number, count: number): Float32Array<ArrayBuffer>[] {
    return this.source.read(this.from + from, count);
  }
}

/** A source that is louder or softer. */
export class Scaled implements PcmSource {
  readonly channels: 1 | 2;
  readonly samples: number;

  constructor(
    private readonly source: PcmSource,
    private readonly gain: number,
  ) {
    this.channels = source.channels;
    this.samples = source.samples;
  }

  read(from: number, count: number): Float32Array<ArrayBuffer>[] {
    return this.source.read(from, count).map((data) => data.map((value) => value * this.gain));
  }
}

/** Arrays of samples, one per channel, as a source. */
export class PcmArrays implements PcmSource {
  readonly channels: 1 | 2;
  readonly samples: number;

  constructor(private readonly channelData: readonly Float32Array<ArrayBuffer>[]) {
    this.channels = channelData.length === 1 ? 1 : 2;
    this.samples = channelData[0]!.length;
  }

  read(from: number, count: number): Float32Array<ArrayBuffer>[] {
    return this.channelData.map((data) => data.slice(from, from + count));
  }
}
