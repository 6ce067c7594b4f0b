import { nodeResolve } from '@rollup/plugin-node-resolve';

export default {
  input: { main: 'main.js', 'worker-browser': 'node_modules/motet/worker-browser.js' },
  output: { dir: 'dist' },
  plugins: [nodeResolve({ browser: true })],
};
