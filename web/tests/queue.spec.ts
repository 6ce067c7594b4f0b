// Many files at once: dropped as files or as a folder, a line for each, saved as one ZIP or into a folder.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { info } from 'motet';
import { unzip } from './archive';
import { builtFile, dataFile } from './chromium';
import { expect, test } from './site';

/** As in Firefox and Safari: the ZIP is a download. zip.spec.ts has the other way. */
test.beforeEach(({ page }) =>
  page.addInitScript(() => void Reflect.deleteProperty(window, 'showSaveFilePicker')),
);

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

test('what is open stays where none of the files can be read', async ({ site }) => {
  const { page } = site;
  await site.open();
  await site.pick(dataFile('ivory.flac'));
  await site.compared();
  const letter = (name: string): { name: string; mimeType: string; buffer: Buffer } => ({
    name,
    mimeType: 'text/plain',
    buffer: Buffer.from('A letter.'),
  });
  await page.locator('#file').setInputFiles([letter('b.txt'), letter('a.txt')]);
  await expect(page.getByRole('alert')).toContainText(
    'None of these 2 files can be read. a.txt: This is no audio',
  );
  await expect(page.getByRole('heading', { name: 'Compare' })).toBeVisible();
  await expect(page.getByRole('region', { name: '2 files' })).toBeHidden();
});

