// <motet-audio> on a page of three players, without a bundler: the package's one line. In Chromium all of it; in
// Firefox and WebKitGTK that it is ready, plays and seeks.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { firefox, webkit } from './browser/others.mjs';
import { serveRanges } from './browser/range-server.mjs';
import { launch, music, project, root } from './support.mjs';

let folder;
let site;
let browser;

before(async () => {
  folder = project('element');
  writeFileSync(
    join(folder, 'all.mjs'),
    `export * as m from 'motet'; export { modelUrl } from 'motet/model';`,
  );
  const { m, modelUrl } = await import(pathToFileURL(join(folder, 'all.mjs')));
  const model = await m.Model.load(modelUrl);
  const { pcm } = music();
  const tags = { Title: 'Übung', Artist: 'Nobody' };
  // Four minutes: so long that a seek is no matter of reading on. The length is in the end page alone.
  const encoder = new m.Encoder(model, { tags });
  const parts = Array.from({ length: 24 }, () => encoder.encode(pcm));
  writeFileSync(join(folder, 'one.motet'), Buffer.concat([...parts, encoder.flush()]));
  const second = pcm.map((plane) => plane.slice(0, 44100));
  writeFileSync(join(folder, 'two.motet'), await m.encodeFile(model, second));
  site = await serveRanges(folder);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});

// Runs in the page.
const READY = `customElements.whenDefined('motet-audio').then(() => new Promise((done) => {
  const [one, two, three] = ['one', 'two', 'three'].map((id) => document.getElementById(id));
  const check = () => {
    if (!(one.readyState >= 1 && three.error)) return setTimeout(check, 20);
    const button = one.shadowRoot.querySelector('button');
    const slider = one.shadowRoot.querySelector('input');
    done({
      duration: one.duration,
      tags: one.tags,
      notAsked: two.readyState,
      code: three.error.code,
      told: three.shadowRoot.querySelector('[role=alert]').textContent,
      button: button.getAttribute('aria-label'),
      slider: slider.getAttribute('aria-label') + ', ' + slider.getAttribute('aria-valuetext'),
      shown: one.getBoundingClientRect().width > 100,
      muted: two.muted,
      paused: one.paused,
    });
  };
  check();
}))`;

function expectReady(facts) {
  assert.ok(Math.abs(facts.duration - 240) < 0.1, `${facts.duration} s`);
  assert.deepEqual(facts.tags, [
    ['Title', 'Übung'],
    ['Artist', 'Nobody'],
  ]);
  assert.equal(facts.notAsked, 0, 'preload="none" loads nothing');
  assert.equal(facts.code, 'not-found');
  assert.match(facts.told, /missing\.motet.*404/);
  assert.equal(facts.button, 'Play');
  assert.equal(facts.slider, 'Position, 0:00 of 4:00');
  assert.equal(facts.shown, true);
  assert.equal(facts.muted, true);
  assert.equal(facts.paused, true);
}

// Runs in the page: what goes to the speakers, as the loudest of a moment.
const PLAYS = `(async () => {
  const analysers = [];
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode && !(this instanceof AnalyserNode)) {
      const analyser = new AnalyserNode(this.context);
      connect.call(this, analyser);
      analysers.push(analyser);
    }
    return connect.call(this, target, ...rest);
  };
  const heard = () => Math.max(0, ...analysers.map((analyser) => {
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    return Math.max(...samples);
  }));
  const until = async (condition) => {
    while (!condition()) await new Promise((done) => setTimeout(done, 20));
  };
  const one = document.getElementById('one');
  // The first time, a device on a busy machine may take longer than the player waits for it.
  const play = (tries) => one.play().catch((error) => {
    if (tries === 0) throw error;
    return play(tries - 1);
  });
  await play(10);
  let loudest = 0;
  await until(() => (loudest = Math.max(loudest, heard())) > 0.01 && one.currentTime > 0.5);
  const begun = one.currentTime;
  one.currentTime = 200;
  await until(() => one.currentTime > 200.5);
  const after = one.currentTime;
  loudest = 0;
  await until(() => (loudest = Math.max(loudest, heard())) > 0.01);
  one.pause();
  const held = one.currentTime;
  await new Promise((done) => setTimeout(done, 500));
  return { begun, after, drift: one.currentTime - held, silent: heard(), title: navigator.mediaSession?.metadata?.title };
})()`;

