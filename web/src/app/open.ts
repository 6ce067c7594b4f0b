// A file, the example or a recording is opened: music is encoded and compared, a `.motet` file plays.
import { isMotet } from 'motet';
import { openAudio } from '../audio/open';
import type { FoundTags } from '../audio/tags';
import type { BufferSource } from '../audio/pcm';
import { SAMPLE_RATE } from '../audio/sample-rate';
import { Problem } from '../problem';
import { clock, fileSize } from '../ui/format';
import { encode } from './encode';
import { EXAMPLE_NAME, fetchExample } from './example';
import { openMusic, titled } from './open-music';
import { play } from './play';
import type { Item, Workspace } from './workspace';

export async function openFile(work: Workspace, file: File): Promise<void> {
  work.close();
  const item = await work.cards.activity.run(`Reading ${file.name}`, () => read(file));
  if (item !== undefined) await use(work, item);
}

export async function openExample(work: Workspace): Promise<void> {
  work.close();
  const item = await work.cards.activity.run('Reading the example', async () => {
    const blob = await fetchExample();
    return musicOf(EXAMPLE_NAME, await openAudio(blob), blob.size);
  });
  if (item !== undefined) await use(work, item);
}

export async function openRecording(work: Workspace, source: BufferSource): Promise<void> {
  work.close();
  await use(work, musicOf(`Recording ${new Date().toLocaleString()}`, source, undefined));
}

/** Does with an item what its kind asks for. */
export async function use(work: Workspace, item: Item): Promise<void> {
  work.item = item;
  if (item.kind === 'stream') return play(work, item);
  await encode(work, work.cards.result.quality);
}

async function read(file: File): Promise<Item> {
  const { name } = file;
  const magic = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  if (isMotet(magic)) {
    return { kind: 'stream', name, bytes: new Uint8Array(await file.arrayBuffer()) };
  }
  if (file.size === 0) throw new Problem('not-audio', 'This file is empty.');
  if (/\.motet$/i.test(name)) {
    throw new Problem('damaged', 'This is not a Motet file, or its beginning is damaged.');
  }
  const { source, ...found } = await openMusic(file);
  return musicOf(name, source, file.size, found);
}

/** `size`: of the file, if it was one. */
function musicOf(
  name: string,
  source: BufferSource,
  size: number | undefined,
  { tags, notes }: FoundTags = { tags: titled([], name), notes: [] },
): Item {
  const facts = [
    clock(source.samples / SAMPLE_RATE),
    source.mixedFrom === undefined
      ? source.channels === 1
        ? 'mono'
        : 'stereo'
      : `${source.mixedFrom} channels, mixed down to two`,
  ];
  if (size !== undefined) facts.push(`${fileSize(size)} as it came`);
  facts.push(`${fileSize(source.samples * source.channels * 2)} as 16-bit PCM`);
  return {
    kind: 'music',
    name,
    source,
    facts: facts.join(' · '),
    notes,
    tags,
  };
}
