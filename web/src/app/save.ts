// What was made is saved: the `.motet` file, or its sound as FLAC or WAV.
import type { SoundFormat } from '../audio/sound-writer';
import { compare } from './compare';
import { saveFile, stem } from './save-file';
import { soundFileOf } from './sound-file';
import { COMPARING, SAVING, type Workspace } from './workspace';

export function saveMotet(work: Workspace): void {
  const { encoded, item } = work;
  if (encoded === undefined || item === undefined) return;
  saveFile(encoded, `${stem(item.name)}.motet`, 'application/octet-stream');
  work.unsaved = false;
}

export async function saveSound(work: Workspace, format: SoundFormat): Promise<void> {
  const { item } = work;
  const { activity, result } = work.cards;
  const bytes = item?.kind === 'stream' ? item.bytes : work.encoded;
  if (item === undefined || bytes === undefined) return;
  if (activity.running === SAVING) return;
  work.compareLater ||= activity.running === COMPARING;
  const again = (): Promise<void> => saveSound(work, format);
  const file = await activity.run(SAVING, again, async (signal, report) =>
    soundFileOf(await work.engines.get(), bytes, format, signal, (progress) => {
      result.showSpeed(progress.timesRealTime);
      report(SAVING, progress);
    }),
  );
  if (file !== undefined) {
    saveFile(file, `${stem(item.name)}.${format}`);
    if (bytes === work.encoded) work.unsaved = false;
  }
  if (!work.compareLater || bytes !== work.encoded) return;
  // Where other work goes on, or the page says what failed, that stays.
  if (activity.running === undefined && !activity.hasProblem) await compare(work);
}
