// One run of the npm package in Node: motet-wasm.mjs PACKAGE MODEL MUSIC. Prints JSON.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { processorSeconds, readMusic, round, seconds } from './measure.mjs';

const [folder, modelFile, musicFile] = process.argv.slice(2);
const loading = processorSeconds();
const { Model, Encoder, encodeFile, decodeFile } = await import(
  pathToFileURL(resolve(folder, 'node/index.js'))
);
const model = await Model.load(new Uint8Array(readFileSync(modelFile)));
const music = readMusic(musicFile);
const encoder = new Encoder(model, { quality: 6 });
encoder.encode(music.planes.map((plane) => plane.subarray(0, 2048)));
const startUp = processorSeconds() - loading;
encoder.free();

const result = { start_up_ms: 1e3 * startUp };
const quality = 6;
await decodeFile(model, await encodeFile(model, music.planes, { quality })); // compiles, warms up
for (const coding of ['fixed', 'entropy']) {
  const [bytes, encode] = await seconds(() => encodeFile(model, music.planes, { quality, coding }));
  const [, decode] = await seconds(() => decodeFile(model, bytes));
  result[coding] = { encode: music.seconds / encode, decode: music.seconds / decode };
}
result.peak_mb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify(round(result)));
process.exit(0);
