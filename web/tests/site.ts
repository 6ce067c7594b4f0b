// What every test of the page needs: the built page under a sub-path, a way to hear what it plays, and
// the promises that hold in all of them: no request to another origin, no error, no policy violation.
import { readFileSync } from 'node:fs';
import { expect, test as base, type Locator, type Page } from '@playwright/test';
import { serve, type StaticServer } from '../../wasm/tests/browser/static-server.mjs';
import { builtFile } from './chromium';
import { readWav, type Sound } from './sound';

const SUB_PATH = '/some/folder/motet/';

/** Records what goes to the speakers; served beside the page, because its policy allows nothing else. */
const TAP = `
registerProcessor('tap', class extends AudioWorkletProcessor {
  process([input]) {
    if (input.length > 0) this.port.postMessage(input.map((channel) => channel.slice()));
    return true;
  }
});`;

/** Stands for the system when it shares files with the page. */
const SHARE_FORM = `<!doctype html><meta charset="utf-8"><title>Share</title><link rel="icon" href="data:,">
<form method="post" enctype="multipart/form-data" action="./share">
<input type="file" name="files" multiple aria-label="Files"><button>Share</button></form>`;

/** Runs in the page before its own scripts. */
function tapSpeakers(): void {
  const heard: Float32Array[][] = [];
  const taps = new WeakMap<BaseAudioContext, Promise<AudioWorkletNode>>();
  const tapOf = (context: AudioContext): Promise<AudioWorkletNode> => {
    let tap = taps.get(context);
    if (tap === undefined) {
      tap = context.audioWorklet.addModule(new URL('tap.js', document.baseURI).href).then(() => {
        const node = new AudioWorkletNode(context, 'tap', {
          numberOfOutputs: 0,
          channelCount: 2,
          channelCountMode: 'explicit',
        });
        node.port.onmessage = ({ data }) => heard.push(data);
        return node;
      });
      taps.set(context, tap);
    }
    return tap;
  };
  const connect = AudioNode.prototype.connect as (...args: unknown[]) => AudioNode;
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
    if (args[0] instanceof AudioDestinationNode && this.context instanceof AudioContext) {
      void tapOf(this.context).then((tap) => connect.call(this, tap));
    }
    return connect.apply(this, args);
  } as typeof AudioNode.prototype.connect;
  Object.assign(window, { heard });
}

/** Runs in the page before its own scripts: no sound before `startSound`, as on a slow device. */
function holdSound(): void {
  const resume = AudioContext.prototype.resume;
  const gate = new Promise<void>((startSound) => Object.assign(window, { startSound }));
  AudioContext.prototype.resume = async function (this: AudioContext) {
    await gate;
    return resume.call(this);
  };
}

export class Site {
  constructor(
    readonly page: Page,
    readonly server: StaticServer,
  ) {}

  async open(query = ''): Promise<void> {
    await this.page.goto(this.server.url + query);
  }

  get result(): Locator {
    return this.page.getByRole('region').filter({ has: this.page.locator('#figures') });
  }

  /** Picks a file as a person does, through the button. */
  async pick(file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser');
    await this.page.getByText('Choose files').click();
    await (await chooser).setFiles(file);
  }

  /** The music is encoded, decoded, and ready to be compared. */
  async compared(timeout = 40_000): Promise<void> {
    const problem = this.page.getByRole('alert').locator('.problem');
    const heading = this.page.getByRole('heading', { name: 'Compare' });
    await expect(heading.or(problem)).toBeVisible({ timeout });
    expect(await problem.allTextContents(), 'problems on the page').toEqual([]);
    await expect(this.page.getByRole('progressbar')).toBeHidden({ timeout });
    await expect(this.page.getByRole('img', { name: /Music features/ })).toBeVisible({ timeout });
  }

  async quality(value: number): Promise<void> {
    await this.page.getByRole('slider', { name: 'Quality' }).fill(String(value));
  }

  async figure(name: 'rate' | 'ratio' | 'size' | 'speed'): Promise<string> {
    return (await this.page.locator(`#figure-${name}`).innerText()).replaceAll('\u00a0', ' ');
  }

  /** Presses a button that saves a file, and returns the file. */
  async save(
    button: 'Save .motet' | 'Save as WAV' | 'Save as FLAC',
  ): Promise<{ name: string; bytes: Buffer }> {
    const download = this.page.waitForEvent('download', { timeout: 60_000 });
    await this.page.getByRole('button', { name: button }).click();
    const file = await download;
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  }

  /** Opens the page, encodes a file, and saves the stream. */
  async streamOf(file: string): Promise<Buffer> {
    await this.open();
    await this.pick(file);
    await this.compared();
    return (await this.save('Save .motet')).bytes;
  }

  async saveWav(): Promise<Sound> {
    return readWav((await this.save('Save as WAV')).bytes);
  }

  /** What is compared is played over and over, so that a slow machine does not come to its end. */
  async loopAll(): Promise<void> {
    await this.page.getByLabel('Loop to, in seconds').fill('10');
    await this.page.getByRole('checkbox', { name: 'Loop' }).check();
  }

  async holdSound(): Promise<void> {
    await this.page.addInitScript(holdSound);
  }

  async startSound(): Promise<void> {
    await this.page.evaluate(() => (window as unknown as { startSound: () => void }).startSound());
  }

  /** Everything that went to the speakers since the last call. */
  async heard(): Promise<Sound> {
    const channels = await this.page.evaluate(() => {
      const { heard } = window as unknown as { heard: Float32Array[][] };
      const blocks = heard.splice(0);
      return [0, 1].map((channel) => {
        const all = new Float32Array(blocks.reduce((sum, block) => sum + block[0]!.length, 0));
        blocks.reduce((at, block) => (all.set(block[channel]!, at), at + block[0]!.length), 0);
        const bytes = new Uint8Array(all.buffer);
        let text = '';
        for (let i = 0; i < bytes.length; i += 32768) {
          text += String.fromCharCode(...bytes.subarray(i, i + 32768));
        }
        return btoa(text);
      });
    });
    const channelData = channels.map((text) => {
      const bytes = Buffer.from(text, 'base64');
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4).slice();
    });
    return { sampleRate: 44100, channelData, samples: channelData[0]!.length };
  }
}

interface Options {
  /** Messages of the console that a test provokes. */
  expectedErrors: RegExp[];
  /** Whether what goes to the speakers is recorded, which takes memory. */
  tap: boolean;
}

export const test = base.extend<Options & { site: Site }>({
  expectedErrors: [[], { option: true }],
  tap: [true, { option: true }],
  site: async ({ page, expectedErrors, tap }, use) => {
    const server = await serve(builtFile('dist'), {
      path: SUB_PATH,
      scripts: { 'tap.js': TAP, 'share-form.html': SHARE_FORM },
    });
    const errors: string[] = [];
    const foreign: string[] = [];
    const complain = (text: string): void => {
      if (!expectedErrors.some((pattern) => pattern.test(text))) errors.push(text);
    };
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complain(message.text());
    });
    page.on('pageerror', (error) => complain(String(error)));
    page.context().on('request', (request) => {
      const url = new URL(request.url());
      const local = url.href.startsWith(server.url) || ['blob:', 'data:'].includes(url.protocol);
      if (!local) foreign.push(url.href);
    });
    if (tap) await page.addInitScript(tapSpeakers);
    await use(new Site(page, server));
    await server.close();
    expect(foreign, 'requests to other places').toEqual([]);
    expect(server.missing, 'files that are not there').toEqual([]);
    expect(errors, 'errors in the console').toEqual([]);
  },
});

export { expect };
