// The package, from its tarball, in the oldest and the newest Node that it promises, in Bun, in Deno
// and in the runtime of Cloudflare Workers. The Node that runs all other tests is one more.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { before, test } from 'node:test';
import { consumer, expectRoundTrip, requirePackage, runtime } from './support.mjs';

const esbuild = createRequire(new URL('../bundlers/package.json', import.meta.url))('esbuild');
const node18 = runtime(import.meta.url, 'node18/bin/node');
const node24 = runtime(import.meta.url, 'node24/bin/node');
const bun = runtime(import.meta.url, '@oven/bun-linux-x64/bin/bun');
const deno = runtime(import.meta.url, '@deno/linux-x64-glibc/deno');
const workerd = runtime(import.meta.url, '@cloudflare/workerd-linux-64/bin/workerd');
const none = (path) => !path && 'npm has none for this machine';

let folder;

before(() => {
  folder = consumer();
});

test('it runs in Node 18', { skip: none(node18) }, () => expectRoundTrip(folder, node18));

test('it runs in Node 24', { skip: none(node24) }, () => expectRoundTrip(folder, node24));

test('it runs in Bun', { skip: none(bun) }, () => expectRoundTrip(folder, bun));

test('it runs in Deno', { skip: none(deno) }, () =>
  expectRoundTrip(folder, deno, 'run', '--allow-all', '--node-modules-dir=manual'),
);

test('CommonJS requires it where Node can', { skip: none(node24) }, () => {
  assert.match(requirePackage(folder, node24), /true 44100/);
});

test('Node 18 says what CommonJS is to do instead', { skip: none(node18) }, () => {
  assert.throws(() => requirePackage(folder, node18), /ERR_REQUIRE_ESM|dynamic import\(\)/);
});

test(
  'it runs in a Cloudflare Worker, with its modules given',
  { skip: none(workerd) },
  async () => {
    // As the usual tool for it bundles: modules that are no scripts stay outside.
    await esbuild.build({
      absWorkingDir: folder,
      entryPoints: ['edge-worker.js'],
      outfile: 'main.js',
      bundle: true,
      format: 'esm',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['motet/motet.wasm', 'motet/motet.motetmodel'],
    });
    const server = spawn(workerd, ['serve', 'edge-worker.capnp', '--control-fd=3'], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    try {
      const [told] = await once(server.stdio[3], 'data');
      const { port } = JSON.parse(String(told).split('\n')[0]);
      const result = await (await fetch(`http://127.0.0.1:${port}/`)).json();
      assert.equal(result.failure, undefined);
      assert.equal(result.samples, 44100);
      assert.ok(result.power > 1e-3, `there is sound, of power ${result.power}`);
      assert.equal(result.errors, 0);
      assert.match(result.unfit, /no workers here/);
    } finally {
      server.kill();
    }
  },
);
