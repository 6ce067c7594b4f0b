import { assetUrl } from './asset-url.js';
import {
  checkBytes,
  checkCallback,
  checkModel,
  checkNumber,
  checkOptions,
  checkQuality,
  checkSamples,
  checkToken,
  unfit,
} from './arguments.js';
import { MotetError, invalid } from './errors.js';
import { disposable, internals } from './internals.js';
import { bytesOfPackets } from './decoder.js';
import { loadProcessors } from './processors.js';
import { checkSource } from './seeking.js';
import { DecoderWorker, EncoderWorker } from './worker.js';

const WRITE_PACKETS = 32; // whose bytes go to the decoder at once
// Packets that are decoded at once: few, because what they decode to waits in memory.
const DECODE_PACKETS = 16;
const START_SECONDS = 0.2; // that must be there before sound starts, if so many may wait

const processorUrl = () =>
  assetUrl('worklet-processor.js', new URL('./worklet-processor.js', import.meta.url));

function playerNode(context, processorOptions) {
  return new AudioWorkletNode(context, 'motet-player', {
    numberOfInputs: 0,
    outputChannelCount: [2],
    processorOptions,
  });
}

/** How much a StreamPlayer holds, in seconds, within which sound must be able to start; what it skips. */
function checkTimes(options) {
  const { bufferSeconds = 4, skipSeconds = 0 } = checkOptions(options);
  checkNumber('bufferSeconds', bufferSeconds, 0, true);
  const { startSeconds = Math.min(START_SECONDS, bufferSeconds) } = checkOptions(options);
  checkNumber('startSeconds', startSeconds, 0);
  checkNumber('skipSeconds', skipSeconds, 0);
  if (startSeconds > bufferSeconds)
    throw invalid(
      `startSeconds is ${startSeconds}, wanted 0 to ${bufferSeconds}, which is bufferSeconds: sound would never start`,
    );
  if (skipSeconds === Infinity) throw invalid('skipSeconds is Infinity, wanted a time that ends');
  return { bufferSeconds, startSeconds, skipSeconds };
}

const send = (node, pcm) =>
  node.port.postMessage(
    { pcm },
    pcm.map((plane) => plane.buffer),
  );

export class StreamPlayer extends EventTarget {
  #decoder;
  #sampleRate;
  #decodeFrames; // at once
  #room; // frames that may wait
  #skip; // frames at the beginning of the stream that do not sound
  #skipped = 0; // of them
  #first = 0; // frame of the stream at which the last seek() has begun
  #seeks = 0; // what was decoded or played before the last one counts no more
  #sent = 0; // frames
  #played = 0;
  #wake = []; // resolvers of callers that wait for room, or for the end
  #turn = Promise.resolve(); // the call that came last: each waits for the one before
  #end; // promise of end()
  #finished = false;
  #fault; // of the decoder, or of closing
  node;
  underruns = 0;
  errors = [];

