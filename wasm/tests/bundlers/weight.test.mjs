// What <motet-audio> weighs: the scripts that a page loads for it before the binary, as esbuild bundles and
// minifies them. The core's glue comes with the binary, and the worker's script with the worker.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { project } from '../support.mjs';

const KB = 1024;

/** Names of the outputs that `name` loads at once, itself among them. */
function atOnce(outputs, name) {
  const found = new Set([name]);
  for (const each of found)
    for (const { path, kind } of outputs[each].imports)
      if (kind === 'import-statement') found.add(path);
  return found;
}

test('the scripts of <motet-audio> take less than 20 KB on their way to a page', async () => {
  const folder = project();
  const { outputFiles, metafile } = await build({
    stdin: { contents: "import 'motet/element';", resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    outdir: 'dist',
    write: false,
    metafile: true,
  });
  const entry = Object.keys(metafile.outputs).find(
    (name) => metafile.outputs[name].entryPoint === '<stdin>',
  );
  const first = atOnce(metafile.outputs, entry);
  const weigh = (files) => ({
    raw: files.reduce((sum, { contents }) => sum + contents.length, 0),
    gzip: files.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0),
  });
  const isFirst = ({ path }) => [...first].some((name) => path === join(folder, name));
  const page = weigh(outputFiles.filter(isFirst));
  const glue = weigh(outputFiles.filter((file) => !isFirst(file)));
  console.log(`<motet-audio>: ${JSON.stringify(page)}; with the binary: ${JSON.stringify(glue)}`);
  assert.ok(page.gzip < 20 * KB, `${page.gzip} bytes`);
  assert.ok(page.gzip > 5 * KB, 'the element is among them');
  assert.ok(glue.gzip > 5 * KB, 'the glue is apart');
});
