// Any audio file to PCM at 44.1 kHz, by the browser's own decoders.
import { Problem } from '../problem';
import { BufferSource } from './pcm';
import { SAMPLE_RATE } from './sample-rate';

/** Of this machine, the part that the PCM of one file may take. */
const MEMORY_SHARE = 0.4;
const BYTES_PER_SECOND = SAMPLE_RATE * 2 * Float32Array.BYTES_PER_ELEMENT;

function longestSeconds(): number {
  // In GiB, and at most 8 in most browsers; not every browser tells.
  const { deviceMemory = 4 } = navigator as Navigator & { deviceMemory?: number };
  return (deviceMemory * MEMORY_SHARE * 2 ** 30) / BYTES_PER_SECOND;
}

function tooLong(seconds: number | undefined, detail = ''): Problem {
  const minutes = (value: number): string => `${Math.floor(value / 60).toLocaleString()} minutes`;
  const length = seconds === undefined ? '' : `It lasts ${minutes(seconds)}. `;
  return new Problem(
    'too-long',
    `This recording is too long for the memory of this device. ${length}About ` +
      `${minutes(longestSeconds())} are possible here; the motet program has no such limit.`,
    detail,
  );
}

/** What the file says of its length, without decoding it. */
function announcedSeconds(file: Blob): Promise<number | undefined> {
  return new Promise((resolve) => {
    const audio = new Audio();
    const url = URL.createObjectURL(file);
    const done = (seconds: number | undefined): void => {
      clearTimeout(timer);
      audio.removeAttribute('src');
      URL.revokeObjectURL(url);
      resolve(seconds !== undefined && Number.isFinite(seconds) ? seconds : undefined);
    };
    const timer = setTimeout(() => done(undefined), 3000);
    audio.preload = 'metadata';
    audio.onloadedmetadata = () => done(audio.duration);
    audio.onerror = () => done(undefined);
    audio.src = url;
  });
}

export async function openAudio(file: Blob): Promise<BufferSource> {
  const seconds = await announcedSeconds(file);
  if (seconds !== undefined && seconds > longestSeconds()) throw tooLong(seconds);
  if (file.size > 2 ** 31) throw tooLong(seconds);
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch (error) {
    throw new Problem('other', 'This file could not be read from the disk.', String(error));
  }
  const isFlac = String.fromCharCode(...new Uint8Array(bytes.slice(0, 4))) === 'fLaC';
  let buffer: AudioBuffer;
  try {
    buffer = await new OfflineAudioContext(2, 1, SAMPLE_RATE).decodeAudioData(bytes);
  } catch (error) {
    // The browser gives the same answer to both; the length tells them apart.
    const detail = error instanceof Error ? error.message : String(error);
    if (seconds !== undefined && seconds > longestSeconds() / 4) throw tooLong(seconds, detail);
    throw new Problem(
      'not-audio',
      seconds === undefined
        ? 'This is no audio that your browser can read. WAV, FLAC, MP3, Ogg, Opus and M4A usually work.'
        : 'No sound in this file could be read: it is damaged, or of a kind that your browser cannot read.',
      detail,
    );
  }
  if (buffer.length === 0) throw new Problem('not-audio', 'There is no sound in this file.');
  // Of other kinds of files, browsers may only estimate the length.
  const cut = isFlac && seconds !== undefined && buffer.duration < seconds - 0.1;
  return new BufferSource(buffer, cut ? seconds : undefined);
}
