import { defineConfig } from '@playwright/test';
import { launch } from './tests/chromium';

export default defineConfig({
  testDir: 'tests',
  outputDir: '../build/web/test-results',
  globalSetup: './tests/set-up.ts',
  workers: 1, // the tests measure memory and time
  retries: 1, // a browser on a busy machine may be late once; what fails twice has failed
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    headless: true,
    viewport: { width: 1280, height: 900 },
    launchOptions: launch('allowed'),
  },
});
