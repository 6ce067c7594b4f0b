// What people would use instead of Motet, each through its own program.
import { findProgram, run, versionOf } from '../programs/program';
import type { Codec, Missing, Series } from './codec';

/** A program of a Debian package. */
interface Wanted {
  name: string;
  debian: string;
}

/** Finds programs; or says which of them are missing. */
function find(series: string, wanted: readonly Wanted[]): Record<string, string> | Missing {
  const found: Record<string, string> = {};
  for (const { name, debian } of wanted) {
    const file = findProgram(name);
    if (!file) return { series, reason: `${name} is not installed (Debian package ${debian})` };
    found[name] = file;
  }
  return found;
}

const isMissing = (found: Record<string, string> | Missing): found is Missing =>
  typeof (found as Missing).reason === 'string';

/** With ffmpeg, in float: the dither of 16 bits would fill the treble that a codec leaves out. */
const ffmpegDecode = (ffmpeg: string) => (coded: string, decoded: string) =>
  run(ffmpeg, [
    ...['-v', 'error', '-nostdin', '-y', '-i', coded],
    ...['-ar', '44100', '-c:a', 'pcm_f32le', decoded],
  ]);

const FFMPEG: Wanted = { name: 'ffmpeg', debian: 'ffmpeg' };

export async function opus(rates: readonly number[]): Promise<Series> {
  const found = find('Opus', [
    { name: 'opusenc', debian: 'opus-tools' },
    { name: 'opusdec', debian: 'opus-tools' },
  ]);
  if (isMissing(found)) return found;
  const version = await versionOf(found.opusenc!);
  return rates.map((rate) => ({
    id: `opus-${rate}`,
    series: 'Opus',
    setting: `${rate} kbit/s`,
    extension: 'opus',
    identity: `${version} ${rate}`,
    encode: (original, coded) =>
      run(found.opusenc!, [
        ...['--quiet', '--discard-comments', '--discard-pictures', '--bitrate', String(rate)],
        ...[original, coded],
      ]),
    decode: (coded, decoded) =>
      run(found.opusdec!, ['--quiet', '--float', '--rate', '44100', coded, decoded]),
  }));
}

export async function mp3(rates: readonly number[]): Promise<Series> {
  const found = find('MP3', [{ name: 'lame', debian: 'lame' }, FFMPEG]);
  if (isMissing(found)) return found;
  const version = await versionOf(found.lame!);
  return rates.map((rate) => ({
    id: `mp3-${rate}`,
    series: 'MP3',
    setting: `${rate} kbit/s`,
    extension: 'mp3',
    identity: `${version} ${rate}`,
    // lame reads no FLAC.
    encode: async (original, coded) => {
      const wav = `${coded}.wav`;
      await run(found.ffmpeg!, ['-v', 'error', '-nostdin', '-y', '-i', original, wav]);
      return run(found.lame!, ['--quiet', '-b', String(rate), '-q', '2', wav, coded]);
    },
    decode: ffmpegDecode(found.ffmpeg!),
  }));
}

export async function vorbis(qualities: readonly number[]): Promise<Series> {
  const found = find('Vorbis', [{ name: 'oggenc', debian: 'vorbis-tools' }, FFMPEG]);
  if (isMissing(found)) return found;
  const version = await versionOf(found.oggenc!);
  return qualities.map((quality) => ({
    id: `vorbis-q${quality}`,
    series: 'Vorbis',
    setting: `q ${quality}`,
    extension: 'ogg',
    identity: `${version} ${quality}`,
    encode: (original, coded) =>
      run(found.oggenc!, [
        ...['--quiet', '--discard-comments', '-q', String(quality), '-o', coded, original],
      ]),
    decode: ffmpegDecode(found.ffmpeg!),
  }));
}

export async function aac(rates: readonly number[]): Promise<Series> {
  const found = find('AAC-LC', [FFMPEG]);
  if (isMissing(found)) return found;
  const version = await versionOf(found.ffmpeg!, '-version');
  return rates.map((rate) => ({
    id: `aac-${rate}`,
    series: 'AAC-LC',
    setting: `${rate} kbit/s`,
    extension: 'm4a',
    identity: `${version} ${rate}`,
    note: "ffmpeg's own encoder",
    encode: (original, coded) =>
      run(found.ffmpeg!, [
        ...['-v', 'error', '-nostdin', '-y', '-i', original, '-map_metadata', '-1'],
        ...['-c:a', 'aac', '-b:a', `${rate}k`, coded],
      ]),
    decode: ffmpegDecode(found.ffmpeg!),
  }));
}

/** The most serious rival at 16 to 24 kbit/s. Its good encoder is not free in Debian's sense. */
export async function heAac(rates: readonly number[]): Promise<Series> {
  const found = find('HE-AAC v2', [
    { name: 'fdkaac', debian: 'fdkaac, which is in contrib and needs libfdk-aac2 of non-free' },
    FFMPEG,
  ]);
  if (isMissing(found)) return found;
  const version = await versionOf(found.fdkaac!, '--help');
  return rates.map((rate) => ({
    id: `heaac2-${rate}`,
    series: 'HE-AAC v2',
    setting: `${rate} kbit/s`,
    extension: 'm4a',
    identity: `${version} ${rate}`,
    encode: async (original, coded) => {
      const wav = `${coded}.wav`;
      await run(found.ffmpeg!, ['-v', 'error', '-nostdin', '-y', '-i', original, wav]);
      return run(found.fdkaac!, ['-S', '-p', '29', '-b', String(1000 * rate), '-o', coded, wav]);
    },
    decode: ffmpegDecode(found.ffmpeg!),
  }));
}

/** Lyra codes speech alone; and what there is of it cannot be run from a package. */
export const lyra = (): Missing => ({
  series: 'Lyra v2',
  reason:
    'the npm package @shiguredo/lyra-wasm holds neither its WebAssembly nor the weights, which lie ' +
    "on its project's page of releases alone; it codes mono speech at 16 kHz",
});

/** Series that there are, and those that there are not. */
export function sortOut(all: readonly Series[]): { codecs: Codec[]; missing: Missing[] } {
  const codecs: Codec[] = [];
  const missing: Missing[] = [];
  for (const series of all) {
    if (Array.isArray(series)) codecs.push(...series);
    else missing.push(series);
  }
  return { codecs, missing };
}
