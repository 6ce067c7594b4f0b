// What every project of this folder does: a second of music there and back, in the page and in
// workers, and a second that sounds.
import { Model, decodeFile, encodeFile } from 'motet';
import { LiveEncoder } from 'motet/live';
import { modelUrl } from 'motet/model';
import { MotetAudioEncoder } from 'motet/webcodecs';
import { EncoderWorker } from 'motet/worker';
import { StreamPlayer } from 'motet/worklet';

const SECOND = 44100;

function tone(hertz) {
  return Float32Array.from(
    { length: SECOND },
    (_, i) => 0.4 * Math.sin((2 * Math.PI * hertz * i) / SECOND),
  );
}

async function play(model, bytes) {
  const context = new AudioContext({ sampleRate: SECOND });
  await context.resume();
  const player = await StreamPlayer.create(context, model);
  player.node.connect(context.destination);
  await player.write(bytes);
  await player.end();
  await context.close();
  return player.currentTime;
}

/** Bytes of a few packets that the audio thread made of a tone. */
async function encodeLive(model) {
  const context = new AudioContext({ sampleRate: SECOND });
  await context.resume();
  const tone = new OscillatorNode(context);
  let encoder;
  await new Promise((done, fail) => {
    let packets = 0;
    const onPacket = () => {
      if (++packets === 3) done();
    };
    LiveEncoder.create(context, model, { onPacket, onError: fail }).then((created) => {
      encoder = created;
      tone.connect(encoder.node);
      tone.start();
    }, fail);
  });
  encoder.close();
  await context.close();
  return encoder.bytes;
}

/** Chunks that an encoder of WebCodecs' shape makes of a second. */
async function encodeChunks(model, data) {
  let chunks = 0;
  const encoder = new MotetAudioEncoder({
    output: () => ++chunks,
    error(error) {
      throw error;
    },
  });
  encoder.configure({ codec: 'motet', sampleRate: SECOND, numberOfChannels: 1, model });
  encoder.encode(
    new AudioData({
      format: 'f32-planar',
      sampleRate: SECOND,
      numberOfFrames: SECOND,
      numberOfChannels: 1,
      timestamp: 0,
      data,
    }),
  );
  await encoder.flush();
  encoder.close();
  return chunks;
}

export async function roundTrip() {
  const model = await Model.load(modelUrl);
  const pcm = [tone(220), tone(330)];
  const bytes = await encodeFile(model, pcm);
  const encoder = await EncoderWorker.create(model, { samples: SECOND });
  const parts = [await encoder.encode(pcm), await encoder.flush()];
  encoder.free();
  const inWorker = parts.flatMap((part) => [...part]);
  const { channelData, errors } = await decodeFile(model, bytes, { workers: 1 });
  return {
    samples: channelData.map((plane) => plane.length),
    power: channelData[0].reduce((sum, x) => sum + x * x, 0) / SECOND,
    sameInWorker:
      bytes.length === inWorker.length && bytes.every((byte, i) => byte === inWorker[i]),
    errors: errors.length,
    bytes: bytes.length,
    packetBytes: model.packetBytes(6),
    ...(typeof AudioContext === 'function' && {
      played: await play(model, bytes),
      live: await encodeLive(model),
      chunks: typeof AudioData === 'function' ? await encodeChunks(model, pcm[0]) : undefined,
    }),
  };
}
