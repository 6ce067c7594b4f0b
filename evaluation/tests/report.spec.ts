// Tests the reports as files that somebody opens: no network, no errors, pictures that are drawn, and
// players that change between recordings without a pause. tests/measuring.test.ts made the first one.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test, type Page } from '@playwright/test';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const built = (name: string): string => path(`../../build/evaluation/${name}`);

/** Opens a file and gathers whatever goes wrong in it; `asked` are addresses beyond the file. */
async function open(page: Page, file: string) {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) problems.push(`asked for ${request.url()}`);
  });
  await page.goto(String(pathToFileURL(file)));
  return problems;
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

for (const width of [1600, 400]) {
  test(`the report of an evaluation opens at ${width} pixels, all of it drawn`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height: 900 });
    const problems = await open(page, built('measured/report.html'));
    for (const heading of ['Rate and quality', 'Listen and look', 'All settings', 'Codes'])
      await expect(page.getByRole('heading', { name: heading, exact: true })).toBeVisible();
    const example = page.locator('.example');
    await example.scrollIntoViewIfNeeded();
    await expect(example).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
    // Music is in every picture, and no two are the same.
    const pictures = await example.locator('canvas').evaluateAll((all) =>
      (all as HTMLCanvasElement[]).map((canvas) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        let sum = 0;
        for (let i = 0; i < data.length; i += 4) sum += data[i]! * (1 + (i % 997));
        return sum;
      }),
    );
    expect(pictures.length).toBeGreaterThan(4);
    expect(new Set(pictures).size).toBe(pictures.length);
    expect(Math.min(...pictures)).toBeGreaterThan(0);
    for (const figure of await page.locator('figure.chart').all()) {
      await figure.scrollIntoViewIfNeeded();
      await expect(figure.locator('svg').first()).toBeVisible();
    }
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.screenshot({ path: built(`report-${width}.png`), fullPage: true });
    expect(problems).toEqual([]);
  });
}

test('a player changes to another recording at the same moment and goes on', async ({ page }) => {
  const problems = await open(page, built('measured/report.html'));
  const example = page.locator('.example');
  await example.scrollIntoViewIfNeeded();
  await expect(example).toHaveAttribute('data-state', 'ready', { timeout: 30_000 });
  const time = async (): Promise<number> => Number(await example.locator('input').inputValue());
  await example.locator('.play').click();
  await expect.poll(time).toBeGreaterThan(0.05);
  const before = await time();
  const second = example.locator('.row button').nth(1);
  await second.click();
  await expect(second).toHaveAttribute('aria-pressed', 'true');
  const after = await time();
  expect(after).toBeGreaterThanOrEqual(before);
  await expect.poll(time).toBeGreaterThan(after);
  await example.locator('.play').click();
  const stopped = await time();
  await page.waitForTimeout(200);
  expect(await time()).toBe(stopped);
  await example.press('1');
  await expect(second).toHaveAttribute('aria-pressed', 'false');
  expect(problems).toEqual([]);
});

test('the table sorts by a click, and the other way by the next', async ({ page }) => {
  await open(page, built('measured/report.html'));
  const table = page.locator('#settings table');
  const rates = async (): Promise<number[]> =>
    (await table.locator('tbody tr td:nth-child(2)').allTextContents()).map(Number);
  const head = table.getByRole('button', { name: 'kbit/s' });
  await head.click();
  const up = await rates();
  expect(up).toEqual([...up].sort((a, b) => a - b));
  await head.click();
  expect(await rates()).toEqual([...up].reverse());
});

test('it is dark where the system is, and light where somebody wants it', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await open(page, built('measured/report.html'));
  const brightness = (): Promise<number> =>
    page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)![0]));
  expect(await brightness()).toBeLessThan(60);
  await page.getByRole('button', { name: 'Light' }).click();
  expect(await brightness()).toBeGreaterThan(200);
});

const evaluate = (...args: string[]): void => {
  execFileSync(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], { cwd: path('..') });
};

test('a report on training runs has a curve for every logged term, and what differs in settings', async ({
  page,
}) => {
  const folder = built('runs');
  for (const [name, rate] of [
    ['first', 0.1],
    ['second', 0.2],
  ] as const) {
    mkdirSync(`${folder}/${name}`, { recursive: true });
    const lines = Array.from({ length: 50 }, (_, i) => [
      `${i},train/loss,${5 * Math.exp(-i * rate)}`,
      `${i},train/learning_rate,${rate / (1 + i)}`,
    ]).flat();
    writeFileSync(`${folder}/${name}/metrics.csv`, `step,tag,value\n${lines.join('\n')}\n`);
    const config = { optimizer: { rate }, batch: 8 };
    writeFileSync(`${folder}/${name}/config.json`, JSON.stringify(config));
    const validation = { step: 49, perplexity: [100, 200], bits: [6.6, 7.6], mel: { 6: 1.3 } };
    writeFileSync(`${folder}/${name}/log.jsonl`, `${JSON.stringify({ validation })}\n`);
  }
  evaluate('run', `${folder}/first`, `${folder}/second`, '--out', folder);
  const problems = await open(page, `${folder}/runs.html`);
  for (const tag of ['train/loss', 'train/learning_rate']) {
    const card = page.locator('.small', { hasText: tag });
    await card.scrollIntoViewIfNeeded();
    await expect(card.locator('svg path[stroke]').first()).toBeVisible();
  }
  const row = page.locator('#settings tbody tr').first();
  await expect(row).toContainText('optimizer.rate');
  await expect(row.locator('.best')).toHaveCount(2);
  expect(problems).toEqual([]);
});

test('a report on a folder of music says hours, loudness and duplicates', async ({ page }) => {
  const folder = built('data');
  evaluate('data', path('../../tests/data'), '--out', folder);
  const problems = await open(page, `${folder}/data.html`);
  await expect(page.locator('.facts')).toContainText('5 tracks');
  for (const part of ['Loudness', 'Stereo width', 'Tempo'])
    await expect(page.getByRole('heading', { name: part })).toBeVisible();
  await expect(page.locator('#tracks tbody tr')).toHaveCount(5);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  expect(problems).toEqual([]);
});
