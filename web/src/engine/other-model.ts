// A stream of another model than the page's, in words for the person in front of the page.
import models from 'virtual:models';
import { Problem } from '../problem';

interface Model {
  identity: string;
  /** Of streams of fixed width; undefined if it is the same. */
  codecIdentity: string | undefined;
}

const registered = (identity: string): (typeof models)[number] | undefined =>
  models.find((model) => [model.identity, model.codecIdentity].includes(identity));

/** The problem if a stream's header names another model than the one that is here. */
export function otherModel(
  { modelIdentity, coding }: { modelIdentity: string; coding: 'fixed' | 'entropy' },
  { identity, codecIdentity }: Model,
): Problem | undefined {
  if (modelIdentity === identity) return undefined;
  if (coding === 'fixed' && modelIdentity === codecIdentity) return undefined;
  const [theirs, ours] = [registered(modelIdentity), registered(identity)];
  return new Problem(
    'other-model',
    theirs && ours && theirs !== ours
      ? `This file was made with model ${theirs.name} of ${theirs.date}; this page has model ${ours.name}.`
      : 'This file was made with another Motet model than the one of this page.',
    `the file says ${modelIdentity}, the model is ${identity}`,
  );
}
