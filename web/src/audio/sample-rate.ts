/** Of all PCM of the page, in samples per second: what the codec works at. */
export const SAMPLE_RATE = 44100;
