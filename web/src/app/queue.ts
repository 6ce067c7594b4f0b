// Many files, one after another: music becomes `.motet` files; those that are some already stay as they are.
import { SAMPLE_RATE } from '../audio/sample-rate';
import { isAbort, Problem, problemOf } from '../problem';
import type { Report } from '../ui/activity';
import { announce } from '../ui/elements';
import { bitRate, damageSentence, fileSize } from '../ui/format';
import { readFile } from './read-file';
import type { Queued, Workspace } from './workspace';

/** `files`: with paths, if they came with a folder. What is open stays where none of them can be read. */
export async function openFiles(work: Workspace, files: readonly File[]): Promise<void> {
  const pathOf = (file: File & { relativePath?: string }): string =>
    (file.relativePath ?? file.name).replace(/^[./]+/, '');
  const entries: Queued[] = files
    .map((file) => ({ file, path: pathOf(file), encoded: undefined }))
    .sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }));
  const again = (): Promise<void> => openFiles(work, files);
  const { activity } = work.cards;
  const found = await activity.load(`Reading ${files.length} files`, again, (signal, report) =>
    findReadable(work, entries, signal, report),
  );
  if (found === undefined) return;
  work.close();
  work.queue = entries;
  const { queue, result } = work.cards;
  queue.show(
    work.queue.map(({ path }) => path),
    result.quality,
  );
  await encodeQueue(work);
}

/** The first that can be read, with what it holds. */
async function findReadable(
  work: Workspace,
  entries: readonly Queued[],
  signal: AbortSignal,
  report: Report,
): Promise<Queued> {
  let fault: unknown;
  for (const entry of entries) {
    try {
      entry.item = await readFile(entry.file, () => work.engines.get(report));
      return entry;
    } catch (error) {
      if (isAbort(error) || signal.aborted) throw error;
      fault ??= error;
    }
  }
  const { code, message } = problemOf(fault);
  const which = `None of these ${entries.length} files can be read. ${entries[0]!.path}: ${message}`;
  throw new Problem(code, which);
}

/** All of them, from the beginning, or the `rest` that was not encoded. */
export async function encodeQueue(work: Workspace, rest = false): Promise<void> {
  const { queue: entries } = work;
  const { activity, queue } = work.cards;
  const { quality } = queue;
  queue.showSum('', false);
  if (!rest) work.unsaved = false;
  entries.forEach((entry, i) => {
    if (rest && entry.encoded !== undefined) return;
    entry.encoded = undefined;
    queue.showOutcome(i, { text: 'waits' });
  });
  const again = (): Promise<void> => encodeQueue(work, true);
  await activity.run('Encoding files', again, async (signal, report) => {
    for (const [i, entry] of entries.entries()) {
      signal.throwIfAborted();
      if (entry.encoded !== undefined) continue;
      const title = `Encoding ${i + 1} of ${entries.length}: ${entry.path}`;
      report(title);
      try {
        const text = await encodeEntry(work, entry, quality, signal, (progress) =>
          report(title, progress),
        );
        if (signal.aborted) return;
        queue.showOutcome(i, { text });
      } catch (error) {
        if (isAbort(error) || signal.aborted) throw error;
        queue.showOutcome(i, { text: problemOf(error).message, failed: true });
      }
    }
  });
  if (entries !== work.queue || activity.running !== undefined) return;
  const done = entries.flatMap(({ encoded }) => (encoded === undefined ? [] : [encoded.length]));
  const words = `${done.length} of ${entries.length} encoded, ${fileSize(done.reduce((a, b) => a + b, 0))}`;
  queue.showSum(words, done.length > 0);
  announce(words);
}

/** What became of it, in words. */
async function encodeEntry(
  work: Workspace,
  entry: Queued,
  quality: number,
  signal: AbortSignal,
  onProgress: (progress: { fraction: number; timesRealTime: number }) => void,
): Promise<string> {
  const engine = await work.engines.get();
  const item = entry.item ?? (await readFile(entry.file, async () => engine));
  delete entry.item;
  signal.throwIfAborted();
  if (item.kind === 'stream') {
    const { bytes, facts } = item;
    entry.encoded = bytes;
    const damage = damageSentence(facts.damage);
    return [`${figures(bytes, facts.samples)}, as it came`, damage].filter(Boolean).join('. ');
  }
  const { source, tags, notes } = item;
  const bytes = await engine.encode(source, { quality, tags, signal, onProgress });
  signal.throwIfAborted();
  entry.encoded = bytes;
  work.unsaved = true;
  return [figures(bytes, source.samples), ...notes].join('. ');
}

function figures(bytes: Uint8Array, samples: number): string {
  const seconds = Math.max(samples / SAMPLE_RATE, 1e-6);
  return `${fileSize(bytes.length)}, ${bitRate((bytes.length * 8) / 1000 / seconds)}`;
}
