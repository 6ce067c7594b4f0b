// Whole files: in this thread, or cut into segments for several workers. A segment begins early
// enough (preroll) that the codec is then as if it had seen all that came before; so the number of
// workers changes no bit.
import { breathe } from '#platform';
import { MotetError, check, coreError, invalid } from './errors.js';
import { concat } from './arrays.js';
import { internals } from './internals.js';
import { loadCore } from './load.js';
import { Decoder, Kind, bytesOfPackets, checkBytes } from './decoder.js';
import { Encoder, checkPcm, streamWriter } from './encoder.js';

const BREATH_MS = 30; // so long the page may wait for its turn
const STEP_PACKETS = 128; // decoded between two breaths: a page, as most streams have them
const ROWS_PER_PACKET = 2; // of music features
const MIN_SEGMENT = 256; // packets: 6 s, a sixth of which is preroll
const MAX_SEGMENT = 1292; // packets: 30 s, so that progress is seen

class ProgressReport {
  #started = performance.now();
  #onProgress;
  #total;
  #done = 0;

  constructor(onProgress, totalSeconds) {
    this.#onProgress = onProgress;
    this.#total = totalSeconds;
  }

  add(seconds) {
    this.#done += seconds;
    const elapsed = (performance.now() - this.#started) / 1000;
    this.#onProgress?.({
      fraction: this.#total > 0 ? Math.min(1, this.#done / this.#total) : 1,
      seconds: this.#done,
      timesRealTime: elapsed > 0 ? this.#done / elapsed : 0,
    });
  }
}

/** Gives the page its turn every BREATH_MS, and hears whether work is to stop. */
class Breather {
  #last = performance.now();
  #signal;

  constructor(signal) {
    this.#signal = signal;
    signal?.throwIfAborted();
  }

  async turn() {
    if (performance.now() - this.#last > BREATH_MS) {
      await breathe();
      this.#last = performance.now();
    }
    this.#signal?.throwIfAborted();
  }
}

function checkWorkers(workers = 0) {
  if (!Number.isInteger(workers) || workers < 0 || workers > 64)
    throw invalid(`workers is ${workers}, wanted 0 to 64`);
  return workers;
}

/** Packets [begin, end) in segments for `workers` workers. */
function segments(packets, workers) {
  const length = Math.min(MAX_SEGMENT, Math.max(MIN_SEGMENT, Math.ceil(packets / workers)));
  const count = Math.max(1, Math.floor(packets / length));
  return Array.from({ length: count }, (_, i) => ({
    begin: i * length,
    end: i + 1 < count ? (i + 1) * length : packets,
  }));
}

/** Runs `work(codec, job)` on every job, each worker taking the next one that is left. */
async function share(jobs, workers, signal, create, work) {
  const codecs = [];
  let next = 0;
  let over = false;
  const run = async () => {
    const codec = await create();
    if (over) {
      codec.free();
      return;
    }
    codecs.push(codec);
    while (next < jobs.length && !over) {
      signal?.throwIfAborted();
      await work(codec, jobs[next++]);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, run));
    signal?.throwIfAborted();
  } finally {
    over = true; // for those that are still on their way after another's fault
    for (const codec of codecs) codec.free();
  }
}

export async function encodeFile(model, channelData, options = {}) {
  const { quality, tags, sampleRate, onProgress, signal } = options;
  const { info } = model;
  const workers = checkWorkers(options.workers);
  if (sampleRate !== undefined && sampleRate !== info.sampleRate)
    throw invalid(`the PCM has ${sampleRate} Hz, wanted ${info.sampleRate}: resample it first`);
  const channels = channelData?.length;
  if (channels !== 1 && channels !== 2)
    throw invalid(`there are ${channels} channels of PCM, wanted 1 or 2`);
  const samples = checkPcm(channelData, channels);
  const progress = new ProgressReport(onProgress, samples / info.sampleRate);
  const stream = { quality, channels, tags, samples };
  return workers > 0
    ? encodeShared(model, channelData, stream, workers, progress, signal)
    : encodeHere(model, channelData, stream, progress, signal);
}

async function encodeHere(model, channelData, stream, progress, signal) {
  const { sampleRate } = model.info;
  const breather = new Breather(signal);
  const encoder = new Encoder(model, stream);
  try {
    const out = [];
    const chunk = sampleRate / 4;
    for (let at = 0; at < stream.samples; at += chunk) {
      const part = channelData.map((plane) => plane.subarray(at, at + chunk));
      out.push(encoder.encode(part));
      progress.add(part[0].length / sampleRate);
      await breather.turn();
    }
    out.push(encoder.flush());
    return concat(out);
  } finally {
    encoder.free();
  }
}

