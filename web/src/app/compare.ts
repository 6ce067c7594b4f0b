// A passage of the music, the same from Motet, and from Opus if it is asked for, side by side.
import type { Levels, Recordings } from '../audio/compare-player';
import { equallyLoud } from '../audio/loudness';
import { BufferSource } from '../audio/pcm';
import { SAMPLE_RATE } from '../audio/sample-rate';
import type { OpusSound } from '../opus/opus';
import { announce } from '../ui/elements';
import type { Report } from '../ui/activity';
import { bitRate, fileSize } from '../ui/format';
import { showFeatures } from './features';
import { keepPart } from './keep-part';
import { comparePassage, type ComparedPassage, PASSAGE_SECONDS } from './passage';
import { COMPARING, type Music, SAVING, type Workspace } from './workspace';

/** `follows`: on other work, whose problem stays. */
export async function compare(work: Workspace, follows = false): Promise<void> {
  const { music, encoded, from } = work;
  if (music === undefined || encoded === undefined) return;
  const { activity, listen, result } = work.cards;
  work.compareLater = activity.running === SAVING;
  if (work.compareLater) return;
  work.passage = undefined;
  const decode = async (signal: AbortSignal, report: Report) => {
    const engine = await work.engines.get();
    const passage = await comparePassage(
      engine,
      music.source,
      encoded,
      result.quality,
      from,
      signal,
      (progress) => report(COMPARING, progress),
    );
    return { passage, ...(await compared(work, music, encoded, passage, signal, report)) };
  };
  const done = await activity.run(COMPARING, () => compare(work), decode, follows);
  if (done === undefined) return;
  const { passage } = done;
  work.passage = passage;
  show(work, music, done);
  announce('Decoded: you can compare now');
  const part = { from: passage.from, duration: passage.original.duration };
  await showFeatures(work, passage.file, part, (features) => {
    if (encoded === work.encoded) listen.showFeatures(features);
  });
}

/** Another passage of the music. */
export async function comparePassageFrom(work: Workspace, seconds: number): Promise<void> {
  work.from = seconds;
  await compare(work);
}

/** Another rate of Opus, or none: what Motet made of the passage stays. */
export async function changeOpus(work: Workspace): Promise<void> {
  const { music, encoded, passage } = work;
  const { activity } = work.cards;
  if (activity.running !== undefined || passage === undefined) return compare(work);
  if (music === undefined || encoded === undefined) return;
  const done = await activity.run(
    COMPARING,
    () => changeOpus(work),
    (signal, report) => compared(work, music, encoded, passage, signal, report),
  );
  if (done !== undefined) show(work, music, done);
}

/** What is heard and seen. */
interface Compared {
  recordings: Recordings;
  levels: Levels;
  opusFacts: string;
}

async function compared(
  work: Workspace,
  music: Music,
  encoded: Uint8Array,
  passage: ComparedPassage,
  signal: AbortSignal,
  report: Report,
): Promise<Compared> {
  const opus = await opusOf(work, music, encoded, passage, signal, report);
  const { original, decoded } = passage;
  const recordings = { original, decoded, opus: opus?.decoded };
  const levels = await equallyLoud(recordings);
  return { recordings, levels, opusFacts: opus === undefined ? '' : factsOf(opus) };
}

async function opusOf(
  { cards }: Workspace,
  music: Music,
  encoded: Uint8Array,
  { original }: ComparedPassage,
  signal: AbortSignal,
  report: Report,
): Promise<OpusSound | undefined> {
  const { opus } = cards.listen;
  if (opus === 'off') return undefined;
  report('Encoding and decoding with Opus');
  const { throughOpus } = await import('../opus/opus');
  const bytes = (encoded.length * original.length) / music.source.samples;
  const target = opus === 'same' ? { bytes } : { bitRate: Number(opus) * 1000 };
  const sound = await throughOpus(new BufferSource(original), target, signal);
  if (sound.libopus) keepPart('libopus');
  return sound;
}

function show(work: Workspace, music: Music, { recordings, levels, opusFacts }: Compared): void {
  const { listen } = work.cards;
  const last = music.source.samples / SAMPLE_RATE - PASSAGE_SECONDS;
  listen.opusFacts = opusFacts;
  listen.show(recordings, levels, last > 0 ? { from: work.from, last } : undefined);
}

function factsOf({ bytes, decoded, least }: OpusSound): string {
  const rate = bitRate((bytes * 8) / 1000 / decoded.duration);
  const size = `Opus: ${rate}, ${fileSize(bytes)} for what you hear here.`;
  return least
    ? `${size} It cannot be smaller: 6 kbit/s is the least that Opus can be set to.`
    : size;
}
