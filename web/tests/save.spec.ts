// What was made comes out as sound files, with the tags and the cover of the original.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Page } from '@playwright/test';
import { info } from 'motet';
import { PICTURE, unpackPicture } from '../src/audio/picture';
import { builtFile, dataFile } from './chromium';
import { expect, test } from './site';
import { wavChunks } from './sound';

const TAGS = {
  TITLE: 'Frère Jacques',
  ARTIST: 'Ensemble',
  ALBUM: 'Songs',
  TRACKNUMBER: '3',
  DATE: '1998',
  COMPOSER: 'Traditional',
  REPLAYGAIN_TRACK_GAIN: '-7.30 dB',
};

/** Music with tags and, if wanted, a picture of so many bytes. */
async function taggedFlac(name: string, cover?: Buffer): Promise<string> {
  const file = builtFile(`fixtures/${name}.flac`);
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(dataFile('ivory.flac'), file);
  const set = Object.entries(TAGS).map(([key, value]) => `--set-tag=${key}=${value}`);
  execFileSync('metaflac', ['--no-utf8-convert', '--remove-all-tags', ...set, file]);
  if (cover !== undefined) {
    writeFileSync(builtFile('fixtures/cover.png'), cover);
    const picture = `3|image/png|Deckel||${builtFile('fixtures/cover.png')}`;
    execFileSync('metaflac', [`--import-picture-from=${picture}`, file]);
  }
  return file;
}

const pictureOf = (page: Page): Promise<Buffer> =>
  page.locator('.logo').screenshot({ type: 'png', omitBackground: true });

test('tags and cover are in the .motet file, are shown, and come out into FLAC and WAV', async ({
  site,
}) => {
  const { page } = site;
  await site.open();
  const cover = await pictureOf(page);
  const bytes = await site.streamOf(await taggedFlac('tagged', cover));
  await expect(page.locator('#result-notes')).toBeEmpty();
  const head = await info(bytes);
  const picture = unpackPicture(head.tags.find(([key]) => key === PICTURE)![1])!;
  expect(Buffer.from(picture.data).equals(cover), 'the picture, byte for byte').toBe(true);
  expect([picture.type, picture.mimeType, picture.description]).toEqual([3, 'image/png', 'Deckel']);
  const texts = head.tags.filter(([key]) => key !== PICTURE);
  const expected = Object.entries(TAGS).map(([key, value]) => [key.toLowerCase(), value]);
  expect([...texts].sort()).toEqual(expected.sort());

  const mimeType = 'application/octet-stream';
  await site.pick({ name: 'song.motet', mimeType, buffer: bytes });
  await expect(page.getByRole('img', { name: 'Deckel' })).toBeVisible();
  await expect(page.locator('#player-tags')).toContainText('Frère Jacques');
  await expect(page.locator('#player-tags')).not.toContainText(PICTURE);

  const flac = await site.save('Save as FLAC');
  expect(flac.name).toBe('song.flac');
  const file = builtFile('fixtures/saved.flac');
  writeFileSync(file, flac.bytes);
  execFileSync('flac', ['--test', '--silent', '--warnings-as-errors', file]); // its MD5, too
  const run = (...args: string[]): Buffer => execFileSync('metaflac', [...args, file]);
  const listed = run('--no-utf8-convert', '--export-tags-to=-').toString().trim().split('\n');
  expect(listed.sort()).toEqual(
    Object.entries(TAGS)
      .map(([key, value]) => `${key}=${value}`)
      .sort(),
  );
  expect(run('--export-picture-to=-').equals(cover)).toBe(true);

  const wav = await site.save('Save as WAV');
  const chunks = wavChunks(wav.bytes);
  expect([...chunks.keys()]).toEqual(['fmt ', 'LIST', 'id3 ', 'data']);
  expect(chunks.get('LIST')!.includes('Frère Jacques')).toBe(true);
  expect(chunks.get('id3 ')!.includes(cover)).toBe(true);
  const raw = ['--decode', '--stdout', '--silent', '--force-raw-format'];
  const samples = execFileSync('flac', [...raw, '--endian=little', '--sign=signed', file], {
    maxBuffer: 2 ** 26,
  });
  expect(samples.equals(chunks.get('data')!), 'FLAC and WAV are of the same samples').toBe(true);
});

test('a cover that is too large is left out, and the page says so', async ({ site }) => {
  const { page } = site;
  await site.open();
  const large = Buffer.concat([await pictureOf(page), Buffer.alloc(65536, 1)]);
  const bytes = await site.streamOf(await taggedFlac('large-cover', large));
  const head = await info(bytes);
  expect(head.tags.map(([key]) => key)).not.toContain(PICTURE);
  await expect(page.locator('#result-notes')).toHaveText(
    `A picture of ${large.length.toLocaleString('en')} bytes was left out: the most is 65,536 bytes.`,
  );
});

test('libFLAC is loaded when somebody saves FLAC, and then is there offline', async ({ site }) => {
  const { page } = site;
  const scripts: string[] = [];
  page.context().on('request', (request) => scripts.push(request.url()));
  const flac = (): string[] => scripts.filter((url) => /flac.*\.js|encode\.worker/.test(url));
  await site.open();
  await expect(page.getByText('Ready to work offline.')).toBeVisible();
  await page.getByRole('button', { name: 'Try an example' }).click();
  await site.compared();
  expect(flac(), 'nothing of it before').toEqual([]);
  await site.save('Save as FLAC');
  expect(flac().length).toBeGreaterThan(0);
  const stored = (): Promise<number> =>
    page.evaluate(async () => (await (await caches.open('motet-on-demand')).keys()).length);
  await expect.poll(stored).toBeGreaterThanOrEqual(2);
});
