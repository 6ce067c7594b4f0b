// Opus for browsers without an encoder of their own: libopus as WebAssembly, in a worker that writes Ogg.
import workerUrl from 'opus-recorder/dist/encoderWorker.min.js?url';
import { Problem } from '../problem';
import { joinBytes } from '../bytes';

const MUSIC = 2049; // OPUS_APPLICATION_AUDIO
const FRAMES_AT_ONCE = 4096; // its worker wants pieces of one length
// Its files tell players to skip 3840 samples, of which encoder (312) and resampler (24) delay the smaller
// part: the rest must be silence, or as much of the music would be lost.
const SILENCE = 3840 - 312 - 24;

type Reply = { message: 'ready' | 'done' } | { message: 'page'; page: Uint8Array<ArrayBuffer> };

export async function encodeWithLibopus(
  pcm: AudioBuffer,
  bitRate: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { numberOfChannels, sampleRate, length } = pcm;
  const worker = new Worker(workerUrl, { name: 'opus' });
  try {
    return await new Promise((resolve, reject) => {
      const pages: Uint8Array[] = [];
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      worker.onerror = (event) => {
        event.preventDefault();
        reject(
          new Problem('not-loaded', 'Opus could not be loaded. Are you offline?', event.message),
        );
      };
      worker.onmessage = ({ data }: MessageEvent<Reply>) => {
        if (data.message === 'page') pages.push(data.page);
        else if (data.message === 'done') resolve(joinBytes(pages));
        else {
          worker.postMessage({ command: 'getHeaderPages' });
          for (let from = -SILENCE; from < length; from += FRAMES_AT_ONCE) {
            const buffers = Array.from({ length: numberOfChannels }, (_, channel) => {
              const piece = new Float32Array(FRAMES_AT_ONCE);
              const end = Math.max(0, from + FRAMES_AT_ONCE);
              const data = pcm.getChannelData(channel).subarray(Math.max(0, from), end);
              piece.set(data, Math.max(0, -from));
              return piece;
            });
            worker.postMessage({ command: 'encode', buffers });
          }
          worker.postMessage({ command: 'done' });
        }
      };
      worker.postMessage({
        command: 'init',
        numberOfChannels,
        originalSampleRate: sampleRate,
        encoderSampleRate: sampleRate,
        encoderApplication: MUSIC,
        encoderBitRate: bitRate,
        encoderComplexity: 10,
        bufferLength: FRAMES_AT_ONCE,
      });
    });
  } finally {
    worker.terminate();
  }
}
