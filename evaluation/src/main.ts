// The evaluation's commands: ./dev evaluate [data | run | tables].
import { fileURLToPath } from 'node:url';
import { describeDataset } from './dataset/dataset';
import { evaluate } from './measure/measure';
import { describeRuns } from './run/runs';
import { tables } from './tables/tables';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEMPLATE = fileURLToPath(new URL('../../build/evaluation/page/index.html', import.meta.url));

async function main([command, ...rest]: string[]): Promise<void> {
  if (command === 'data') return describeDataset(rest, TEMPLATE);
  if (command === 'run') return describeRuns(rest, TEMPLATE);
  if (command === 'tables') return tables(rest, ROOT);
  return evaluate(command === undefined ? [] : [command, ...rest], TEMPLATE);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`evaluate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
