// The package in Chromium, from the tarball: in a Vite project that configures nothing, built and
// served by its development server; on a page without any bundler; and real-time sound.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer } from 'vite';
import { launch, music, plainPage, project, resultOf, serve, tool } from './support.mjs';

let browser;

before(async () => {
  browser = await launch('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream');
});
after(() => browser?.close());

function expectRoundTrip(result) {
  assert.equal(result.samples, 44100);
  assert.equal(result.sameWithWorkers, true, 'workers give the same bits');
  assert.ok(result.power > 1e-4, 'there is sound');
  assert.equal(result.errorCode, 'not-motet');
}

test('a Vite project builds and runs with it, without configuration', async () => {
  const folder = project('vite');
  tool('vite/bin/vite.js', ['build', '--base', './'], folder);
  const site = await serve(join(folder, 'dist'));
  const problems = [];
  try {
    expectRoundTrip(await resultOf(browser, site.url, problems));
    assert.deepEqual(problems, []);
  } finally {
    site.close();
  }
});

test("Vite's development server serves it, without configuration", async () => {
  const folder = project('vite');
  const server = await createServer({ root: folder, logLevel: 'silent', server: { port: 0 } });
  await server.listen();
  try {
    expectRoundTrip(await resultOf(browser, server.resolvedUrls.local[0]));
  } finally {
    await server.close();
  }
});

test('a page without a bundler needs an import map alone, for workers and players too', async () => {
  const site = await serve(plainPage('plain.js'));
  try {
    const result = await resultOf(browser, site.url);
    expectRoundTrip(result);
    assert.ok(Math.abs(result.played - 1) < 0.01, `${result.played} s were played`);
  } finally {
    site.close();
  }
});

test('a stream plays while its bytes arrive, gapless and to its end', async () => {
  const folder = project('vite');
  cpSync(new URL('fixtures/player.ts', import.meta.url), join(folder, 'main.ts'));
  cpSync(music().path, join(folder, 'public/music.wav'));
  tool('vite/bin/vite.js', ['build', '--base', './'], folder);
  const site = await serve(join(folder, 'dist'));
  try {
    const result = await resultOf(browser, site.url);
    assert.equal(result.header.samples, 5 * 44100);
    assert.equal(result.failures, 'corrupt: told once');
    assert.ok(Math.abs(result.played - 5) < 0.01, `${result.played} s were played`);
    // Three quarters of a second may come on top of the four that may wait.
    assert.ok(result.peakBuffered <= 4.8, `${result.peakBuffered} s waited`);
    assert.ok(result.loudness > 1e-3, 'it sounded');
    assert.equal(result.wrongRate, 'invalid-argument');
  } finally {
    site.close();
  }
});

test('players and loops keep what they promise of their calls', async () => {
  const site = await serve(plainPage('player-calls.js'));
  try {
    const result = await resultOf(browser, site.url);
    const { unawaited, lowestQuality, skipped, sought, refusals, failures } = result;
    // Calls take effect in order, awaited or not; the decoder is gone with the end.
    assert.deepEqual(unawaited.errors, []);
    assert.equal(unawaited.samples, 44100);
    assert.ok(Math.abs(unawaited.played - 1) < 0.01, `${unawaited.played} s were played`);
    assert.equal(unawaited.late, 'invalid-argument');
    assert.equal(unawaited.alive, 0);
    // Three quarters of a second may come on top of the one that may wait.
    assert.ok(lowestQuality.buffered <= 1.8, `${lowestQuality.buffered} s waited`);
    assert.equal(lowestQuality.writing, 'freed');
    assert.equal(skipped.begin, 2.5);
    assert.ok(skipped.buffered > 0 && skipped.buffered <= 0.5, `${skipped.buffered} s waited`);
    assert.ok(Math.abs(skipped.end - 3) < 0.01, `it ended at ${skipped.end} s`);
    assert.deepEqual([sought.between, sought.begin], [1, 2.5], 'at once');
    assert.equal(sought.unread, 'no line', 'which does not end the player');
    assert.ok(sought.buffered > 0 && sought.buffered <= 0.5, `${sought.buffered} s waited`);
    assert.ok(Math.abs(sought.end - 3) < 0.01, `it ended at ${sought.end} s`);
    assert.equal(sought.headers, 1);
    assert.match(sought.late, /seek\(\) comes after end\(\)/);
    assert.deepEqual(sought.errors, []);
    assert.match(refusals[0], /bufferSeconds is 0, wanted more than 0/);
    assert.match(refusals[1], /bufferSeconds is NaN/);
    assert.match(refusals[2], /startSeconds is 1, wanted 0 to 0\.5/);
    assert.match(refusals[3], /skipSeconds is -1, wanted 0 or more/);
    for (const failure of failures)
      assert.equal(failure, 'internal: the worker failed: out of memory (0 workers are left)');
  } finally {
    site.close();
  }
});

test('the microphone passes through the codec to the speakers, and its latency is known', async () => {
  const folder = project('vite');
  cpSync(new URL('fixtures/live.ts', import.meta.url), join(folder, 'main.ts'));
  tool('vite/bin/vite.js', ['build', '--base', './'], folder);
  const site = await serve(join(folder, 'dist'));
  try {
    const result = await resultOf(browser, site.url);
    assert.ok(result.bytes > 43 * result.packetBytes, `${result.bytes} bytes passed`);
    assert.ok(result.loudness > 1e-4, 'it sounded');
    assert.ok(Math.abs(result.latency.algorithmicMs - 75.5) < 0.1);
    assert.ok(result.latency.totalMs > result.latency.algorithmicMs);
    assert.ok(result.latency.bufferMs < 1000, `${result.latency.bufferMs} ms wait`);
  } finally {
    site.close();
  }
});
