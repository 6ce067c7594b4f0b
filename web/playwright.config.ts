import { defineConfig } from '@playwright/test';
import { chromium } from './tests/chromium';

export default defineConfig({
  testDir: 'tests',
  outputDir: '../build/web/test-results',
  workers: 1, // the tests measure memory and time
  timeout: 60_000,
  reporter: [['list']],
  use: { ...chromium },
});
