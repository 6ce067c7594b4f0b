// The page's end of the worker with the ONNX graphs.
import { MotetError, type StreamPlace, type StreamWriterOptions } from 'motet';
import { Problem } from '../../problem';
import { notLoaded } from '../not-loaded';
import type { Contents } from './streams';
import type { PartName, Reply, Request } from './worker';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** A writer of a stream, in the worker. */
export interface RemoteWriter {
  write(packets: Uint8Array): Promise<Uint8Array>;
  finish(samples: number): Promise<Uint8Array>;
  free(): void;
}

/** Rows of the decoder's input, read in the worker: of packets from…to, `from` never going back. */
export interface RemoteRows {
  rows(from: number, to: number): Promise<Uint16Array<ArrayBuffer>>;
  free(): void;
}

/** The graphs and streams; calls are answered in order. */
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
      else if (data.code !== undefined) call?.reject(new MotetError(data.code, data.message));
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

  #call<R = Reply>(
    request: WithoutId<Request>,
    transfer: Transferable[] = [],
    id = ++this.#calls,
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (reply: Reply) => void, reject });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
  }

  async load(parts: PartName[]): Promise<void> {
    await this.#call({ type: 'load', parts });
  }

  async encode(channelData: Float32Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
    const buffers = channelData.map(({ buffer }) => buffer);
    const request = { type: 'encode', channelData } as const;
    return (await this.#call<Reply & { type: 'codes' }>(request, buffers)).codes;
  }

  decode(codes: Uint16Array<ArrayBuffer>): Promise<Reply & { type: 'audio' }> {
    return this.#call({ type: 'decode', codes }, [codes.buffer]);
  }

  async contents(bytes: Uint8Array): Promise<Contents> {
    return (await this.#call<Reply & { type: 'contents' }>({ type: 'contents', bytes })).contents;
  }

  /** From a second on that lies in `part`. `entropy`: the stream is entropy-coded. */
  async open(
    bytes: Uint8Array,
    seconds: number,
    part: StreamPlace,
    entropy: boolean,
  ): Promise<RemoteRows> {
    const of = ++this.#calls;
    await this.#call({ type: 'open', bytes, seconds, part, entropy }, [], of);
    return {
      rows: async (from, to) =>
        (await this.#call<Reply & { type: 'rows' }>({ type: 'rows', of, from, to })).rows,
      free: () => this.#free(of),
    };
  }

  /** `entropy`: the stream is to be entropy-coded. */
  async create(options: StreamWriterOptions, entropy: boolean): Promise<RemoteWriter> {
    const of = ++this.#calls;
    await this.#call({ type: 'create', options, entropy }, [], of);
    type Bytes = Reply & { type: 'bytes' };
    return {
      write: async (packets) => {
        const own = packets.slice(); // a view would take all along
        const request = { type: 'write', of, packets: own } as const;
        return (await this.#call<Bytes>(request, [own.buffer])).bytes;
      },
      finish: async (samples) => (await this.#call<Bytes>({ type: 'finish', of, samples })).bytes,
      free: () => this.#free(of),
    };
  }

  #free(of: number): void {
    this.#call({ type: 'free', of }).catch(() => undefined); // with the worker, all is free
  }

  free(): void {
    this.#worker.terminate();
    const ended = new DOMException('the engine was closed', 'AbortError');
    for (const { reject } of this.#waiting.values()) reject(ended);
    this.#waiting.clear();
  }
}
