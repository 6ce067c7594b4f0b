// Measures loudness away from the page's own thread: two minutes take it about a second.
export interface LoudnessRequest {
  sampleRate: number;
  /** One or two. */
  channelData: Float32Array[];
}

self.onmessage = async ({ data }: MessageEvent<LoudnessRequest>) => {
  const meter = await import('ebur128-wasm');
  const { sampleRate, channelData } = data;
  const [left, right] = channelData as [Float32Array, Float32Array | undefined];
  self.postMessage(
    right === undefined
      ? meter.ebur128_integrated_mono(sampleRate, left)
      : meter.ebur128_integrated_stereo(sampleRate, left, right),
  );
};
