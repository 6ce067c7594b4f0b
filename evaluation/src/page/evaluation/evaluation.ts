// The report of an evaluation.
import type { CodecResult, EvaluationData } from '../../report/evaluation';
import { h, number, section } from '../dom';
import { frame } from '../frame';
import { coloursOf } from '../palette';
import { sortedTable } from '../table';
import { allSettings } from './all-settings';
import { codes } from './codes';
import { curves } from './curves';
import { lines } from './lines';
import { listen } from './listen';
import { music } from './music';
import { pairs } from './pairs';

export function showEvaluation(page: Element, data: EvaluationData): void {
  const colours = coloursOf(
    data.codecs.map(({ series, quality }) => ({ series, own: quality !== undefined })),
  );
  const sections = [curves(data, colours)];
  if (data.examples.length) sections.push(listen(data));
  sections.push(allSettings(data, colours), lines(data), music(data));
  if (data.pairs.length) sections.push(pairs(data));
  if (data.extras.length) sections.push(hard(data));
  if (data.codes.length) sections.push(codes(data));
  sections.push(definitions(data));
  const seconds = data.clips.reduce((sum, clip) => sum + clip.seconds, 0);
  const tracks = new Set(data.clips.map(({ track }) => track)).size;
  frame(
    page,
    {
      title: data.title,
      lead: 'A neural codec for music beside what people would use instead: the same clips, whole files counted, decoders in time to the sample.',
      facts: [
        `${data.clips.length} clips, ${(seconds / 60).toFixed(1)} minutes`,
        `${tracks} tracks: ${data.music}`,
        `${data.codecs.length} settings`,
        data.program,
        data.made.slice(0, 10),
      ],
    },
    sections,
  );
}

function hard(data: EvaluationData): HTMLElement {
  return section(
    'hard',
    'Hard cases',
    '',
    ...data.extras.map(({ title, says, metrics, codecs }) => {
      const wanted = ['mel', 'si_sdr', 'loudness', 'level', 'onsets', 'before_onsets'];
      const columns = metrics.flatMap((metric, i) =>
        wanted.includes(metric.key)
          ? [
              {
                head: metric.label + (metric.unit ? `, ${metric.unit}` : ''),
                title: metric.says,
                text: ({ summary }: CodecResult) => number(summary[i]?.mean, metric.digits),
                value: ({ summary }: CodecResult) => summary[i]?.mean ?? null,
              },
            ]
          : [],
      );
      return sortedTable(
        `${title}. ${says}`,
        [
          {
            head: 'codec',
            text: ({ series, setting }: CodecResult) => `${series}, ${setting}`,
            value: ({ series }: CodecResult) => series,
          },
          { head: 'kbit/s', text: ({ kbps }) => number(kbps, 2), value: ({ kbps }) => kbps },
          ...columns,
        ],
        codecs,
      );
    }),
  );
}

function definitions(data: EvaluationData): HTMLElement {
  return section(
    'definitions',
    'What was measured, and what not',
    'docs/METRICS.md has the definitions and their sources.',
    h(
      'dl',
      { className: 'definitions' },
      ...data.metrics
        .filter(({ key }) => !/_[0-9]$/.test(key))
        .flatMap(({ label, says }) => [h('dt', {}, label), h('dd', {}, says)]),
    ),
    data.missing.length ? h('h3', {}, 'Not measured') : undefined,
    h(
      'ul',
      { className: 'missing' },
      ...data.missing.map(({ series, reason }) => h('li', {}, h('b', {}, series), `: ${reason}.`)),
    ),
  );
}