test('files that are dropped together are encoded together, and Cancel leaves the rest', async ({
  site,
}) => {
  const { page } = site;
  await site.open();
  // So many that a quick machine has not encoded them all before Cancel is pressed.
  const copies = 20;
  const files = ['ivory', 'excerpt', 'irelands-coast'].map((name) => ({
    name,
    base64: readFileSync(dataFile(`${name}.flac`)).toString('base64'),
  }));
  await page.evaluate(
    ({ files, copies }) => {
      const dataTransfer = new DataTransfer();
      for (const { name, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        for (let copy = 1; copy <= copies; ++copy)
          dataTransfer.items.add(new File([bytes], `${name} ${copy}.flac`));
      }
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
    },
    { files, copies },
  );
  const queue = page.getByRole('region', { name: '60 files' });
  await expect(queue.getByRole('listitem').first()).toContainText('kbit/s', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(queue).toContainText(/(?<!\d)[1-5]?\d of 60 encoded/);
  await expect(queue.getByRole('button', { name: 'Save all as ZIP' })).toBeEnabled();

  // Those that are left are encoded then; what is encoded stays.
  const lines = queue.getByRole('listitem');
  const done = Number(/(\d+) of 60/.exec(await queue.innerText())![1]);
  await expect(lines.nth(done)).toContainText('waits');
  await page.getByRole('button', { name: 'Start again' }).click();
  expect(await lines.first().innerText()).toContain('kbit/s');
  await expect(lines.nth(done)).toContainText('kbit/s', { timeout: 60_000 });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(queue).toContainText(/of 60 encoded/);
  expect(Number(/(\d+) of 60/.exec(await queue.innerText())![1])).toBeGreaterThan(done);
});

test('a line says of a damaged file what the page says of it alone', async ({ site }) => {
  test.setTimeout(180_000);
  const { page } = site;
  const stream = await site.streamOf(dataFile('ivory.flac'));
  let pages = stream.readUInt32LE(12); // of the header; then of each page
  for (let page = 0; page < 2; ++page) pages += 14 + stream.readUInt16LE(pages + 8);
  const flac = readFileSync(dataFile('ivory.flac'));
  const files = Object.entries({
    'begun.flac': flac.subarray(0, 2000),
    'cut.flac': flac.subarray(0, flac.length >> 1),
    'cut.motet': stream.subarray(0, pages + 100),
    'empty.wav': Buffer.alloc(0),
    'letter.motet': Buffer.from('A letter.'),
    'short.motet': stream.subarray(0, 40),
  }).map(([name, buffer]) => ({ name, mimeType: 'application/octet-stream', buffer }));
  const sentences: string[] = [];
  let wav: Buffer = Buffer.alloc(0);
  const said = page.locator('#problem p, #result-notes:not(:empty), #player-damage:not(:empty)');
  for (const file of files) {
    await site.open();
    await site.pick(file);
    await expect(said.filter({ visible: true })).toHaveCount(1);
    sentences.push(await said.filter({ visible: true }).innerText());
    if (file.name === 'cut.motet') wav = (await site.save('Save as WAV')).bytes;
  }
  const words = sentences.join('\n');
  expect(words).toMatch(/^No sound in this file could be read: it is damaged/);
  expect(words).toContain('Only 0:05 of 0:10 could be read: this file is damaged.');
  expect(words).toContain('the file ends too early');
  expect(words).toContain('This file is empty.');
  expect(words).toContain('This is not a Motet file, or its beginning is damaged.');
  expect(words).toContain('it ends before any sound begins');

  await site.open();
  await page.locator('#file').setInputFiles(files);
  const queue = page.getByRole('region', { name: '6 files' });
  await expect(queue).toContainText('2 of 6 encoded', { timeout: 60_000 });
  for (const [i, line] of (await queue.getByRole('listitem').all()).entries()) {
    await expect(line).toContainText(files[i]!.name);
    await expect(line).toContainText(sentences[i]!);
  }
  await queue.getByLabel('Save as').selectOption('WAV');
  const download = page.waitForEvent('download');
  await queue.getByRole('button', { name: 'Save all as ZIP' }).click();
  const saved = unzip(readFileSync(await (await download).path()));
  expect([...saved.keys()]).toEqual(['cut.wav', 'cut (2).wav']);
  expect(saved.get('cut (2).wav')!.equals(wav), 'as if it had been alone').toBe(true);
});

test('a folder that is dropped is encoded with all that is in it, and keeps its folders', async ({
  site,
}) => {
  test.setTimeout(120_000);
  const { page } = site;
  const album = builtFile('fixtures/Album');
  rmSync(album, { recursive: true, force: true });
  mkdirSync(join(album, 'Disc 2/empty'), { recursive: true });
  cpSync(dataFile('ivory.flac'), join(album, '01 Ivory.flac'));
  cpSync(dataFile('excerpt.flac'), join(album, 'Disc 2/01 Excerpt.flac'));
  writeFileSync(join(album, 'Disc 2/notes.txt'), 'Recorded at home.');
  await site.open();
  // As the system hands a folder to the browser.
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files: [album], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await client.send('Input.dispatchDragEvent', { type, x: 300, y: 200, data });
  }
  const queue = page.getByRole('region', { name: '3 files' });
  await expect(queue).toContainText('2 of 3 encoded', { timeout: 80_000 });
  const names = await queue.getByRole('listitem').locator(':first-child').allInnerTexts();
  expect(names).toEqual([
    'Album/01 Ivory.flac',
    'Album/Disc 2/01 Excerpt.flac',
    'Album/Disc 2/notes.txt',
  ]);
  const download = page.waitForEvent('download');
  await queue.getByRole('button', { name: 'Save all as ZIP' }).click();
  const files = unzip(readFileSync(await (await download).path()));
  expect([...files.keys()]).toEqual(['Album/01 Ivory.motet', 'Album/Disc 2/01 Excerpt.motet']);
});

test('.motet files become FLAC or WAV, each with its tags', async ({ site }) => {
  test.setTimeout(120_000);
  const { page } = site;
  const buffer = await site.streamOf(dataFile('ivory.flac'));
  const alone = (await site.save('Save as WAV')).bytes;
  const mimeType = 'application/octet-stream';
  const damaged = Buffer.from(buffer.subarray(0, 40));
  await page.locator('#file').setInputFiles([
    { name: 'ivory.motet', mimeType, buffer },
    { name: 'short.motet', mimeType, buffer: damaged },
  ]);
  const queue = page.getByRole('region', { name: '2 files' });
  await expect(queue).toContainText('1 of 2 encoded');
  const lines = await queue.getByRole('listitem').allInnerTexts();
  expect(lines[0]).toMatch(/kbit\/s, as it came$/);
  expect(lines[1]).toMatch(/This Motet file is damaged/);
  await expect(queue.getByLabel('Save as')).toHaveValue('flac');
  const save = async (): Promise<Map<string, Buffer>> => {
    const download = page.waitForEvent('download');
    await queue.getByRole('button', { name: 'Save all as ZIP' }).click();
    return unzip(readFileSync(await (await download).path()));
  };
  const flac = await save();
  expect([...flac.keys()]).toEqual(['ivory.flac']);
  const file = builtFile('fixtures/from-queue.flac');
  writeFileSync(file, flac.get('ivory.flac')!);
  execFileSync('flac', ['--test', '--silent', '--warnings-as-errors', file]);
  const title = execFileSync('metaflac', ['--no-utf8-convert', '--show-tag=TITLE', file]);
  expect(title.toString().trim()).toMatch(/^TITLE=./);
  await queue.getByLabel('Save as').selectOption('WAV');
  const wav = await save();
  expect(wav.get('ivory.wav')!.equals(alone), 'as if it had been alone').toBe(true);
});

test('saved into a folder: with its folders, and what is there already stays', async ({ site }) => {
  test.setTimeout(120_000);
  const { page } = site;
  // A person chooses a folder of the system; here it is one that the browser keeps for the page.
  await page.addInitScript(() => {
    const showDirectoryPicker = (): Promise<FileSystemDirectoryHandle> =>
      navigator.storage.getDirectory();
    Object.assign(window, { showDirectoryPicker });
  });
  const single = await site.streamOf(dataFile('ivory.flac'));
  const base64 = readFileSync(dataFile('ivory.flac')).toString('base64');
  await page.evaluate(async (text) => {
    const root = await navigator.storage.getDirectory();
    const there = await root.getFileHandle('b.motet', { create: true });
    const writable = await there.createWritable();
    await writable.write('mine');
    await writable.close();
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    const files = ['Album/a.flac', 'b.flac'].map((path) => {
      const file = new File([bytes], path.slice(path.lastIndexOf('/') + 1));
      return Object.defineProperty(file, 'relativePath', { value: path });
    });
    for (const file of files) dataTransfer.items.add(file);
    const input = document.querySelector<HTMLInputElement>('#file')!;
    Object.defineProperty(input, 'files', { value: files });
    input.dispatchEvent(new Event('change'));
  }, base64);
  const queue = page.getByRole('region', { name: '2 files' });
  await expect(queue).toContainText('2 of 2 encoded', { timeout: 60_000 });
  await queue.getByRole('button', { name: 'Save all into a folder' }).click();
  await expect(page.locator('#queue-saved')).toHaveText('Saved. One was there already, and stays.');
  const saved = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const album = await root.getDirectoryHandle('Album');
    const bytesOf = async (folder: FileSystemDirectoryHandle, name: string): Promise<string> => {
      const file = await (await folder.getFileHandle(name)).getFile();
      return String.fromCharCode(...new Uint8Array(await file.arrayBuffer()));
    };
    return { a: btoa(await bytesOf(album, 'a.motet')), b: await bytesOf(root, 'b.motet') };
  });
  expect(saved.b, 'what was there').toBe('mine');
  const written = Buffer.from(saved.a, 'base64');
  expect(written.length, 'but for the title, the same').toBeGreaterThan(single.length - 100);
  expect((await info(written)).complete).toBe(true);
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
