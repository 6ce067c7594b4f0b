import { defineConfig } from '@playwright/test';
import { launch } from '../tests/chromium';

export default defineConfig({
  testDir: '.',
  testMatch: '*.bench.ts',
  outputDir: '../../build/web/bench-results',
  globalSetup: '../tests/set-up.ts',
  workers: 1,
  timeout: 300_000,
  reporter: [['line']],
  use: { browserName: 'chromium', headless: true, launchOptions: launch('allowed') },
});
