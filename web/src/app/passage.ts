// The part of a recording that is compared: all of it if it is short.
import { Passage, type PcmSource } from '../audio/pcm';
import { SAMPLE_RATE } from '../audio/sample-rate';
import type { Engine, Progress } from '../engine/contract';

export const PASSAGE_SECONDS = 120;
// Codes depend on this much of the past and the future at most, so a passage that is coded with them
// has the codes that it has in the whole file.
const BEFORE_SECONDS = 3;
const AFTER_SECONDS = 1;
const PACKET = 1024;

export interface ComparedPassage {
  original: AudioBuffer;
  decoded: AudioBuffer;
  /** A `.motet` file that holds the passage from second `from` of it on. */
  file: Uint8Array<ArrayBuffer>;
  from: number;
  decodeTimesRealTime: number;
}

export async function comparePassage(
  engine: Engine,
  source: PcmSource,
  whole: Uint8Array<ArrayBuffer>,
  quality: number,
  fromSeconds: number,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<ComparedPassage> {
  const length = Math.min(source.samples, PASSAGE_SECONDS * SAMPLE_RATE);
  const all = length === source.samples;
  const first = Math.min(Math.round(fromSeconds * SAMPLE_RATE), source.samples - length);
  let start = 0;
  let file = whole;
  if (!all) {
    start = Math.max(0, Math.floor((first - BEFORE_SECONDS * SAMPLE_RATE) / PACKET) * PACKET);
    const end = Math.min(source.samples, first + length + AFTER_SECONDS * SAMPLE_RATE);
    const part = new Passage(source, start, end - start);
    file = await engine.encode(part, { quality, signal });
  }
  const original = bufferOf(source.channels, length);
  const decoded = bufferOf(source.channels, length);
  source.read(first, length).forEach((data, channel) => original.copyToChannel(data, channel));

  let at = start - first; // of the next chunk in the passage
  const report = await engine.decode(file, {
    signal,
    onProgress,
    onChunk: (channelData) => {
      channelData.forEach((data, channel) => {
        const visible = at < 0 ? data.subarray(Math.min(data.length, -at)) : data;
        if (visible.length > 0 && at < length) {
          decoded.copyToChannel(visible, channel, Math.max(0, at));
        }
      });
      at += channelData[0]!.length;
    },
  });
  return {
    original,
    decoded,
    file,
    from: (first - start) / SAMPLE_RATE,
    decodeTimesRealTime: report.timesRealTime,
  };
}

function bufferOf(numberOfChannels: number, length: number): AudioBuffer {
  return new AudioBuffer({ numberOfChannels, length, sampleRate: SAMPLE_RATE });
}
