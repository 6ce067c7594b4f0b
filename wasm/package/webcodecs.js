export { MotetAudioDecoder } from './webcodecs/decoder.js';
export { MotetAudioEncoder } from './webcodecs/encoder.js';
export { MotetAudioData } from './webcodecs/audio-data.js';
export { MotetEncodedAudioChunk } from './webcodecs/encoded-chunk.js';
