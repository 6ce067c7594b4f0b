// `./dev evaluate`: Motet beside what people would use instead, on the same clips.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { codesOf, ladderOf, packetsOf, statisticsOf } from '../analysis/codes';
import { labelOf, type Codec } from '../codecs/codec';
import { numberOf, parse } from '../command-line';
import { run, versionOf } from '../programs/program';
import { clipsToHear, codecsToHear, examplesOf } from '../report/examples';
import type { EvaluationData } from '../report/evaluation';
import { writePage } from '../report/page-file';
import { csvOf, summarize } from '../report/summarize';
import { markdownTable, resultsOf } from '../tables/results';
import type { Clip } from './clips';
import { hardCases } from './hard-cases';
import { Workbench, type Measurement } from './measurement';
import { perceptualJudges } from './perceptual';
import { clipsOf, codecsOf, FLAGS, programsOf, VALUED, type Programs } from './plan';
import { forEach } from './pool';
import { Progress } from './progress';

export const HELP = `usage: ./dev evaluate [OPTIONS] [QUALITY...]

Measures Motet, and what people would use instead, on clips of the held-out tracks, and writes a report:
OUT/report.html, one file that needs no network, with results.csv and results.json beside it. What is
measured already is kept: an interrupted run goes on where it was.

  --quick            a few settings and clips, in under three minutes
  --music DIR        any folder of music in place of the held-out tracks
  --model FILE       a model file; several may be given (models/motet.motetmodel)
  --qualities LIST   of Motet, with commas between (1 to 12); or as words at the end
  --opus LIST, --he-aac LIST, --mp3 LIST, --aac LIST
                     rates in kbit/s; --vorbis LIST: its qualities. "none" leaves one out
  --perceptual       ViSQOL and Zimtohrli as well, in a virtual environment made for them
  --split NAME       test or validation (test)
  --per-track N, --seconds S, --clips N
                     clips of each track (4), their length (8), at most so many
  --dataset DIR      what motet-data collect made (data/music)
  --out DIR          (runs/evaluation)
  --jobs N           at once (one for each processor)
  --audio-mib N      of the page, for examples to hear (24)
  --title TEXT
  --bin DIR          the programs (build/native/bin)
`;

type Grid = Measurement[][]; // [codec][clip]

export async function evaluate(args: readonly string[], template: string): Promise<void> {
  const options = parse(args, VALUED, FLAGS);
  if (options.values.has('help')) {
    process.stdout.write(HELP);
    return;
  }
  const value = (name: string, otherwise: string): string =>
    options.values.get(name)?.at(-1) ?? otherwise;
  const programs = programsOf(options);
  const out = value('out', 'runs/evaluation');
  mkdirSync(out, { recursive: true });
  const { codecs, missing, models } = await codecsOf(options, programs);
  const { clips, music } = await clipsOf(options, programs, out);
  const jobs = numberOf(options, 'jobs', availableParallelism(), 1, 1024);
  const judges = options.values.has('perceptual')
    ? await perceptualJudges(join(value('cache', out), 'perceptual'), programs.ffmpeg)
    : [];
  if (!judges.length) {
    missing.push({ series: 'ViSQOL and Zimtohrli', reason: '--perceptual was not given' });
  }
  const bench = new Workbench(programs.motet, programs.ffmpeg, out, judges);
  const grid = await measureAll(bench, clips, codecs, jobs, 'Measuring');
  const plain = !options.values.has('quick') && !options.values.has('music');
  const hard = plain
    ? await hardCases(
        programs.motetData,
        value('dataset', 'data/music'),
        value('split', 'test'),
        out,
      )
    : [];
  const hardCodecs = codecs.filter(({ motet, id }) => motet?.quality === 6 || id === 'opus-12');
  const extras: EvaluationData['extras'] = [];
  for (const { title, says, clips: own } of hard) {
    const measured = await measureAll(bench, own, hardCodecs, jobs, title);
    const { metrics, codecs: results } = summarize(own, hardCodecs, measured);
    extras.push({ title, says, metrics, codecs: results });
  }

  const summary = summarize(clips, codecs, grid);
  const codes = [];
  for (const model of models) {
    const series = codecs.find(({ motet }) => motet?.model === model)?.series;
    if (series)
      codes.push({ series, statistics: await codesOn(programs, model, clips, out, jobs) });
  }
  const byCodec = (codec: Codec): number => codecs.indexOf(codec);
  const favourite = favouriteOf(summary.codecs);
  const examples = await examplesOf(
    clipsToHear(clips, summary.codecs[favourite]!),
    codecsToHear(codecs),
    (codec, clip) => {
      const { bytes, comparison } = grid[byCodec(codec)]![clips.indexOf(clip)]!;
      return (bytes * 8) / comparison.seconds / 1000;
    },
    bench.codedFile,
    (codec, clip) => grid[byCodec(codec)]![clips.indexOf(clip)]!.late,
    {
      ffmpeg: programs.ffmpeg,
      folder: join(out, 'sounds'),
      budget: numberOf(options, 'audio-mib', 24, 0, 1024) * 2 ** 20,
      seconds: 8,
    },
  );
  const data: EvaluationData = {
    form: 'evaluation',
    title: value('title', 'Motet, measured'),
    made: new Date().toISOString(),
    program: await versionOf(programs.motet),
    music,
    ...summary,
    missing,
    extras,
    codes,
    examples,
  };
  writeWhole(join(out, 'results.csv'), csvOf(clips, codecs, grid));
  writeWhole(join(out, 'results.json'), `${JSON.stringify({ ...data, examples: undefined })}\n`);
  writeWhole(join(out, 'table.json'), `${JSON.stringify(resultsOf(data), null, 1)}\n`);
  writePage(template, join(out, 'report.html'), data.title, data);
  process.stdout.write(`${markdownTable(resultsOf(data))}\n`);
  for (const { series, reason } of missing)
    process.stdout.write(`Not measured: ${series}: ${reason}\n`);
  process.stderr.write(`\nThe report: ${join(out, 'report.html')}\n`);
}

