// What each engine downloads, and libopus and libFLAC. The build counts it, so caches cannot blur the figures.
import type { EngineId } from './contract';

export interface EngineFiles {
  files: string[];
  bytes: number;
  gzipBytes: number;
}

/** Parts of the page that are loaded when they are first used. */
export type PartId = EngineId | 'libopus' | 'flac';

let all: Promise<Record<PartId, EngineFiles>> | undefined;

/** Undefined where the build has not counted: under `npm run dev`. */
export async function engineFiles(id: PartId): Promise<EngineFiles | undefined> {
  if (!import.meta.env.PROD) return undefined;
  all ??= fetch('./engines.json').then((response) => response.json());
  return (await all)[id];
}
