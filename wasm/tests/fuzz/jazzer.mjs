// What Jazzer.js calls: the target on the package of build/wasm, with the models of the golden files: the one
// that a stream names.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { repairStream } from './repair.mjs';
import { targetOf } from './target.mjs';

const IDENTITY = 32; // where it is in the header

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = process.env.MOTET_PACKAGE ?? join(root, 'build/wasm/package');
const m = await import(pathToFileURL(join(folder, 'node/index.js')));
const loaded = (name) =>
  m.Model.load(readFileSync(join(root, 'core/tests/golden', name, 'model.motetmodel')));
const models = await Promise.all(
  ['files', 'files_with_tones', 'files_with_places', 'files_with_bands'].map(loaded),
);
const targets = models.map((model) => targetOf(m, model, repairStream));

export const fuzz = (bytes) => {
  const named = [...bytes.subarray(IDENTITY, IDENTITY + 8)]
    .reverse()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  const found = models.findIndex(
    ({ info }) => named === info.identity || named === info.codecIdentity,
  );
  return targets[Math.max(found, 0)](bytes);
};
