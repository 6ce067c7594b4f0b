// What the page of training runs shows.
import type { ExampleSound } from '../report/evaluation';

export interface RunFacts {
  name: string;
  folder: string;
  /** From run.json: one for each start. */
  starts: Record<string, string | number>[];
  config: unknown;
  /** [tag][point]: step and value, in ascending order of steps. */
  logged: Record<string, [number, number][]>;
  /** The last validation. */
  validation?: { step: number; perplexity: number[]; bits: number[]; mel: Record<string, number> };
  /** Pictures of TensorBoard's event files. */
  pictures: { tag: string; step: number; source: string }[];
  sounds: (ExampleSound & { tag: string; step: number; type: string })[];
}

export interface RunsData {
  form: 'runs';
  title: string;
  made: string;
  runs: RunFacts[];
}
