// Runs in the worker: one Encoder or Decoder, called by name. Every message {id, method, args} is
// answered with {id, result} or {id, error}.
import { serve } from '#platform';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import { MotetError } from './errors.js';
import { Model } from './codec-model.js';

let codec;

async function create(kind, { module, bytes }, options) {
  const model = await Model.load(bytes, { wasm: module });
  codec = kind === 'encoder' ? new Encoder(model, options) : new Decoder(model, options);
  model.free(); // the codec keeps what it needs
  return { quality: codec.quality, channels: codec.channels };
}

/** Buffers of a result that may move to the page. */
function buffersOf(result) {
  if (result instanceof Uint8Array) return [result.buffer];
  return result?.audio?.channelData.map((plane) => plane.buffer) ?? [];
}

async function call(method, args) {
  if (method === 'create') return create(...args);
  const result = codec[method](...args);
  return codec instanceof Decoder && result ? { audio: result, header: codec.header } : result;
}

// One after the other, though the first is asynchronous.
let queue = Promise.resolve();

const answer = serve(({ id, method, args }) => {
  queue = queue.then(async () => {
    try {
      const result = await call(method, args);
      answer({ id, result }, buffersOf(result));
    } catch (error) {
      const code = error instanceof MotetError ? error.code : 'internal';
      answer({ id, error: { code, message: error.message } });
    }
  });
});
