// The package, from its tarball, in projects of the usual bundlers: each is built with no more than the
// lines that the package's README gives for it, opened in Chromium, and codes and plays a second of
// sound. What belongs to one bundler alone is in projects/; what all have in common is in common/.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createServer } from 'vite';
import webpack from 'webpack';
import { launch, project, root } from '../support.mjs';
import { expectRoundTripAt, expectRoundTripInPage } from './support.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

let browser;

before(async () => {
  browser = await launch('--allow-file-access-from-files');
});
after(() => browser?.close());

/** A project with the package and the tools of this folder. */
function projectFor(bundler) {
  const folder = project();
  cpSync(here('common'), folder, { recursive: true });
  if (existsSync(here(`projects/${bundler}`)))
    cpSync(here(`projects/${bundler}`), folder, { recursive: true });
  // Their configuration imports plugins; a person would have installed them.
  for (const name of readdirSync(here('node_modules'))) {
    const link = join(folder, 'node_modules', name);
    if (!existsSync(link)) symlinkSync(join(here('node_modules'), name), link);
  }
  return folder;
}

/** Runs a tool of this folder's node_modules there. */
function run(folder, tool, ...args) {
  const path = here(`node_modules/${tool}`);
  const command = tool.endsWith('.js') ? [process.execPath, path] : [path];
  return execFileSync(command[0], [...command.slice(1), ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The line of shell in the README that belongs to a bundler, run as it stands there. */
function runReadmeLine(folder, pattern) {
  const readme = readFileSync(join(root, 'wasm/package/README.md'), 'utf8');
  const line = readme.split('\n').find((text) => pattern.test(text));
  assert.ok(line, `the README has a line like ${pattern}`);
  execFileSync('bash', ['-c', line], { cwd: folder, stdio: 'pipe' });
}

test('Vite builds it without configuration; the page also works from a file: address', async () => {
  const folder = projectFor('vite');
  run(folder, 'vite/bin/vite.js', 'build', '--base', './', '--logLevel', 'error');
  await expectRoundTripInPage(browser, join(folder, 'dist'));
  // As Electron opens pages: with the right to read the files beside them.
  await expectRoundTripAt(browser, pathToFileURL(join(folder, 'dist/index.html')).href);
});

test("Vite's development server serves it without configuration", async () => {
  const server = await createServer({
    root: projectFor('vite'),
    logLevel: 'silent',
    server: { port: 0 },
  });
  await server.listen();
  try {
    await expectRoundTripAt(browser, server.resolvedUrls.local[0]);
  } finally {
    await server.close();
  }
});

test('webpack builds it without configuration', async () => {
  const folder = projectFor('webpack');
  const { default: config } = await import(pathToFileURL(join(folder, 'webpack.config.js')));
  const output = { ...config.output, path: join(folder, 'dist') };
  const stats = await new Promise((done, fail) => {
    webpack({ ...config, context: folder, output }, (error, result) =>
      error ? fail(error) : done(result),
    );
  });
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  assert.deepEqual(
    [...errors, ...warnings].map(({ message }) => message),
    [],
  );
  cpSync(join(folder, 'index.html'), join(folder, 'dist/index.html'));
  await expectRoundTripInPage(browser, join(folder, 'dist'));
});

test('Rollup builds it with the lines of the README', async () => {
  const folder = projectFor('rollup');
  run(folder, 'rollup/dist/bin/rollup', '--config', '--silent');
  runReadmeLine(folder, /^cp node_modules\/motet/);
  cpSync(join(folder, 'index.html'), join(folder, 'dist/index.html'));
  await expectRoundTripInPage(browser, join(folder, 'dist'));
});

test('esbuild builds it with the lines of the README', async () => {
  const folder = projectFor('esbuild');
  runReadmeLine(folder, /^npx esbuild/);
  runReadmeLine(folder, /^cp node_modules\/motet/);
  cpSync(join(folder, 'index.html'), join(folder, 'dist/index.html'));
  await expectRoundTripInPage(browser, join(folder, 'dist'));
});

test('Parcel builds it without configuration', async () => {
  const folder = projectFor('parcel');
  run(folder, 'parcel/lib/bin.js', 'build', 'index.html', '--no-cache', '--public-url', './');
  await expectRoundTripInPage(browser, join(folder, 'dist'));
});
