// Whole files: in this thread, or cut into segments for several workers. A segment begins early
// enough (preroll) that the codec is then as if it had seen all that came before; so the number of
// workers changes no bit.
import {
  checkBytes,
  checkCallback,
  checkEncoding,
  checkFileDecoding,
  checkInteger,
  checkModel,
  checkOptions,
  checkPcm,
  checkSignal,
  checkTolerance,
  unfit,
} from './arguments.js';
import { concat } from './arrays.js';
import { MotetError, check } from './errors.js';
import { internals } from './internals.js';
import { loadCore } from './load.js';
import { CONCEALED_SECONDS, Decoder, Kind, bytesOfPackets } from './decoder.js';
import { Encoder, streamWriter } from './encoder.js';
import { headerOf, plainHeader, renumber } from './pages.js';
import { fadeInto, firstIndex, JOIN_FADE, lastPart, samplesIn, streamParts } from './parts.js';
import { platform } from './platform.js';
import { PACKETS_PER_PAGE } from './writer-handle.js';
import { isReadBy, outlineOf, streamEvents } from './outline.js';

const YIELD_MS = 30; // for so long the event loop may have to wait
const STEP_PACKETS = 64; // decoded between two yields
const ROWS_PER_PACKET = 2; // of music features
const MIN_SEGMENT = 2; // pages: 6 s, a sixth of which is preroll
const MAX_SEGMENT = 10; // pages: 30 s, so that progress is seen
const NO_BYTES = new Uint8Array(0);

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

/** Yields to the event loop every YIELD_MS, and checks whether work is to stop. */
class Yielder {
  #last = performance.now();
  #signal;

  constructor(signal) {
    this.#signal = signal;
    signal?.throwIfAborted();
  }

  async turn() {
    if (performance.now() - this.#last > YIELD_MS) {
      await platform.nextTurn();
      this.#last = performance.now();
    }
    this.#signal?.throwIfAborted();
  }
}

/** What encodeFile and decodeFile have in common. */
function checkFileOptions(options) {
  const { workers = 0, onProgress, signal } = checkOptions(options);
  return {
    workers: checkInteger('workers', workers, 0, 64),
    onProgress: checkCallback('onProgress', onProgress),
    signal: checkSignal(signal),
  };
}

/** Packets [begin, end) in segments for `workers` workers; all begin with a page of the encoder. */
function segments(packets, workers) {
  const share = Math.ceil(packets / workers / PACKETS_PER_PAGE);
  const length = Math.min(MAX_SEGMENT, Math.max(MIN_SEGMENT, share)) * PACKETS_PER_PAGE;
  const count = Math.max(1, Math.floor(packets / length));
  return Array.from({ length: count }, (_, i) => ({
    begin: i * length,
    end: i + 1 < count ? (i + 1) * length : packets,
  }));
}

/**
 * Runs `work(codec, job)` on every job, each worker taking the next one that is left. `codec` is
 * that of a worker, of `kind` (worker-thread.js).
 */
