// All files of the queue in one ZIP that is written into a file while it is made. What is left out:
// the browser's own dialog, in whose place a file stands that the browser keeps for the page.
import { type Locator, type Page } from '@playwright/test';
import { unzip } from './archive';
import { dataFile } from './chromium';
import { expect, test, type Site } from './site';

/** What the page of these tests has beside its own. */
interface Picked {
  asked: { suggestedName: string } | undefined;
  /** Bytes in the file by now. */
  written: number;
  /** What the page said that it does, and how much was written then. */
  said: Array<[string, number]>;
  /** Lets the file be written, if the test holds it. */
  go: () => void;
}

/** Runs in the page before its own scripts. `held`: nothing is written before `go`. */
function pickFile(held: boolean): void {
  const gate = new Promise<void>((go) => {
    Object.assign(window, { asked: undefined, written: 0, said: [], go });
    if (!held) go();
  });
  const picked = window as unknown as Picked;
  const showSaveFilePicker = async (options: {
    suggestedName: string;
  }): Promise<FileSystemFileHandle> => {
    picked.asked = options;
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle(options.suggestedName, { create: true });
    const createWritable = handle.createWritable.bind(handle);
    const watched = async (): Promise<WritableStream> => {
      const file = await createWritable();
      return new WritableStream<Uint8Array<ArrayBuffer>>({
        write: async (chunk) => {
          await gate;
          await file.write(chunk);
          picked.written += chunk.length;
        },
        close: () => file.close(),
        abort: (reason) => file.abort(reason),
      });
    };
    return Object.assign(handle, { createWritable: watched });
  };
  Object.assign(window, { showSaveFilePicker });
  addEventListener('DOMContentLoaded', () => {
    const text = document.getElementById('activity-text')!;
    const record = (): void => void picked.said.push([text.textContent, picked.written]);
    new MutationObserver(record).observe(text, { childList: true, characterData: true });
  });
}

/** The queue with three files of ten seconds that become WAV. */
async function threeStreams(site: Site): Promise<Locator> {
  const { page } = site;
  const buffer = await site.streamOf(dataFile('ivory.flac'));
  const mimeType = 'application/octet-stream';
  const files = ['a.motet', 'b.motet', 'c.motet'].map((name) => ({ name, mimeType, buffer }));
  await page.locator('#file').setInputFiles(files);
  const queue = page.getByRole('region', { name: '3 files' });
  await expect(queue).toContainText('3 of 3 encoded', { timeout: 60_000 });
  await queue.getByLabel('Save as').selectOption('WAV');
  return queue;
}

const saveAll = (queue: Locator): Promise<void> =>
  queue.getByRole('button', { name: 'Save all as ZIP' }).click();

/** The bytes of the file in base64; undefined if there is none. */
const fileOf = (page: Page): Promise<string | undefined> =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('motet.zip').catch(() => undefined);
    if (handle === undefined) return undefined;
    const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
    let text = '';
    for (let i = 0; i < bytes.length; i += 32768) {
      text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    }
    return btoa(text);
  });

test('each file is in the archive before the next is made', async ({ site }) => {
  test.setTimeout(120_000);
  const { page } = site;
  await page.addInitScript(pickFile, false);
  const queue = await threeStreams(site);
  await saveAll(queue);
  await expect(page.locator('#queue-saved')).toHaveText('Saved.', { timeout: 60_000 });
  const bytes = Buffer.from((await fileOf(page))!, 'base64');
  const files = unzip(bytes);
  expect([...files.keys()]).toEqual(['a.wav', 'b.wav', 'c.wav']);
  const { length } = files.get('a.wav')!;
  for (const content of files.values()) expect(content.length).toBe(length);

  const { asked, said } = await page.evaluate(() => {
    const picked = window as unknown as Picked;
    return { asked: picked.asked, said: picked.said };
  });
  expect(asked!.suggestedName).toBe('motet.zip');
  for (const [i, name] of ['a.wav', 'b.wav', 'c.wav'].entries()) {
    const [, written] = said.find(([text]) => text === `Decoding to ${name}`)!;
    expect(written, `when ${name} was begun`).toBeGreaterThanOrEqual(i * length);
    expect(written, `when ${name} was begun`).toBeLessThan(i * length + 1000);
  }
  // Sizes and checksum follow the content (APPNOTE.TXT of PKWARE, 4.4.4), for which nobody had to wait.
  expect(bytes.readUInt16LE(6) & 8, 'flag of a data descriptor').toBe(8);
  expect(bytes.readUInt32LE(18), 'size at the beginning').toBe(0);
});

test('a dialog that is closed changes nothing', async ({ site }) => {
  const { page } = site;
  await page.addInitScript(() => {
    const showSaveFilePicker = (): Promise<never> => {
      Object.assign(window, { asked: true });
      return Promise.reject(new DOMException('The user aborted a request.', 'AbortError'));
    };
    Object.assign(window, { showSaveFilePicker });
  });
  const queue = await threeStreams(site);
  await saveAll(queue);
  await page.waitForFunction(() => (window as unknown as { asked?: boolean }).asked);
  await expect(page.getByRole('alert').locator('.problem')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeHidden();
  await expect(page.locator('#queue-saved')).toBeEmpty();
  await expect(queue.getByRole('button', { name: 'Save all as ZIP' })).toBeEnabled();
});

test('Cancel leaves no half file', async ({ site }) => {
  const { page } = site;
  await page.addInitScript(pickFile, true);
  const queue = await threeStreams(site);
  await saveAll(queue);
  await expect.poll(() => fileOf(page), { message: 'chosen, and empty' }).toBe('');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.evaluate(() => (window as unknown as Picked).go());
  await expect.poll(() => fileOf(page)).toBe(undefined);
  await expect(page.getByRole('alert').locator('.problem')).toHaveCount(0);
  await expect(page.locator('#queue-saved')).toBeEmpty();
});

test('a disk that is full is a problem on the page, and leaves no half file', async ({ site }) => {
  const { page, server } = site;
  await page.addInitScript(pickFile, true);
  const queue = await threeStreams(site);
  await saveAll(queue);
  await expect.poll(() => fileOf(page), { message: 'chosen, and empty' }).toBe('');
  const client = await page.context().newCDPSession(page);
  const { origin } = new URL(server.url);
  await client.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2 ** 21 });
  await page.evaluate(() => (window as unknown as Picked).go());
  const problem = page.getByRole('alert').locator('.problem');
  await expect(problem).toContainText('Something went wrong that should not.');
  await problem.getByText('Details').click();
  await expect(problem).toContainText(/quota/i);
  expect(await fileOf(page)).toBe(undefined);
  await expect(page.locator('#queue-saved')).toBeEmpty();
});
