// One clip through one codec: coded, decoded, brought into time, measured.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Codec } from '../codecs/codec';
import { run } from '../programs/program';
import type { Clip } from './clips';

/** What `motet compare --json` says, as far as the report looks at it. */
export interface Comparison {
  mel: number;
  mel_evaluation: number;
  mel_mid_side: number;
  stft: number;
  si_sdr_db: number | null;
  level_db: number | null;
  loudness_lu: number | null;
  coherence_error: number;
  bandwidth_hz: number;
  reference_bandwidth_hz: number;
  tonal: { band_edges_hz: number[]; coherence: (number | null)[]; fine: (number | null)[] };
  bands: {
    centres_hz: number[];
    bias_db: number | null;
    level_db: (number | null)[];
    error_db: (number | null)[];
  };
  transients: {
    f_score: number | null;
    onsets: number;
    before_db: number | null;
    first_ms: number;
    step_ms: number;
    error_db: (number | null)[];
  };
  alignment: { likeness: number | null; offset_samples: number };
  samples: number;
  seconds: number;
}

export interface Measurement {
  /** Of everything that the result depends on. */
  key: string;
  clip: string;
  codec: string;
  bytes: number;
  comparison: Comparison;
  /** By how many samples the decoder was late, before it was brought into time. */
  late: number;
  /** The decoded file's own length, in samples, where it is not the original's. */
  otherLength?: number;
  /** Scores of external programs, by name; null where the program gave none. */
  perceptual: Record<string, number | null>;
}

/** A filter of ffmpeg's that makes what is late come in time. */
export const shiftOf = (late: number): string =>
  late > 0 ? `atrim=start_sample=${late},asetpts=N/SR/TB` : `adelay=${-late}S:all=1`;

/** Raised whenever the metrics or the way of measuring change. */
const METRICS_VERSION = 1;

export interface Judge {
  name: string;
  identity: string;
  score(reference: string, degraded: string): Promise<number | null>;
}

export class Workbench {
  constructor(
    private readonly motet: string,
    private readonly ffmpeg: string | undefined,
    private readonly out: string,
    private readonly judges: readonly Judge[] = [],
  ) {}

  codedFile = (clip: Clip, codec: Codec): string =>
    join(this.out, 'coded', codec.id, `${clip.id}.${codec.extension}`);

  keyOf(clip: Clip, codec: Codec): string {
    const parts = [
      METRICS_VERSION,
      clip.hash,
      codec.identity,
      ...this.judges.map((j) => j.identity),
    ];
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  }

  /** The result of an earlier run; undefined where there is none, or one of something else. */
  earlier(clip: Clip, codec: Codec): Measurement | undefined {
    const file = this.resultFile(clip, codec);
    if (!existsSync(file) || !existsSync(this.codedFile(clip, codec))) return undefined;
    const result = JSON.parse(readFileSync(file, 'utf8')) as Measurement;
    return result.key === this.keyOf(clip, codec) ? result : undefined;
  }

  async measure(clip: Clip, codec: Codec): Promise<Measurement> {
    const coded = this.codedFile(clip, codec);
    mkdirSync(dirname(coded), { recursive: true });
    await codec.encode(clip.file, coded);
    const decoded = join(this.out, 'coded', codec.id, `${clip.id}.decoded.wav`);
    try {
      await codec.decode(coded, decoded);
      let comparison = await this.compare(clip.file, decoded);
      const late = comparison.alignment.offset_samples;
      const wanted = Math.round(clip.seconds * 44100);
      if (late !== 0 || comparison.samples < wanted) {
        await this.bringIntoTime(decoded, late, wanted);
        comparison = await this.compare(clip.file, decoded);
      }
      const perceptual: Record<string, number | null> = {};
      for (const judge of this.judges) {
        perceptual[judge.name] = await judge.score(clip.file, decoded);
      }
      const bytes = statSync(coded).size;
      const ids = { key: this.keyOf(clip, codec), clip: clip.id, codec: codec.id };
      const result: Measurement = { ...ids, bytes, comparison, late, perceptual };
      this.save(clip, codec, result);
      return result;
    } finally {
      rmSync(decoded, { force: true });
      rmSync(`${coded}.wav`, { force: true });
    }
  }

  private async compare(original: string, decoded: string): Promise<Comparison> {
    const { stdout } = await run(this.motet, ['compare', '--quiet', '--json', original, decoded]);
    return JSON.parse(stdout) as Comparison;
  }

  /** Moves a decoded file by so many samples, and makes it as long as its original. */
  private async bringIntoTime(decoded: string, late: number, samples: number): Promise<void> {
    if (!this.ffmpeg) throw new Error('ffmpeg is missing: a decoder that is late cannot be moved');
    const moved = `${decoded}.moved.wav`;
    await run(this.ffmpeg, [
      ...['-v', 'error', '-nostdin', '-y', '-i', decoded, '-af'],
      `${shiftOf(late)},apad,atrim=end_sample=${samples}`,
      ...['-c:a', 'pcm_f32le', moved],
    ]);
    renameSync(moved, decoded);
  }

  private resultFile = (clip: Clip, codec: Codec): string =>
    join(this.out, 'measured', codec.id, `${clip.id}.json`);

  private save(clip: Clip, codec: Codec, result: Measurement): void {
    const file = this.resultFile(clip, codec);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.partial`, JSON.stringify(result));
    renameSync(`${file}.partial`, file);
  }
}
