import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { models } from 'motet/model';
import { defineConfig, type Plugin } from 'vite';
import wasm from 'vite-plugin-wasm';
import { entropyIdentity } from './build-tools/entropy-identity';
import { licences, LICENCES } from './build-tools/licences';
import { offline } from './build-tools/offline';
import { onnxMetadata } from './build-tools/onnx-metadata';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const repository = path('..');
const onnx = path('../build/onnx');

const METADATA = 'virtual:onnx-metadata';
const ENTROPY = 'virtual:onnx-entropy';
const MODELS = 'virtual:models';

/** What the page knows of the ONNX graphs before it loads one. */
function onnxGraphs(): Plugin {
  const metadata = (): Record<string, string> => {
    const [encoder, decoder] = ['encoder', 'decoder'].map((name) => {
      const file = `${onnx}/${name}.onnx`;
      if (!existsSync(file)) throw new Error(`${file} is missing: motet-export makes it`);
      return onnxMetadata(readFileSync(file));
    });
    if (JSON.stringify(encoder) !== JSON.stringify(decoder)) {
      throw new Error('the two ONNX graphs are not of the same model');
    }
    return encoder!;
  };
  /** The tables of the entropy model, which not every model has. */
  const entropy = (): string => {
    const file = `${onnx}/entropy.tensors`;
    if (!existsSync(file)) return 'export default undefined';
    if (entropyIdentity(readFileSync(file)) !== metadata().identity) {
      throw new Error(
        `${file} is not of the model of the ONNX graphs: motet-export makes all three`,
      );
    }
    return "export { default } from '@onnx/entropy.tensors?url'";
  };
  return {
    name: 'motet:onnx-graphs',
    resolveId: (source) => (source === METADATA || source === ENTROPY ? `\0${source}` : undefined),
    load(id) {
      if (id === `\0${METADATA}`) return `export default ${JSON.stringify(metadata())}`;
      return id === `\0${ENTROPY}` ? entropy() : undefined;
    },
  };
}

/** The package's list of models without their addresses: an engine that needs none loads no model. */
function listOfModels(): Plugin {
  const list = models.map(({ name, identity, codecIdentity, date }) => ({
    name,
    identity,
    codecIdentity,
    date,
  }));
  return {
    name: 'motet:models',
    resolveId: (source) => (source === MODELS ? `\0${source}` : undefined),
    load: (id) => (id === `\0${MODELS}` ? `export default ${JSON.stringify(list)}` : undefined),
  };
}

export default defineConfig({
  base: './', // the page works from any folder of any server
  resolve: {
    alias: {
      '@onnx': onnx,
      '@data': path('../tests/data'),
      // The package has no address for its worker.
      '@flac-encoder': path('node_modules/@mediabunny/flac-encoder/dist/modules/src'),
    },
  },
  server: { fs: { allow: [repository] } },
  build: {
    outDir: path('../build/web/dist'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: scripts
    chunkSizeWarningLimit: 1024,
  },
  worker: { format: 'es', plugins: () => [wasm(), onnxGraphs()] },
  plugins: [
    wasm(), // imports of WebAssembly, as ebur128-wasm has them
    onnxGraphs(),
    listOfModels(),
    licences(path('.')),
    offline({
      worker: path('src/service-worker.ts'),
      engines: {
        motet: '/src/engine/motet/engine.ts',
        onnx: '/src/engine/onnx/engine.ts',
        libopus: '/src/opus/libopus.ts',
        flac: '/src/audio/flac.ts',
      },
      onDemand: ['onnx', 'libopus', 'flac'],
      documents: [LICENCES],
    }),
  ],
});
