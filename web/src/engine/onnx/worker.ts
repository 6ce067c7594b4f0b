// Runs the two ONNX graphs, and reads and writes streams. Each part is loaded when it is first needed.
import {
  EntropyModel,
  MotetError,
  type StreamPlace,
  StreamWriter,
  type StreamWriterOptions,
} from 'motet';
import * as ort from 'onnxruntime-web/wasm';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import entropyUrl from 'virtual:onnx-entropy';
import decoderUrl from '@onnx/decoder.onnx?url';
import encoderUrl from '@onnx/encoder.onnx?url';
import { ROW_BYTES } from './graphs';
import { type Contents, contentsOf, RowReader } from './streams';

type GraphName = 'encoder' | 'decoder';
export type PartName = GraphName | 'entropy';

export type Request =
  | { id: number; type: 'load'; parts: PartName[] }
  /** Two arrays of a whole number of packets. */
  | { id: number; type: 'encode'; channelData: Float32Array<ArrayBuffer>[] }
  /** Rows of packets, ROW_BYTES each. */
  | { id: number; type: 'decode'; codes: Uint16Array<ArrayBuffer> }
  | { id: number; type: 'contents'; bytes: Uint8Array }
  /** A reader of rows, or a writer, which from now on has the id of this request. */
  | {
      id: number;
      type: 'open';
      bytes: Uint8Array;
      seconds: number;
      part: StreamPlace;
      entropy: boolean;
    }
  | { id: number; type: 'create'; options: StreamWriterOptions; entropy: boolean }
  | { id: number; type: 'rows'; of: number; from: number; to: number }
  | { id: number; type: 'write'; of: number; packets: Uint8Array<ArrayBuffer> }
  | { id: number; type: 'finish'; of: number; samples: number }
  | { id: number; type: 'free'; of: number };

export type Reply =
  | { id: number; type: 'done' }
  | { id: number; type: 'codes'; codes: Uint8Array<ArrayBuffer> }
  | { id: number; type: 'rows'; rows: Uint16Array<ArrayBuffer> }
  | { id: number; type: 'bytes'; bytes: Uint8Array<ArrayBuffer> }
  | { id: number; type: 'contents'; contents: Contents }
  | {
      id: number;
      type: 'audio';
      channelData: Float32Array<ArrayBuffer>[];
      features: Float32Array<ArrayBuffer>;
    }
  /** `code`: that of a MotetError. */
  | {
      id: number;
      type: 'failed';
      message: string;
      missing: boolean;
      code: MotetError['code'] | undefined;
    };

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
  const packets = codes.length / ROW_BYTES;
  const result = await graph.run({ codes: new ort.Tensor('int64', wide, [1, packets, ROW_BYTES]) });
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
    entropy = fetchPart('entropy').then((bytes) => EntropyModel.load(bytes));
    entropy.catch(() => (entropy = undefined)); // the next call tries again
  }
  return entropy;
}

const readers = new Map<number, RowReader>();
const writers = new Map<number, StreamWriter>();

async function answer(request: Request): Promise<[Reply, Transferable[]]> {
  const { id } = request;
  const bytesReply = (bytes: Uint8Array): [Reply, Transferable[]] => {
    const own = bytes as Uint8Array<ArrayBuffer>;
    return [{ id, type: 'bytes', bytes: own }, [own.buffer]];
  };
  const done: [Reply, Transferable[]] = [{ id, type: 'done' }, []];
  switch (request.type) {
    case 'load':
      await Promise.all(
        request.parts.map((name) => (name === 'entropy' ? entropyModel() : session(name))),
      );
      return done;
    case 'encode': {
      const codes = await encode(request.channelData);
      return [{ id, type: 'codes', codes }, [codes.buffer]];
    }
    case 'decode': {
      const { channelData, features } = await decode(request.codes);
      const buffers = [...channelData, features].map((array) => array.buffer);
      return [{ id, type: 'audio', channelData, features }, buffers];
    }
    case 'contents':
      return [{ id, type: 'contents', contents: await contentsOf(request.bytes) }, []];
    case 'open': {
      const model = request.entropy ? await entropyModel() : undefined;
      const { bytes, seconds, part } = request;
      readers.set(id, await RowReader.open(bytes, seconds, part, model));
      return done;
    }
    case 'create': {
      const model = request.entropy ? await entropyModel() : undefined;
      writers.set(id, await StreamWriter.create({ ...request.options, model }));
      return done;
    }
    case 'rows': {
      const rows = readers.get(request.of)!.rows(request.from, request.to);
      return [{ id, type: 'rows', rows }, [rows.buffer]];
    }
    case 'write':
      return bytesReply(writers.get(request.of)!.write(request.packets));
    case 'finish':
      return bytesReply(writers.get(request.of)!.finish(request.samples));
    case 'free':
      for (const objects of [readers, writers]) {
        objects.get(request.of)?.free();
        objects.delete(request.of);
      }
      return done;
  }
}

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  const [reply, transfer] = await answer(data).catch((error: unknown): [Reply, Transferable[]] => [
    {
      id: data.id,
      type: 'failed',
      message: error instanceof Error ? error.message : String(error),
      missing: error instanceof Missing,
      code: error instanceof MotetError ? error.code : undefined,
    },
    [],
  ]);
  self.postMessage(reply, { transfer });
};