/** The default quality, or what there is. */
const favouriteOf = (codecs: EvaluationData['codecs']): number =>
  Math.max(
    codecs.findIndex(({ quality }) => quality === 6),
    0,
  );

async function measureAll(
  bench: Workbench,
  clips: readonly Clip[],
  codecs: readonly Codec[],
  jobs: number,
  what: string,
): Promise<Grid> {
  const grid: Grid = codecs.map(() => []);
  const open: { codec: number; clip: number }[] = [];
  codecs.forEach((codec, c) =>
    clips.forEach((clip, k) => {
      const earlier = bench.earlier(clip, codec);
      if (earlier) grid[c]![k] = earlier;
      else open.push({ codec: c, clip: k });
    }),
  );
  const progress = new Progress(what, open.length);
  await forEach(open, jobs, async ({ codec, clip }) => {
    try {
      grid[codec]![clip] = await bench.measure(clips[clip]!, codecs[codec]!);
    } catch (error) {
      throw new Error(
        `${labelOf(codecs[codec]!)} on ${clips[clip]!.id}: ${(error as Error).message}`,
      );
    }
    progress.step();
  });
  progress.end();
  return grid;
}

/** The codes of all clips at the highest quality, one of each quantizer after another. */
async function codesOn(
  { motet }: Programs,
  model: string,
  clips: readonly Clip[],
  out: string,
  jobs: number,
): Promise<EvaluationData['codes'][number]['statistics']> {
  const { qualities, quantizers, entries } = ladderOf(model);
  const packets = new Map<Clip, ReturnType<typeof packetsOf>>();
  await forEach(clips, jobs, async (clip) => {
    const file = join(out, `${clip.id}.codes.motet`);
    await run(motet, [
      ...['encode', '--quiet', '--force', '--no-tags', '--jobs', '1', '--coding', 'fixed'],
      ...['--model', model, '--quality', String(qualities), clip.file, file],
    ]);
    packets.set(clip, packetsOf(readFileSync(file)));
    rmSync(file);
  });
  return quantizers.map((quantizer) => {
    const sequences = clips.map((clip) => {
      const { packets: bytes, bytesOfPacket } = packets.get(clip)!;
      return codesOf(bytes, bytesOfPacket, quantizer);
    });
    return statisticsOf(quantizer.name, sequences, entries);
  });
}

function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.partial`, text);
  renameSync(`${file}.partial`, file);
}
