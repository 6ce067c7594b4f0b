// One run of the exported graphs in ONNX Runtime, on one thread: onnx-node.mjs GRAPHS MUSIC. Prints JSON.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { processorSeconds, readMusic, round, seconds } from './measure.mjs';

const [graphs, musicFile] = process.argv.slice(2);
const ABSENT = 256n;
const loading = processorSeconds();
const { InferenceSession, Tensor } = (await import('onnxruntime-node')).default;
const open = (name) =>
  InferenceSession.create(resolve(graphs, name), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
const encoder = await open('encoder.onnx');
const music = readMusic(musicFile);
const encode = async (samples) => {
  const audio = new Float32Array(2 * samples);
  music.planes.forEach((plane, channel) =>
    audio.set(plane.subarray(0, samples), channel * samples),
  );
  return (await encoder.run({ audio: new Tensor('float32', audio, [1, 2, samples]) })).codes;
};
await encode(1024);
const startUp = processorSeconds() - loading;
const decoder = await open('decoder.onnx');
const decode = async (codes) => (await decoder.run({ codes })).audio;

const samples = Math.floor(music.planes[0].length / 1024) * 1024;
// Of packets of quality 1, 2 and so on: a metadata property, which ONNX Runtime does not show.
const text = readFileSync(resolve(graphs, 'encoder.onnx'), 'latin1');
const packetBytes = /packet_bytes..([\d,]+)/s.exec(text)[1].split(',').map(Number);
const atQualitySix = (codes) => {
  const data = codes.data.slice();
  for (let i = 0; i < data.length; ++i) {
    if (i % packetBytes.at(-1) >= packetBytes[5]) data[i] = ABSENT;
  }
  return new Tensor('int64', data, codes.dims);
};
await decode(atQualitySix(await encode(samples)));
const [codes, encodeSeconds] = await seconds(() => encode(samples));
const packets = atQualitySix(codes);
const [, decodeSeconds] = await seconds(() => decode(packets));
console.log(
  JSON.stringify(
    round({
      start_up_ms: 1e3 * startUp,
      fixed: { encode: music.seconds / encodeSeconds, decode: music.seconds / decodeSeconds },
      peak_mb: process.resourceUsage().maxRSS / 1024,
    }),
  ),
);
process.exit(0);