for (const [name, start] of [
  ['Firefox', firefox],
  ['WebKitGTK', webkit],
]) {
  test(`the players are ready, sound and seek in ${name}`, async () => {
    const other = await start();
    try {
      expectReady(await other.evaluate(site.url, READY));
      const played = await other.evaluate(site.url, PLAYS);
      assert.ok(played.begun < 30, `it began at ${played.begun} s`);
      assert.ok(played.after < 230, `it went on at ${played.after} s`);
      assert.ok(Math.abs(played.drift) < 0.2, `${played.drift} s in a pause`);
      assert.equal(played.silent, 0, 'a pause is silent');
      // WebKitGTK of Debian has no Media Session.
      assert.ok([undefined, 'Übung'].includes(played.title), played.title);
    } finally {
      await other.close();
    }
  });
}

test('metadata take the first bytes and the end page of a file, and no model', async () => {
  const page = await browser.newPage();
  site.requests.length = 0;
  await page.goto(site.url);
  expectReady(await page.evaluate(READY));
  const ranges = site.requests
    .filter(({ path }) => path === '/one.motet')
    .map(({ range }) => range);
  assert.equal(ranges.length, 2);
  assert.equal(ranges[0], 'bytes=0-4095');
  await page.close();
});

/** Helpers of what runs in the page. */
const HELP = `
  const one = document.getElementById('one');
  const two = document.getElementById('two');
  const next = (element, type) => new Promise((done) => element.addEventListener(type, done, { once: true }));
  const until = async (condition) => { while (!condition()) await new Promise(requestAnimationFrame); };
  const log = [];
  for (const type of ['play', 'playing', 'seeking', 'seeked', 'pause', 'ended', 'error'])
    for (const element of [one, two]) element.addEventListener(type, () => log.push(element.id + ' ' + type));
  await customElements.whenDefined('motet-audio');
`;
const inPage = (script) => `(async () => { ${HELP} ${script} })()`;

test('it plays, seeks without reading all, pauses, ends and loops', async (t) => {
  const slow = await serveRanges(folder, { bytesPerSecond: 8000 }); // so that not all is there at once
  t.after(() => slow.close());
  const page = await browser.newPage();
  await page.goto(slow.url);
  const result = await page.evaluate(
    inPage(`
      await one.play();
      await until(() => one.currentTime > 0.3);
      const begun = one.currentTime;
      one.currentTime = 200;
      await next(one, 'seeked');
      await until(() => one.currentTime > 200.2);
      const after = one.currentTime;
      one.pause();
      const held = one.currentTime;
      await new Promise((done) => setTimeout(done, 300));
      const still = one.currentTime;
      const ends = Array.from({ length: one.buffered.length }, (_, i) => [one.buffered.start(i), one.buffered.end(i)]);
      await two.play();
      await next(two, 'ended');
      const finished = [two.ended, two.paused, two.currentTime];
      two.loop = true;
      await two.play();
      let again = 0;
      two.addEventListener('seeked', () => ++again);
      await until(() => again > 0 && two.currentTime > 0.1);
      two.pause();
      const { title, artist } = navigator.mediaSession.metadata;
      return { begun, after, held, still, ends, finished, log, title, artist };`),
  );
  assert.ok(result.begun < 5, `${result.begun} s`);
  assert.ok(result.after < 205, `${result.after} s`);
  assert.ok(Math.abs(result.still - result.held) < 0.2, `${result.held} to ${result.still} s`);
  assert.equal(result.ends[0][0], 0);
  assert.ok(result.ends.length >= 2, `there are gaps in what was read: ${result.ends}`);
  assert.deepEqual(result.finished.slice(0, 2), [true, true]);
  assert.ok(Math.abs(result.finished[2] - 1) < 0.01);
  assert.deepEqual(result.log.slice(0, 5), [
    'one play',
    'one playing',
    'one seeking',
    'one seeked',
    'one playing',
  ]);
  assert.ok(!result.log.some((line) => line.endsWith('error')), `${result.log}`);
  assert.equal(result.title, 'two.motet');
  const models = slow.requests.filter(({ path }) => path.endsWith('.motetmodel'));
  assert.equal(models.length, 1, 'the players share one model');
  await page.close();
});

