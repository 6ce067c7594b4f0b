// What the tests of the runtimes share.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { project } from '../support.mjs';

const programs = fileURLToPath(new URL('programs', import.meta.url));

/** A project with the package and the programs. */
export function consumer() {
  const folder = project(undefined, { name: 'consumer' });
  cpSync(programs, folder, { recursive: true });
  return folder;
}

/** Where a runtime is that npm has installed; undefined if there is none for this machine. */
export function runtime(base, path) {
  const file = fileURLToPath(new URL(`node_modules/${path}`, base));
  return existsSync(file) ? file : undefined;
}

/** Runs the round trip, and checks what comes of it. */
export async function expectRoundTrip(folder, command, ...args) {
  const { stdout } = await promisify(execFile)(command, [...args, 'round-trip.mjs'], {
    cwd: folder,
  });
  const outcome = JSON.parse(stdout.trim().split('\n').at(-1));
  for (const where of ['here', 'there']) {
    const result = outcome[where];
    assert.equal(result.samples, 44100);
    assert.equal(result.inWorker, 44100);
    assert.ok(result.power > 1e-3, `there is sound, of power ${result.power}`);
    assert.equal(result.sameWithWorkers, true);
    assert.equal(result.title, 'Übung');
    assert.equal(result.errors, 0);
    assert.equal(result.chunks, 46, 'of the shape of WebCodecs');
    assert.equal(result.failure, 'not-found');
  }
}

/** What `node` says of a CommonJS file that requires the package. */
export function requirePackage(folder, node) {
  return execFileSync(node, ['required.cjs'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
