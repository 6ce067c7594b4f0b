// The codec in the audio thread itself: no worker, and no message between sound and packet.
import {
  checkBytes,
  checkCallback,
  checkChannels,
  checkInteger,
  checkModel,
  checkNumber,
  checkOptions,
  checkQuality,
  checkToken,
  unfit,
} from './arguments.js';
import { assetUrl } from './asset-url.js';
import { MotetError, invalid } from './errors.js';
import { disposable, internals } from './internals.js';
import { loadProcessors } from './processors.js';

const BUFFER_MS = 70;
const MAX_BUFFER_MS = 2000;

const codecUrl = () => assetUrl('worklet-codec.js', new URL('./worklet-codec.js', import.meta.url));

/** A node of processor `name`, once its codec is ready. */
async function start(context, model, name, ports, options, onMessage) {
  await loadProcessors(context, model.info.sampleRate, codecUrl());
  const { module, bytes } = model[internals]().forWorker;
  const node = new AudioWorkletNode(context, name, {
    ...ports,
    processorOptions: { module, bytes, ...options },
  });
  await new Promise((resolve, reject) => {
    node.port.onmessage = ({ data }) => {
      if (data.error) reject(new MotetError('internal', data.error.message));
      else resolve();
    };
    node.onprocessorerror = () =>
      reject(new MotetError('internal', 'the codec could not start in the audio thread'));
  });
  node.port.onmessage = onMessage;
  return node;
}

/** What both have in common: a node that ends once, and tells failures. */
class Live {
  #onError;
  #closed = false;
  node;

  constructor(token, node, onError) {
    checkToken(token, 'create()');
    this.node = node;
    this.#onError = onError;
    node.onprocessorerror = () =>
      this.fail(new MotetError('internal', 'the codec failed in the audio thread'));
  }

  get closed() {
    return this.#closed;
  }

  /** @internal */
  fail(error) {
    if (this.#closed) return;
    this.close();
    if (!this.#onError) throw error; // unhandled, so that the console at least says it
    this.#onError(error);
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.node.port.postMessage({ close: true });
    this.node.disconnect();
  }

  free() {
    this.close();
  }
}

export class LiveEncoder extends Live {
  bytes = 0;

  static async create(context, model, options) {
    checkModel(model);
    const { onPacket, onError, ...settings } = checkOptions(options);
    if (typeof onPacket !== 'function') throw unfit('onPacket', onPacket, 'a function');
    checkCallback('onError', onError);
    const quality = checkQuality(settings.quality, model) ?? model.info.defaultQuality;
    const channels = checkChannels(settings.channels) ?? 2;
    let live;
    const hear = ({ data }) => {
      if (!live || live.closed) return;
      if (data.error) return live.fail(new MotetError('internal', data.error.message));
      live.bytes += data.packet.length;
      onPacket(data.packet, data.number, data.frame / context.sampleRate);
    };
    const ports = { numberOfOutputs: 0, channelCount: 2 };
    const node = await start(
      context,
      model,
      'motet-live-encoder',
      ports,
      { quality, channels },
      hear,
    );
    live = new LiveEncoder(internals, node, onError);
    return live;
  }
}

export class LiveDecoder extends Live {
  #context;
  #model;
  #packetBytes;
  #report = { received: 0, concealed: 0, late: 0, skipped: 0, restarts: 0, buffered: 0 };

  constructor(token, node, onError, context, model, quality) {
    super(token, node, onError);
    this.#context = context;
    this.#model = model;
    this.#packetBytes = model.packetBytes(quality);
    node.port.onmessage = ({ data }) => {
      if (data.error) this.fail(new MotetError('internal', data.error.message));
      else this.#report = data;
    };
  }

  static async create(context, model, options) {
    checkModel(model);
    const { onError, bufferMs = BUFFER_MS, ...settings } = checkOptions(options);
    checkCallback('onError', onError);
    checkNumber('bufferMs', bufferMs, 0);
    if (bufferMs > MAX_BUFFER_MS) throw unfit('bufferMs', bufferMs, `0 to ${MAX_BUFFER_MS}`);
    const quality = checkQuality(settings.quality, model) ?? model.info.defaultQuality;
    const channels = checkChannels(settings.channels) ?? 2;
    const { packetSamples, sampleRate } = model.info;
    const bufferPackets = Math.max(1, Math.ceil((bufferMs * sampleRate) / 1000 / packetSamples));
    const ports = { numberOfInputs: 0, outputChannelCount: [2] };
    const processor = { quality, channels, bufferPackets };
    const node = await start(context, model, 'motet-live-decoder', ports, processor, null);
    return new LiveDecoder(internals, node, onError, context, model, quality);
  }

  write(source, number) {
    const packet = checkBytes(source, 'packet').slice();
    checkInteger('number', number, 0, Number.MAX_SAFE_INTEGER);
    if (packet.length !== this.#packetBytes)
      throw invalid(`packet is of ${packet.length} bytes, wanted ${this.#packetBytes}`);
    if (this.closed) throw new MotetError('freed', 'this decoder was closed');
    this.node.port.postMessage({ packet, number }, [packet.buffer]);
  }

  get received() {
    return this.#report.received;
  }

  get concealed() {
    return this.#report.concealed;
  }

  get late() {
    return this.#report.late;
  }

  get skipped() {
    return this.#report.skipped;
  }

  get restarts() {
    return this.#report.restarts;
  }

  get sounding() {
    const { sounding } = this.#report;
    return sounding && { number: sounding.number, time: sounding.frame / this.#context.sampleRate };
  }

  get latency() {
    const { latencyMs: algorithmicMs, sampleRate } = this.#model.info;
    const bufferMs = (this.#report.buffered / sampleRate) * 1000;
    const outputMs = ((this.#context.baseLatency ?? 0) + (this.#context.outputLatency ?? 0)) * 1000;
    return { algorithmicMs, bufferMs, outputMs, totalMs: algorithmicMs + bufferMs + outputMs };
  }
}

disposable(LiveEncoder);
disposable(LiveDecoder);
