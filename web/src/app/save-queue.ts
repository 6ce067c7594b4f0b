// The files of the queue are saved: as one ZIP, or into a folder where the browser can. Each is written before
// the next is made, so that the sound of an album need not be in memory at once.
import { makeZip } from 'client-zip';
import type { Progress } from '../engine/contract';
import { isAbort, problemOf } from '../problem';
import { announce } from '../ui/elements';
import type { Report } from '../ui/activity';
import { isThere, writeInto } from './folder';
import { canPickFile, pickFolder, pickZipFile } from './pickers';
import { saveFile, stem } from './save-file';
import { soundFileOf } from './sound-file';
import { writeWhole } from './whole-file';
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

const ZIP_NAME = 'motet.zip';
const DONE = 'Saved.';

/**
 * Where the browser asks for a file, the archive is written straight into it while it is made, so that its
 * size does not matter. Elsewhere (Firefox, Safari) it is a Blob first, whose bytes are the browser's to
 * keep. A service worker could pass it on to a download, but the browser may end the worker while a long
 * file is decoded, a private window has none, and the page would not learn that the download failed.
 */
export async function saveAsZip(work: Workspace): Promise<void> {
  const { activity, queue } = work.cards;
  let file: FileSystemFileHandle | undefined;
  if (canPickFile()) {
    file = await pickZipFile(ZIP_NAME).catch((error: unknown) => void activity.showProblem(error));
    if (file === undefined) return;
  }
  const again = (): Promise<void> => saveAsZip(work);
  const words = await activity.run('Saving files', again, async (signal, report) => {
    const zip = zipOf(work, signal, report);
    if (file !== undefined) {
      await writeWhole(file, zip, signal);
    } else {
      const type = 'application/zip';
      const blob = await new Response(zip, { headers: { 'Content-Type': type } }).blob();
      signal.throwIfAborted();
      saveFile(blob, ZIP_NAME);
    }
    return DONE;
  });
  if (words === undefined) return;
  queue.showSaved(words);
  work.unsaved = false;
}

/** Each file is made when those before it have been read. */
function zipOf(
  work: Workspace,
  signal: AbortSignal,
  report: Report,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  async function* files(): AsyncGenerator<{ name: string; lastModified: Date; input: Blob }> {
    for (const output of outputsOf(work)) {
      const input = await contentOf(work, output, signal, report);
      if (input !== undefined) yield { ...output, input };
    }
  }
  return makeZip(files()) as ReadableStream<Uint8Array<ArrayBuffer>>;
}

export async function saveIntoFolder(work: Workspace): Promise<void> {
  const { activity, queue } = work.cards;
  const folder = await pickFolder().catch((error: unknown) => void activity.showProblem(error));
  if (folder === undefined) return;
  const again = (): Promise<void> => saveIntoFolder(work);
  const words = await activity.run('Saving files', again, async (signal, report) => {
    let kept = 0;
    for (const output of outputsOf(work)) {
      signal.throwIfAborted();
      if (await isThere(folder, output.name)) {
        ++kept; // it may be an original
        queue.showOutcome(output.index, { text: 'is there already, and stays', failed: true });
        continue;
      }
      const content = await contentOf(work, output, signal, report);
      if (content !== undefined) await writeInto(folder, output.name, content, signal);
    }
    if (kept === 0) {
      work.unsaved = false;
      return DONE;
    }
    return `${DONE} ${kept === 1 ? 'One was there already, and stays' : `${kept} were there already, and stay`}.`;
  });
  if (words === undefined) return;
  queue.showSaved(words);
  announce(words);
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
