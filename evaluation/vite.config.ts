import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

// The page of all reports: one file, to which a report adds its data.
export default defineConfig({
  root: path('src/page'),
  build: {
    outDir: path('../build/evaluation/page'),
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 1024,
  },
  plugins: [viteSingleFile()],
});