async function encodeShared(model, channelData, stream, workers, progress, signal) {
  const { packetSamples, sampleRate, encoderPrerollPackets, defaultQuality } = model.info;
  const { channels, samples } = stream;
  const quality = stream.quality || defaultQuality;
  const packetBytes = model.packetBytes(quality);
  const writer = streamWriter(model, { ...stream, quality }); // first: it knows what cannot be
  const whole = Math.floor(samples / packetSamples); // what Flush adds belongs to the last
  const jobs = segments(whole, workers);
  const results = [];
  try {
    const { EncoderWorker } = await import('./worker.js');
    await share(
      jobs,
      workers,
      signal,
      () => EncoderWorker.create(model, { framing: 'packets', quality, channels, signal }),
      async (encoder, { begin, end }) => {
        const last = end === whole;
        const from = Math.max(0, begin - encoderPrerollPackets);
        const pcm = channelData.map((plane) =>
          plane.slice(from * packetSamples, last ? undefined : end * packetSamples),
        );
        const seconds = ((end - begin) * packetSamples) / sampleRate;
        await encoder.reset();
        const packets = [await encoder.encode(pcm, { signal, transfer: true })];
        if (last) packets.push(await encoder.flush({ signal }));
        results[begin] = concat(packets).subarray((begin - from) * packetBytes);
        progress.add(seconds);
      },
    );
    return frame(model[internals]().core, writer, concat(Object.values(results)), samples);
  } finally {
    writer.delete();
  }
}

/** Packets to a stream. */
function frame(core, writer, packets, samples) {
  const out = [writer.header().slice()];
  writer.input(packets.length).set(packets);
  check(core, writer.write());
  out.push(writer.bytes().slice());
  check(core, writer.finish(samples));
  out.push(writer.bytes().slice());
  return concat(out);
}

export async function decodeFile(model, source, options = {}) {
  const bytes = checkBytes(source);
  const workers = checkWorkers(options.workers);
  const contents = readStream(model[internals]().core, bytes);
  const { sampleRate } = model.info;
  const samples = contents.header?.samples;
  const progress = new ProgressReport(options.onProgress, (samples ?? 0) / sampleRate);
  // Concealment looks back without bound, so damaged files are decoded in one piece.
  return workers > 0 && isWhole(contents, model)
    ? decodeShared(model, contents, workers, progress, options.signal)
    : decodeHere(model, bytes, progress, options.signal);
}

async function decodeHere(model, bytes, progress, signal) {
  const breather = new Breather(signal);
  const decoder = new Decoder(model);
  try {
    const planes = [];
    const errors = [];
    const take = (audio) => {
      if (decoder.header) audio.channelData.forEach((plane, c) => (planes[c] ??= []).push(plane));
      errors.push(...audio.errors);
      progress.add(audio.samplesDecoded / audio.sampleRate);
    };
    for (let at = 0, step; at < bytes.length; at += step) {
      step = bytesOfPackets(STEP_PACKETS, decoder.header);
      take(decoder.decode(bytes.subarray(at, at + step)));
      await breather.turn();
    }
    take(decoder.flush());
    return result(planes, decoder.header.channels, model.info.sampleRate, errors);
  } finally {
    decoder.free();
  }
}

function result(planes, channels, sampleRate, errors) {
  const channelData = Array.from({ length: channels }, (_, c) =>
    concat(planes[c] ?? [], Float32Array),
  );
  return {
    channelData,
    samplesDecoded: channelData[0].length,
    sampleRate,
    errors,
  };
}

async function decodeShared(model, { header, packets }, workers, progress, signal) {
  const { DecoderWorker } = await import('./worker.js');
  const { packetSamples, sampleRate, delaySamples, decoderPrerollPackets } = model.info;
  const { channels, quality, samples, packetBytes } = header;
  const jobs = segments(packets.length / packetBytes, workers);
  const channelData = Array.from({ length: channels }, () => new Float32Array(samples));
  await share(
    jobs,
    workers,
    signal,
    () =>
      DecoderWorker.create(model, {
        framing: 'packets',
        quality,
        channels,
        signal,
      }),
    async (decoder, { begin, end }) => {
      const from = Math.max(0, begin - decoderPrerollPackets);
      await decoder.reset();
      const audio = await decoder.decode(packets.slice(from * packetBytes, end * packetBytes), {
        signal,
        transfer: true,
      });
      // Where the segment's first sample lies in the file, which begins after the run-in.
      const at = begin * packetSamples - delaySamples;
      const skip = (begin - from) * packetSamples + Math.max(0, -at);
      const to = Math.max(0, at);
      const count = Math.max(0, Math.min(samples - to, audio.samplesDecoded - skip));
      channelData.forEach((plane, c) =>
        plane.set(audio.channelData[c].subarray(skip, skip + count), to),
      );
      progress.add(count / sampleRate);
    },
  );
  return { channelData, samplesDecoded: samples, sampleRate, errors: [] };
}

