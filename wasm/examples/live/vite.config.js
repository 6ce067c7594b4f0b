export default {
  base: './',
  // The package is linked into node_modules, so that Vite's cache does not lie beside it.
  optimizeDeps: { exclude: ['motet'] },
  server: { fs: { allow: ['../../..'] } },
  build: { target: 'es2022' },
};
