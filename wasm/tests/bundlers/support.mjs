// What the tests of the bundlers share: a page that did what common/round-trip.js says.
import assert from 'node:assert/strict';
import { resultOf, serve } from '../support.mjs';

/** Opens an address and expects that all went well there. */
export async function expectRoundTripAt(browser, address) {
  const problems = [];
  const result = await resultOf(browser, address, problems);
  assert.deepEqual(problems, []);
  assert.deepEqual(result.samples, [44100, 44100]);
  assert.ok(result.power > 1e-3, `there is sound, of power ${result.power}`);
  assert.equal(result.sameInWorker, true, 'a worker gives the same bytes');
  assert.equal(result.errors, 0);
  assert.ok(Math.abs(result.played - 1) < 0.01, `${result.played} s were played`);
  assert.ok(
    result.live >= 3 * result.packetBytes,
    `${result.live} bytes came from the audio thread`,
  );
  // WebCodecs are for pages that are secure, which those of files are not everywhere.
  assert.ok([undefined, 46].includes(result.chunks), `${result.chunks} chunks`);
}

/** Opens what was built into a folder, from a server. */
export async function expectRoundTripInPage(browser, folder) {
  const site = await serve(folder);
  try {
    await expectRoundTripAt(browser, site.url);
  } finally {
    site.close();
  }
}
