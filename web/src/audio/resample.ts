import type { PcmSource } from './pcm';
import { WavWriter } from './wav';

/** Another sample rate, by the browser's own decoder: it resamples what it decodes, here 16-bit PCM. */
export async function resample(
  source: PcmSource,
  fromRate: number,
  toRate: number,
): Promise<AudioBuffer> {
  const writer = new WavWriter(source.channels, fromRate);
  await writer.write(source.read(0, source.samples));
  const wav = await (await writer.finish([])).arrayBuffer();
  return new OfflineAudioContext(source.channels, 1, toRate).decodeAudioData(wav);
}
