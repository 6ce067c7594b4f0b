// What another app shares with the installed page: the same request as the system sends, a form in a POST that
// opens the page. The server knows nothing of it; the service worker answers.
import { readFileSync } from 'node:fs';
import { dataFile } from './chromium';
import { expect, test, type Site } from './site';

/** Shares as the system does, by a page that stands for it. */
async function share(
  site: Site,
  files: ReadonlyArray<{ name: string; buffer: Buffer }>,
): Promise<void> {
  const { page } = site;
  await page.goto(`${site.server.url}share-form.html`);
  const mimeType = 'application/octet-stream';
  await page.locator('input').setInputFiles(files.map((file) => ({ ...file, mimeType })));
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.waitForURL((url) => url.pathname.endsWith('/motet/'));
}

test.beforeEach(async ({ site }) => {
  await site.open();
  await expect(site.page.getByText('Ready to work offline.')).toBeVisible();
});

test('the manifest names what can be shared, and where', async ({ site }) => {
  const manifest = await site.page.evaluate(async () => {
    const { href } = document.querySelector<HTMLLinkElement>('link[rel=manifest]')!;
    return (await fetch(href)).json() as Promise<Record<string, any>>;
  });
  const { action, method, enctype, params } = manifest.share_target;
  expect([action, method, enctype]).toEqual(['./share', 'POST', 'multipart/form-data']);
  expect(params.files[0].accept).toEqual(expect.arrayContaining(['audio/*', '.motet']));
});

test('music that is shared is encoded', async ({ site }) => {
  const { page } = site;
  await share(site, [{ name: 'Frère Jacques.flac', buffer: readFileSync(dataFile('ivory.flac')) }]);
  await site.compared();
  await expect(page.getByRole('heading', { name: 'Frère Jacques' })).toBeVisible();
  expect(new URL(page.url()).search, 'a link to this page shares nothing').toBe('');
  await page.reload();
  await expect(page.getByText('Ready to work offline.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Frère Jacques' }), 'once').toBeHidden();
});

test('a .motet file that is shared plays, and several files are a queue', async ({ site }) => {
  const { page } = site;
  const buffer = await site.streamOf(dataFile('ivory.flac'));
  await share(site, [{ name: 'ivory.motet', buffer }]);
  await expect(page.getByRole('heading', { name: 'Play', exact: true })).toBeVisible();
  const music = { name: 'ivory.flac', buffer: readFileSync(dataFile('ivory.flac')) };
  await share(site, [{ name: 'a.motet', buffer }, music]);
  const queue = page.getByRole('region', { name: '2 files' });
  await expect(queue).toContainText('2 of 2 encoded', { timeout: 60_000 });
  expect(await queue.getByRole('listitem').allInnerTexts()).toEqual([
    expect.stringMatching(/^a\.motet\s.*as it came$/s),
    expect.stringMatching(/^ivory\.flac\s.*kbit\/s$/s),
  ]);
});

test('nothing that is shared opens the page as it is', async ({ site }) => {
  await share(site, []);
  await expect(site.page.getByRole('heading', { name: 'Drop music here' })).toBeVisible();
  await expect(site.page.getByRole('alert')).toBeEmpty();
});
