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
const withTones = await loaded('files_with_tones');
const plainTarget = targetOf(m, await loaded('files'), repairStream);
const tonesTarget = targetOf(m, withTones, repairStream);
const { identity, codecIdentity } = withTones.info;

export const fuzz = (bytes) => {
  const named = [...bytes.subarray(IDENTITY, IDENTITY + 8)]
    .reverse()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  const target = named === identity || named === codecIdentity ? tonesTarget : plainTarget;
  return target(bytes);
};
