// What a person has made is not lost by a mistake: not by a wrong file, not by Cancel, not by leaving the page.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { info } from 'motet';
import { dataFile, wavOf } from './chromium';
import { expect, test } from './site';
import { wavHeader } from './sound';

const MOTET = 'application/octet-stream';

/** Long enough to be met at work: a minute and a half. */
function long(): { name: string; mimeType: string; buffer: Buffer } {
  const music = readFileSync(wavOf('excerpt')).subarray(44);
  const data = Buffer.concat(Array<Buffer>(9).fill(music));
  const buffer = Buffer.concat([wavHeader(data.length, 2, 44100), data]);
  return { name: 'long.wav', mimeType: 'audio/wav', buffer };
}

const LETTER = { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('A letter.') };

/** Whether the browser would ask before the page is left. */
const asks = (page: Page): Promise<boolean> =>
  page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));

test('a wrong file is told, and what was made before stays', async ({ site }) => {
  const { page } = site;
  const made = await site.streamOf(dataFile('ivory.flac'));
  const alert = page.getByRole('alert');
  for (const [name, buffer, words] of [
    ['letter.txt', LETTER.buffer, 'no audio that your browser can read'],
    ['empty.wav', Buffer.alloc(0), 'This file is empty'],
    ['cut.motet', made.subarray(0, 40), 'it ends before any sound begins'],
  ] as const) {
    await site.pick({ name, mimeType: MOTET, buffer });
    await expect(alert).toContainText(`Reading ${name} did not work`);
    await expect(alert).toContainText(words);
    await expect(page.locator('#result-title')).toHaveText('ivory');
    await expect(page.getByRole('heading', { name: 'Compare' })).toBeVisible();
    const again = await site.save('Save .motet');
    expect(again.name).toBe('ivory.motet');
    expect(again.bytes.equals(made)).toBe(true);
  }
  await page.locator('#compare-play').click();
  await expect(page.locator('#compare-time')).toHaveText(/^0:01/);
  await site.pick({ name: 'saved.motet', mimeType: MOTET, buffer: made });
  await expect(page.getByRole('heading', { name: 'Play', exact: true })).toBeVisible();
  await expect(
    page.getByRole('heading', { name: 'Compare' }),
    'another takes its place',
  ).toBeHidden();
});

test('a wrong file does not end the work that goes on', async ({ site }) => {
  const { page } = site;
  await site.open();
  await site.pick(long());
  const bar = page.getByRole('progressbar');
  await expect(page.locator('#activity-speed')).toContainText('%');
  const before = Number(await bar.getAttribute('value'));
  await site.pick(LETTER);
  await expect(page.getByRole('alert')).toContainText('Reading letter.txt did not work');
  await expect(page.locator('#activity-text')).toHaveText('Encoding long.wav');
  expect(Number(await bar.getAttribute('value'))).toBeGreaterThanOrEqual(before);
  await expect(page.getByRole('heading', { name: 'Compare' })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('alert'), 'it stays').toContainText('letter.txt');
});

test('what was cancelled can be started again, from the keyboard', async ({ site }) => {
  const { page } = site;
  await site.open('?quality=3');
  await site.pick(long());
  const status = page.locator('#activity-text');
  await expect(page.locator('#activity-speed')).toContainText('%');
  const cancel = page.getByRole('button', { name: 'Cancel' });
  const again = page.getByRole('button', { name: 'Start again' });
  await expect(again).toBeHidden();
  await cancel.focus();
  await page.keyboard.press('Enter');
  await expect(again).toBeFocused();
  await expect(status).toHaveText('Cancelled: Encoding long.wav');
  await expect(cancel).toBeHidden();
  await page.keyboard.press('Enter');
  await expect(cancel).toBeFocused();
  await expect(status).toHaveText('Encoding long.wav');
  await expect(page.locator('#result-title'), 'when it is done').toBeFocused({ timeout: 60_000 });
  await site.compared(60_000);
  const { name, bytes } = await site.save('Save .motet');
  expect([name, (await info(bytes)).quality]).toEqual(['long.motet', 3]);
});

test('the browser asks before unsaved work is left, and only then', async ({ site }) => {
  test.setTimeout(180_000);
  const { page } = site;
  await site.open();
  expect(await asks(page), 'nothing was done').toBe(false);
  await page.getByRole('button', { name: 'Try an example' }).click();
  await site.compared();
  expect(await asks(page), 'the example is to be had again').toBe(false);

  await site.pick(long());
  await expect(page.locator('#activity-speed')).toContainText('%');
  expect(await asks(page), 'it encodes').toBe(true);
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(await asks(page), 'it was cancelled').toBe(false);

  await site.pick(dataFile('ivory.flac'));
  await site.compared();
  const dialog = page.waitForEvent('dialog');
  void page.evaluate(() => location.reload());
  expect((await dialog).type()).toBe('beforeunload');
  await (await dialog).dismiss();
  await expect(page.locator('#result-title'), 'the person stays').toHaveText('ivory');
  const { bytes: buffer } = await site.save('Save .motet');
  expect(await asks(page), 'it was saved').toBe(false);
  await site.quality(5);
  await expect(page.getByRole('button', { name: 'Save .motet' })).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Save .motet' })).toBeEnabled();
  await site.compared();
  expect(await asks(page), 'another quality was not').toBe(true);
  await site.save('Save as WAV');
  expect(await asks(page), 'its sound was').toBe(false);

  const saved = { name: 'saved.motet', mimeType: MOTET, buffer };
  await site.pick(saved);
  await expect(page.getByRole('heading', { name: 'Play', exact: true })).toBeVisible();
  expect(await asks(page), 'a file plays').toBe(false);

  await page.getByRole('button', { name: 'Record' }).click();
  await expect(page.locator('#microphone-text')).toHaveText('0:01');
  expect(await asks(page), 'it records').toBe(true);
  await page.getByRole('button', { name: 'Stop' }).click();
  await site.compared();
  expect(await asks(page), 'the recording was not saved').toBe(true);
});

test('the browser asks before an unsaved queue is left', async ({ site }) => {
  const { page } = site;
  // As in Firefox and Safari: the ZIP is a download.
  await page.addInitScript(() => void Reflect.deleteProperty(window, 'showSaveFilePicker'));
  const buffer = await site.streamOf(dataFile('ivory.flac'));
  const stream = { name: 'a.motet', mimeType: MOTET, buffer };
  const music = {
    name: 'b.flac',
    mimeType: 'audio/flac',
    buffer: readFileSync(dataFile('ivory.flac')),
  };
  const queue = page.getByRole('region', { name: '2 files' });
  await page.locator('#file').setInputFiles([stream, music]);
  await expect(page.locator('#activity-speed')).toContainText('%');
  expect(await asks(page), 'it encodes').toBe(true);
  await expect(queue).toContainText('2 of 2 encoded', { timeout: 60_000 });
  expect(await asks(page), 'it was not saved').toBe(true);
  const download = page.waitForEvent('download');
  await queue.getByRole('button', { name: 'Save all as ZIP' }).click();
  await download;
  await expect(page.locator('#queue-saved')).toHaveText('Saved.');
  expect(await asks(page), 'it was saved').toBe(false);
  await page.locator('#file').setInputFiles([stream, { ...stream, name: 'c.motet' }]);
  await expect(queue).toContainText('2 of 2 encoded');
  expect(await asks(page), 'as they came').toBe(false);
});
