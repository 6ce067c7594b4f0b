// The microphone: permission, and a recording of it as PCM at 44.1 kHz.
import { Problem } from '../problem';
import { resume } from './output';
import { BufferSource } from './pcm';
import { SAMPLE_RATE } from './sample-rate';
import workletUrl from './recorder-worklet.ts?worker&url';

export const LONGEST_RECORDING_SECONDS = 20 * 60;

export async function openMicrophone(): Promise<MediaStream> {
  try {
    // These are made for speech, and would distort music.
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    const words =
      name === 'NotFoundError'
        ? 'No microphone was found. Plug one in and try again.'
        : name === 'NotAllowedError'
          ? 'The microphone was refused. Allow it for this page in the settings of your browser.'
          : 'The microphone cannot be used. Perhaps another program has it.';
    throw new Problem('microphone', words, String(error));
  }
}

/** Events: 'progress' as sound arrives. */
export class Recording extends EventTarget {
  readonly #pieces: Float32Array<ArrayBuffer>[] = [];
  #samples = 0;
  #peak = 0;

  private constructor(
    private readonly context: AudioContext,
    private readonly stream: MediaStream,
    private readonly node: AudioWorkletNode,
  ) {
    super();
    node.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => {
      this.#pieces.push(data);
      this.#samples += data.length;
      this.#peak = data.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
      this.dispatchEvent(new Event('progress'));
    };
  }

  static async start(stream: MediaStream): Promise<Recording> {
    // At the microphone's own rate: some browsers connect it to no other.
    const context = new AudioContext();
    try {
      return await Recording.#start(context, stream);
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      await context.close();
      throw error;
    }
  }

  static async #start(context: AudioContext, stream: MediaStream): Promise<Recording> {
    await context.audioWorklet.addModule(workletUrl);
    const node = new AudioWorkletNode(context, 'recorder', {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(node);
    await resume(context);
    return new Recording(context, stream, node);
  }

  get seconds(): number {
    return this.#samples / this.context.sampleRate;
  }

  /** Of the last piece, 0..1. */
  get peak(): number {
    return this.#peak;
  }

  async stop(): Promise<BufferSource> {
    this.node.disconnect();
    for (const track of this.stream.getTracks()) track.stop();
    const { sampleRate } = this.context;
    await this.context.close();
    if (this.#samples === 0) throw new Problem('microphone', 'The microphone gave no sound.');
    const recorded = new AudioBuffer({ length: this.#samples, numberOfChannels: 1, sampleRate });
    let at = 0;
    for (const piece of this.#pieces) {
      recorded.copyToChannel(piece, 0, at);
      at += piece.length;
    }
    const length = Math.round((this.#samples * SAMPLE_RATE) / sampleRate);
    const resampler = new OfflineAudioContext(1, Math.max(1, length), SAMPLE_RATE);
    const source = new AudioBufferSourceNode(resampler, { buffer: recorded });
    source.connect(resampler.destination);
    source.start();
    return new BufferSource(await resampler.startRendering());
  }
}
