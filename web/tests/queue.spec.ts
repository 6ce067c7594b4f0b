// Many files at once: a line for each, all of them in one ZIP; and the tags that come along.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { info } from 'motet';
import { builtFile, dataFile } from './chromium';
import { expect, test } from './site';

/** The files of a ZIP archive without compression, by name (APPNOTE.TXT of PKWARE, 4.3). */
function unzip(bytes: Buffer): Map<string, Buffer> {
  const end = bytes.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; --left) {
    expect(bytes.readUInt16LE(at + 10), 'stored as it is').toBe(0);
    const [size, nameSize] = [bytes.readUInt32LE(at + 24), bytes.readUInt16LE(at + 28)];
    const local = bytes.readUInt32LE(at + 42);
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    files.set(
      bytes.toString('utf8', at + 46, at + 46 + nameSize),
      bytes.subarray(data, data + size),
    );
    at += 46 + nameSize + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

test('several files become a ZIP of .motet files; what is no music says so in its line', async ({
  site,
}) => {
  test.setTimeout(180_000);
  const { page } = site;
  const single = await site.streamOf(dataFile('ivory.flac'));
  const text = { name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('A letter.') };
  const asFile = (name: string): typeof text => ({
    name,
    mimeType: 'audio/flac',
    buffer: readFileSync(dataFile(name)),
  });
  await page.locator('#file').setInputFiles([text, asFile('ivory.flac'), asFile('excerpt.flac')]);
  const queue = page.getByRole('region', { name: '3 files' });
  await expect(queue).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Compare' })).toBeHidden();
  await expect(queue).toContainText('2 of 3 encoded', { timeout: 80_000 });
  const lines = await queue.getByRole('listitem').allInnerTexts();
  expect(lines[0]).toMatch(/^excerpt\.flac\s+[\d.]+ kB, [\d.]+\u00a0kbit\/s$/);
  expect(lines[1]).toMatch(/^ivory\.flac\s+[\d.]+ kB, [\d.]+\u00a0kbit\/s$/);
  expect(lines[2]).toMatch(/^letter\.txt\s+This is no audio that your browser can read/);

  const save = async (): Promise<Map<string, Buffer>> => {
    const download = page.waitForEvent('download');
    await queue.getByRole('button', { name: 'Save all as ZIP' }).click();
    return unzip(readFileSync(await (await download).path()));
  };
  const files = await save();
  expect([...files.keys()]).toEqual(['excerpt.motet', 'ivory.motet']);
  expect(files.get('ivory.motet')!.equals(single), 'as if it had been alone').toBe(true);

  // Another quality encodes all of them again.
  await queue.getByLabel('Quality').selectOption('1');
  await expect(queue.getByRole('button', { name: 'Save all as ZIP' })).toBeDisabled();
  await expect(queue).toContainText('2 of 3 encoded', { timeout: 80_000 });
  const smaller = await save();
  for (const [name, bytes] of smaller) {
    expect((await info(bytes)).quality, name).toBe(1);
    expect(bytes.length).toBeLessThan(files.get(name)!.length / 2);
  }
});

test('files that are dropped together are encoded together, and Cancel leaves the rest', async ({
  site,
}) => {
  const { page } = site;
  await site.open();
  const files = ['ivory', 'excerpt', 'irelands-coast'].map((name) => ({
    name: `${name}.flac`,
    base64: readFileSync(dataFile(`${name}.flac`)).toString('base64'),
  }));
  await page.evaluate((dropped) => {
    const dataTransfer = new DataTransfer();
    for (const { name, base64 } of dropped) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name));
    }
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
  }, files);
  const queue = page.getByRole('region', { name: '3 files' });
  await expect(queue.getByRole('listitem').first()).toContainText('kbit/s', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(queue).toContainText(/[12] of 3 encoded/);
  await expect(queue.getByRole('button', { name: 'Save all as ZIP' })).toBeEnabled();
});

test('tags of the original are in the .motet file', async ({ site }) => {
  const file = builtFile('fixtures/tagged.flac');
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(dataFile('ivory.flac'), file);
  const tags = {
    TITLE: 'Frère Jacques',
    ARTIST: 'Ensemble',
    ALBUM: 'Songs',
    TRACKNUMBER: '3',
    DATE: '1998',
  };
  const set = Object.entries(tags).map(([key, value]) => `--set-tag=${key}=${value}`);
  execFileSync('metaflac', ['--no-utf8-convert', '--remove-all-tags', ...set, file]);
  const facts = await info(await site.streamOf(file));
  const expected = Object.entries(tags).map(([key, value]) => [key.toLowerCase(), value]);
  expect([...facts.tags].sort()).toEqual(expected.sort());
});

test('the installed page opens the file that it is started with', async ({ site }) => {
  const { page } = site;
  // Only an installed page is started with files; here the test takes the place of the system.
  await page.addInitScript(() => {
    const launchQueue = { setConsumer: (consumer: unknown) => Object.assign(window, { consumer }) };
    Object.defineProperty(window, 'launchQueue', { value: launchQueue });
  });
  const base64 = (await site.streamOf(dataFile('ivory.flac'))).toString('base64');
  await page.evaluate(async (text) => {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('ivory.motet', { create: true });
    const writable = await handle.createWritable();
    await writable.write(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
    await writable.close();
    const { consumer } = window as unknown as { consumer: (launch: object) => void };
    consumer({ files: [handle] });
  }, base64);
  await expect(page.getByRole('heading', { name: 'Play', exact: true })).toBeVisible();
});
