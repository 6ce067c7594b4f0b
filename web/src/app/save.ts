// What was made is saved: the `.motet` file, or its sound as WAV.
import { SAMPLE_RATE } from '../audio/sample-rate';
import { WavWriter } from '../audio/wav';
import { compare } from './compare';
import { saveFile, stem } from './save-file';
import { COMPARING, SAVING, type Workspace } from './workspace';

export function saveMotet({ encoded, item }: Workspace): void {
  if (encoded === undefined || item === undefined) return;
  saveFile(encoded, `${stem(item.name)}.motet`, 'application/octet-stream');
}

export async function saveWav(work: Workspace): Promise<void> {
  const { item } = work;
  const { activity, result } = work.cards;
  const bytes = item?.kind === 'stream' ? item.bytes : work.encoded;
  if (item === undefined || bytes === undefined) return;
  if (activity.running === SAVING) return;
  work.compareLater ||= activity.running === COMPARING;
  const wav = await activity.run(SAVING, async (signal, report) => {
    const engine = await work.engines.get();
    const { channels } = await engine.inspect(bytes);
    const writer = new WavWriter(channels, SAMPLE_RATE);
    await engine.decode(bytes, {
      signal,
      onProgress: (progress) => {
        result.showSpeed(progress.timesRealTime);
        report(SAVING, progress);
      },
      onChunk: (channelData) => writer.write(channelData),
    });
    return writer.finish();
  });
  if (wav !== undefined) saveFile(wav, `${stem(item.name)}.wav`);
  if (!work.compareLater || bytes !== work.encoded) return;
  // Where other work goes on, or the page says what failed, that stays.
  if (activity.running === undefined && !activity.hasProblem) await compare(work);
}