  constructor(token, context, model, decoder, times) {
    super();
    checkToken(token, 'StreamPlayer.create()');
    const { bufferSeconds, startSeconds, skipSeconds } = times;
    this.#decoder = decoder;
    this.#sampleRate = model.info.sampleRate;
    this.#decodeFrames = DECODE_PACKETS * model.info.packetSamples;
    this.#room = bufferSeconds * this.#sampleRate;
    this.#skip = Math.round(skipSeconds * this.#sampleRate);
    this.node = playerNode(context, {
      startFrames: Math.round(startSeconds * this.#sampleRate),
    });
    this.node.port.onmessage = ({ data }) => this.#hear(data);
  }

  static async create(context, model, options) {
    checkModel(model);
    const times = checkTimes(options);
    await loadProcessors(context, model.info.sampleRate, processorUrl());
    const decoder = await DecoderWorker.create(model);
    return new StreamPlayer(internals, context, model, decoder, times);
  }

  get header() {
    return this.#decoder.header;
  }

  get currentTime() {
    return (this.#first + this.#skip + this.#played) / this.#sampleRate;
  }

  get buffered() {
    return (this.#sent - this.#played) / this.#sampleRate;
  }

  async seek(seconds, source) {
    checkNumber('seconds', seconds, 0);
    const frame = checkSamples(Math.round(seconds * this.#sampleRate), false, 'seconds in samples');
    const checked = checkSource(source);
    if (this.#end)
      throw invalid('seek() comes after end(): play from elsewhere with another player');
    this.#first = frame;
    this.#skip = this.#skipped = this.#sent = this.#played = 0;
    this.node.port.postMessage({ seek: ++this.#seeks });
    this.#wakeAll();
    return this.#inTurn(async () => {
      const known = this.header !== undefined;
      let unread = false; // which is not the stream's fault
      const read = async (...range) => {
        try {
          return await checked.read(...range);
        } catch (error) {
          unread = true;
          throw error;
        }
      };
      const offset = await this.#decode(
        () => this.#decoder.seek(frame, { size: checked.size, read }),
        (error) => !unread && error.code !== 'invalid-argument',
      );
      if (!known) this.#emit('header', this.header);
      return offset;
    });
  }

  async write(source) {
    const bytes = checkBytes(source);
    if (this.#end) throw invalid('these bytes come after end(): play them with another player');
    const seeks = this.#seeks;
    return this.#inTurn(() => this.#write(bytes, seeks));
  }

  end() {
    return (this.#end ??= this.#inTurn(() => this.#playOut()));
  }

  pause() {
    this.node.port.postMessage({ pause: true });
  }

  resume() {
    this.node.port.postMessage({ pause: false });
  }

  close() {
    if (!this.#fault) this.#stop(new MotetError('freed', 'this player was closed'));
  }

  free() {
    this.close();
  }

  /** Does `work` once what was called before is done, well or not. */
  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // who called has heard of it
    return done;
  }

  async #write(bytes, seeks) {
    for (let at = 0, step; at < bytes.length; at += step) {
      step = bytesOfPackets(WRITE_PACKETS, this.header);
      let part = bytes.slice(at, at + step);
      for (let done = false; !done; part = new Uint8Array(0)) {
        await this.#until(() => this.#sent - this.#played < this.#room || seeks !== this.#seeks);
        if (seeks !== this.#seeks) return;
        done = await this.#play(() =>
          this.#decoder.decodeSome(part, this.#decodeFrames, { transfer: true }),
        );
      }
    }
  }

  async #playOut() {
    await this.#play(() => this.#decoder.flush());
    this.#decoder.free(); // nothing more comes, though much may still have to sound
    this.node.port.postMessage({ end: true });
    await this.#until(() => this.#finished);
    this.#emit('ended');
  }

  /** Sends what `decode` decodes to the audio thread; true if it is `done` with its bytes. */
  async #play(decode) {
    const known = this.header !== undefined;
    const seeks = this.#seeks;
    const audio = await this.#decode(decode);
    if (!known && this.header) this.#emit('header', this.header);
    if (seeks !== this.#seeks) return true;
    for (const error of audio.errors) {
      this.errors.push(error);
      this.#emit('error', error);
    }
    const skipped = Math.min(this.#skip - this.#skipped, audio.samplesDecoded);
    this.#skipped += skipped;
    if (audio.samplesDecoded > skipped) {
      this.#sent += audio.samplesDecoded - skipped;
      const { channelData } = audio;
      send(this.node, skipped > 0 ? channelData.map((plane) => plane.slice(skipped)) : channelData);
    }
    return audio.done;
  }

  /** What a call of the decoder gives; an error that is `fatal` is the end of the player. */
  async #decode(call, fatal = () => true) {
    if (this.#fault) throw this.#fault;
    try {
      return await call();
    } catch (error) {
      if (!this.#fault && !fatal(error)) throw error;
      if (!this.#fault) {
        this.#stop(error);
        this.#emit('error', error);
      }
      throw this.#fault;
    }
  }

  #hear({ played, seek, underrun, finished }) {
    if (seek !== this.#seeks) return;
    this.#played = played;
    if (underrun) {
      ++this.underruns;
      this.#emit('underrun');
    }
    if (finished) this.#finished = true;
    this.#wakeAll();
  }

  #wakeAll() {
    for (const wake of this.#wake.splice(0)) wake();
  }

  async #until(condition) {
    while (!condition()) {
      if (this.#fault) throw this.#fault;
      await new Promise((resolve) => this.#wake.push(resolve));
    }
    if (this.#fault) throw this.#fault;
  }

  #stop(error) {
    this.#fault = error;
    this.node.port.postMessage({ close: true });
    this.node.disconnect();
    this.#decoder.free();
    this.#wakeAll();
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

export class LiveLoop {
  #context;
  #model;
  #encoder;
  #decoder;
  #source;
  #recorder;
  #sent = 0; // frames to the player
  #played = 0;
  #inFlight = 0; // frames between recorder and player
  #onLatency;
  #onError;
  #stopped = false;
  node;
  bytes = 0;
  underruns = 0;

  constructor(token, context, model, encoder, decoder, options) {
    checkToken(token, 'LiveLoop.start()');
    const { stream, onLatency, onError } = options;
    const { packetSamples, sampleRate } = model.info;
    this.#context = context;
    this.#model = model;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#onLatency = onLatency;
    this.#onError = onError;
    this.#source = context.createMediaStreamSource(stream);
    this.#recorder = new AudioWorkletNode(context, 'motet-recorder', {
      numberOfOutputs: 0,
      channelCount: 2,
      processorOptions: { blockFrames: packetSamples },
    });
    this.#recorder.port.onmessage = ({ data }) => void this.#pass(data);
    this.node = playerNode(context, {
      startFrames: 2 * packetSamples,
      limitFrames: Math.round(0.3 * sampleRate),
    });
    this.node.port.onmessage = ({ data }) => {
      this.#played = data.played;
      if (data.underrun) ++this.underruns;
    };
    this.#source.connect(this.#recorder);
  }

  static async start(context, model, options) {
    checkModel(model);
    const { stream, quality, onLatency, onError } = checkOptions(options);
    if (typeof stream?.getAudioTracks !== 'function')
      throw unfit('stream', stream, 'a MediaStream');
    checkQuality(quality, model);
    checkCallback('onLatency', onLatency);
    checkCallback('onError', onError);
    await loadProcessors(context, model.info.sampleRate, processorUrl());
    const settings = { framing: 'packets', quality };
    const encoder = await EncoderWorker.create(model, settings);
    let decoder;
    try {
      decoder = await DecoderWorker.create(model, settings);
      return new LiveLoop(internals, context, model, encoder, decoder, options);
    } catch (error) {
      encoder.free();
      decoder?.free();
      throw error;
    }
  }

  get latency() {
    const { latencyMs, sampleRate } = this.#model.info;
    const algorithmicMs = latencyMs;
    const bufferMs = ((this.#sent - this.#played + this.#inFlight) / sampleRate) * 1000;
    const outputMs = ((this.#context.baseLatency ?? 0) + (this.#context.outputLatency ?? 0)) * 1000;
    return {
      algorithmicMs,
      bufferMs,
      outputMs,
      totalMs: algorithmicMs + bufferMs + outputMs,
    };
  }

  stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#source.disconnect();
    this.#recorder.port.postMessage('close');
    this.node.port.postMessage({ close: true });
    this.node.disconnect();
    this.#encoder.free();
    this.#decoder.free();
  }

  free() {
    this.stop();
  }

  async #pass(pcm) {
    const frames = pcm[0].length;
    this.#inFlight += frames;
    try {
      const packets = await this.#encoder.encode(pcm, { transfer: true });
      this.bytes += packets.length;
      const audio = await this.#decoder.decode(packets, { transfer: true });
      if (this.#stopped || audio.samplesDecoded === 0) return;
      this.#sent += audio.samplesDecoded;
      send(this.node, audio.channelData);
      this.#onLatency?.(this.latency);
    } catch (error) {
      if (!this.#stopped) {
        this.stop();
        if (!this.#onError) throw error; // unhandled, so that the console at least says it
        this.#onError(error);
      }
    } finally {
      this.#inFlight -= frames;
    }
  }
}

disposable(StreamPlayer);
disposable(LiveLoop);
