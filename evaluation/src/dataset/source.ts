// Where a dataset's tracks lie: in the shards that motet-data made, or in files of a folder.
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { extname, join, relative, sep } from 'node:path';
import { run } from '../programs/program';

export const RATE = 44100;

export interface Track {
  name: string;
  package: string;
  split: string;
  seconds: number;
  bandwidthHz: number | null;
  /** Of the samples; equal for equal music. */
  hash?: string;
  /** 16-bit stereo, interleaved, at 44.1 kHz. */
  read(start: number, seconds: number): Promise<Int16Array>;
}

export interface Source {
  packages: { name: string; version: string; kind: string; licence: string; weight: number }[];
  tracks: Track[];
}

interface Manifest {
  packages: Source['packages'];
  shards: { file: string }[];
  tracks: {
    name: string;
    package: string;
    split: string;
    shard: number;
    offset: number;
    frames: number;
    bandwidth_hz: number;
    content_hash: string;
  }[];
}

export async function openDataset(
  folder: string,
  ffmpeg: string,
  ffprobe: string,
): Promise<Source> {
  const manifest = join(folder, 'manifest.json');
  if (existsSync(manifest))
    return shards(folder, JSON.parse(readFileSync(manifest, 'utf8')) as Manifest);
  return files(folder, ffmpeg, ffprobe);
}

function shards(folder: string, manifest: Manifest): Source {
  const bytesOfFrame = 4;
  return {
    packages: manifest.packages,
    tracks: manifest.tracks.map((track) => ({
      name: track.name,
      package: track.package,
      split: track.split,
      seconds: track.frames / RATE,
      bandwidthHz: track.bandwidth_hz,
      hash: track.content_hash,
      read: async (start, seconds) => {
        const first = Math.min(Math.round(start * RATE), track.frames);
        const frames = Math.min(Math.round(seconds * RATE), track.frames - first);
        const samples = new Int16Array(2 * frames);
        const file = openSync(join(folder, manifest.shards[track.shard]!.file), 'r');
        try {
          readSync(file, samples, 0, samples.byteLength, (track.offset + first) * bytesOfFrame);
        } finally {
          closeSync(file);
        }
        return samples;
      },
    })),
  };
}

const AUDIO = ['.flac', '.wav', '.ogg', '.oga', '.opus', '.mp3', '.m4a', '.aiff', '.aif', '.wv'];

async function files(folder: string, ffmpeg: string, ffprobe: string): Promise<Source> {
  const found = audioIn(folder);
  if (!found.length)
    throw new Error(`${folder} has neither a manifest.json nor music in it (${AUDIO.join(', ')})`);
  const tracks: Track[] = [];
  for (const file of found) {
    const { stdout } = await run(ffprobe, [
      ...['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', file],
    ]);
    const parts = relative(folder, file).split(sep);
    tracks.push({
      name: parts.join('/'),
      package: parts.length > 1 ? parts[0]! : '.',
      split: '',
      seconds: Number(stdout.trim()) || 0,
      bandwidthHz: null,
      read: (start, seconds) => decoded(ffmpeg, file, start, seconds),
    });
  }
  const names = [...new Set(tracks.map((track) => track.package))];
  return {
    packages: names.map((name) => ({ name, version: '', kind: '', licence: '', weight: 1 })),
    tracks,
  };
}

function audioIn(folder: string): string[] {
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return audioIn(path);
      return AUDIO.includes(extname(name).toLowerCase()) ? [path] : [];
    });
}

function decoded(
  ffmpeg: string,
  file: string,
  start: number,
  seconds: number,
): Promise<Int16Array> {
  return new Promise((resolve, reject) => {
    const child = spawn(ffmpeg, [
      ...['-v', 'error', '-nostdin', '-ss', String(start), '-t', String(seconds), '-i', file],
      ...['-map', '0:a:0', '-ac', '2', '-ar', String(RATE), '-f', 's16le', '-'],
    ]);
    const parts: Buffer[] = [];
    let why = '';
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => (why += part.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${ffmpeg} cannot read ${file}: ${why.trim()}`));
      const bytes = Buffer.concat(parts);
      // A copy of its own, so that it begins at an even address.
      const samples = new Int16Array(bytes.length >> 1);
      new Uint8Array(samples.buffer).set(bytes.subarray(0, 2 * samples.length));
      resolve(samples);
    });
  });
}
