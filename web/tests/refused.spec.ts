// A person who refuses the microphone.
import { launch } from './chromium';
import { expect, test } from './site';

test.use({ launchOptions: launch('refused') });

for (const button of ['Record', 'Hear yourself live']) {
  test(`"${button}" without permission says how to allow it`, async ({ site }) => {
    await site.open();
    await site.page.getByRole('button', { name: button }).click();
    await expect(site.page.getByRole('alert')).toContainText('The microphone was refused');
  });
}
