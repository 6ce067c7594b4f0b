// PCM to Ogg Opus, by the browser's own encoder (WebCodecs) where it has one.
import { AudioBufferSource, BufferTarget, OggOutputFormat, Output } from 'mediabunny';

/** Of Opus, in bits per second (RFC 6716, 2.1.1). */
export const LEAST_BIT_RATE = 6000;

/** `pcm`: at OPUS_RATE. */
export async function encodeOpus(
  pcm: AudioBuffer,
  bitRate: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (await browserEncodes(pcm, bitRate)) return encodeInBrowser(pcm, bitRate);
  const { encodeWithLibopus } = await import('./libopus');
  return encodeWithLibopus(pcm, bitRate, signal);
}

/** Whether the browser has an encoder for such PCM. */
export async function browserEncodes(
  { numberOfChannels, sampleRate }: AudioBuffer,
  bitrate: number,
): Promise<boolean> {
  if (!('AudioEncoder' in globalThis)) return false;
  const config = { codec: 'opus', numberOfChannels, sampleRate, bitrate };
  const { supported } = await AudioEncoder.isConfigSupported(config).catch(() => ({
    supported: false,
  }));
  return supported === true;
}

async function encodeInBrowser(
  pcm: AudioBuffer,
  bitrate: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const target = new BufferTarget();
  const output = new Output({ format: new OggOutputFormat(), target });
  const source = new AudioBufferSource({ codec: 'opus', bitrate });
  output.addAudioTrack(source);
  await output.start();
  await source.add(pcm);
  await output.finalize();
  return new Uint8Array(target.buffer!);
}
