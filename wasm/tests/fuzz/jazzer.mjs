// What Jazzer.js calls: the target on the package of build/wasm, with the model of the golden files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { repairStream } from './repair.mjs';
import { targetOf } from './target.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = process.env.MOTET_PACKAGE ?? join(root, 'build/wasm/package');
const m = await import(pathToFileURL(join(folder, 'node/index.js')));
const model = await m.Model.load(
  readFileSync(join(root, 'core/tests/golden/files/model.motetmodel')),
);

export const fuzz = targetOf(m, model, repairStream);
