// The clips that are measured: of the held-out tracks of a dataset, or of any folder of music.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, extname, join, relative, sep } from 'node:path';
import { run } from '../programs/program';

export interface Clip {
  /** A name for files, unique. */
  id: string;
  file: string;
  track: string;
  /** Of music, "orchestral"; for a folder of one's own, the folder that it lies in. */
  kind: string;
  seconds: number;
  /** SHA-256 of the file. */
  hash: string;
}

export interface ClipChoice {
  perTrack: number;
  seconds: number;
  /** At most so many clips, spread over all. */
  most?: number;
}

const AUDIO = ['.flac', '.wav', '.ogg', '.oga', '.opus', '.mp3', '.m4a', '.aiff', '.aif', '.wv'];

const hashOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 32);

interface Manifest {
  packages: { name: string; kind: string }[];
  tracks: { name: string; package: string; split: string; frames: number }[];
}

/** `motet-data export-clips` writes them, once. */
export async function datasetClips(
  program: string,
  dataset: string,
  split: string,
  out: string,
  { perTrack, seconds, most }: ClipChoice,
): Promise<Clip[]> {
  const folder = join(out, `clips-${split}-${perTrack}x${seconds}`);
  await once(folder, (partial) =>
    run(program, [
      ...['export-clips', dataset, '--split', split, '--per-track', String(perTrack)],
      ...['--seconds', String(seconds), '--out', partial],
    ]),
  );
  const { packages, tracks } = JSON.parse(
    readFileSync(join(dataset, 'manifest.json'), 'utf8'),
  ) as Manifest;
  const held = tracks.filter((track) => track.split === split);
  const kinds = new Map(packages.map(({ name, kind }) => [name, kind]));
  const clips = flacsOf(folder).map((file): Clip => {
    const id = basename(file, '.flac');
    // The number of the track stands in front of its name.
    const track = held[Number(id.slice(0, 3)) - 1];
    if (!track) throw new Error(`${file} is of no ${split} track of ${dataset}`);
    const length = Math.min(seconds, track.frames / 44100);
    return {
      id,
      file,
      track: basename(track.name, extname(track.name)),
      kind: kinds.get(track.package) || track.package,
      seconds: length,
      hash: hashOf(file),
    };
  });
  return spread(clips, most);
}

/** Clips of all music below a folder, as 16-bit stereo FLAC at 44.1 kHz. */
export async function folderClips(
  ffmpeg: string,
  ffprobe: string,
  music: string,
  out: string,
  { perTrack, seconds, most }: ClipChoice,
): Promise<Clip[]> {
  const files = musicOf(music);
  if (!files.length) throw new Error(`there is no music in ${music} (${AUDIO.join(', ')})`);
  const mark = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 8);
  const folder = join(out, `clips-${mark}-${perTrack}x${seconds}`);
  interface Cut {
    id: string;
    track: string;
    kind: string;
    seconds: number;
  }
  await once(folder, async (partial) => {
    mkdirSync(partial, { recursive: true });
    const cuts: Cut[] = [];
    for (const [index, file] of files.entries()) {
      const probed = await run(ffprobe, [
        ...['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', file],
      ]);
      const length = Number(probed.stdout.trim());
      if (!(length > 0.5)) continue;
      const taken = Math.min(seconds, length);
      const count = length < seconds * perTrack ? 1 : perTrack;
      for (let i = 1; i <= count; ++i) {
        const track = basename(file, extname(file));
        const id = `${String(index + 1).padStart(3, '0')}-${track.replace(/[^\w.-]+/g, '_')}-${i}`;
        const start = Math.min((length * i) / (count + 1), length - taken);
        await run(ffmpeg, [
          ...['-v', 'error', '-nostdin', '-y', '-ss', String(start), '-t', String(taken)],
          ...['-i', file, '-map', '0:a:0', '-map_metadata', '-1', '-ac', '2', '-ar', '44100'],
          ...['-sample_fmt', 's16', join(partial, `${id}.flac`)],
        ]);
        const parts = relative(music, file).split(sep);
        cuts.push({ id, track, kind: parts.length > 1 ? parts[0]! : 'music', seconds: taken });
      }
    }
    writeFileSync(join(partial, 'clips.json'), JSON.stringify(cuts));
  });
  const cuts = JSON.parse(readFileSync(join(folder, 'clips.json'), 'utf8')) as Cut[];
  const clips = cuts.map((cut) => {
    const file = join(folder, `${cut.id}.flac`);
    return { ...cut, file, hash: hashOf(file) };
  });
  return spread(clips, most);
}

/** Makes a folder under another name first: what was cut off does not count as made. */
async function once(folder: string, make: (partial: string) => Promise<unknown>): Promise<void> {
  if (existsSync(folder)) return;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(join(folder, '..'), { recursive: true });
  await make(partial);
  renameSync(partial, folder);
}

const flacsOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.flac'))
    .sort()
    .map((name) => join(folder, name));

function musicOf(folder: string): string[] {
  if (!existsSync(folder)) throw new Error(`there is no folder ${folder}`);
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return musicOf(path);
      return AUDIO.includes(extname(name).toLowerCase()) ? [path] : [];
    });
}

/** `most` of a list, at equal distances. */
export function spread<T>(all: readonly T[], most = Infinity): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / most)]!);
}
