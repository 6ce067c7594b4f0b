// Tests what the reports on training runs and datasets rest on.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { duplicatesOf } from '../src/dataset/duplicates';
import { lookAt } from '../src/dataset/spectrum';
import { forEach } from '../src/measure/pool';
import { spread } from '../src/measure/clips';
import { writePage } from '../src/report/page-file';
import { fieldsOf, mediaOf } from '../src/run/event-file';
import { loggedIn, readRun } from '../src/run/runs';

const OUT = '../build/evaluation/units';
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

const RATE = 44100;
/** 16-bit stereo of `seconds`, from a function of time. */
function stereo(seconds: number, of: (t: number) => [number, number]): Int16Array {
  const samples = new Int16Array(2 * Math.round(seconds * RATE));
  for (let i = 0; i < samples.length / 2; ++i) {
    const [left, right] = of(i / RATE);
    samples[2 * i] = 20_000 * left;
    samples[2 * i + 1] = 20_000 * right;
  }
  return samples;
}

test('the tempo of a click track is its own', () => {
  for (const bpm of [90, 120, 150]) {
    const click = (t: number): number => {
      const since = t % (60 / bpm);
      return since < 0.02 ? Math.sin(2 * Math.PI * 2000 * since) * (1 - since / 0.02) : 0;
    };
    const { tempo } = lookAt(stereo(20, (t) => [click(t), click(t)]));
    assert.ok(Math.abs(tempo! - bpm) < 2.5, `${tempo} of ${bpm}`);
  }
});

test('the width is side against mid, and the spectrum has its top where the tone is', () => {
  const tone = (t: number): number => Math.sin(2 * Math.PI * 1000 * t);
  const { widthDb, spectrum } = lookAt(stereo(2, (t) => [tone(t), 0]));
  assert.ok(Math.abs(widthDb!) < 0.01, 'one side alone: as much side as mid');
  assert.equal(spectrum[11], 0, 'the band around 1 kHz');
  assert.ok(spectrum[20] === null || spectrum[20]! < -60);
  assert.equal(lookAt(stereo(2, (t) => [tone(t), tone(t)])).widthDb, null, 'no side');
});

test('duplicates: the same samples, or equal lengths whose levels go alike', () => {
  const levels = Array.from({ length: 40 }, (_, i) => Math.sin(i) * 10);
  const others = Array.from({ length: 40 }, (_, i) => Math.sin(i * i) * 10);
  const found = duplicatesOf([
    { name: 'a', seconds: 100, hash: '1', levels },
    { name: 'b', seconds: 100, hash: '1', levels: others },
    { name: 'c', seconds: 100.2, hash: '2', levels: levels.map((db) => db - 3) },
    { name: 'd', seconds: 140, hash: '3', levels },
  ]);
  assert.deepEqual(
    found.map(({ a, b }) => a + b),
    ['ab', 'ac'],
  );
});

test('of a log that repeats steps, the last counts; a line of another form is named', () => {
  const logged = loggedIn('step,tag,value\n2,loss,5\n1,loss,7\n2,loss,4\n1,mel,nan\n', 'f');
  assert.deepEqual(logged, {
    loss: [
      [1, 7],
      [2, 4],
    ],
    mel: [],
  });
  assert.throws(() => loggedIn('step,tag,value\nx\n', 'metrics.csv'), /metrics\.csv, line 2/);
  assert.throws(() => readRun(OUT, 5), /is no training run: it has no metrics\.csv/);
});

/** A field of a protocol buffer's message. */
const field = (number: number, bytes: Uint8Array): Buffer => {
  assert.ok(bytes.length < 128);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
};

test('pictures and sounds of event files are read, and a record that is cut off is left out', () => {
  const text = (words: string): Buffer => Buffer.from(words);
  const picture = field(1, Buffer.concat([field(1, text('mel')), field(4, field(4, text('PNG')))]));
  const sound = field(1, Buffer.concat([field(1, text('piano')), field(6, field(4, text('WAV')))]));
  const event = Buffer.concat([
    Buffer.from([16, 172, 2]),
    field(5, Buffer.concat([picture, sound])),
  ]);
  const size = Buffer.alloc(12);
  size.writeBigUInt64LE(BigInt(event.length));
  const record = Buffer.concat([size, event, Buffer.alloc(4)]);
  const file = `${OUT}/events`;
  writeFileSync(file, Buffer.concat([record, record.subarray(0, 20)]));
  const media = mediaOf(file).map(({ bytes, ...rest }) => ({ ...rest, text: String(bytes) }));
  assert.deepEqual(
    media.map(({ tag, step, kind }) => [tag, step, kind]),
    [
      ['mel', 300, 'image'],
      ['piano', 300, 'audio'],
    ],
  );
  assert.throws(() => [...fieldsOf(Buffer.from([8]))], /in the middle of a number/);
});

test('data in a page cannot end its script, and a template without a place is refused', () => {
  const template = `${OUT}/template.html`;
  writeFileSync(
    template,
    '<title>Report</title><script id="data" type="application/json"></script>',
  );
  writePage(template, `${OUT}/page.html`, 'A & <B>', { text: "</script>$&$'" });
  const page = readFileSync(`${OUT}/page.html`, 'utf8');
  assert.ok(page.startsWith('<title>A &amp; &lt;B></title>'));
  assert.equal(page.split('</script>').length, 2);
  const json = page.slice(page.indexOf('json">') + 6, page.lastIndexOf('</script>'));
  assert.deepEqual(JSON.parse(json), { text: "</script>$&$'" });
  writeFileSync(template, '<p>');
  assert.throws(() => writePage(template, `${OUT}/x.html`, '', {}), /no place for the data/);
});

test('jobs run at once up to a limit, and the first failure ends them', async () => {
  let running = 0;
  let most = 0;
  await forEach([1, 2, 3, 4, 5], 2, async () => {
    most = Math.max(most, ++running);
    await new Promise((later) => setTimeout(later, 1));
    --running;
  });
  assert.equal(most, 2);
  const begun: number[] = [];
  const work = forEach([1, 2, 3, 4], 1, async (item) => {
    begun.push(item);
    if (item === 2) throw new Error('no');
  });
  await assert.rejects(work, /no/);
  assert.deepEqual(begun, [1, 2]);
  assert.deepEqual(spread([1, 2, 3, 4, 5, 6], 3), [2, 4, 6]);
});
