import { MotetError, invalid } from './errors.js';
import { models } from './model-list.js';

export { models };

export const modelUrl = models[0].url;

export function findModel(identity) {
  if (typeof identity !== 'string' || !/^[0-9a-f]{16}$/i.test(identity))
    throw invalid(`identity is ${String(identity)}, wanted 16 hexadecimal digits`);
  const wanted = identity.toLowerCase();
  const found = models.filter((model) => [model.identity, model.codecIdentity].includes(wanted));
  const url = found.find((model) => model.url)?.url;
  if (url) return url;
  throw new MotetError(
    'model-mismatch',
    `model ${identity} is not in this package: ${where(found[0])}`,
  );
}

/** What is known of a model that is not here. */
function where(model) {
  if (!model) return 'no registry knows it';
  const which = `it is model ${model.name} of ${model.date}`;
  return model.released
    ? `${which}, released with Motet ${model.released}`
    : `${which}, which was never released: its file is models/${model.file} in commit ${model.commit} of Motet's repository`;
}
