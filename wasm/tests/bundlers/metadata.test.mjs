// What package.json says of the package's files, as publint and are-the-types-wrong read it from the
// tarball.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pack } from '../support.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

test('publint finds nothing', async () => {
  const tarball = readFileSync(pack());
  const { messages, pkg } = await publint({
    pack: {
      tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length),
    },
    strict: true,
  });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
});

test('are-the-types-wrong finds nothing but that CommonJS gets ES modules', () => {
  // Node requires those since 20.19 and 22.12, and the package's README says so.
  execFileSync(
    process.execPath,
    [
      here('node_modules/@arethetypeswrong/cli/dist/index.js'),
      pack(),
      '--ignore-rules',
      'cjs-resolves-to-esm',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' },
  );
});
