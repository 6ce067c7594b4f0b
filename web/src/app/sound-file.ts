// A `.motet` file as a file of sound, with its tags.
import { SAMPLE_RATE } from '../audio/sample-rate';
import type { SoundFormat, SoundWriter } from '../audio/sound-writer';
import type { Engine, Progress } from '../engine/contract';
import { notLoaded } from '../engine/not-loaded';
import { keepPart } from './keep-part';

export async function soundFileOf(
  engine: Engine,
  bytes: Uint8Array<ArrayBuffer>,
  format: SoundFormat,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<Blob> {
  const { channels, tags } = await engine.inspect(bytes);
  const writer = await writerOf(format, channels);
  try {
    await engine.decode(bytes, {
      signal,
      onProgress,
      onChunk: (channelData) => writer.write(channelData),
    });
    return await writer.finish(tags);
  } finally {
    writer.close();
  }
}

async function writerOf(format: SoundFormat, channels: number): Promise<SoundWriter> {
  if (format === 'wav') {
    const { WavWriter } = await import('../audio/wav');
    return new WavWriter(channels, SAMPLE_RATE);
  }
  const { FlacWriter } = await import('../audio/flac').catch((error: unknown) => {
    throw notLoaded('flac', String(error));
  });
  const writer = await FlacWriter.create(channels, SAMPLE_RATE);
  keepPart('flac');
  return writer;
}
