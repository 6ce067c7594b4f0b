// Runs the two ONNX graphs, and entropy coding. Each is loaded when it is first needed.
import * as ort from 'onnxruntime-web/wasm';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import entropyUrl from 'virtual:onnx-entropy';
import decoderUrl from '@onnx/decoder.onnx?url';
import encoderUrl from '@onnx/encoder.onnx?url';
import { EntropyModel } from '../../stream/entropy/entropy-model';
import { ROW_CODES } from './graphs';

type GraphName = 'encoder' | 'decoder';
export type PartName = GraphName | 'entropy';

type Payload = Uint8Array<ArrayBuffer>;

export type Request =
  | { id: number; type: 'load'; parts: PartName[] }
  /** Two arrays of a whole number of packets. */
  | { id: number; type: 'encode'; channelData: Float32Array<ArrayBuffer>[] }
  /** Rows of codes, ROW_CODES each. */
  | { id: number; type: 'decode'; codes: Uint16Array<ArrayBuffer> }
  /** Packets of a quality, those of each page by themselves; and pages to packets. */
  | { id: number; type: 'pack'; quality: number; payloads: Payload[] }
  | { id: number; type: 'unpack'; quality: number; pages: Array<[packets: number, Payload]> };

export type Reply =
  | { id: number; type: 'loaded' }
  | { id: number; type: 'codes'; codes: Uint8Array<ArrayBuffer> }
  | { id: number; type: 'pages'; payloads: Payload[] }
  | {
      id: number;
      type: 'audio';
      channelData: Float32Array<ArrayBuffer>[];
      features: Float32Array<ArrayBuffer>;
    }
  | { id: number; type: 'failed'; message: string; missing: boolean };

const URLS = { encoder: encoderUrl, decoder: decoderUrl, entropy: entropyUrl };

ort.env.wasm.numThreads = 1; // more would need shared memory, and with it special headers
ort.env.wasm.wasmPaths = { wasm: new URL(wasmUrl, self.location.href).href };
ort.env.logLevel = 'error';

class Missing extends Error {}

async function fetchPart(name: PartName): Promise<Uint8Array> {
  const url = URLS[name];
  if (url === undefined) throw new Error('this page has no entropy model');
  const response = await fetch(url).catch((error: unknown) => {
    throw new Missing(String(error));
  });
  if (!response.ok) throw new Missing(`${url}: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const sessions = new Map<GraphName, Promise<ort.InferenceSession>>();
let creating: Promise<unknown> = Promise.resolve(); // ONNX Runtime makes one session at a time

function session(name: GraphName): Promise<ort.InferenceSession> {
  let promise = sessions.get(name);
  if (promise === undefined) {
    const bytes = fetchPart(name);
    promise = creating.then(async () =>
      ort.InferenceSession.create(await bytes, {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'all',
      }),
    );
    creating = promise.catch(() => undefined);
    sessions.set(name, promise);
    promise.catch(() => sessions.delete(name)); // the next call tries again
  }
  return promise;
}

async function encode(channelData: Float32Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
  const graph = await session('encoder');
  const samples = channelData[0]!.length;
  const pcm = new Float32Array(2 * samples);
  pcm.set(channelData[0]!);
  pcm.set(channelData[1]!, samples);
  const audio = new ort.Tensor('float32', pcm, [1, 2, samples]);
  const { codes } = await graph.run({ audio });
  const wide = codes!.data as BigInt64Array<ArrayBuffer>;
  const low = new Int32Array(wide.buffer, wide.byteOffset, wide.length * 2); // little-endian halves
  const bytes = Uint8Array.from({ length: wide.length }, (_, i) => low[2 * i]!);
  codes!.dispose();
  return bytes;
}

async function decode(codes: Uint16Array): Promise<Omit<Reply & { type: 'audio' }, 'id' | 'type'>> {
  const graph = await session('decoder');
  const wide = new BigInt64Array(codes.length);
  const low = new Int32Array(wide.buffer);
  codes.forEach((code, i) => (low[2 * i] = code));
  const packets = codes.length / ROW_CODES;
  const result = await graph.run({ codes: new ort.Tensor('int64', wide, [1, packets, ROW_CODES]) });
  const audio = result.audio!.data as Float32Array<ArrayBuffer>;
  const features = (result.features!.data as Float32Array<ArrayBuffer>).slice();
  const samples = audio.length / 2;
  const channelData = [audio.slice(0, samples), audio.slice(samples)];
  result.audio!.dispose();
  result.features!.dispose();
  return { channelData, features };
}

let entropy: Promise<EntropyModel> | undefined;

function entropyModel(): Promise<EntropyModel> {
  if (entropy === undefined) {
    entropy = fetchPart('entropy').then((bytes) => new EntropyModel(bytes));
    entropy.catch(() => (entropy = undefined)); // the next call tries again
  }
  return entropy;
}

async function answer(request: Request): Promise<[Reply, Transferable[]]> {
  const { id } = request;
  switch (request.type) {
    case 'load':
      await Promise.all(
        request.parts.map((name) => (name === 'entropy' ? entropyModel() : session(name))),
      );
      return [{ id, type: 'loaded' }, []];
    case 'encode': {
      const codes = await encode(request.channelData);
      return [{ id, type: 'codes', codes }, [codes.buffer]];
    }
    case 'decode': {
      const { channelData, features } = await decode(request.codes);
      const buffers = [...channelData, features].map((array) => array.buffer);
      return [{ id, type: 'audio', channelData, features }, buffers];
    }
    case 'pack': {
      const coder = (await entropyModel()).coder(request.quality);
      const payloads = request.payloads.map((packets) => coder.encode(packets));
      return [{ id, type: 'pages', payloads }, payloads.map((payload) => payload.buffer)];
    }
    case 'unpack': {
      const coder = (await entropyModel()).coder(request.quality);
      const payloads = request.pages.map(([packets, payload]) => coder.decode(payload, packets));
      return [{ id, type: 'pages', payloads }, payloads.map((packets) => packets.buffer)];
    }
  }
}

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  const [reply, transfer] = await answer(data).catch((error: unknown): [Reply, Transferable[]] => [
    {
      id: data.id,
      type: 'failed',
      message: error instanceof Error ? error.message : String(error),
      missing: error instanceof Missing,
    },
    [],
  ]);
  self.postMessage(reply, { transfer });
};
