// Tests the measuring itself, with the real programs on the three excerpts of tests/data: true bit rates,
// order of qualities, decoders in time, resuming, and what cannot be compared.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { modelsOf } from '../src/codecs/motet';
import type { EvaluationData } from '../src/report/evaluation';
import type { Measurement } from '../src/measure/measurement';

const OUT = '../build/evaluation/measured';
const MOTET = '../build/native/bin/motet';
const QUALITY = ['mel', 'mel_evaluation', 'mel_mid_side', 'stft', 'si_sdr', 'coherence', 'fine'];

function evaluate(...args: string[]) {
  const program = ['--import', 'tsx', 'src/main.ts', '--music', '../tests/data', '--out', OUT];
  const rest = ['--bin', '../build/native/bin', '--model', '../models/motet.motetmodel'];
  return spawnSync(process.execPath, [...program, ...rest, ...args], { encoding: 'utf8' });
}

const SETTINGS = [
  '--seconds',
  '3',
  '--per-track',
  '1',
  '--qualities',
  '3,6',
  '--clips',
  '2',
  '--audio-mib',
  '5',
];
const OTHERS = ['--opus', '8,16,32', '--mp3', '32', '--vorbis', '0', '--aac', '32'];

let data: EvaluationData;
let said: string;

before(() => {
  rmSync(OUT, { recursive: true, force: true });
  // The excerpts that a codec has decoded already are no music to measure on.
  mkdirSync(`${OUT}/music`, { recursive: true });
  for (const name of ['excerpt', 'ivory', 'irelands-coast'])
    writeFileSync(`${OUT}/music/${name}.flac`, readFileSync(`../tests/data/${name}.flac`));
  const run = evaluate('--music', `${OUT}/music`, ...SETTINGS, ...OTHERS);
  assert.equal(run.status, 0, run.stderr);
  said = run.stdout;
  data = JSON.parse(readFileSync(join(OUT, 'results.json'), 'utf8')) as EvaluationData;
});

const result = (label: string) =>
  data.codecs.find(({ series, setting }) => `${series} ${setting}` === label)!;
const meanOf = (label: string, metric: string): number =>
  result(label).summary[data.metrics.findIndex(({ key }) => key === metric)]!.mean;

test('Opus at 32 kbit/s is better than at 16, and that than at 8, in every metric of quality', () => {
  for (const metric of QUALITY) {
    const [low, middle, high] = [8, 16, 32].map((rate) => meanOf(`Opus ${rate} kbit/s`, metric));
    const way = data.metrics.find(({ key }) => key === metric)!.better;
    const sign = way === 'low' ? -1 : 1;
    assert.ok(sign * (middle! - low!) > 0, `${metric}: 16 (${middle}) against 8 (${low})`);
    assert.ok(sign * (high! - middle!) > 0, `${metric}: 32 (${high}) against 16 (${middle})`);
  }
});

test('the bit rate is that of whole files', () => {
  const { id, kbps } = result('Motet quality 6');
  const bytes = data.clips.map((clip) => statSync(join(OUT, 'coded', id, `${clip.id}.motet`)).size);
  const seconds = data.clips.reduce((sum, clip) => sum + clip.seconds, 0);
  assert.ok(Math.abs(kbps - (bytes.reduce((a, b) => a + b) * 8) / seconds / 1000) < 1e-6);
  // Entropy coding saves something, but not two thirds.
  const packetBytes = readFileSync(join(OUT, 'coded', id, `${data.clips[0]!.id}.motet`))[23]!;
  const fixedKbps = (packetBytes * 8 * 44.1) / 1024;
  assert.ok(kbps > fixedKbps / 3 && kbps < fixedKbps, `${kbps} of ${fixedKbps}`);
});

test('every decoder was brought into time to the sample', () => {
  for (const { id } of data.codecs) {
    for (const clip of data.clips) {
      const file = join(OUT, 'measured', id, `${clip.id}.json`);
      const { comparison } = JSON.parse(readFileSync(file, 'utf8')) as Measurement;
      assert.equal(comparison.alignment.offset_samples, 0, file);
      assert.equal(comparison.samples, Math.round(clip.seconds * 44100), file);
      assert.ok(comparison.alignment.likeness! > 0.5, file);
    }
  }
});

