import type { FeaturesSummary, Part } from '../engine/contract';
import type { Workspace } from './workspace';

/** Reads the music features of a part of a stream and shows them, unless something else is open by then. */
export async function showFeatures(
  work: Workspace,
  bytes: Uint8Array<ArrayBuffer>,
  part: Part,
  show: (features: FeaturesSummary) => void,
): Promise<void> {
  const { item } = work;
  try {
    const engine = await work.engines.get();
    const features = await engine.features(bytes, part);
    if (item === work.item) show(features);
  } catch (error) {
    if (item === work.item) work.cards.activity.showProblem(error);
  }
}
