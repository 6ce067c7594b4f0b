// What is in the tarball: no more than belongs there, within its budget, and types that hold for
// TypeScript as applications and as Node resolve them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack, project, root, tool } from './support.mjs';

const KB = 1024;

test('the tarball holds the package and nothing else', () => {
  const files = execFileSync('tar', ['-tzf', pack()], { encoding: 'utf8' }).trim().split('\n');
  for (const name of [
    'index.js',
    'index.d.ts',
    'motet.wasm',
    'motet.motetmodel',
    'README.md',
    'LICENSE',
  ])
    assert.ok(files.includes(`package/${name}`), `${name} is missing`);
  for (const name of files) assert.match(name, /\.(js|d\.ts|json|wasm|motetmodel|md)$|\/LICENSE$/);
});

test('binary and model are within their budgets', () => {
  const folder = join(project(), 'node_modules/motet');
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.wasm'))) {
    const wasm = readFileSync(join(folder, name));
    assert.ok(wasm.length <= 300 * KB, `${name} has ${wasm.length} bytes`);
    assert.ok(gzipSync(wasm).length <= 126 * KB, `${gzipSync(wasm).length} bytes compressed`);
  }
  assert.ok(statSync(join(folder, 'motet.motetmodel')).size <= 5_200_000);
});

test('of two binaries the relaxed one is taken where it can run', async () => {
  // As a newer toolchain would build it; here the same binary lies under both names.
  const folder = join(project(), 'node_modules/motet');
  copyFileSync(join(folder, 'motet.wasm'), join(folder, 'motet-relaxed.wasm'));
  copyFileSync(join(root, 'wasm/relaxed/binary.js'), join(folder, 'binary.js'));
  // i8x16.relaxed_swizzle of two vectors, by hand.
  const program = `
    const bytes = Buffer.from('0061736d010000000105016000017b03020100' +
      '0a0f010d004101fd0f4102fd0ffd80020b', 'hex');
    const { binaryUrl } = await import('./binary.js');
    const { Model } = await import('./node/index.js');
    const model = await Model.load('motet.motetmodel');
    console.log(WebAssembly.validate(bytes), binaryUrl().href, model.info.sampleRate);`;
  // Node 18 knows no final form of it, 20 takes it with this flag, 22 always.
  const major = Number(process.versions.node.split('.')[0]);
  const ways = [20, 21].includes(major) ? [[], ['--experimental-wasm-relaxed-simd']] : [[]];
  for (const flags of ways) {
    const args = [...flags, '--input-type=module', '-e', program];
    const [relaxed, url, rate] = execFileSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
    })
      .trim()
      .split(' ');
    assert.ok(url.endsWith(relaxed === 'true' ? '/motet-relaxed.wasm' : '/motet.wasm'), url);
    assert.equal(rate, '44100');
    assert.equal(relaxed, String(major >= 22 || flags.length > 0));
  }
});

test('the scripts of all of it are within their budget', () => {
  const folder = project();
  writeFileSync(join(folder, 'index.html'), '<script type="module" src="/main.js"></script>');
  const imports = ['motet', 'motet/model', 'motet/worker', 'motet/worklet'];
  const lines = imports.map((name, i) => `import * as m${i} from '${name}';`);
  writeFileSync(join(folder, 'main.js'), `${lines.join('')} window.all = [m0, m1, m2, m3];`);
  tool('vite/bin/vite.js', ['build'], folder);
  // The worker has its own copy of what it needs; it counts too.
  const assets = join(folder, 'dist/assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  assert.ok(scripts.length >= 2, `page and worker: ${scripts}`);
  const sizes = scripts.map((name) => gzipSync(readFileSync(join(assets, name))).length);
  const page = Math.max(...sizes);
  assert.ok(page <= 30 * KB, `the page's script has ${page} bytes compressed`);
  console.log(`scripts, compressed: ${scripts.map((name, i) => `${name} ${sizes[i]}`).join(', ')}`);
});

/** Compiles a file of the fixture 'types' against the installed package, by a `compiler` of npm. */
function compile(file, module, moduleResolution, compiler = 'typescript') {
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', module];
  // No more than what applications have at hand: the types bring along what else they need.
  options.push('--lib', 'es2022,dom', '--skipLibCheck', 'false');
  options.push('--moduleResolution', moduleResolution);
  tool(`${compiler}/bin/tsc`, [...options, file], project('types'));
}

for (const [resolution, module] of [
  ['bundler', 'esnext'],
  ['nodenext', 'nodenext'],
]) {
  test(`the types hold when resolved as ${resolution}`, () => {
    compile('usage.ts', module, resolution);
  });
  test(`the types hold in the oldest TypeScript that knows them, resolved as ${resolution}`, () => {
    compile('usage.ts', module, resolution, 'typescript-oldest');
  });
}

test('the types refuse what does not exist', () => {
  // Every line there is expected to be an error; one that is none fails the compilation.
  compile('misuse.ts', 'esnext', 'bundler');
});