test('what could not be measured is named, with the reason', () => {
  assert.match(said, /Not measured: Lyra v2: .*@shiguredo\/lyra-wasm/);
  assert.match(said, /Not measured: ViSQOL and Zimtohrli: --perceptual was not given/);
  const named = data.missing.some(({ series }) => series === 'HE-AAC v2');
  assert.equal(named, !data.codecs.some(({ series }) => series === 'HE-AAC v2'));
});

test('the CSV has a row for each clip, setting and metric that has a value', () => {
  const [head, ...rows] = readFileSync(join(OUT, 'results.csv'), 'utf8').trimEnd().split('\n');
  assert.equal(head, 'clip,track,kind,codec,series,setting,metric,value');
  const values = data.codecs.flatMap((codec) => codec.values.flat()).filter((v) => v !== null);
  assert.equal(rows.length, values.length + data.codecs.length * data.clips.length);
  assert.ok(rows.every((row) => Number.isFinite(Number(row.split(',').at(-1)))));
});

test('codes: twelve quantizers, none of which says more than its eight bits', () => {
  const { statistics } = data.codes[0]!;
  assert.equal(statistics.length, 12);
  for (const { entropy, perplexity, histogram, name } of statistics) {
    assert.ok(entropy > 3 && entropy <= 8, name);
    assert.ok(perplexity <= 256, name);
    // A packet is 1024 samples; the delay takes some more.
    const codes = histogram.reduce((sum, n) => sum + n, 0);
    const frames = { coarse: 1, mid: 2, fine: 4 }[name.split('.')[0]!]!;
    assert.ok(codes / frames / data.clips.length >= (3 * 44100) / 1024, name);
  }
});

test('what was measured is kept: a second run measures nothing, another setting only itself', () => {
  const [clip] = data.clips;
  const file = join(OUT, 'measured', 'opus-8', `${clip!.id}.json`);
  const before = statSync(file).mtimeMs;
  const run = evaluate('--music', `${OUT}/music`, ...SETTINGS, ...OTHERS, '--mp3', '32,64');
  assert.equal(run.status, 0, run.stderr);
  assert.equal(statSync(file).mtimeMs, before);
  assert.ok(existsSync(join(OUT, 'measured', 'mp3-64', `${clip!.id}.json`)));
});

test('swapped files, an offset and another length are noticed', () => {
  const compare = (degraded: string) =>
    spawnSync(MOTET, ['compare', join(OUT, 'music', 'ivory.flac'), degraded], { encoding: 'utf8' });
  assert.match(
    compare(join(OUT, 'music', 'excerpt.flac')).stderr,
    /do not seem to be the same music/,
  );
  const late = join(OUT, 'late.wav');
  const sox = ['-v', 'error', '-y', '-i', join(OUT, 'music', 'ivory.flac')];
  spawnSync('ffmpeg', [...sox, '-af', 'adelay=1234S:all=1', late]);
  assert.match(compare(late).stderr, /1234 samples late/);
  assert.match(compare(late).stderr, /differ in length/);
  assert.equal(compare(join(OUT, 'music', 'ivory.flac')).stderr, '');
});

test('several models are told apart by their files, and by a number where these have one name', () => {
  const series = (...files: string[]) => modelsOf(files).map((model) => model.series);
  const shipped = '../models/motet.motetmodel';
  mkdirSync(`${OUT}/models`, { recursive: true });
  for (const copy of ['mine', 'motet'])
    writeFileSync(`${OUT}/models/${copy}.motetmodel`, readFileSync(shipped));
  assert.deepEqual(series(shipped), ['Motet']);
  assert.deepEqual(series(`${OUT}/models/mine.motetmodel`), ['Motet']);
  assert.deepEqual(series(shipped, `${OUT}/models/mine.motetmodel`), ['Motet', 'Motet mine']);
  const twins = series(shipped, `${OUT}/models/motet.motetmodel`);
  assert.deepEqual(twins, ['Motet (1)', 'Motet (2)']);
});

test('a wrong option, model or folder is named', () => {
  for (const [args, wanted] of [
    [['--frob'], /unknown option '--frob'/],
    [['--seconds', 'x'], /--seconds is x, wanted a number/],
    [['--opus', '8,,16'], /--opus is 8,,16, wanted numbers/],
    [['--model', 'nowhere.motetmodel'], /there is no model nowhere\.motetmodel/],
    [['--music', 'nowhere'], /there is no folder nowhere/],
    [['quality'], /'quality' is no quality/],
  ] as const) {
    const run = evaluate(...args);
    assert.equal(run.status, 1, args.join(' '));
    assert.match(run.stderr, wanted);
  }
});
