// motet/model: the model that encodes, and the one that a stream names.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { project, root } from './support.mjs';

const folder = project();
const registry = JSON.parse(readFileSync(join(root, 'models/index.json'), 'utf8')).models;
let m; // the package
let list; // motet/model

before(async () => {
  const all = join(folder, 'all.mjs');
  writeFileSync(all, `export * as m from 'motet'; export * as list from 'motet/model';`);
  ({ m, list } = await import(pathToFileURL(all)));
});

test('the list of models is the registry', () => {
  assert.deepEqual(
    list.models.map(({ url, ...model }) => model),
    registry.map(({ codec_identity, released, ...model }) => ({
      ...model,
      codecIdentity: codec_identity,
      ...(released ? { released } : {}),
    })),
  );
});

test('what has no commit is in the package, under its identity', async () => {
  assert.equal(list.modelUrl, list.models[0].url);
  for (const { name, identity, codecIdentity, commit, url } of list.models) {
    assert.equal(url === undefined, commit !== undefined, name);
    if (!url) continue;
    const model = await m.Model.load(url);
    assert.equal(model.info.identity, identity);
    assert.equal(list.findModel(identity), url);
    assert.equal(list.findModel(codecIdentity), url);
    model.free();
  }
});

test('a stream is decoded with the model that it names', async () => {
  const encoding = await m.Model.load(list.modelUrl);
  for (const coding of ['entropy', 'fixed']) {
    const bytes = await m.encodeFile(encoding, [new Float32Array(3000).fill(0.25)], { coding });
    const { modelIdentity } = await m.info(bytes);
    const model = await m.Model.load(list.findModel(modelIdentity));
    assert.equal((await m.decodeFile(model, bytes)).samplesDecoded, 3000);
    model.free();
  }
  encoding.free();
});

test('of a model that is not there the error says where it is', () => {
  const earlier = registry.find(({ commit }) => commit);
  assert.throws(
    () => list.findModel(earlier.identity),
    (error) => {
      assert.ok(error instanceof m.MotetError);
      assert.equal(error.code, 'model-mismatch');
      for (const word of [earlier.identity, `model ${earlier.name} of`, earlier.commit])
        assert.ok(error.message.includes(word), error.message);
      return true;
    },
  );
  assert.throws(() => list.findModel('0123456789abcdef'), {
    code: 'model-mismatch',
    message: /0123456789abcdef .* no registry knows it/,
  });
  assert.equal(list.findModel(list.models[0].identity.toUpperCase()), list.modelUrl);
  for (const identity of [undefined, 15, 'motet', '0123456789ABCDEG', ''])
    assert.throws(() => list.findModel(identity), { code: 'invalid-argument' });
});