/**
 * What a stream holds: its header, its packets in runs and as one, how many they are with those that
 * are lost, how many of them are lost; `error` if it does not end as it should.
 */
function readStream(core, bytes) {
  const reader = new core.StreamReader();
  try {
    reader.input(bytes.length).set(bytes);
    const runs = []; // of packets that follow one another: {first, packets}
    let header;
    let next = 0; // packet
    let lostPackets = 0;
    const contents = (error) => ({
      header,
      runs,
      packets: concat(runs.map((run) => run.packets)),
      count: next,
      lostPackets,
      strayBytes: reader.skippedBytes(),
      error,
    });
    for (;;) {
      switch (reader.next()) {
        case Kind.needInput:
          reader.finish();
          break;
        case Kind.header:
          header = reader.header();
          break;
        case Kind.data:
          runs.push({ first: next, packets: reader.packets().slice() });
          next += reader.count();
          break;
        case Kind.damage:
          lostPackets += reader.count();
          next += reader.count();
          break;
        case Kind.end:
          header = reader.header(); // now it knows the length
          return contents();
        default:
          return contents(coreError(core));
      }
    }
  } finally {
    reader.delete();
  }
}

/** Whether every packet of the stream is there, and they make its length. */
function isWhole({ header, packets, lostPackets, strayBytes, error }, { info }) {
  if (error || lostPackets > 0 || strayBytes > 0) return false;
  const decoded = (packets.length / header.packetBytes) * info.packetSamples - info.delaySamples;
  return (
    header.modelIdentity === info.identity &&
    decoded >= header.samples &&
    decoded - header.samples < info.packetSamples
  );
}

export async function info(source, { wasm } = {}) {
  const bytes = checkBytes(source);
  const { core } = await loadCore(wasm);
  const { header, count, lostPackets, error } = readStream(core, bytes);
  // A stream that is cut off says what it is nevertheless.
  if (error && (error.code !== 'truncated' || !header)) throw error;
  const held = count * core.streamPacketSamples;
  const samples = error ? Math.min(header.samples ?? Infinity, held) : header.samples;
  const duration = samples / header.sampleRate;
  return Object.freeze({
    ...header,
    samples,
    duration,
    complete: !error,
    bytes: bytes.length,
    bitrateKbps: duration > 0 ? (bytes.length * 8) / duration / 1000 : 0,
    ratio: (samples * header.channels * 2) / bytes.length,
    packets: count,
    lostPackets,
  });
}

export async function readFeatures(model, source) {
  const { core, handle } = model[internals]();
  const { header, runs, count, error } = readStream(core, checkBytes(source));
  if (!header) throw error;
  if (header.modelIdentity !== model.info.identity)
    throw new MotetError(
      'model-mismatch',
      `the stream was encoded with model ${header.modelIdentity}, this is model ${model.info.identity}`,
    );
  const reader = check(core, core.FeatureReader.create(handle, header.quality));
  try {
    const names = core.featureNames().map((name, i) => (i < 12 ? `chroma.${name}` : name));
    const rowsPerSecond = (header.sampleRate / model.info.packetSamples) * ROWS_PER_PACKET;
    const rows =
      header.samples === undefined
        ? count * ROWS_PER_PACKET
        : Math.ceil((header.samples / header.sampleRate) * rowsPerSecond);
    const values = new Float32Array(rows * names.length);
    for (const { first, packets } of runs) {
      const at = first * ROWS_PER_PACKET * names.length;
      if (at >= values.length) break; // the decoder's delay adds packets at the end
      reader.input(packets.length).set(packets);
      check(core, reader.read());
      values.set(reader.values().subarray(0, values.length - at), at);
    }
    return { names, rowsPerSecond, rows, values };
  } finally {
    reader.delete();
  }
}
