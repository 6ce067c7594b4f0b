// How the page looks and how it is operated: widths, colour schemes, keyboard, names for everything.
// The screenshots are for people: build/web/screenshots.
import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { builtFile, dataFile } from './chromium';
import { expect, test } from './site';

const WIDTHS = [360, 768, 1280];

/** Whatever the page shows, at every width, light and dark. */
async function look(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      // Colours change at once: axe and the picture would see them on their way.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const shown = `${name}-${width}-${colorScheme}`;
      const sticksOut = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      expect(sticksOut, `${shown}: the page scrolls sideways`).toBe(false);
      await page.screenshot({ path: builtFile(`screenshots/${shown}.png`), fullPage: true });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`,
      );
      expect(found, shown).toEqual([]);
    }
  }
}

test('readable, accessible, nothing sticks out: at every width, light and dark', async ({
  site,
}) => {
  test.setTimeout(600_000); // some fifty pictures, each looked through by axe
  const { page } = site;
  await site.open();
  await expect(page.getByText('Ready to work offline.')).toBeVisible();
  await look(page, 'start');

  await page.getByRole('button', { name: 'Hear yourself live' }).click();
  await expect(page.locator('#microphone-text')).toContainText('latency');
  await look(page, 'live');
  await page.getByRole('button', { name: 'Stop' }).click();

  await site.pick(dataFile('excerpt.flac'));
  await site.compared();
  await page.locator('#compare-position').fill('4');
  await look(page, 'compared');

  await page.getByLabel('Compare with Opus').selectOption('at 12 kbit/s');
  await expect(page.getByRole('radio', { name: 'C Opus' })).toBeVisible();
  await page.getByLabel('Zoom').fill('2');
  await look(page, 'opus');
  await page.getByLabel('Frequencies').selectOption('linear');
  await page.screenshot({ path: builtFile('screenshots/linear.png'), fullPage: true });
  await page.getByLabel('Frequencies').selectOption('logarithmic');
  await page.screenshot({ path: builtFile('screenshots/logarithmic.png'), fullPage: true });
  await page.getByText('Blind test (ABX)').click();
  await look(page, 'blind');

  const { bytes: buffer } = await site.save('Save .motet');
  const stream = { name: 'saved.motet', mimeType: 'application/octet-stream', buffer };
  await site.pick(stream);
  await expect(page.getByRole('img', { name: /Music features/ })).toBeVisible();
  await page.locator('#player-play').click();
  await look(page, 'player');

  const mimeType = 'text/plain';
  const text = { name: 'letter.txt', mimeType, buffer: Buffer.from('A letter.') };
  const music = readFileSync(dataFile('ivory.flac'));
  const named = { name: 'folder/with a rather long name/01 The first of them.flac', buffer: music };
  await page.locator('#file').setInputFiles([text, { mimeType: 'audio/flac', ...named }, stream]);
  await expect(page.getByRole('region', { name: '3 files' })).toContainText('2 of 3 encoded');
  await look(page, 'queue');

  await site.pick(text);
  await expect(page.getByRole('alert')).toContainText('no audio');
  await look(page, 'problem');
});

test('clocks and percents are not spoken with every change', async ({ site }) => {
  await site.open();
  const figures = site.page.locator('output.figure');
  expect(await figures.count()).toBeGreaterThan(0);
  for (const figure of await figures.all())
    await expect(figure).toHaveAttribute('aria-live', 'off');
});

test('the keyboard alone is enough', async ({ site }) => {
  const { page } = site;
  await site.open();
  const reach = async (name: RegExp | string): Promise<void> => {
    for (let presses = 0; presses < 60; ++presses) {
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus');
      if ((await focused.count()) === 0) continue;
      // What has the focus can be seen to have it.
      const matches = await focused.evaluate(
        (element, [source]) => {
          const label = (element as HTMLInputElement).labels?.[0]?.textContent ?? '';
          const text = element.ariaLabel ?? (label || element.textContent) ?? '';
          return new RegExp(source!).test(text.trim().replace(/\s+/g, ' '));
        },
        [typeof name === 'string' ? `^${name}$` : name.source],
      );
      if (matches) return;
    }
    throw new Error(`Tab does not reach ${name}`);
  };
  await reach('Choose files');
  await reach('Try an example');
  const outline = await page.locator(':focus').evaluate((e) => getComputedStyle(e).outlineStyle);
  expect(outline, 'the focus can be seen').toBe('solid');
  await page.keyboard.press('Enter');
  await site.compared();
  await reach(/^Quality/);
  await reach('Play');
  await page.keyboard.press('Enter');
  await expect(page.locator('#compare-play')).toHaveAccessibleName('Pause');
  await reach(/Motet$/);
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('radio', { name: 'A Original' })).toBeChecked();
  await reach('Position');
  await reach('Loop');
  await page.keyboard.press('Space');
  await expect(page.getByRole('checkbox', { name: 'Loop' })).toBeChecked();
  await reach(/^Blind test/);
  await page.keyboard.press('Enter');
  await reach('X is B');
  await page.keyboard.press('Enter');
  await expect(page.locator('#abx-score')).toContainText('of 1 right');
  await reach('Compare engines');
});
