// The microphone: a recording that is opened like a file, or oneself through the codec.
import { openRecording } from './open';
import type { Workspace } from './workspace';

export async function record(work: Workspace): Promise<void> {
  work.pause();
  const source = await withMicrophone(work, () => work.cards.microphone.record());
  if (source !== undefined) await openRecording(work, source); // whatever was opened meanwhile
}

export async function hearLive(work: Workspace): Promise<void> {
  const { microphone, result } = work.cards;
  work.pause();
  await withMicrophone(work, async () => microphone.live(await work.engines.get(), result.quality));
}

/** Undefined if it failed and its problem is on the page. */
async function withMicrophone<T>(
  work: Workspace,
  session: () => Promise<T>,
): Promise<T | undefined> {
  const { activity, microphone } = work.cards;
  activity.clearProblem();
  microphone.busy = true;
  try {
    return await session();
  } catch (error) {
    activity.showProblem(error);
    return undefined;
  } finally {
    microphone.busy = false;
  }
}
