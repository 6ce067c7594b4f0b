// What is to be measured: options into codecs and clips.
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { numberOf, numbersOf, type Options } from '../command-line';
import type { Codec, Missing } from '../codecs/codec';
import { modelsOf, motet } from '../codecs/motet';
import { aac, heAac, lyra, mp3, opus, sortOut, vorbis } from '../codecs/others';
import { findProgram } from '../programs/program';
import { datasetClips, folderClips, type Clip } from './clips';

export const VALUED = [
  ...['dataset', 'split', 'music', 'out', 'model', 'bin', 'title', 'cache'],
  ...['qualities', 'opus', 'mp3', 'vorbis', 'aac', 'he-aac'],
  ...['clips', 'per-track', 'seconds', 'jobs', 'audio-mib'],
];
export const FLAGS = ['quick', 'perceptual', 'help'];

export interface Programs {
  motet: string;
  motetData: string;
  ffmpeg: string;
}

export function programsOf(options: Options): Programs {
  const bin = options.values.get('bin')?.at(-1) ?? 'build/native/bin';
  const own = (name: string): string => {
    const file = join(bin, name);
    if (!existsSync(file)) throw new Error(`${file} is missing: ./dev build makes it`);
    return file;
  };
  const ffmpeg = findProgram('ffmpeg');
  if (!ffmpeg) throw new Error('ffmpeg is missing (Debian package ffmpeg)');
  const motetData = join(bin, 'motet-data');
  return { motet: own('motet'), motetData, ffmpeg };
}

/** In a quick run, a few settings that lie near one another in rate. */
export async function codecsOf(
  options: Options,
  programs: Programs,
): Promise<{ codecs: Codec[]; missing: Missing[]; models: string[] }> {
  const quick = options.values.has('quick');
  const numbers = (name: string, full: readonly number[], few: readonly number[]): number[] =>
    numbersOf(options, name, quick ? few : full);
  const words = options.words.map((word) => {
    const quality = Number(word);
    if (!Number.isInteger(quality) || quality < 1 || quality > 255)
      throw new Error(`'${word}' is no quality of Motet, a number from 1`);
    return quality;
  });
  const all = Array.from({ length: 12 }, (_, i) => i + 1);
  const qualities = words.length ? words : numbers('qualities', all, [3, 6, 12]);
  const models = options.values.get('model') ?? ['models/motet.motetmodel'];
  for (const model of models) if (!existsSync(model)) throw new Error(`there is no model ${model}`);
  const series = [
    ...(await Promise.all(
      modelsOf(models).map((model) => motet(programs.motet, model, qualities)),
    )),
    await opus(numbers('opus', [6, 8, 12, 16, 24, 32], [8, 16, 24])),
    await heAac(numbers('he-aac', [16, 24, 32], [24])),
    await mp3(numbers('mp3', [32, 64], [32])),
    await vorbis(numbers('vorbis', [-1, 0], [])),
    await aac(numbers('aac', [16, 32, 64], [])),
    lyra(),
  ];
  return { ...sortOut(series), models };
}

export async function clipsOf(
  options: Options,
  programs: Programs,
  out: string,
): Promise<{ clips: Clip[]; music: string }> {
  const quick = options.values.has('quick');
  const choice = {
    perTrack: numberOf(options, 'per-track', quick ? 1 : 4, 1, 1000),
    seconds: numberOf(options, 'seconds', quick ? 5 : 8, 0.5, 3600),
    most: numberOf(options, 'clips', quick ? 6 : Infinity, 1, Infinity),
  };
  const music = options.values.get('music')?.at(-1);
  if (music) {
    const ffprobe = findProgram('ffprobe');
    if (!ffprobe) throw new Error('ffprobe is missing (Debian package ffmpeg)');
    return {
      clips: await folderClips(programs.ffmpeg, ffprobe, music, out, choice),
      music: basename(resolve(music)),
    };
  }
  const dataset = options.values.get('dataset')?.at(-1) ?? 'data/music';
  const split = options.values.get('split')?.at(-1) ?? 'test';
  const clips = await datasetClips(programs.motetData, dataset, split, out, choice);
  return { clips, music: `the ${split} tracks, never trained on` };
}
