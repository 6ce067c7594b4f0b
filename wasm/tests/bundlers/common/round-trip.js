// What every project of this folder does: a second of music there and back, in the page and in
// workers, and a second that sounds.
import { Model, decodeFile, encodeFile } from 'motet';
import { modelUrl } from 'motet/model';
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
    played: typeof AudioContext === 'function' ? await play(model, bytes) : undefined,
  };
}
