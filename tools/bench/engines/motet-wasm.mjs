// One run of the npm package in Node: motet-wasm.mjs PACKAGE MODEL MUSIC. Prints JSON.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { processorSeconds, readMusic, round, seconds } from './measure.mjs';

const [folder, modelFile, musicFile] = process.argv.slice(2);
const loading = processorSeconds();
const loadingAt = performance.now();
const { Model, Encoder, encodeFile, decodeFile } = await import(
  pathToFileURL(resolve(folder, 'node/index.js'))
);
const model = await Model.load(new Uint8Array(readFileSync(modelFile)));
const encoder = new Encoder(model, { quality: 6 });
encoder.encode([new Float32Array(2048), new Float32Array(2048)]);
const result = {
  start_up_ms: 1e3 * (processorSeconds() - loading),
  start_up_wall_ms: performance.now() - loadingAt,
};
encoder.free();

const music = readMusic(musicFile);
const quality = 6;
await decodeFile(model, await encodeFile(model, music.planes, { quality })); // compiles, warms up
// In turn, and the median of each: V8 goes on compiling for a while.
const CODINGS = ['fixed', 'entropy'];
const RUNS = 5;
const times = CODINGS.map(() => ({ encode: [], decode: [] }));
for (let run = 0; run < RUNS; ++run) {
  for (const [i, coding] of CODINGS.entries()) {
    const [bytes, encode] = await seconds(() =>
      encodeFile(model, music.planes, { quality, coding }),
    );
    const [, decode] = await seconds(() => decodeFile(model, bytes));
    times[i].encode.push(encode);
    times[i].decode.push(decode);
  }
}
for (const [i, coding] of CODINGS.entries()) {
  const speed = (each) => music.seconds / each.sort((a, b) => a - b)[RUNS >> 1];
  result[coding] = {
    encode: speed(times[i].encode),
    decode: speed(times[i].decode),
  };
}
result.peak_mb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify(round(result)));
process.exit(0);
