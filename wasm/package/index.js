export { MotetError } from './errors.js';
export { isSupported } from './features.js';
export { Model } from './codec-model.js';
export { Encoder } from './encoder.js';
export { Decoder } from './decoder.js';
export { decodeFile, encodeFile, info, readFeatures } from './files.js';
