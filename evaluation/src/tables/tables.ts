// `./dev evaluate tables`: the tables of README and model card, from the committed results.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '../command-line';
import { replacePart } from './markers';
import { markdownTable, shortTable, type Results } from './results';

export const RESULTS_FILE = 'models/results.json';

const PARTS: readonly { file: string; name: string; content: (results: Results) => string }[] = [
  { file: 'README.md', name: 'short table', content: shortTable },
  { file: 'models/README.md', name: 'table', content: markdownTable },
];

const HELP = `usage: ./dev evaluate tables [--check] [RESULTS]

Writes the tables of README.md and models/README.md from ${RESULTS_FILE}, or first makes
RESULTS (OUT/table.json of a full ./dev evaluate) that file. --check writes nothing, and fails where a
table differs.
`;

/** Files whose tables are not what the results say, with what they should be. */
export function outdated(root: string, results: Results): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { file } of PARTS) texts.set(file, readFileSync(join(root, file), 'utf8'));
  const before = new Map(texts);
  for (const { file, name, content } of PARTS)
    texts.set(file, replacePart(texts.get(file)!, name, content(results), file));
  return new Map([...texts].filter(([file, text]) => before.get(file) !== text));
}

export function tables(args: readonly string[], root: string): void {
  const options = parse(args, [], ['check', 'help']);
  if (options.values.has('help')) {
    process.stdout.write(HELP);
    return;
  }
  const check = options.values.has('check');
  const given = options.words[0];
  const text = readFileSync(given ?? join(root, RESULTS_FILE), 'utf8');
  const differing = outdated(root, JSON.parse(text) as Results);
  if (check) {
    if (differing.size)
      throw new Error(
        `the tables of ${[...differing.keys()].join(' and ')} are not those of ${RESULTS_FILE}: ` +
          'run ./dev evaluate tables',
      );
    return;
  }
  if (given) writeFileSync(join(root, RESULTS_FILE), text);
  for (const [file, wanted] of differing) writeFileSync(join(root, file), wanted);
}
