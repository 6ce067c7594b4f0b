// `./dev bench`: Motet beside other engines with the same model, and beside Opus, in one table.
//   node tools/bench/bench.mjs [--runs N]
// Every engine runs in a process of its own, in turn with the others, N times (5); the table shows medians and, in
// brackets, the lowest and the highest. Writes build/bench/bench.json and bench.md, and prints the latter.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { parseArgs } from 'node:util';
import { markdown } from './table.mjs';

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '5' } } });
const RUNS = Number(options.runs);
if (!Number.isInteger(RUNS) || RUNS < 1)
  throw new Error(`--runs is ${options.runs}, wanted 1 or more`);

const FOLDER = 'build/bench';
const BIN = 'build/native/bin';
const MODEL = 'models/motet.motetmodel';
const PACKAGE = 'build/wasm/package';
const MUSIC = `${FOLDER}/music.f32`;
const WAV = `${FOLDER}/music.wav`;
const GRAPHS = `${FOLDER}/graphs`;
const ENGINES = 'tools/bench/engines';

const output = (program, ...args) =>
  execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
const json = (program, ...args) =>
  JSON.parse(
    output(program, ...args)
      .trim()
      .split('\n')
      .at(-1),
  );

mkdirSync(GRAPHS, { recursive: true });
const music = ['-v', 'error', '-y', '-i', 'tests/data/excerpt.flac', '-ac', '2', '-ar', '44100'];
output('ffmpeg', ...music, '-f', 'f32le', MUSIC);
output('ffmpeg', ...music, '-c:a', 'pcm_s16le', WAV);
output(`${BIN}/motet-export`, MODEL, '--force', '--onnx', GRAPHS);
const SECONDS = statSync(MUSIC).size / 8 / 44100;

/** Seconds of processor time of a program that cannot tell itself. */
function processorSeconds(...command) {
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" 2>/dev/null', 'bash', ...command],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${command.join(' ')} failed`);
  const [user, system] = stderr.trim().split(/\s+/).map(Number);
  return user + system;
}

function opus() {
  const coded = `${FOLDER}/music.opus`;
  const encode = processorSeconds('opusenc', '--quiet', '--bitrate', '8', WAV, coded);
  const decode = processorSeconds('opusdec', '--quiet', coded, `${FOLDER}/opus.wav`);
  return { entropy: { encode: SECONDS / encode, decode: SECONDS / decode } };
}

const engines = [
  ['Motet, native', () => json(`${BIN}/codec_benchmark`, MODEL, MUSIC)],
  ['ONNX Runtime, native', () => json('node', `${ENGINES}/onnx-node.mjs`, GRAPHS, MUSIC)],
  ['LibTorch', () => json(`${BIN}/torch_codec_benchmark`, MODEL, MUSIC)],
  [
    'Motet, WebAssembly in Node',
    () => json('node', `${ENGINES}/motet-wasm.mjs`, PACKAGE, MODEL, MUSIC),
  ],
  ['Opus (opus-tools), 8 kbit/s', opus],
];

const runs = new Map(engines.map(([name]) => [name, []]));
for (let run = 0; run < RUNS; ++run) {
  for (const [name, measure] of engines) {
    process.stderr.write(`run ${run + 1} of ${RUNS}: ${name}\n`);
    runs.get(name).push(measure());
  }
}

/** Of numbers at the same place in each run: median, lowest and highest. */
function summary(each) {
  const [first] = each;
  if (typeof first === 'number') {
    const sorted = [...each].sort((a, b) => a - b);
    return { median: sorted[sorted.length >> 1], low: sorted[0], high: sorted.at(-1) };
  }
  return Object.fromEntries(
    Object.keys(first).map((key) => [key, summary(each.map((value) => value[key]))]),
  );
}

function sizes() {
  const stripped = `${FOLDER}/motet.stripped`;
  output('strip', '-o', stripped, `${BIN}/motet`);
  const size = (name, file) => {
    const bytes = readFileSync(file);
    return [
      name,
      {
        bytes: bytes.length,
        gzip: gzipSync(bytes, { level: 9 }).length,
        brotli: brotliCompressSync(bytes).length,
      },
    ];
  };
  return Object.fromEntries([
    size('program, stripped', stripped),
    size('motet.wasm', `${PACKAGE}/motet.wasm`),
    size('model', MODEL),
  ]);
}

const browserFile = 'build/web/bench.json';
const report = {
  machine: {
    processor: cpus()[0].model,
    processors: cpus().length,
    system: `Linux ${release()}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
  },
  music: { seconds: SECONDS, quality: 6 },
  runs: RUNS,
  engines: Object.fromEntries([...runs].map(([name, each]) => [name, summary(each)])),
  live: json(`${BIN}/codec_benchmark`, MODEL, MUSIC, 'live').live,
  roofline: json(`${BIN}/roofline`, MODEL, 'json'),
  sizes: sizes(),
  browser: existsSync(browserFile) ? JSON.parse(readFileSync(browserFile, 'utf8')) : null,
};
writeFileSync(`${FOLDER}/bench.json`, `${JSON.stringify(report, null, 2)}\n`);
const table = markdown(report);
writeFileSync(`${FOLDER}/bench.md`, table);
process.stdout.write(table);
