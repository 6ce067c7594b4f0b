// Clips to hear and to see: the original and some codecs, as FLAC in the page, within a budget.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { labelOf, type Codec } from '../codecs/codec';
import { spread, type Clip } from '../measure/clips';
import { shiftOf } from '../measure/measurement';
import { run } from '../programs/program';
import type { CodecResult, Example, ExampleSound } from './evaluation';

export interface ExampleChoice {
  ffmpeg: string;
  folder: string;
  /** Bytes of the page that sounds may take. */
  budget: number;
  /** Of each clip. */
  seconds: number;
}

/** A setting of each kind: the report's own codec at three qualities, others at up to three rates. */
export function codecsToHear(codecs: readonly Codec[]): Codec[] {
  const chosen = new Set<Codec>();
  const series = [...new Set(codecs.map((codec) => codec.series))];
  for (const name of series) {
    const own = codecs.filter((codec) => codec.series === name);
    const wanted = own[0]?.motet
      ? own.filter(({ motet }) => [3, 6, 12].includes(motet!.quality))
      : name === 'Opus'
        ? spread(own, 3)
        : own.slice(0, 1);
    for (const codec of wanted.length ? wanted : own.slice(0, 1)) chosen.add(codec);
  }
  return codecs.filter((codec) => chosen.has(codec));
}

/** The worst, the median and the best clip by the first metric, then one of each kind of music. */
export function clipsToHear(
  clips: readonly Clip[],
  result: CodecResult,
): { clip: Clip; why: string }[] {
  const distance = (i: number): number => result.values[0]![i] ?? 0;
  const order = clips.map((_, i) => i).sort((a, b) => distance(b) - distance(a));
  const name = labelOf(result);
  const chosen = new Map<number, string>();
  if (!order.length) return [];
  chosen.set(order[Math.floor(order.length / 2)]!, `the median clip of ${name}`);
  chosen.set(order[0]!, `the worst clip of ${name}, by mel distance`);
  chosen.set(order.at(-1)!, `the best clip of ${name}, by mel distance`);
  for (const kind of new Set(clips.map((clip) => clip.kind))) {
    const own = order.filter((i) => clips[i]!.kind === kind);
    const middle = own[Math.floor(own.length / 2)]!;
    if (!chosen.has(middle)) chosen.set(middle, `the median clip of ${kind}`);
  }
  return [...chosen].map(([i, why]) => ({ clip: clips[i]!, why }));
}

export async function examplesOf(
  choices: readonly { clip: Clip; why: string }[],
  codecs: readonly Codec[],
  kbpsOf: (codec: Codec, clip: Clip) => number,
  codedFile: (clip: Clip, codec: Codec) => string,
  lateOf: (codec: Codec, clip: Clip) => number,
  { ffmpeg, folder, budget, seconds }: ExampleChoice,
): Promise<Example[]> {
  mkdirSync(folder, { recursive: true });
  /** Moved by so many samples, as it was for the measurement. */
  const asFlac = async (file: string, late = 0): Promise<string> => {
    const flac = join(folder, 'sound.flac');
    await run(ffmpeg, [
      ...[
        '-v',
        'error',
        '-nostdin',
        '-y',
        '-i',
        file,
        '-t',
        String(seconds),
        '-map_metadata',
        '-1',
      ],
      ...(late ? ['-af', shiftOf(late)] : []),
      ...['-ar', '44100', '-ac', '2', '-sample_fmt', 's16', '-compression_level', '12', flac],
    ]);
    return readFileSync(flac).toString('base64');
  };
  const examples: Example[] = [];
  let left = budget;
  for (const { clip, why } of choices) {
    const sounds: ExampleSound[] = [
      { label: 'original', codec: '', flac: await asFlac(clip.file) },
    ];
    for (const codec of codecs) {
      const decoded = join(folder, 'decoded.wav');
      await codec.decode(codedFile(clip, codec), decoded);
      const flac = await asFlac(decoded, lateOf(codec, clip));
      sounds.push({ label: labelOf(codec), codec: codec.id, kbps: kbpsOf(codec, clip), flac });
    }
    left -= sounds.reduce((sum, { flac }) => sum + flac.length, 0);
    if (left < 0) break;
    examples.push({ clip: clip.id, title: clip.track.replaceAll('_', ' '), why, sounds });
  }
  rmSync(folder, { recursive: true, force: true });
  return examples;
}
