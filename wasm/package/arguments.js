// What callers may hand over. Each check returns the value, or throws a MotetError that names the
// argument, the value and what was wanted. Arrays may be of another realm (a frame, a test runner's).
import { invalid } from './errors.js';
import { internals, streamInternals } from './internals.js';

const MAX_TEXT = 40; // characters of a value that a sentence repeats

/** A value in few words, whatever it is. */
function describe(value) {
  if (typeof value === 'string')
    return value.length > MAX_TEXT ? `'${value.slice(0, MAX_TEXT)}…'` : `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  let name;
  try {
    name = value.constructor?.name;
  } catch {
    // A proxy that answers nothing is an object like others.
  }
  if (typeof name !== 'string' || !name || name === 'Object') return 'an object';
  const kind = `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
  return typeof value.length === 'number' ? `${kind} of ${value.length}` : kind;
}

export function unfit(name, value, wanted) {
  return invalid(`${name} is ${describe(value)}, wanted ${wanted}`);
}

/** An object of options; an empty one where there is none. */
export function checkOptions(options, name = 'options') {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw unfit(name, options, 'an object');
  return options;
}

/** A whole number; where `optional`, undefined passes. */
export function checkInteger(name, value, least, most, optional = false) {
  if (optional && value === undefined) return value;
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw unfit(name, value, `a whole number, ${least} to ${most}`);
  return value;
}

/** A number of at least `least`, or more than it where it is `excluded`. */
export function checkNumber(name, value, least, excluded = false) {
  if (typeof value !== 'number' || !(excluded ? value > least : value >= least))
    throw unfit(name, value, excluded ? `more than ${least}` : `${least} or more`);
  return value;
}

/** One of some words; undefined passes. */
export function checkWord(name, value, words) {
  if (value !== undefined && !words.includes(value))
    throw unfit(name, value, words.map((word) => `'${word}'`).join(' or '));
  return value;
}

export function checkFlag(name, value) {
  if (value !== undefined && typeof value !== 'boolean') throw unfit(name, value, 'true or false');
  return value;
}

export function checkCallback(name, value) {
  if (value !== undefined && typeof value !== 'function') throw unfit(name, value, 'a function');
  return value;
}

export function checkSignal(signal) {
  if (signal === undefined) return signal;
  if (typeof signal?.throwIfAborted !== 'function' || typeof signal.addEventListener !== 'function')
    throw unfit('signal', signal, 'an AbortSignal');
  return signal;
}

/** Of constructors that are none for callers: `way` is theirs. */
export function checkToken(token, way) {
  if (token !== internals) throw invalid(`this constructor is not for callers, wanted ${way}`);
}

export function checkModel(model) {
  if (typeof model?.[internals] !== 'function')
    throw unfit('model', model, 'a Model, which Model.load() gives');
  return model;
}

/** A model as far as streams need one; undefined passes. */
export function checkStreamModel(model) {
  if (model !== undefined && typeof model?.[streamInternals] !== 'function')
    throw unfit('model', model, 'a Model or an EntropyModel');
  return model;
}

export function checkQuality(quality, model, optional = true) {
  return checkInteger('quality', quality, 1, model.info.maxQuality, optional);
}

export function checkChannels(channels) {
  if (channels !== undefined && channels !== 1 && channels !== 2)
    throw unfit('channels', channels, '1 or 2');
  return channels;
}

export function checkFraming(framing) {
  return checkWord('framing', framing, ['stream', 'packets']);
}