test('what sounds after a seek is the music of that place', async () => {
  const page = await browser.newPage();
  await page.goto(site.url);
  // What a player decodes from a second on, without a context: the track's own bytes, decoded.
  const { largest, length, asked } = await page.evaluate(`(async () => {
    const { Decoder, Model } = await import('./node_modules/motet/index.js');
    const { modelUrl } = await import('./node_modules/motet/model.js');
    const { Track } = await import('./node_modules/motet/element/track.js');
    const model = await Model.load(modelUrl);
    const decodeFrom = async (seconds, wanted) => {
      const track = new Track(new URL('one.motet', location).href);
      await track.open();
      const decoder = new Decoder(model);
      const offset = await decoder.seek(seconds * 44100, track.source());
      const asked = track.loaded.reduce((sum, [begin, end]) => sum + end - begin, 0);
      const pcm = [];
      for await (const piece of track.from(offset)) {
        for (const x of decoder.decode(piece).channelData[0]) pcm.push(x);
        if (pcm.length > wanted * 44100) break;
      }
      return { asked, pcm: pcm.slice(0, wanted * 44100) };
    };
    const whole = await decodeFrom(0, 62);
    const { asked, pcm } = await decodeFrom(60, 1);
    let largest = 0;
    for (let i = 0; i < 44100; ++i)
      largest = Math.max(largest, Math.abs(pcm[i] - whole.pcm[60 * 44100 + i]));
    return { asked, largest, length: pcm.length };
  })()`);
  assert.equal(length, 44100);
  assert.equal(largest, 0, 'bit for bit');
  assert.ok(asked < 0.17, `${asked} of the file were asked for before: two reads at most`);
  await page.close();
});

test('on a slow line sound starts within a second of music at hand', async () => {
  const slow = await serveRanges(folder, { bytesPerSecond: 4000 });
  const page = await browser.newPage();
  try {
    await page.goto(slow.url);
    const result = await page.evaluate(
      inPage(`
        await until(() => one.readyState >= 1);
        await (await import('./node_modules/motet/element/playback.js')).sharedModel();
        await one.play();
        await until(() => one.currentTime > 0.5);
        return one.buffered.end(0);`),
    );
    assert.ok(result < 60, `${result} s of it were read`);
  } finally {
    await page.close();
    slow.close();
  }
});

test('keys and buttons do what those of the browser do', async () => {
  const page = await browser.newPage();
  await page.goto(site.url);
  await page.evaluate(READY);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.waitForFunction("document.getElementById('one').currentTime > 0.1");
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction("document.getElementById('one').currentTime > 5");
  await page.keyboard.press('Space');
  assert.equal(await page.evaluate("document.getElementById('one').paused"), true);
  const [play] = await page.getByRole('button', { name: 'Play' }).all();
  assert.ok(await play.isVisible());
  await page.getByRole('button', { name: 'Mute', exact: true }).first().click();
  assert.equal(await page.evaluate("document.getElementById('one').muted"), true);
  await page.close();
});

test('axe finds nothing, and nothing sticks out: at every width, light and dark', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const screenshots = join(root, 'build/wasm/screenshots');
  try {
    await page.goto(site.url);
    expectReady(await page.evaluate(READY));
    await page.evaluate(
      inPage(`await one.play(); await until(() => one.currentTime > 0.3); one.pause();`),
    );
    for (const width of [360, 768, 1280]) {
      for (const colorScheme of ['light', 'dark']) {
        await page.setViewportSize({ width, height: 400 });
        await page.emulateMedia({ colorScheme });
        const shown = `element-${width}-${colorScheme}`;
        await page.screenshot({ path: join(screenshots, `${shown}.png`), fullPage: true });
        const { violations } = await new AxeBuilder({ page }).analyze();
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
        assert.deepEqual(found, [], shown);
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        assert.ok(wide <= width, `${shown}: ${wide} pixels wide`);
      }
    }
  } finally {
    await context.close();
  }
});

test('values that do not fit are refused', async () => {
  const page = await browser.newPage();
  await page.goto(site.url);
  const messages = await page.evaluate(
    inPage(`
      const messages = [];
      for (const set of [() => (one.currentTime = 'x'), () => (one.currentTime = NaN), () => (one.volume = 2)])
        try { set(); } catch (error) { messages.push(error.code + ': ' + error.message); }
      return messages;`),
  );
  assert.deepEqual(messages, [
    "invalid-argument: currentTime is 'x', wanted a number of seconds",
    'invalid-argument: currentTime is NaN, wanted a number of seconds',
    'invalid-argument: volume is 2, wanted 0 to 1',
  ]);
  await page.close();
});
