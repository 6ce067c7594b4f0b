/** Channels of −1..1 as 16-bit integers, interleaved. */
export function toPcm16(channelData: readonly Float32Array[]): Int16Array<ArrayBuffer> {
  const channels = channelData.length;
  const frames = channelData[0]!.length;
  const samples = new Int16Array(frames * channels);
  channelData.forEach((data, channel) => {
    for (let i = 0; i < frames; ++i) {
      samples[i * channels + channel] = Math.round(Math.max(-1, Math.min(1, data[i]!)) * 32767);
    }
  });
  return samples;
}
