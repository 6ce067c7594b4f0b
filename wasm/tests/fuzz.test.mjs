// The fuzz target of the package on golden streams that are changed at random, the same in every run.
// `./dev fuzz` lets a fuzzer change them, guided by coverage.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { repairStream } from './fuzz/repair.mjs';
import { targetOf } from './fuzz/target.mjs';
import { project, root } from './support.mjs';

const RUNS = 200;
const golden = join(root, 'core/tests/golden');

/** The same numbers in every run. */
function randomNumbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

for (const [name, what] of [
  ['files', 'whatever the bytes, the package answers or says what is wrong with them'],
  ['files_with_tones', 'so it does with a model with tones'],
  ['files_with_places', 'and with one whose tones have phases and pans'],
  ['files_with_bands', 'and with one that has levels of bands, too'],
  ['files_with_ladder', 'and with one that says its ladder'],
])
  test(what, () => isAnswered(join(golden, name)));

async function isAnswered(folderOfSeeds) {
  const folder = project();
  writeFileSync(join(folder, 'all.mjs'), `export * from 'motet';`);
  const m = await import(pathToFileURL(join(folder, 'all.mjs')));
  const model = await m.Model.load(readFileSync(join(folderOfSeeds, 'model.motetmodel')));
  const target = targetOf(m, model, repairStream);
  const seeds = readdirSync(folderOfSeeds)
    .filter((name) => name.endsWith('.motet'))
    .sort()
    .map((name) => readFileSync(join(folderOfSeeds, name)));
  const random = randomNumbers(28);
  for (let run = 0; run < RUNS; ++run) {
    let bytes = Buffer.from(seeds[random(seeds.length)]);
    for (let changes = random(6); changes > 0 && bytes.length > 0; --changes) {
      const at = random(bytes.length);
      const kind = random(4);
      if (kind === 0) bytes[at] = random(256);
      if (kind === 1) bytes = bytes.subarray(0, at);
      if (kind === 2)
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(40))]);
      if (kind === 3)
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          seeds[random(seeds.length)].subarray(random(100), 100 + random(100)),
          bytes.subarray(at),
        ]);
    }
    try {
      await target(bytes);
    } catch (error) {
      error.message += ` (run ${run}: ${bytes.toString('base64')})`;
      throw error;
    }
  }
}
