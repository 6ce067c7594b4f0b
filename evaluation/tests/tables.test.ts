// Tests that the tables of README and model card are those of the committed results.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { replacePart } from '../src/tables/markers';
import { markdownTable, shortTable, type Results } from '../src/tables/results';
import { outdated, RESULTS_FILE } from '../src/tables/tables';

const results = JSON.parse(readFileSync(`../${RESULTS_FILE}`, 'utf8')) as Results;

test('README and model card hold what the committed results say', () => {
  assert.deepEqual([...outdated('..', results).keys()], [], 'run ./dev evaluate tables');
});

test('a difference in one number is noticed in both files', () => {
  const other = structuredClone(results);
  const row = other.codecs.find(({ quality }) => quality === 6)!;
  row.metrics.mel!.mean += 0.01;
  assert.deepEqual([...outdated('..', other).keys()], ['README.md', 'models/README.md']);
});

test('a table has a row for each setting, and only columns of metrics that were measured', () => {
  const lines = markdownTable(results).split('\n');
  assert.equal(lines.length, results.codecs.length + 2);
  const without = structuredClone(results);
  for (const row of without.codecs) delete row.metrics.visqol;
  assert.ok(!markdownTable(without).includes('ViSQOL'));
  assert.ok(shortTable(results).includes('Motet quality 6'));
});

test('only what stands between the markers of that name is replaced', () => {
  const text = 'a\n<!-- evaluation: x -->\nold\n<!-- end of evaluation -->\nb';
  const wanted = 'a\n<!-- evaluation: x -->\n\nnew\n\n<!-- end of evaluation -->\nb';
  assert.equal(replacePart(text, 'x', 'new', 'f'), wanted);
  assert.equal(replacePart(wanted, 'x', 'new', 'f'), wanted);
  assert.throws(() => replacePart(text, 'y', 'new', 'README.md'), /README\.md lacks/);
});
