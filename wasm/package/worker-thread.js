// Runs in the worker: one codec, called by name. Every message {id, method, args} is
// answered with {id, result} or {id, error}. Import maps do not hold in workers, so that all that is
// imported here is relative, down to the last module.
import createMotetCore from './motet-core.js';
import { instantiate, modelHandle } from './core.js';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import { MotetError } from './errors.js';
import { internals, seekSteps, streamInternals } from './internals.js';
import { SegmentDecoder, SegmentEncoder } from './segments.js';

/** With the steps of seek(), by name: what is read for them is on the page. */
class RemoteDecoder extends Decoder {
  beginSeek(sample, size) {
    return { ...this[seekSteps]().beginSeek(sample, size), header: this.header };
  }
  goOnSeeking(bytes, number) {
    return { ...this[seekSteps]().goOnSeeking(bytes, number), header: this.header };
  }
}

const KINDS = {
  encoder: Encoder,
  decoder: RemoteDecoder,
  'segment-encoder': SegmentEncoder,
  'segment-decoder': SegmentDecoder,
};

let codec;

async function create(kind, { module, bytes }, options) {
  const core = await instantiate(module, createMotetCore);
  const handle = modelHandle(core, bytes);
  // As much of a Model as codecs ask for.
  const parts = () => ({ core, handle });
  const model = {
    info: handle.info(),
    packetBytes: (quality) => handle.packetBytes(quality),
    [internals]: parts,
    [streamInternals]: parts,
  };
  codec = new KINDS[kind](model, options);
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
  return result?.channelData ? { audio: result, header: codec.header } : result;
}

// One after the other, though the first is asynchronous.
let queue = Promise.resolve();

/** Does what a message asks, and hands the answer to `post(message, transfer)`. */
export function serve({ id, method, args }, post) {
  queue = queue.then(async () => {
    try {
      const result = await call(method, args);
      post({ id, result }, buffersOf(result));
    } catch (error) {
      const code = error instanceof MotetError ? error.code : 'internal';
      post({ id, error: { code, message: error.message } });
    }
  });
}
