// The quick start of the README, run as it stands there, against the package from its tarball.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { project, root } from './support.mjs';

for (const readme of ['README.md', 'wasm/package/README.md']) {
  test(`the quick start of ${readme} runs`, () => {
    const text = readFileSync(join(root, readme), 'utf8');
    const snippets = [...text.matchAll(/^```js\n([^]*?)^```$/gm)].map((match) => match[1]);
    assert.equal(snippets.length, 1);
    const folder = project();
    writeFileSync(
      join(folder, 'quick-start.mjs'),
      `const left = Float32Array.from({ length: 44100 }, (_, i) => 0.3 * Math.sin(i / 20));
       const right = left.map((x) => x / 2);
       ${snippets[0].replaceAll(/^import (.*) from ('.*');/gm, 'const $1 = await import($2);')}
       console.log(JSON.stringify({ bytes: bytes.length, samples: channelData[0].length,
         peak: Math.max(...channelData[0]), errors: errors.length }));`,
    );
    const result = JSON.parse(
      execFileSync(process.execPath, ['quick-start.mjs'], { cwd: folder, encoding: 'utf8' }),
    );
    assert.equal(result.samples, 44100);
    assert.equal(result.errors, 0);
    assert.ok(result.bytes > 200 && result.bytes < 1000, `${result.bytes} bytes`);
    assert.ok(result.peak > 0.05, `peak ${result.peak}`);
  });
}
