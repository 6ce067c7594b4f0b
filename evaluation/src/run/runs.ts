// `./dev evaluate run`: a report on training runs, several side by side.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { numberOf, parse } from '../command-line';
import { spread } from '../measure/clips';
import { findProgram } from '../programs/program';
import { writePage } from '../report/page-file';
import type { RunFacts, RunsData } from './data';
import { mediaOf, type Media } from './event-file';

const HELP = `usage: ./dev evaluate run [OPTIONS] RUN...

A report on training runs (folders that motet-train made), side by side: every logged term, schedules,
perplexities, pictures and sounds over time. Writes OUT/runs.html, one file that needs no network.

  --out DIR      (runs/evaluation)
  --title TEXT
  --media N      of each picture or sound, so many of its steps (5)
`;

export function describeRuns(args: readonly string[], template: string): void {
  const options = parse(args, ['out', 'title', 'media'], ['help']);
  if (options.values.has('help') || !options.words.length) {
    (options.values.has('help') ? process.stdout : process.stderr).write(HELP);
    if (!options.values.has('help')) process.exitCode = 2;
    return;
  }
  const out = options.values.get('out')?.at(-1) ?? 'runs/evaluation';
  const most = numberOf(options, 'media', 5, 0, 1000);
  const runs = options.words.map((folder) => readRun(folder, most));
  const names = runs.map(({ name }) => name).join(', ');
  const data: RunsData = {
    form: 'runs',
    title: options.values.get('title')?.at(-1) ?? `Training: ${names}`,
    made: new Date().toISOString(),
    runs,
  };
  mkdirSync(out, { recursive: true });
  writePage(template, join(out, 'runs.html'), data.title, data);
  process.stdout.write(`${join(out, 'runs.html')}\n`);
}

export function readRun(folder: string, most: number): RunFacts {
  const log = join(folder, 'metrics.csv');
  if (!existsSync(log)) throw new Error(`${folder} is no training run: it has no metrics.csv`);
  const json = (name: string): unknown => {
    const file = join(folder, name);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  };
  const media = mediaIn(join(folder, 'tensorboard'), most);
  const validation = lastValidation(join(folder, 'log.jsonl'));
  return {
    name: basename(resolve(folder)),
    folder,
    starts: (json('run.json') as RunFacts['starts'] | undefined) ?? [],
    config: json('config.json'),
    logged: loggedIn(readFileSync(log, 'utf8'), log),
    ...(validation ? { validation } : {}),
    pictures: media
      .filter(({ kind }) => kind === 'image')
      .map(({ tag, step, bytes }) => ({
        ...{ tag, step },
        source: `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`,
      })),
    sounds: media
      .filter(({ kind }) => kind === 'audio')
      .map(({ tag, step, bytes }) => ({
        ...{ tag, step, label: `${tag}, step ${step}`, codec: '' },
        ...smaller(bytes),
      })),
  };
}

/** A WAV file as FLAC where there is ffmpeg, which makes the page half as large. */
function smaller(wav: Uint8Array): { flac: string; type: string } {
  const ffmpeg = findProgram('ffmpeg');
  if (ffmpeg) {
    const made = spawnSync(ffmpeg, ['-v', 'error', '-i', '-', '-f', 'flac', '-'], {
      ...{ input: wav, maxBuffer: 2 ** 28 },
    });
    if (made.status === 0) return { flac: made.stdout.toString('base64'), type: 'audio/flac' };
  }
  return { flac: Buffer.from(wav).toString('base64'), type: 'audio/wav' };
}

/** step,tag,value; a run that went on repeats steps, of which the last counts. */
export function loggedIn(csv: string, file: string): RunFacts['logged'] {
  const byTag = new Map<string, Map<number, number>>();
  const [head, ...lines] = csv.trimEnd().split('\n');
  if (head !== 'step,tag,value')
    throw new Error(`${file} begins with '${head}', wanted step,tag,value`);
  lines.forEach((line, i) => {
    const [step, tag, value] = line.split(',');
    if (!tag || Number.isNaN(Number(step)))
      throw new Error(`${file}, line ${i + 2}: '${line}', wanted step,tag,value`);
    const points = byTag.get(tag) ?? new Map<number, number>();
    points.set(Number(step), Number(value));
    byTag.set(tag, points);
  });
  return Object.fromEntries(
    [...byTag]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([tag, points]) => [
        tag,
        [...points].filter(([, value]) => Number.isFinite(value)).sort(([a], [b]) => a - b),
      ]),
  );
}

function lastValidation(file: string): RunFacts['validation'] {
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').reverse();
  for (const line of lines) {
    if (!line.startsWith('{"validation"')) continue;
    return (JSON.parse(line) as { validation: RunFacts['validation'] }).validation;
  }
  return undefined;
}

function mediaIn(folder: string, most: number): Media[] {
  if (!existsSync(folder)) return [];
  const all = readdirSync(folder)
    .filter((name) => name.includes('tfevents'))
    .sort()
    .flatMap((name) => mediaOf(join(folder, name)));
  const byTag = new Map<string, Media[]>();
  for (const one of all) byTag.set(one.tag, [...(byTag.get(one.tag) ?? []), one]);
  return [...byTag.values()].flatMap((own) => spread(own, most));
}
