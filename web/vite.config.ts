import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { offline } from './build-tools/offline';
import { onnxMetadata } from './build-tools/onnx-metadata';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const repository = path('..');
const onnx = path('../build/onnx');

/** The module 'virtual:onnx-metadata'. */
function onnxGraphs(): Plugin {
  const id = '\0virtual:onnx-metadata';
  return {
    name: 'motet:onnx-metadata',
    resolveId: (source) => (source === 'virtual:onnx-metadata' ? id : undefined),
    load(source) {
      if (source !== id) return undefined;
      const [encoder, decoder] = ['encoder', 'decoder'].map((name) => {
        const file = `${onnx}/${name}.onnx`;
        if (!existsSync(file)) this.error(`${file} is missing: motet-export makes it`);
        return JSON.stringify(onnxMetadata(readFileSync(file)));
      });
      if (encoder !== decoder) this.error('the two ONNX graphs are not of the same model');
      return `export default ${encoder}`;
    },
  };
}

export default defineConfig({
  base: './', // the page works from any folder of any server
  resolve: { alias: { '@onnx': onnx, '@data': path('../tests/data') } },
  server: { fs: { allow: [repository] } },
  build: {
    outDir: path('../build/web/dist'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: scripts
    chunkSizeWarningLimit: 1024,
  },
  worker: { format: 'es', plugins: () => [onnxGraphs()] },
  plugins: [
    onnxGraphs(),
    offline({
      worker: path('src/service-worker.ts'),
      engines: { motet: '/src/engine/motet.ts', onnx: '/src/engine/onnx.ts' },
      onDemand: ['onnx'],
    }),
  ],
});
