// A second of sound there and back, in this thread, in the package's workers and in a worker thread of
// our own; what came of it goes to standard output.
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { Model, decodeFile, encodeFile, info } from 'motet';
import { modelUrl } from 'motet/model';
import { MotetAudioData, MotetAudioEncoder } from 'motet/webcodecs';
import { DecoderWorker } from 'motet/worker';

async function roundTrip() {
  const model = await Model.load(modelUrl);
  const pcm = [
    Float32Array.from({ length: 44100 }, (_, i) => 0.4 * Math.sin((2 * Math.PI * 220 * i) / 44100)),
  ];
  const bytes = await encodeFile(model, pcm, { tags: { title: 'Übung' } });
  const shared = await encodeFile(model, pcm, { tags: { title: 'Übung' }, workers: 2 });
  const decoder = await DecoderWorker.create(model);
  const parts = [await decoder.decode(bytes), await decoder.flush()];
  decoder.free();
  const { channelData, errors } = await decodeFile(model, bytes);
  let chunks = 0;
  const encoder = new MotetAudioEncoder({ output: () => ++chunks, error: console.error });
  encoder.configure({ codec: 'motet', sampleRate: 44100, numberOfChannels: 1, model });
  encoder.encode(
    new MotetAudioData({
      format: 'f32-planar',
      sampleRate: 44100,
      numberOfFrames: 44100,
      numberOfChannels: 1,
      timestamp: 0,
      data: pcm[0],
    }),
  );
  await encoder.flush();
  encoder.close();
  const failure = await Model.load('missing.motetmodel').catch((error) => error.code);
  return {
    samples: channelData[0].length,
    inWorker: parts.reduce((sum, part) => sum + part.samplesDecoded, 0),
    power: channelData[0].reduce((sum, x) => sum + x * x, 0) / 44100,
    sameWithWorkers: Buffer.compare(bytes, shared) === 0,
    title: (await info(bytes)).tags[0][1],
    errors: errors.length,
    chunks,
    failure,
  };
}

if (isMainThread) {
  const here = await roundTrip();
  const worker = new Worker(new URL(import.meta.url));
  const there = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  console.log(JSON.stringify({ here, there }));
} else {
  parentPort.postMessage(await roundTrip());
}