async function share(jobs, workers, { kind, model, options, signal }, work) {
  const { start } = await import('./remote.js');
  const codecs = [];
  let next = 0;
  let over = false;
  const run = async () => {
    const { remote: codec } = await start(kind, model, { ...options, signal });
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

export async function encodeFile(model, channelData, options) {
  const { info } = checkModel(model);
  const { workers, onProgress, signal } = checkFileOptions(options);
  const { quality, tags, coding, sampleRate } = checkOptions(options);
  if (sampleRate !== undefined && sampleRate !== info.sampleRate)
    throw unfit('sampleRate', sampleRate, `${info.sampleRate}: resample the PCM first`);
  const samples = checkPcm(channelData, 1, 2);
  const stream = {
    ...checkEncoding({ quality, tags, coding }, model),
    channels: channelData.length,
    samples,
  };
  const progress = new ProgressReport(onProgress, samples / info.sampleRate);
  return workers > 0
    ? encodeShared(model, channelData, stream, workers, progress, signal)
    : encodeHere(model, channelData, stream, progress, signal);
}

async function encodeHere(model, channelData, stream, progress, signal) {
  const { sampleRate } = model.info;
  const yielder = new Yielder(signal);
  const encoder = new Encoder(model, stream);
  try {
    const out = [];
    const chunk = sampleRate / 4;
    for (let at = 0; at < stream.samples; at += chunk) {
      const part = channelData.map((plane) => plane.subarray(at, at + chunk));
      out.push(encoder.encode(part));
      progress.add(part[0].length / sampleRate);
      await yielder.turn();
    }
    out.push(encoder.flush());
    return concat(out);
  } finally {
    encoder.free();
  }
}

async function encodeShared(model, channelData, stream, workers, progress, signal) {
  const { packetSamples, sampleRate, encoderPrerollPackets, defaultQuality } = model.info;
  const { channels, samples, coding } = stream;
  const quality = stream.quality || defaultQuality;
  const writer = streamWriter(model, { ...stream, quality }); // first: it knows what cannot be
  const header = writer.headerBytes().slice();
  writer.delete();
  const whole = Math.floor(samples / packetSamples); // what Flush adds belongs to the last
  const results = [];
  await share(
    segments(whole, workers),
    workers,
    { kind: 'segment-encoder', model, options: { quality, channels, coding }, signal },
    async (encoder, { begin, end }) => {
      const last = end === whole;
      const from = Math.max(0, begin - encoderPrerollPackets);
      const pcm = channelData.map((plane) =>
        plane.slice(from * packetSamples, last ? undefined : end * packetSamples),
      );
      const pages = await encoder.call('encode', [pcm, begin - from, last ? samples : undefined], {
        signal,
        transfer: pcm.map((plane) => plane.buffer),
      });
      results[begin] = renumber(pages, begin);
      progress.add(((end - begin) * packetSamples) / sampleRate);
    },
  );
  return concat([header, ...Object.values(results)]);
}

export async function decodeFile(model, source, options) {
  const { sampleRate } = checkModel(model).info;
  const bytes = checkBytes(source);
  const { workers, onProgress, signal } = checkFileOptions(options);
  const decoding = checkFileDecoding(options);
  const outline = outlineOf(model[internals]().core, bytes);
  const progress = new ProgressReport(onProgress, (outline.header?.samples ?? 0) / sampleRate);
  // Concealment looks back without bound, so damaged files are decoded in one piece.
  return workers > 0 && isWhole(outline, model)
    ? decodeShared(model, bytes, outline, decoding, workers, progress, signal)
    : decodeHere(model, bytes, decoding, progress, signal);
}

async function decodeHere(model, bytes, options, progress, signal) {
  const yielder = new Yielder(signal);
  const decoder = new Decoder(model, options);
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
      let part = bytes.subarray(at, at + step);
      for (let audio; !audio?.done; part = NO_BYTES) {
        audio = decoder.decodeSome(part, STEP_PACKETS * model.info.packetSamples);
        take(audio);
        await yielder.turn();
      }
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

async function decodeShared(model, bytes, outline, { precision }, workers, progress, signal) {
  const { packetSamples, sampleRate, delaySamples, decoderPrerollPackets } = model.info;
  const { header, pages, packets } = outline;
  const { channels, quality, samples } = header;
  const channelData = Array.from({ length: channels }, () => new Float32Array(samples));
  const plain = plainHeader(headerOf(bytes));
  const parts = streamParts(header);
  const fades = []; // for each part, of each channel what comes before
  const jobs = parts.flatMap((part, i) => {
    const own = segments(Math.min(part.packets, packets), workers);
    // The last of a part gives what fades out in the next.
    return own.map((segment) => ({
      part,
      ...segment,
      into: segment === own.at(-1) && parts[i + 1]?.preSkip === 0 ? i + 1 : undefined,
    }));
  });
  await share(
    jobs,
    workers,
    { kind: 'segment-decoder', model, options: { quality, channels, precision }, signal },
    async (decoder, { part, begin, end, into }) => {
      const from = Math.max(0, begin - decoderPrerollPackets);
      // The pages that hold [from, end) of the part, behind a header: a stream of its own.
      const after = firstIndex(pages, (page) => page.first >= part.packet + end);
      const before = firstIndex(pages, (page) => page.first + page.count > part.packet + from);
      const { first, begin: at } = pages[before];
      const stop = pages[after]?.begin ?? outline.end;
      const stream = concat([plain, renumber(bytes.slice(at, stop), -first)]);
      const more = part.packet - first; // where the part's packets lie in it
      const lost = into === undefined ? 0 : Math.ceil(JOIN_FADE / packetSamples);
      const { audio } = await decoder.call('decode', [stream, from + more, end + more, lost], {
        signal,
        transfer: [stream.buffer],
      });
      // Where the segment's first sample lies in its part, which begins after the codec's delay.
      const place = begin * packetSamples - delaySamples - part.preSkip;
      const skip = (begin - from) * packetSamples + Math.max(0, -place);
      const to = Math.max(0, place);
      const count = Math.max(0, Math.min(part.samples - to, audio.samplesDecoded - skip));
      channelData.forEach((plane, c) =>
        plane.set(audio.channelData[c].subarray(skip, skip + count), part.sample + to),
      );
      if (into !== undefined)
        fades[into] = audio.channelData.map((plane) =>
          plane.slice(skip + count, skip + count + JOIN_FADE),
        );
      progress.add(count / sampleRate);
    },
  );
  fades.forEach((before, i) => {
    const { sample, samples: length } = parts[i];
    channelData.forEach((plane, c) => fadeInto(plane.subarray(sample, sample + length), before[c]));
  });
  return { channelData, samplesDecoded: samples, sampleRate, errors: [] };
}

/** Whether every packet of the stream is there, and they make its length. */
function isWhole({ header, packets, lostPackets, strayBytes, error }, { info }) {
  if (error || lostPackets > 0 || strayBytes > 0 || !isReadBy(info, header)) return false;
  return streamParts(header).every((part) => {
    const made = Math.min(part.packets, packets) * info.packetSamples;
    const decoded = made - info.delaySamples - part.preSkip;
    return decoded >= part.samples && decoded - part.samples < info.packetSamples;
  });
}

export async function info(source, options) {
  const bytes = checkBytes(source);
  const { wasm } = checkOptions(options);
  const { core } = await loadCore(wasm);
  const { header, packets, lostPackets, error } = outlineOf(core, bytes);
  // A stream that is cut off says what it is nevertheless.
  if (error && (error.code !== 'truncated' || !header)) throw error;
  const held = samplesIn(header, packets, core.streamPacketSamples);
  if (!error && header.samples > held)
    throw new MotetError(
      'corrupt',
      `the stream contradicts itself: ${packets} packets do not make ${header.samples} samples`,
    );
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
    packets,
    lostPackets,
  });
}

/** Throws if a stream has more damage than it may have. */
function checkDamage({ header, lostPackets, longestGap, strayBytes, error }, tolerance, core) {
  const { maxConcealedSeconds = CONCEALED_SECONDS, strict = false } = tolerance;
  const damaged = (what) => new MotetError('corrupt', `the stream is damaged: ${what}`);
  const gap = (longestGap * core.streamPacketSamples) / header.sampleRate;
  if (gap > maxConcealedSeconds)
    throw damaged(
      `${longestGap} packets (${gap.toFixed(2)} s) are lost in a row, wanted no more than ${maxConcealedSeconds} s`,
    );
  if (!strict) return;
  if (lostPackets > 0) throw damaged(`${lostPackets} packets are lost`);
  if (strayBytes > 0) throw damaged(`${strayBytes} bytes belong to no page`);
  if (error) throw error;
}

/**
 * Where rows of features stand: `rowOf(packet)`, the first of a packet, which may lie in the pre-skip or
 * beyond the end; `rowsOf(packet)`, those of its part, which begin with the row that is nearest to the
 * part's first sample.
 */
function rowPlaces(header, rowsPerSecond) {
  const parts = streamParts(header);
  const toRows = (samples) => (samples / header.sampleRate) * rowsPerSecond;
  const rows = Math.ceil(toRows(header.samples ?? Infinity));
  const begins = parts.map(({ sample }) => Math.round(toRows(sample)));
  const indexOf = (packet) => lastPart(parts, (part) => part.packet <= packet);
  return {
    rowOf(packet) {
      const index = indexOf(packet);
      const part = parts[index];
      const own = (packet - part.packet) * ROWS_PER_PACKET - Math.round(toRows(part.preSkip));
      return begins[index] + own;
    },
    rowsOf(packet) {
      const index = indexOf(packet);
      return [begins[index], begins[index + 1] ?? rows];
    },
  };
}

export async function readFeatures(model, source, options) {
  checkModel(model);
  const bytes = checkBytes(source);
  const tolerance = checkTolerance(options);
  const { core, handle } = model[internals]();
  const outline = outlineOf(core, bytes);
  const { header, packets, error } = outline;
  if (!header) throw error;
  if (!isReadBy(model.info, header))
    throw new MotetError(
      'model-mismatch',
      `the stream was encoded with model ${header.modelIdentity}, this is model ${model.info.identity}`,
    );
  checkDamage(outline, tolerance, core);
  const yielder = new Yielder();
  const features = check(core, core.FeatureReader.create(handle, header.quality));
  try {
    const names = core.featureNames().map((name, i) => (i < 12 ? `chroma.${name}` : name));
    const rowsPerSecond = (header.sampleRate / model.info.packetSamples) * ROWS_PER_PACKET;
    const places = rowPlaces(header, rowsPerSecond);
    // No more than the packets make, whatever the header claims.
    const rows = Math.max(0, Math.min(places.rowOf(packets), places.rowsOf(packets)[1]));
    const values = new Float32Array(rows * names.length);
    let packet = 0; // the next
    try {
      for (const { kind, reader } of streamEvents(core, bytes, handle)) {
        const count = reader.count();
        if (kind === Kind.data) {
          const page = reader.packets().slice();
          features.input(page.length).set(page);
          check(core, features.read());
          const to = places.rowOf(packet);
          const [least, most] = places.rowsOf(packet);
          const begin = Math.max(to, least);
          const end = Math.min(to + count * ROWS_PER_PACKET, most, rows);
          if (begin < end) {
            const own = features.values();
            const from = (begin - to) * names.length;
            values.set(
              own.subarray(from, from + (end - begin) * names.length),
              begin * names.length,
            );
          }
        }
        packet += count;
        await yielder.turn();
      }
    } catch (fault) {
      if (fault.code !== error?.code) throw fault; // what ends the stream is no reason to say nothing
    }
    return { names, rowsPerSecond, rows, values };
  } finally {
    features.delete();
  }
}
