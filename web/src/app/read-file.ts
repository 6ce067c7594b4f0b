// What a file holds: music that can be encoded, or a `.motet` file that can be decoded.
import { isMotet } from 'motet';
import { openAudio } from '../audio/open';
import type { BufferSource } from '../audio/pcm';
import { SAMPLE_RATE } from '../audio/sample-rate';
import type { FoundTags, Tags } from '../audio/tags';
import type { Engine } from '../engine/contract';
import { Problem } from '../problem';
import { clock, fileSize } from '../ui/format';
import { stem } from './save-file';
import type { Item, Music } from './workspace';

/** `engine` is asked for if the file is a `.motet` file. */
export async function readFile(file: File, engine: () => Promise<Engine>): Promise<Item> {
  const { name, size } = file;
  const magic = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  if (isMotet(magic)) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return { kind: 'stream', name, bytes, facts: await (await engine()).inspect(bytes) };
  }
  if (size === 0) throw new Problem('not-audio', 'This file is empty.');
  if (/\.motet$/i.test(name)) {
    throw new Problem('damaged', 'This is not a Motet file, or its beginning is damaged.');
  }
  const { tagsOf } = await import('../audio/tags');
  const [source, { tags, notes }] = await Promise.all([openAudio(file), tagsOf(file)]);
  return musicOf('file', name, source, size, { tags: titled(tags, name), notes });
}

/** `size`: of the file, if it was one. */
export function musicOf(
  origin: Music['origin'],
  name: string,
  source: BufferSource,
  size: number | undefined,
  { tags, notes }: FoundTags = { tags: titled([], name), notes: [] },
): Music {
  const seconds = source.samples / SAMPLE_RATE;
  const facts = [
    clock(seconds),
    source.mixedFrom === undefined
      ? source.channels === 1
        ? 'mono'
        : 'stereo'
      : `${source.mixedFrom} channels, mixed down to two`,
  ];
  if (size !== undefined) facts.push(`${fileSize(size)} as it came`);
  facts.push(`${fileSize(source.samples * source.channels * 2)} as 16-bit PCM`);
  const { announced } = source;
  const lost =
    announced === undefined
      ? []
      : [`Only ${clock(seconds)} of ${clock(announced)} could be read: this file is damaged.`];
  return {
    kind: 'music',
    origin,
    name,
    source,
    facts: facts.join(' · '),
    notes: [...lost, ...notes],
    tags,
  };
}

/** Music without a title is called as its file is. */
function titled(tags: Tags, fileName: string): Tags {
  return tags.some(([key]) => key === 'title') ? tags : [['title', stem(fileName)], ...tags];
}
