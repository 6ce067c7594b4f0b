// A `.motet` file plays while it is decoded.
import { SAMPLE_RATE } from '../audio/sample-rate';
import { clock } from '../ui/format';
import { showFeatures } from './features';
import { stem } from './save-file';
import type { Stream, Workspace } from './workspace';

export async function play(work: Workspace, item: Stream): Promise<void> {
  const { activity, result, player } = work.cards;
  const { bytes, name, facts } = item;
  const again = (): Promise<void> => play(work, item);
  const playback = await activity.load(`Opening ${name}`, again, async (_, report) => {
    const engine = await work.engines.get(report);
    return engine.playback(work.output.context, bytes);
  });
  if (playback === undefined || item !== work.item) return;
  const duration = facts.samples / SAMPLE_RATE;
  const title = facts.tags.find(([key]) => key === 'title')?.[1] ?? stem(name);
  const sound = facts.channels === 1 ? 'mono' : 'stereo';
  result.show(title, `${clock(duration)} · ${sound} · quality ${facts.quality}`, false);
  result.showFigures({
    bytes: bytes.length,
    duration,
    channels: facts.channels,
    bytesAre: 'measured',
  });
  result.showSpeed(undefined);
  result.ready = true;
  player.show(playback, facts);
  // Where the browser wants a click first, it stays at the beginning and the button waits.
  void playback.play().catch((error: unknown) => activity.showProblem(error));
  // Of a file that is cut off, the part that plays.
  const part = { from: 0, duration };
  await showFeatures(work, bytes, part, (features) => player.showFeatures(features));
}
