// Ogg Opus to PCM by libopus. (Browsers' own decoders cut the beginning in different places: Chromium's
// decodeAudioData loses the first packet of some files, so nothing would be aligned.)
import { BufferSource, EncodedPacketSink, Input, OGG } from 'mediabunny';
import { OpusDecoder } from 'opus-decoder';

/** Of what Opus is given and gives. */
export const OPUS_RATE = 48000;

const PACKETS_AT_ONCE = 250; // five seconds, for which the page's thread is busy some milliseconds
const PRE_SKIP_AT = 10; // in the identification header (RFC 7845, 5.1)

/** As many samples per channel as the packets hold, without what a player must skip at the beginning. */
export async function decodeOpus(
  file: Uint8Array<ArrayBuffer>,
  channels: 1 | 2,
  signal: AbortSignal,
): Promise<Float32Array<ArrayBuffer>[]> {
  const input = new Input({ source: new BufferSource(file), formats: [OGG] });
  const track = (await input.getPrimaryAudioTrack())!;
  const head = (await track.getDecoderConfig())!.description as Uint8Array<ArrayBuffer>;
  const preSkip = new DataView(head.buffer, head.byteOffset).getUint16(PRE_SKIP_AT, true);
  const decoder = new OpusDecoder({ channels, preSkip, sampleRate: OPUS_RATE });
  await decoder.ready;
  try {
    const pieces: Float32Array[][] = [];
    let packets: Uint8Array[] = [];
    const decode = (): void => {
      pieces.push(decoder.decodeFrames(packets).channelData);
      packets = [];
    };
    for await (const { data } of new EncodedPacketSink(track).packets()) {
      packets.push(data);
      if (packets.length < PACKETS_AT_ONCE) continue;
      decode();
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
    }
    decode();
    return Array.from({ length: channels }, (_, channel) =>
      joined(pieces.map((piece) => piece[channel]!)),
    );
  } finally {
    decoder.free();
    input.dispose();
  }
}

function joined(pieces: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  pieces.reduce((at, piece) => (all.set(piece, at), at + piece.length), 0);
  return all;
}
