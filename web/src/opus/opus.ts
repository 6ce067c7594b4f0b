// Music through Opus, as people have it today: how many bytes, and what it sounds like.
import { BufferSource, PcmArrays, type PcmSource } from '../audio/pcm';
import { resample } from '../audio/resample';
import { SAMPLE_RATE } from '../audio/sample-rate';
import { decodeOpus, OPUS_RATE } from './decode';
import { browserEncodes, encodeOpus, LEAST_BIT_RATE } from './encode';

export interface OpusSound {
  /** As long as the source, at 44.1 kHz. */
  decoded: AudioBuffer;
  /** Of the Ogg file. */
  bytes: number;
  /** Whether it was asked for less than Opus can do. */
  least: boolean;
  /** Whether libopus had to be loaded: the browser has no encoder. */
  libopus: boolean;
}

/** As many bits per second, or as near as Opus comes to a file of so many bytes. */
export type OpusTarget = { bitRate: number } | { bytes: number };

const ROUNDS = 4;
const NEAR = 0.02; // of the bytes that are wanted

export async function throughOpus(
  source: PcmSource,
  target: OpusTarget,
  signal: AbortSignal,
): Promise<OpusSound> {
  const { channels, samples } = source;
  const pcm = await resample(source, SAMPLE_RATE, OPUS_RATE);
  signal.throwIfAborted();
  const seconds = samples / SAMPLE_RATE;
  let bitRate = 'bitRate' in target ? target.bitRate : (target.bytes * 8) / seconds;
  let least = false;
  let file!: Uint8Array<ArrayBuffer>;
  for (let round = 0; round < ROUNDS; ++round) {
    least = bitRate <= LEAST_BIT_RATE;
    bitRate = Math.round(Math.max(bitRate, LEAST_BIT_RATE));
    file = await encodeOpus(pcm, bitRate, signal);
    signal.throwIfAborted();
    if ('bitRate' in target) break;
    const ratio = target.bytes / file.length;
    if (Math.abs(ratio - 1) < NEAR || (least && ratio < 1)) break;
    bitRate *= ratio; // what the container and the encoder's own will add is not known before
  }
  const decoded = await resample(
    new PcmArrays(await decodeOpus(file, channels, signal)),
    OPUS_RATE,
    SAMPLE_RATE,
  );
  const cut = new AudioBuffer({
    length: samples,
    numberOfChannels: channels,
    sampleRate: SAMPLE_RATE,
  });
  new BufferSource(decoded)
    .read(0, Math.min(samples, decoded.length))
    .forEach((data, channel) => cut.copyToChannel(data, channel));
  return {
    decoded: cut,
    bytes: file.length,
    least: 'bytes' in target && least,
    libopus: !(await browserEncodes(pcm, bitRate)),
  };
}
