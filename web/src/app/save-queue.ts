// The files of the queue are saved: as one ZIP, or into a folder where the browser can. Each is written before
// the next is made, so that the sound of an album need not be in memory at once.
import type { Progress } from '../engine/contract';
import { isAbort, problemOf } from '../problem';
import { announce } from '../ui/elements';
import type { Report } from '../ui/activity';
import { isThere, writeInto } from './folder';
import { saveFile, stem } from './save-file';
import { soundFileOf } from './sound-file';
import type { Workspace } from './workspace';

/** Of a file of the queue that could be encoded. */
interface Output {
  /** In the list. */
  index: number;
  /** With folders, as it came. */
  name: string;
  encoded: Uint8Array<ArrayBuffer>;
  lastModified: Date;
}

const DONE = 'Saved.';

export async function saveAsZip(work: Workspace): Promise<void> {
  const { activity, queue } = work.cards;
  const zip = await activity.run('Saving files', async (signal, report) => {
    const { downloadZip } = await import('client-zip');
    async function* files(): AsyncGenerator<{ name: string; lastModified: Date; input: Blob }> {
      for (const { name, lastModified, ...output } of outputsOf(work)) {
        const input = await contentOf(work, { name, lastModified, ...output }, signal, report);
        if (input !== undefined) yield { name, lastModified, input };
      }
    }
    return downloadZip(files()).blob();
  });
  if (zip === undefined) return;
  saveFile(zip, 'motet.zip');
  queue.showSaved(DONE);
}

export async function saveIntoFolder(work: Workspace): Promise<void> {
  const { activity, queue } = work.cards;
  const folder = await askForFolder().catch((error: unknown) => {
    if (!isAbort(error)) activity.showProblem(error); // else the person closed it
  });
  if (folder === undefined) return;
  const words = await activity.run('Saving files', async (signal, report) => {
    let kept = 0;
    for (const output of outputsOf(work)) {
      signal.throwIfAborted();
      if (await isThere(folder, output.name)) {
        ++kept; // it may be an original
        queue.showOutcome(output.index, { text: 'is there already, and stays', failed: true });
        continue;
      }
      const content = await contentOf(work, output, signal, report);
      if (content !== undefined) await writeInto(folder, output.name, content);
    }
    if (kept === 0) return DONE;
    return `${DONE} ${kept === 1 ? 'One was there already, and stays' : `${kept} were there already, and stay`}.`;
  });
  if (words === undefined) return;
  queue.showSaved(words);
  announce(words);
}

/** Browsers without it do not show the button. */
function askForFolder(): Promise<FileSystemDirectoryHandle> {
  const { showDirectoryPicker } = window as unknown as {
    showDirectoryPicker(options: object): Promise<FileSystemDirectoryHandle>;
  };
  return showDirectoryPicker({ id: 'motet', mode: 'readwrite' });
}

/** No two of one name: a.flac and a.mp3 may stand side by side. */
function outputsOf({ queue, cards }: Workspace): Output[] {
  const names = new Set<string>();
  return queue.flatMap(({ path, encoded, file }, index) => {
    if (encoded === undefined) return [];
    const { format } = cards.queue;
    let name = `${stem(path)}.${format}`;
    for (let i = 2; names.has(name); ++i) name = `${stem(path)} (${i}).${format}`;
    names.add(name);
    return [{ index, name, encoded, lastModified: new Date(file.lastModified) }];
  });
}

/** Undefined if it could not be decoded, which its line then says. */
async function contentOf(
  work: Workspace,
  { index, name, encoded }: Output,
  signal: AbortSignal,
  report: Report,
): Promise<Blob | undefined> {
  const { queue } = work.cards;
  const { format } = queue;
  if (format === 'motet') return new Blob([encoded]);
  const title = `Decoding to ${name}`;
  report(title);
  try {
    const engine = await work.engines.get();
    const onProgress = (progress: Progress): void => report(title, progress);
    return await soundFileOf(engine, encoded, format, signal, onProgress);
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw error;
    queue.showOutcome(index, { text: problemOf(error).message, failed: true });
    return undefined;
  }
}
