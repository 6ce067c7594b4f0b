import { defineConfig } from '@playwright/test';
import { chromiumPath, QUIET_FLAGS } from '../wasm/tests/browser/chromium.mjs';

export default defineConfig({
  testDir: 'tests',
  testMatch: '*.spec.ts',
  outputDir: '../build/evaluation/test-results',
  workers: 1,
  retries: 1, // a browser on a busy machine may be late once; what fails twice has failed
  timeout: 60_000,
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    launchOptions: { executablePath: chromiumPath(), args: QUIET_FLAGS },
  },
});
