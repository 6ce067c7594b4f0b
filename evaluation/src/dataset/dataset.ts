// `./dev evaluate data`: a report on a dataset.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { numberOf, parse } from '../command-line';
import { forEach } from '../measure/pool';
import { Progress } from '../measure/progress';
import { findProgram, run } from '../programs/program';
import { writePage } from '../report/page-file';
import type { DatasetData, TrackFacts } from './data';
import { duplicatesOf, type Outline } from './duplicates';
import { openDataset, RATE, type Source, type Track } from './source';
import { BANDS_HZ, lookAt } from './spectrum';

const HELP = `usage: ./dev evaluate data [OPTIONS] DIR

A report on a dataset: what motet-data collect made, or any folder of music. Hours by package, loudness,
bandwidth, spectra, stereo width, tempo, duplicates, and examples to hear. Writes OUT/data.html, one file
that needs no network, and data.json.

  --out DIR        (runs/evaluation)
  --title TEXT
  --audio-mib N    of the page, for examples (16)
  --jobs N         at once (one for each processor)
`;

/** Seconds from the middle of each track that are looked at. */
const LOOKED = 60;
/** Places in a track at which its level is taken. */
const PLACES = 96;

export async function describeDataset(args: readonly string[], template: string): Promise<void> {
  const options = parse(args, ['out', 'title', 'audio-mib', 'jobs'], ['help']);
  const folder = options.words[0];
  if (options.values.has('help') || !folder || options.words.length > 1) {
    (options.values.has('help') ? process.stdout : process.stderr).write(HELP);
    if (!options.values.has('help')) process.exitCode = 2;
    return;
  }
  const ffmpeg = findProgram('ffmpeg');
  const ffprobe = findProgram('ffprobe');
  if (!ffmpeg || !ffprobe) throw new Error('ffmpeg is missing (Debian package ffmpeg)');
  const out = options.values.get('out')?.at(-1) ?? 'runs/evaluation';
  mkdirSync(out, { recursive: true });
  const source = await openDataset(folder, ffmpeg, ffprobe);
  const facts: TrackFacts[] = [];
  const outlines: Outline[] = [];
  const progress = new Progress('Looking', source.tracks.length);
  const jobs = numberOf(options, 'jobs', availableParallelism(), 1, 1024);
  await forEach([...source.tracks.entries()], jobs, async ([i, track]) => {
    facts[i] = await factsOf(track, ffmpeg);
    outlines[i] = await outlineOf(track);
    progress.step();
  });
  progress.end();
  const data: DatasetData = {
    form: 'dataset',
    title: options.values.get('title')?.at(-1) ?? `The music in ${basename(resolve(folder))}`,
    made: new Date().toISOString(),
    folder: basename(resolve(folder)),
    packages: source.packages,
    tracks: facts,
    bandsHz: BANDS_HZ,
    duplicates: duplicatesOf(outlines),
    examples: await examplesOf(source, ffmpeg, out, numberOf(options, 'audio-mib', 16, 0, 1024)),
  };
  const plain = { ...data, examples: undefined };
  writeFileSync(join(out, 'data.json'), `${JSON.stringify(plain)}\n`);
  writePage(template, join(out, 'data.html'), data.title, data);
  process.stdout.write(`${join(out, 'data.html')}\n`);
}

async function factsOf(track: Track, ffmpeg: string): Promise<TrackFacts> {
  const samples = await track.read(Math.max(0, (track.seconds - LOOKED) / 2), LOOKED);
  return {
    name: track.name,
    package: track.package,
    split: track.split,
    seconds: track.seconds,
    bandwidthHz: track.bandwidthHz,
    loudnessLufs: await loudnessOf(samples, ffmpeg),
    ...lookAt(samples),
  };
}

/** Integrated loudness by ffmpeg's filter ebur128 (EBU R 128). */
function loudnessOf(samples: Int16Array, ffmpeg: string): Promise<number | null> {
  return new Promise((resolveWith, reject) => {
    const child = spawn(ffmpeg, [
      ...['-hide_banner', '-nostats', '-f', 's16le', '-ar', String(RATE), '-ac', '2', '-i', '-'],
      ...['-af', 'ebur128=framelog=verbose', '-f', 'null', '-'],
    ]);
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    child.on('error', reject);
    child.stdin.on('error', () => {}); // it says why on standard error
    child.on('close', (code) => {
      const found = /I:\s+(-?[0-9.]+|-inf) LUFS/.exec(said)?.[1];
      if (code !== 0 || found === undefined)
        return reject(new Error(`${ffmpeg} cannot measure loudness: ${said.trim().slice(-300)}`));
      const lufs = Number(found);
      // -70 is the gate: nothing was above it.
      resolveWith(Number.isFinite(lufs) && lufs > -70 ? lufs : null);
    });
    child.stdin.end(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
  });
}

async function outlineOf(track: Track): Promise<Outline> {
  const levels: number[] = [];
  // A folder's files are decoded once, shards are read at their places.
  const whole = track.hash === undefined ? await track.read(0, track.seconds) : undefined;
  for (let i = 0; i < PLACES; ++i) {
    const start = ((i + 0.5) / PLACES) * track.seconds;
    const seconds = 0.05;
    const from = 2 * Math.round(start * RATE);
    const part = whole
      ? whole.subarray(from, from + 2 * Math.round(seconds * RATE))
      : await track.read(start, seconds);
    let energy = 0;
    for (const sample of part) energy += (sample / 32768) ** 2;
    levels.push(10 * Math.log10(energy / Math.max(part.length, 1) + 1e-9));
  }
  const outline = { name: track.name, seconds: track.seconds, levels };
  return track.hash === undefined ? outline : { ...outline, hash: track.hash };
}

/** Eight seconds of a track of each package, the longest ones', until the budget is spent. */
async function examplesOf(
  source: Source,
  ffmpeg: string,
  out: string,
  mebibytes: number,
): Promise<DatasetData['examples']> {
  const examples: DatasetData['examples'] = [];
  let left = mebibytes * 2 ** 20;
  for (const { name } of source.packages) {
    const own = source.tracks
      .filter((track) => track.package === name)
      .sort((a, b) => a.seconds - b.seconds);
    const track = own[Math.floor(own.length / 2)];
    if (!track) continue;
    const raw = join(out, 'example.raw');
    const flac = join(out, 'example.flac');
    const samples = await track.read(track.seconds / 3, 8);
    writeFileSync(raw, samples);
    await run(ffmpeg, [
      ...['-v', 'error', '-nostdin', '-y', '-f', 's16le', '-ar', String(RATE), '-ac', '2'],
      ...['-i', raw, '-compression_level', '12', flac],
    ]);
    const text = readFileSync(flac).toString('base64');
    rmSync(raw);
    rmSync(flac);
    left -= text.length;
    if (left < 0) break;
    const label = track.name.split('/').at(-1)!;
    examples.push({ label, codec: '', package: name, flac: text });
  }
  return examples;
}
