// Objects that nobody frees: the garbage collector finds them, their memory in the core comes back, and
// developers are told, once. From the tarball, in Node processes of their own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { project } from './support.mjs';

let folder;

before(() => {
  folder = project();
});

/** Runs a program; what it says as JSON, and what it warns. */
function run(program, flags = [], env = {}) {
  writeFileSync(
    join(folder, 'program.mjs'),
    `import { setImmediate as turn } from 'node:timers/promises';
     import { Decoder, Encoder, Model, StreamReader, StreamWriter } from 'motet';
     import { DecoderWorker, EncoderWorker } from 'motet/worker';
     import { modelUrl } from 'motet/model';
     const model = await Model.load(modelUrl);
     const { core } = await (await import(new URL('./load.js', modelUrl))).loadCore();
     const pcm = [new Float32Array(1024), new Float32Array(1024)];
     ${program}`,
  );
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, 'program.mjs'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  assert.equal(status, 0, stderr);
  return { said: JSON.parse(stdout.trim().split('\n').at(-1)), warnings: stderr };
}

const lose = (count) => `
  for (let i = 0; i < ${count}; ++i) {
    new Encoder(model, { tags: { title: 'x' } }).encode(pcm);
    new Decoder(model).decode(new Uint8Array(0));
    if (i % 20 === 19) {
      globalThis.gc?.();
      await turn();
    }
  }
  console.log(JSON.stringify({ heap: core.heapBytes() }));`;

test('a thousand encoders and decoders that nobody frees work', () => {
  const { said, warnings } = run(lose(1000), ['--expose-gc']);
  assert.ok(said.heap < 400 * 2 ** 20, `the core has ${said.heap} bytes`);
  assert.equal(warnings.match(/was lost without free\(\)/g)?.length, 1, warnings);
});

test('they do so without a call for the garbage collector', () => {
  run(lose(1000));
});

test('where nothing can be collected in between, the error says what to do', () => {
  const { said } = run(`
    try {
      for (let i = 0; i < 5000; ++i) new Encoder(model);
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
    }`);
  assert.equal(said.code, 'out-of-memory');
  assert.match(said.message, /; free\(\) what is no longer used$/);
});

test('so do readers and writers of streams', () => {
  const { said } = run(
    `for (let i = 0; i < 4000; ++i) {
       (await StreamWriter.create({ model })).write(new Uint8Array(model.packetBytes(6)));
       (await StreamReader.create({ model })).read(new Uint8Array(0));
       if (i % 100 === 99) {
         gc();
         await turn();
       }
     }
     console.log(JSON.stringify({ heap: core.heapBytes() }));`,
    ['--expose-gc'],
  );
  assert.ok(said.heap < 200 * 2 ** 20, `the core has ${said.heap} bytes`);
});

test('in production nothing is said', () => {
  assert.doesNotMatch(run(lose(40), ['--expose-gc'], { NODE_ENV: 'production' }).warnings, /lost/);
});

test('a model that is lost leaves its encoders as they are', () => {
  const { said } = run(
    `const encoders = [];
     for (let i = 0; i < 45; ++i) {
       const encoder = new Encoder(await Model.load(modelUrl));
       if (i % 20 === 0) encoders.push(encoder);
       gc();
       await turn();
     }
     const lengths = encoders.map((encoder) => encoder.encode(pcm).length + encoder.flush().length);
     console.log(JSON.stringify({ lengths, heap: core.heapBytes() }));`,
    ['--expose-gc'],
  );
  assert.equal(new Set(said.lengths).size, 1);
  assert.ok(said.lengths[0] > 50);
  assert.ok(said.heap < 400 * 2 ** 20, `the core has ${said.heap} bytes`);
});

test('workers that are lost end, once their last call is answered', () => {
  const { said } = run(
    `const { readdirSync } = await import('node:fs');
     const threads = () => readdirSync('/proc/self/task').length;
     const before = threads();
     let last, most = 0;
     for (let i = 0; i < 6; ++i) {
       const encoder = await EncoderWorker.create(model);
       last = encoder.encode(pcm);
       await (await DecoderWorker.create(model)).decode(new Uint8Array(0));
       most = Math.max(most, threads());
     }
     const bytes = (await last).length;
     for (let i = 0; i < 500 && threads() >= before + 2; ++i) {
       gc();
       await new Promise((done) => setTimeout(done, 20));
     }
     console.log(JSON.stringify({ bytes, started: most - before, left: threads() - before }));`,
    ['--expose-gc'],
  );
  assert.ok(said.bytes > 0);
  assert.ok(said.started >= 2, `${said.started} threads were started`);
  assert.ok(said.left < 2, `${said.left} threads are left`);
});
