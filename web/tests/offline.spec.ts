// After the first visit the page needs no server. In these tests there is none any more.
import { dataFile } from './chromium';
import { expect, test } from './site';

test.describe('without a server', () => {
  // The server is gone: the check for a new service worker and the tests' own tap fail, as they must.
  test.use({
    expectedErrors: [
      /ERR_CONNECTION_REFUSED|ERR_FAILED|will not work offline|Failed to fetch|tap\.js/,
    ],
  });

  test('the page is there after a reload, and encodes, and plays', async ({ site }) => {
    const { page, server } = site;
    await site.open();
    await expect(page.getByText('Ready to work offline.')).toBeVisible();
    await server.close();
    await page.reload();
    await page.getByRole('button', { name: 'Try an example' }).click();
    await site.compared();
    const { bytes: buffer } = await site.save('Save .motet');
    await site.pick({ name: 'saved.motet', mimeType: 'application/octet-stream', buffer });
    await expect(page.locator('#player-time')).toHaveText(/^0:01/);
  });

  test('ONNX Runtime Web is there, too, once it was used', async ({ site }) => {
    const { page, server } = site;
    await site.open('?engine=onnx');
    await expect(page.getByText('Ready to work offline.')).toBeVisible();
    await site.pick(dataFile('excerpt.flac'));
    await site.compared(60_000);
    // The files are stored beside the work.
    await expect
      .poll(() =>
        page.evaluate(async () => (await (await caches.open('motet-on-demand')).keys()).length),
      )
      .toBeGreaterThanOrEqual(3);
    await server.close();
    await page.reload();
    await site.pick(dataFile('ivory.flac'));
    await site.compared(60_000);
  });

  test('ONNX Runtime Web was never used: a message says what to do', async ({ site }) => {
    const { page, server } = site;
    await site.open();
    await expect(page.getByText('Ready to work offline.')).toBeVisible();
    await server.close();
    await page.reload();
    await page.getByRole('radio', { name: 'ONNX Runtime Web' }).check();
    await expect(page.getByRole('alert')).toContainText(
      'can be used offline only after it was used once',
    );
  });
});

test.describe('policy', () => {
  test.use({ expectedErrors: [/Content Security Policy|Refused to connect|violates/] });

  test('the page allows itself nothing from elsewhere', async ({ site }) => {
    const { page } = site;
    await site.open();
    const policy = await page
      .locator('meta[http-equiv="Content-Security-Policy"]')
      .getAttribute('content');
    const directives = Object.fromEntries(
      policy!.split(';').map((directive) => {
        const [name, ...values] = directive.trim().split(/\s+/);
        return [name, values.join(' ')];
      }),
    );
    expect(directives['default-src']).toBe("'none'");
    expect(directives['script-src']).toBe("'self' 'wasm-unsafe-eval'");
    expect(directives['connect-src']).toBe("'self'");
    expect(directives['worker-src']).toBe("'self'");
    expect(policy).not.toContain('unsafe-inline');
    // It is in force: a foreign request and a foreign script are stopped.
    const blocked = await page.evaluate(async () => {
      const violation = new Promise<string>((resolve) =>
        addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective)),
      );
      await fetch('https://example.org/').catch(() => undefined);
      return violation;
    });
    expect(blocked).toBe('connect-src');
  });
});
