// Sounds that are hard on a codec: loud masters that are cut off at full scale, and attacks in silence.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../programs/program';
import type { Clip } from './clips';

export interface HardCase {
  title: string;
  says: string;
  clips: Clip[];
}

export async function hardCases(
  motetData: string,
  dataset: string,
  split: string,
  out: string,
): Promise<HardCase[]> {
  const loud = join(out, `loud-${split}`);
  const attacks = join(out, 'attacks');
  await make(motetData, loud, [
    ...['export-clips', dataset, '--split', split, '--per-track', '1', '--clipped', '18'],
  ]);
  await make(motetData, attacks, ['export-attacks']);
  return [
    {
      title: 'Loud masters',
      says: 'A clip of each track, turned up by 18 dB beyond full scale and cut off there.',
      clips: clipsIn(loud, 'loud master', 8),
    },
    {
      title: 'Attacks in silence',
      says: 'Clicks, bursts and damped sinusoids with nothing between them.',
      clips: clipsIn(attacks, 'attack', 4),
    },
  ];
}

async function make(motetData: string, folder: string, args: readonly string[]): Promise<void> {
  if (existsSync(folder)) return;
  rmSync(`${folder}.partial`, { recursive: true, force: true });
  await run(motetData, [...args, '--out', `${folder}.partial`]);
  renameSync(`${folder}.partial`, folder);
}

function clipsIn(folder: string, kind: string, seconds: number): Clip[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.flac'))
    .sort()
    .map((name) => {
      const file = join(folder, name);
      const id = `${kind.replace(' ', '-')}-${basename(name, '.flac')}`;
      const hash = createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 32);
      return { id, file, track: id, kind, seconds: secondsOf(file) ?? seconds, hash };
    });
}

/** Of a FLAC file, by its STREAMINFO (RFC 9639, 8.2). */
export function secondsOf(file: string): number | undefined {
  const bytes = readFileSync(file).subarray(0, 42);
  if (bytes.length < 42 || bytes.subarray(0, 4).toString('latin1') !== 'fLaC') return undefined;
  const rate = (bytes.readUInt16BE(18) << 4) | (bytes[20]! >> 4);
  const samples = (bytes[21]! & 15) * 2 ** 32 + bytes.readUInt32BE(22);
  return rate > 0 && samples > 0 ? samples / rate : undefined;
}
