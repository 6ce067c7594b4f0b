// A Cloudflare Worker: no files, no WebAssembly but what came as a module.
import { Model, decodeFile, encodeFile } from 'motet';
import wasm from 'motet/motet.wasm';
import bytes from 'motet/motet.motetmodel';

export default {
  async fetch() {
    try {
      const model = await Model.load(bytes, { wasm });
      const pcm = [Float32Array.from({ length: 44100 }, (_, i) => 0.4 * Math.sin(i / 20))];
      const coded = await encodeFile(model, pcm);
      const { channelData, errors } = await decodeFile(model, coded);
      const unfit = await encodeFile(model, pcm, { workers: 1 }).catch((error) => error.message);
      return Response.json({
        samples: channelData[0].length,
        power: channelData[0].reduce((sum, x) => sum + x * x, 0) / 44100,
        errors: errors.length,
        unfit,
      });
    } catch (error) {
      return Response.json({ failure: `${error.stack ?? error}` });
    }
  },
};