/** Whether an array's buffer was handed over to a worker: its length is then 0, too. */
function isDetached(buffer) {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

const isArray = (value, type) => ArrayBuffer.isView(value) && value[Symbol.toStringTag] === type;

export function isArrayBuffer(value) {
  return (
    Object.prototype.toString.call(value) === '[object ArrayBuffer]' && !ArrayBuffer.isView(value)
  );
}

/** Encoded bytes, as a Uint8Array and nothing more: slice() of Node's Buffer is no copy. */
export function checkBytes(bytes, name = 'bytes') {
  const whole = isArrayBuffer(bytes);
  if (!whole && !isArray(bytes, 'Uint8Array'))
    throw unfit(name, bytes, 'a Uint8Array or an ArrayBuffer');
  if (isDetached(whole ? bytes : bytes.buffer))
    throw invalid(`${name} is detached: its buffer was transferred, wanted one that is still here`);
  if (whole) return new Uint8Array(bytes);
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The number of frames of PCM for `channels` channels: a number, or several that will do. */
export function checkPcm(channelData, ...channels) {
  const wanted = `an array of one Float32Array for each of ${channels.join(' or ')} channels`;
  if (!Array.isArray(channelData) || !channels.includes(channelData.length))
    throw unfit('channelData', channelData, wanted);
  channelData.forEach((plane, c) => {
    if (!isArray(plane, 'Float32Array')) throw unfit(`channelData[${c}]`, plane, 'a Float32Array');
    if (isDetached(plane.buffer))
      throw invalid(
        `channelData[${c}] is detached: its buffer was transferred, wanted one that is still here`,
      );
    if (plane.length !== channelData[0].length)
      throw invalid(
        `channelData has channels of ${channelData[0].length} and ${plane.length} samples, wanted equal lengths`,
      );
  });
  return channelData[0].length;
}

/** Tags in any of their forms, as pairs. */
export function checkTags(tags) {
  if (tags === undefined) return [];
  const isMap = Object.prototype.toString.call(tags) === '[object Map]';
  const isPlain = Object.prototype.toString.call(tags) === '[object Object]';
  if (!Array.isArray(tags) && !isMap && !isPlain)
    throw unfit('tags', tags, 'an object, a Map or an array of pairs');
  const pairs = isPlain ? Object.entries(tags) : [...tags];
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw unfit('tags', pair, 'pairs of text');
    const [key, value] = pair;
    if (typeof key !== 'string') throw unfit('tags: a key', key, 'text');
    if (typeof value !== 'string') throw unfit(`tags: ${describe(key)}`, value, 'text');
  }
  return pairs.map(([key, value]) => [key, value]);
}

/** The length of a stream, or a place in it. */
export function checkSamples(samples, optional = false, name = 'samples') {
  return checkInteger(name, samples, 0, Number.MAX_SAFE_INTEGER, optional);
}

const checkPacketsPerPage = (count) => checkInteger('packetsPerPage', count, 1, 255, true);

/** Options of an Encoder or of encodeFile's stream, with nothing in them but what they may hold. */
export function checkEncoding(options, model) {
  const { quality, channels, samples, tags, packetsPerPage, coding, framing } =
    checkOptions(options);
  if (checkWord('coding', coding, ['entropy', 'fixed']) === 'entropy' && framing === 'packets')
    throw invalid(
      "coding is 'entropy', wanted 'fixed': bare packets (framing 'packets') are not entropy-coded",
    );
  return {
    quality: checkQuality(quality, model),
    channels: checkChannels(channels),
    samples: checkSamples(samples, true),
    tags: checkTags(tags),
    packetsPerPage: checkPacketsPerPage(packetsPerPage),
    coding,
    framing: checkFraming(framing),
  };
}

const MAX_SAMPLE_RATE = 1_000_000; // Hz
const MAX_QUALITY = 12; // of the format
const MAX_PACKET_BYTES = 255;
const MAX_PRE_SKIP = 2 ** 32 - 1; // samples
const MAX_PACKETS = 2 ** 32 - 1;

/** Of a joined stream; whether they make it, the core knows. */
function checkParts(parts = []) {
  if (!Array.isArray(parts)) throw unfit('parts', parts, 'an array of parts');
  return parts.map((part, i) => {
    const { samples, packets, preSkip } = checkOptions(part, `parts[${i}]`);
    return {
      samples: checkSamples(samples, false, `parts[${i}].samples`),
      packets: checkInteger(`parts[${i}].packets`, packets, 1, MAX_PACKETS),
      preSkip: checkInteger(`parts[${i}].preSkip`, preSkip, 0, MAX_PRE_SKIP, true) ?? 0,
    };
  });
}

/**
 * Options of a StreamWriter: all that a header says, with what the model knows where nothing else is
 * said.
 */
export function checkStream(options) {
  const given = checkOptions(options);
  const info = checkStreamModel(given.model)?.info;
  const coding =
    checkWord('coding', given.coding, ['entropy', 'fixed']) ??
    (info?.entropyCoding ? 'entropy' : 'fixed');
  if (coding === 'entropy' && !info)
    throw invalid("coding is 'entropy' without a model, wanted 'fixed', or a model");
  const { quality = info?.defaultQuality } = given;
  checkInteger('quality', quality, 1, info?.maxQuality ?? MAX_QUALITY);
  const {
    sampleRate = info?.sampleRate,
    packetBytes = given.model?.packetBytes(quality),
    modelIdentity = coding === 'entropy' ? info?.identity : info?.codecIdentity,
  } = given;
  if (typeof modelIdentity !== 'string' || !/^[0-9a-f]{16}$/.test(modelIdentity))
    throw unfit(
      'modelIdentity',
      modelIdentity,
      '16 hexadecimal digits in lower case, or a model that says it',
    );
  return {
    header: {
      sampleRate: checkInteger('sampleRate', sampleRate, 1, MAX_SAMPLE_RATE),
      channels: checkChannels(given.channels) ?? 2,
      quality,
      packetBytes: checkInteger('packetBytes', packetBytes, 1, MAX_PACKET_BYTES),
      coding,
      samples: checkSamples(given.samples, true),
      preSkip: checkInteger('preSkip', given.preSkip, 0, MAX_PRE_SKIP, true) ?? 0,
      modelIdentity,
      tags: checkTags(given.tags),
      parts: checkParts(given.parts),
    },
    packetsPerPage: checkPacketsPerPage(given.packetsPerPage),
  };
}

/** Options of a Decoder, likewise. */
export function checkDecoding(options, model) {
  const { quality, channels, framing } = checkOptions(options);
  return {
    quality: checkQuality(quality, model),
    channels: checkChannels(channels),
    framing: checkFraming(framing),
    ...checkFileDecoding(options),
  };
}

function checkPrecision(precision) {
  return checkWord('precision', precision, ['int8', 'f32']);
}

/** Those that the decoding of files knows, too. */
export function checkFileDecoding(options) {
  return { ...checkTolerance(options), precision: checkPrecision(checkOptions(options).precision) };
}

/** What damage there may be; undefined is left to whoever reads. */
export function checkTolerance(options) {
  const { maxConcealedSeconds, strict } = checkOptions(options);
  if (maxConcealedSeconds !== undefined) checkNumber('maxConcealedSeconds', maxConcealedSeconds, 0);
  return { maxConcealedSeconds, strict: checkFlag('strict', strict) };
}

/** Packets that a decoder is to stand in for, or that a stream is without. */
export function checkConcealed(packets) {
  return checkInteger('packets', packets, 0, 65536);
}
