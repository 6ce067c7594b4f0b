// Configurations as WebCodecs has them: what is no configuration is a TypeError, what is one but cannot be
// done is not supported.
import { internals } from '../internals.js';

const CODEC = /^motet(?:\.([0-9a-f]{16})(?:\.(\d{1,2}))?)?$/;
const MEMBERS = ['codec', 'sampleRate', 'numberOfChannels', 'bitrate', 'quality', 'model'];

/** 'motet.IDENTITY.QUALITY': whose packets, and how many bytes they have. */
export function codecString(model, quality) {
  return `motet.${model.info.codecIdentity}.${String(quality).padStart(2, '0')}`;
}

const isCount = (value) => Number.isSafeInteger(value) && value > 0;

/** The members that are known; a TypeError if they are no configuration. */
export function checkConfig(config) {
  if (typeof config !== 'object' || config === null)
    throw new TypeError('the configuration is no object');
  const known = {};
  for (const name of MEMBERS) if (config[name] !== undefined) known[name] = config[name];
  const { codec, sampleRate, numberOfChannels, bitrate, model } = known;
  if (typeof codec !== 'string' || codec.trim() === '')
    throw new TypeError("codec is missing, wanted 'motet'");
  if (!isCount(sampleRate))
    throw new TypeError(`sampleRate is ${String(sampleRate)}, wanted a whole number of Hz`);
  if (!isCount(numberOfChannels))
    throw new TypeError(`numberOfChannels is ${String(numberOfChannels)}, wanted a whole number`);
  if (bitrate !== undefined && !isCount(bitrate))
    throw new TypeError(`bitrate is ${String(bitrate)}, wanted a whole number of bits per second`);
  if (typeof model?.[internals] !== 'function')
    throw new TypeError('model is missing, wanted a Model, which Model.load() gives');
  return known;
}

/** The best quality whose packets take no more than so many bits per second. */
function qualityOf(model, bitrate) {
  let quality;
  for (let q = 1; q <= model.info.maxQuality && model.bitrate(q) * 1000 <= bitrate; ++q)
    quality = q;
  return quality;
}

/** Quality and channels of a checked configuration, or a sentence why it is not supported. */
export function resolve({ codec, sampleRate, numberOfChannels, bitrate, quality, model }) {
  const { info } = model;
  const parts = CODEC.exec(codec);
  if (!parts) return { unsupported: `codec is '${codec}', wanted 'motet'` };
  const [, identity, told] = parts;
  if (identity && identity !== info.codecIdentity)
    return {
      unsupported: `codec names model ${identity}, this one is ${info.codecIdentity}`,
    };
  if (sampleRate !== info.sampleRate)
    return { unsupported: `sampleRate is ${sampleRate}, wanted ${info.sampleRate}` };
  if (numberOfChannels > 2)
    return { unsupported: `numberOfChannels is ${numberOfChannels}, wanted 1 or 2` };
  const wanted =
    quality ??
    (told === undefined ? undefined : Number(told)) ??
    (bitrate === undefined ? info.defaultQuality : qualityOf(model, bitrate));
  if (!Number.isSafeInteger(wanted) || wanted < 1 || wanted > info.maxQuality)
    return {
      unsupported:
        wanted === undefined
          ? `bitrate is ${bitrate}, the least is ${Math.ceil(model.bitrate(1) * 1000)}`
          : `quality is ${String(wanted)}, wanted 1 to ${info.maxQuality}`,
    };
  return { quality: wanted, channels: numberOfChannels };
}

/** What isConfigSupported() promises. */
export async function supportOf(config) {
  const known = checkConfig(config);
  return { supported: !resolve(known).unsupported, config: known };
}
