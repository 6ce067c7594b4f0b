// Music becomes a `.motet` file, which is then compared with it.
import { SAMPLE_RATE } from '../audio/sample-rate';
import { compare } from './compare';
import { stem } from './save-file';
import type { Workspace } from './workspace';

export async function encode(work: Workspace, quality: number): Promise<void> {
  const { music } = work;
  if (music === undefined) return;
  const { activity, result } = work.cards;
  const { name, source, facts, notes, tags } = music;
  work.encoded = undefined;
  work.unsaved = music.origin === 'recording';
  result.show(stem(name), facts, true, notes);
  result.ready = false;
  result.showSpeed(undefined);
  void predict(work, quality);
  const again = (): Promise<void> => encode(work, quality);
  const done = await activity.run(`Encoding ${name}`, again, async (signal, report) => {
    const engine = await work.engines.get(report);
    let speed = 0;
    const bytes = await engine.encode(source, {
      quality,
      tags,
      signal,
      onProgress: (progress) => {
        speed = progress.timesRealTime;
        report(`Encoding ${name}`, progress);
      },
    });
    return { bytes, speed };
  });
  if (done === undefined) return;
  work.encoded = done.bytes;
  work.unsaved = music.origin !== 'example'; // which is to be had again
  result.ready = true;
  result.showSpeed(done.speed);
  result.showFigures({
    bytes: done.bytes.length,
    duration: source.samples / SAMPLE_RATE,
    channels: source.channels,
    bytesAre: 'measured',
  });
  await compare(work, true);
}

/** Another quality is chosen: what was encoded is not of it. */
export async function changeQuality(work: Workspace, quality: number): Promise<void> {
  work.encoded = undefined;
  work.cards.result.ready = false;
  await predict(work, quality);
}

/** Figures of a quality before it is encoded. */
async function predict(work: Workspace, quality: number): Promise<void> {
  const { music } = work;
  if (music === undefined) return;
  const engine = await work.engines.get().catch(() => undefined);
  if (engine === undefined || music !== work.item || work.encoded !== undefined) return;
  const { delaySamples, packetSamples } = engine.info;
  const packets = Math.ceil((music.source.samples + delaySamples) / packetSamples);
  const bytesOf = (text: string): number => new TextEncoder().encode(text).length;
  const tagBytes = music.tags.map(([key, value]) => 6 + bytesOf(key) + bytesOf(value));
  const header = tagBytes.reduce((sum, bytes) => sum + bytes, 54);
  const framing = header + 14 * Math.ceil(packets / 128) + 22; // docs/FORMAT.md
  work.cards.result.showFigures({
    bytes: packets * engine.packetBytes(quality) + framing,
    duration: music.source.samples / SAMPLE_RATE,
    channels: music.source.channels,
    bytesAre: engine.info.entropyCoding ? 'at most' : 'exact',
  });
}
