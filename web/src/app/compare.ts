// A passage of the music beside what Motet makes of it.
import { SAMPLE_RATE } from '../audio/sample-rate';
import { announce } from '../ui/elements';
import { showFeatures } from './features';
import { comparePassage, PASSAGE_SECONDS } from './passage';
import { COMPARING, SAVING, type Workspace } from './workspace';

export async function compare(work: Workspace): Promise<void> {
  const { music, encoded, from } = work;
  if (music === undefined || encoded === undefined) return;
  const { activity, listen, result } = work.cards;
  work.compareLater = activity.running === SAVING;
  if (work.compareLater) return;
  const { source } = music;
  const compared = await activity.run(COMPARING, async (signal, report) => {
    const engine = await work.engines.get();
    return comparePassage(engine, source, encoded, result.quality, from, signal, (progress) =>
      report(COMPARING, progress),
    );
  });
  if (compared === undefined) return;
  const last = source.samples / SAMPLE_RATE - PASSAGE_SECONDS;
  listen.show(compared.original, compared.decoded, last > 0 ? { from, last } : undefined);
  announce('Decoded: you can compare now');
  const part = { from: compared.from, duration: compared.original.duration };
  await showFeatures(work, compared.file, part, (features) => {
    if (encoded === work.encoded) listen.showFeatures(features);
  });
}

/** Another passage of the music. */
export async function comparePassageFrom(work: Workspace, seconds: number): Promise<void> {
  work.from = seconds;
  await compare(work);
}
