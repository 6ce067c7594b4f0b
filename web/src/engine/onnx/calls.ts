// The page's end of the worker with the ONNX graphs.
import { Problem } from '../../problem';
import type { Page, StreamHead } from '../../stream/container';
import { notLoaded } from '../not-loaded';
import { codecInfo } from './graphs';
import type { PartName, Reply, Request } from './worker';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** The graphs and entropy coding; calls are answered in order. */
export class Graphs {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), {
    type: 'module',
    name: 'onnx',
  });
  readonly #waiting = new Map<
    number,
    { resolve: (reply: Reply) => void; reject: (e: unknown) => void }
  >();
  #calls = 0;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const call = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.type !== 'failed') call?.resolve(data);
      else if (data.missing) call?.reject(notLoaded('onnx', data.message));
      else call?.reject(this.#failure(data.message));
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const problem = this.#failure(event.message || 'its worker did not start');
      for (const { reject } of this.#waiting.values()) reject(problem);
      this.#waiting.clear();
    };
  }

  #failure(detail: string): Problem {
    const memory = /memory|alloc/i.test(detail);
    return memory
      ? new Problem(
          'no-memory',
          'This browser has no memory left for it. Close other tabs.',
          detail,
        )
      : new Problem('other', 'ONNX Runtime stopped with an error.', detail);
  }

  #call(request: WithoutId<Request>, transfer: Transferable[] = []): Promise<Reply> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
  }

  async load(parts: PartName[]): Promise<void> {
    await this.#call({ type: 'load', parts });
  }

  async encode(channelData: Float32Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
    const buffers = channelData.map(({ buffer }) => buffer);
    const reply = await this.#call({ type: 'encode', channelData }, buffers);
    return (reply as Reply & { type: 'codes' }).codes;
  }

  async decode(codes: Uint16Array<ArrayBuffer>): Promise<Reply & { type: 'audio' }> {
    return (await this.#call({ type: 'decode', codes }, [codes.buffer])) as Reply & {
      type: 'audio';
    };
  }

  /** Pages of packets with the payload that they have in a file. */
  async pack(pages: Page[], quality: number): Promise<Page[]> {
    if (!codecInfo.entropyCoding) return pages;
    const own = pages.map(({ payload }) => payload.slice()); // a view would take all along
    const buffers = own.map(({ buffer }) => buffer);
    const reply = await this.#call({ type: 'pack', quality, payloads: own }, buffers);
    const { payloads } = reply as Reply & { type: 'pages' };
    return pages.map((page, i) => ({ ...page, payload: payloads[i]! }));
  }

  /** The packets of pages of a stream. */
  async unpack(pages: Page[], { quality, coding }: StreamHead): Promise<Uint8Array[]> {
    if (coding === 'fixed') return pages.map(({ payload }) => payload);
    const own = pages.map((page): [number, Uint8Array<ArrayBuffer>] => [
      page.packets,
      page.payload.slice(),
    ]);
    const buffers = own.map(([, { buffer }]) => buffer);
    const reply = await this.#call({ type: 'unpack', quality, pages: own }, buffers);
    return (reply as Reply & { type: 'pages' }).payloads;
  }

  free(): void {
    this.#worker.terminate();
    const ended = new DOMException('the engine was closed', 'AbortError');
    for (const { reject } of this.#waiting.values()) reject(ended);
    this.#waiting.clear();
  }
}
