// A person who refuses the microphone.
import { dataFile, launch } from './chromium';
import { expect, test } from './site';

test.use({ launchOptions: launch('refused') });

for (const button of ['Record', 'Hear yourself live']) {
  test(`"${button}" without permission says how to allow it`, async ({ site }) => {
    await site.open();
    await site.page.getByRole('button', { name: button }).click();
    await expect(site.page.getByRole('alert')).toContainText('The microphone was refused');
  });
}

test('what was made before stays', async ({ site }) => {
  const { page } = site;
  await site.streamOf(dataFile('ivory.flac'));
  await page.getByRole('button', { name: 'Record' }).click();
  await expect(page.getByRole('alert')).toContainText('The microphone was refused');
  await expect(page.locator('#result-title')).toHaveText('ivory');
  await expect(page.getByRole('button', { name: 'Save .motet' })).toBeEnabled();
});
