// Which way imports may point, in the page and in the npm package: `npm run check` holds it. Types count, too.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Two files that import each other can only be understood together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'audio-knows-no-engine',
      comment: 'Sound is opened, recorded and played the same way, whichever engine codes it.',
      severity: 'error',
      from: { path: '^src/audio/' },
      to: { path: '^src/(engine|app|ui)/' },
    },
    {
      name: 'engines-know-no-page',
      comment: 'An engine is handed PCM and bytes; what the page shows is not its business.',
      severity: 'error',
      from: { path: '^src/(engine|listening)/' },
      to: { path: '^src/(app|ui)/' },
    },
    {
      name: 'engines-know-not-each-other',
      comment: 'What both need is beside them, in src/engine.',
      severity: 'error',
      from: { path: '^src/engine/(motet|onnx)/' },
      to: { path: '^src/engine/', pathNot: ['^src/engine/$1/', '^src/engine/[^/]+$'] },
    },
    {
      name: 'registry-alone-loads-engines',
      comment: 'Everybody else knows the contract (src/engine/contract.ts) alone.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/engine/registry[.]ts$', '^src/engine/(motet|onnx)/'] },
      to: { path: '^src/engine/(motet|onnx)/' },
    },
    {
      name: 'cards-know-no-use-case',
      comment: 'A card shows and reports; src/app decides.',
      severity: 'error',
      from: { path: '^src/ui/' },
      to: { path: '^src/app/' },
    },
    {
      name: 'package-is-older-than-page',
      severity: 'error',
      from: { path: 'wasm/package/' },
      to: { path: '^src/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'build/wasm' },
    tsPreCompilationDeps: true, // an import of types alone is an import
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'browser', 'default'],
    },
  },
};
