// What each engine downloads. The build counts it, so caches cannot blur the figures.
import type { EngineId } from './contract';

export interface EngineFiles {
  files: string[];
  bytes: number;
  gzipBytes: number;
}

let all: Promise<Record<EngineId, EngineFiles>> | undefined;

/** Undefined where the build has not counted: under `npm run dev`. */
export async function engineFiles(id: EngineId): Promise<EngineFiles | undefined> {
  if (!import.meta.env.PROD) return undefined;
  all ??= fetch('./engines.json').then((response) => response.json());
  return (await all)[id];
}
