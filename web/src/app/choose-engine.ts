// The engine: another one is chosen, or both are measured.
import { openAudio } from '../audio/open';
import { Passage } from '../audio/pcm';
import { SAMPLE_RATE } from '../audio/sample-rate';
import type { EngineId } from '../engine/contract';
import { ENGINE_NAMES } from '../engine/registry';
import { announce } from '../ui/elements';
import { fetchExample } from './example';
import { use } from './open';
import type { Workspace } from './workspace';

/** As much of the music as the engines are compared on. */
const COMPARISON_SECONDS = 10;

/** What is open is encoded or opened again. */
export async function changeEngine(work: Workspace, id: EngineId): Promise<void> {
  const { activity, player } = work.cards;
  // A file that is being read will use the engine that is chosen.
  if (activity.loading) return work.engines.prepare();
  player.hide();
  if (work.item !== undefined) return use(work, work.item);
  if (activity.running !== undefined) return work.engines.prepare();
  const again = (): Promise<void> => changeEngine(work, id);
  await activity.load(`Starting ${ENGINE_NAMES[id]}`, again, () => work.engines.get());
}

export async function measureEngines(work: Workspace): Promise<void> {
  const { activity, engine, result } = work.cards;
  work.pause();
  const again = (): Promise<void> => measureEngines(work);
  const comparison = await activity.run('Comparing engines', again, async (signal, report) => {
    const { compareEngines } = await import('../engine/comparison');
    const source = work.music?.source ?? (await openAudio(await fetchExample()));
    const samples = Math.min(source.samples, COMPARISON_SECONDS * SAMPLE_RATE);
    const clip = new Passage(source, 0, samples);
    return compareEngines(clip, result.quality, signal, (step) => report(step));
  });
  if (comparison === undefined) return;
  engine.show(comparison);
  const { codes, equalCodes, nearTies } = comparison;
  announce(`Engines compared: ${equalCodes} of ${codes} codes agree, ${nearTies} are near ties`);
}
