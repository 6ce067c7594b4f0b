// A file, the example or a recording is opened: music is encoded and compared, a `.motet` file plays.
import { openAudio } from '../audio/open';
import type { BufferSource } from '../audio/pcm';
import { encode } from './encode';
import { EXAMPLE_NAME, fetchExample } from './example';
import { play } from './play';
import { musicOf, readFile } from './read-file';
import type { Item, Workspace } from './workspace';

export async function openFile(work: Workspace, file: File): Promise<void> {
  const again = (): Promise<void> => openFile(work, file);
  const item = await work.cards.activity.load(`Reading ${file.name}`, again, (_, report) =>
    readFile(file, () => work.engines.get(report)),
  );
  await replace(work, item);
}

export async function openExample(work: Workspace): Promise<void> {
  const again = (): Promise<void> => openExample(work);
  const item = await work.cards.activity.load('Reading the example', again, async () => {
    const blob = await fetchExample();
    return musicOf('example', EXAMPLE_NAME, await openAudio(blob), blob.size);
  });
  await replace(work, item);
}

export async function openRecording(work: Workspace, source: BufferSource): Promise<void> {
  const name = `Recording ${new Date().toLocaleString()}`;
  await replace(work, musicOf('recording', name, source, undefined));
}

/** What is open stays where nothing was read. */
async function replace(work: Workspace, item: Item | undefined): Promise<void> {
  if (item === undefined) return;
  work.close();
  await use(work, item);
}

/** Does with an item what its kind asks for. */
export async function use(work: Workspace, item: Item): Promise<void> {
  work.item = item;
  if (item.kind === 'stream') return play(work, item);
  await encode(work, work.cards.result.quality);
}
