// What takes minutes to install or build, for ./dev test wide: Next.js with both of its bundlers, and
// the versions of Node between the oldest and the newest.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectRoundTripInPage } from '../bundlers/support.mjs';
import { consumer, expectRoundTrip, requirePackage, runtime } from '../runtimes/support.mjs';
import { launch, pack, scratch } from '../support.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { dependencies } = JSON.parse(readFileSync(here('package.json'), 'utf8'));

let browser;

before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A Next.js project with the package and what is installed in this folder; links would not do. */
function nextProject() {
  const folder = scratch();
  cpSync(here('next'), folder, { recursive: true });
  cpSync(here('../bundlers/common/round-trip.js'), join(folder, 'round-trip.js'));
  for (const file of ['package.json', 'package-lock.json']) cpSync(here(file), join(folder, file));
  cpSync(here('node_modules'), join(folder, 'node_modules'), {
    recursive: true,
    filter: (path) => !/\/node\d+$/.test(path),
  });
  execFileSync('npm', ['install', '--no-save', '--offline', '--omit=optional', pack()], {
    cwd: folder,
    stdio: 'ignore',
  });
  return folder;
}

for (const bundler of ['turbopack', 'webpack']) {
  test(`Next.js ${dependencies.next} builds it with ${bundler}, without configuration`, async () => {
    const folder = nextProject();
    try {
      execFileSync(process.execPath, ['node_modules/next/dist/bin/next', 'build', `--${bundler}`], {
        cwd: folder,
        env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
        stdio: 'pipe',
      });
      await expectRoundTripInPage(browser, join(folder, 'out'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

for (const name of ['node20', 'node22']) {
  const node = runtime(import.meta.url, `${name}/bin/node`);
  const skip = !node && 'npm has none for this machine';
  test(`it runs in ${name}, and CommonJS requires it there`, { skip }, async () => {
    const folder = consumer();
    await expectRoundTrip(folder, node);
    assert.match(requirePackage(folder, node), /true 44100/);
  });
}
