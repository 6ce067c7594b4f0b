// Examples to hear and to see.
import type { EvaluationData } from '../../report/evaluation';
import { choice, h, section } from '../dom';
import { listening, silence } from '../sound/listening';

export function listen(data: EvaluationData): HTMLElement {
  const place = h('div', { className: 'card' });
  const opened = data.examples.map(() => undefined as HTMLElement | undefined);
  const show = (i: number): void => {
    opened[i] ??= listening(data.examples[i]!);
    silence();
    place.replaceChildren(opened[i]!);
  };
  const names = data.examples.map(({ title }, value) => ({ name: title, value }));
  show(0);
  return section(
    'listen',
    'Listen and look',
    'One play head for all: choose a recording while it plays, and it changes at the same moment. ' +
      'Keys: space plays, digits choose.',
    names.length > 1 ? choice('Example', names, 0, show) : undefined,
    place,
  );
}
