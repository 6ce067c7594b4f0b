// The codec in the audio thread (motet/live), in Chromium, from the tarball: bit for bit what Encoder and
// Decoder do, loss concealed, order restored; and the example that sends music from tab to tab.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { firefox, webkit } from './browser/others.mjs';
import { launch, music, plainPage, project, resultOf, serve, tool } from './support.mjs';

let browser;

before(async () => {
  // Tabs of one machine, which may have no network.
  browser = await launch(
    '--allow-loopback-in-peer-connection',
    '--disable-features=WebRtcHideLocalIpsWithMdns',
  );
});
after(() => browser?.close());

/** A page with fixtures/live-codec.js, which says in `window.result` what came of it. */
async function servePage() {
  const folder = plainPage('live-codec.js', ['live']);
  cpSync(music().path, join(folder, 'music.wav'));
  return serve(folder);
}

function isWhatEncoderAndDecoderDo(result) {
  assert.deepEqual(
    result.numbers,
    Array.from({ length: 80 }, (_, i) => i),
  );
  for (const step of result.steps) assert.ok(Math.abs(step - 1024 / 44100) < 1e-6, `${step} s`);
  assert.equal(result.sameBytes, true, 'packets');
  assert.equal(result.sameSound, true, 'sound');
  assert.equal(result.concealedAsDecoderDoes, true, 'what is lost');
  assert.equal(result.inOrder, true, 'packets that overtake each other');
  assert.equal(result.whole.received, 80);
  assert.equal(result.whole.concealed, 0);
  assert.equal(result.gaps.received, 77);
  assert.equal(result.gaps.concealed, 3);
  assert.ok(result.gaps.sounding.number >= 1000, 'numbers are the caller’s');
}

test('packets and sound of the audio thread are those of Encoder and Decoder', async () => {
  const site = await servePage();
  try {
    const result = await resultOf(browser, site.url);
    isWhatEncoderAndDecoderDo(result);
    const { received, restarts, latency, refused } = result.live;
    assert.equal(received, 60);
    // Once for the first packets; again whenever a busy machine is late.
    assert.ok(restarts >= 1, 'sound waited for the network');
    assert.ok(Math.abs(latency.algorithmicMs - 75.5) < 0.1);
    assert.ok(latency.bufferMs >= 0 && latency.bufferMs <= 2000, `${latency.bufferMs} ms wait`);
    assert.match(refused[0], /^invalid-argument: packet is of 9 bytes, wanted 10/);
    assert.match(refused[1], /^invalid-argument: number is 0.5/);
    assert.match(refused[2], /^freed/);
  } finally {
    site.close();
  }
});

const RESULT = `new Promise((done, fail) => {
  const look = () => {
    if (window.result) done(window.result);
    else if (window.failure) fail(new Error(window.failure));
    else setTimeout(look, 50);
  };
  look();
})`;

for (const [name, open] of [
  ['Firefox', firefox],
  ['WebKitGTK', webkit],
]) {
  test(`they are so in ${name}`, async () => {
    const site = await servePage();
    const other = await open();
    try {
      isWhatEncoderAndDecoderDo(await other.evaluate(`${site.url}#offline`, RESULT));
    } finally {
      await other.close();
      site.close();
    }
  });
}

/** The example as a project of its own that installed the tarball, built. */
function example() {
  const folder = project();
  const source = fileURLToPath(new URL('../examples/live', import.meta.url));
  cpSync(source, folder, {
    recursive: true,
    filter: (path) => !/node_modules|dist|package(-lock)?\.json$/.test(path.slice(source.length)),
  });
  tool('vite/bin/vite.js', ['build'], folder);
  return join(folder, 'dist');
}

const figures = (page) =>
  page.evaluate(() => {
    const texts = (name) => [...document.querySelectorAll(name)].map((each) => each.textContent);
    const values = texts('dd');
    return Object.fromEntries(texts('dt').map((term, i) => [term, values[i]]));
  });

test('the example: music from tab to tab at 4 kbit/s, a tenth of it lost and concealed', async () => {
  const site = await serve(example());
  const context = await browser.newContext(); // of which both tabs are
  const problems = [];
  try {
    const [listener, sender] = [await context.newPage(), await context.newPage()];
    for (const page of [listener, sender]) {
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      await page.goto(site.url);
    }
    await listener.click('#listen');
    await sender.setInputFiles('#file', music().path);
    await sender.click('#send');
    await sender.getByText('Sending.').waitFor();
    await listener.waitForFunction(
      () => Number(document.querySelector('dd')?.textContent) > 400,
      null,
      { timeout: 60_000 },
    );
    const heard = await figures(listener);
    const sent = await figures(sender);
    console.log('listener', JSON.stringify(heard), 'sender', JSON.stringify(sent));
    const number = (text) => Number.parseFloat(text);
    assert.ok(number(sent['bit rate']) <= 4.2, sent['bit rate']);
    assert.ok(Math.abs(number(sent['thrown away']) - 10) < 6, sent['thrown away']);
    assert.ok(number(heard.concealed) > 2 && number(heard.concealed) < 30, heard.concealed);
    assert.ok(number(heard.latency) > 75, `the codec alone takes 75 ms: ${heard.latency}`);
    assert.ok(number(heard.latency) < 2000, heard.latency);
    // It sounds: what the decoder's node puts out.
    const loudness = await listener.evaluate(async () => {
      const { node } = globalThis.decoder;
      const analyser = new AnalyserNode(node.context, { fftSize: 8192 });
      node.connect(analyser);
      let loudest = 0;
      const samples = new Float32Array(analyser.fftSize);
      for (let i = 0; i < 20; ++i) {
        await new Promise((done) => setTimeout(done, 100));
        analyser.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, x) => sum + x * x, 0) / samples.length;
        loudest = Math.max(loudest, Math.sqrt(power));
      }
      return loudest;
    });
    assert.ok(loudness > 1e-3, `${loudness}`);
    // Nothing is lost any more.
    await sender.locator('#loss').fill('0');
    const before = await figures(sender);
    await sender.waitForTimeout(1500);
    const after = await figures(sender);
    const lost = (each) => Math.round((number(each['thrown away']) / 100) * Number(each.messages));
    assert.ok(lost(after) - lost(before) <= 1);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
    site.close();
  }
});
