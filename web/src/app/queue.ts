// Many files, one after another: each becomes a `.motet` file, and all of them are saved as one ZIP.
import { isMotet } from 'motet';
import { SAMPLE_RATE } from '../audio/sample-rate';
import { isAbort, Problem, problemOf } from '../problem';
import { announce } from '../ui/elements';
import { bitRate, fileSize } from '../ui/format';
import { openMusic } from './open-music';
import { saveFile, stem } from './save-file';
import type { Workspace } from './workspace';

/** `files`: with paths, if they came with a folder. */
export async function openFiles(work: Workspace, files: readonly File[]): Promise<void> {
  work.close();
  const pathOf = (file: File & { relativePath?: string }): string =>
    (file.relativePath ?? file.name).replace(/^[./]+/, '');
  work.queue = files
    .map((file) => ({ file, path: pathOf(file), encoded: undefined }))
    .sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }));
  const { queue, result } = work.cards;
  queue.show(
    work.queue.map(({ path }) => path),
    result.quality,
  );
  await encodeQueue(work);
}

/** All of them, from the beginning. */
export async function encodeQueue(work: Workspace): Promise<void> {
  const { queue: entries } = work;
  const { activity, queue } = work.cards;
  const { quality } = queue;
  queue.showSum('', false);
  entries.forEach((entry, i) => {
    entry.encoded = undefined;
    queue.showOutcome(i, { text: 'waits' });
  });
  await activity.run('Encoding files', async (signal, report) => {
    for (const [i, entry] of entries.entries()) {
      signal.throwIfAborted();
      const title = `Encoding ${i + 1} of ${entries.length}: ${entry.path}`;
      report(title);
      try {
        const { bytes, seconds } = await encodeOne(work, entry.file, quality, signal, (progress) =>
          report(title, progress),
        );
        if (signal.aborted) return;
        entry.encoded = bytes;
        const rate = bitRate((bytes.length * 8) / 1000 / Math.max(seconds, 1e-6));
        queue.showOutcome(i, { text: `${fileSize(bytes.length)}, ${rate}` });
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

async function encodeOne(
  work: Workspace,
  file: File,
  quality: number,
  signal: AbortSignal,
  onProgress: (progress: { fraction: number; timesRealTime: number }) => void,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; seconds: number }> {
  const magic = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  if (isMotet(magic)) throw new Problem('not-audio', 'This is a .motet file already.');
  const { source, tags } = await openMusic(file);
  signal.throwIfAborted();
  const engine = await work.engines.get();
  const bytes = await engine.encode(source, {
    quality,
    tags: { title: stem(file.name), ...tags },
    signal,
    onProgress,
  });
  return { bytes, seconds: source.samples / SAMPLE_RATE };
}

export async function saveQueue(work: Workspace): Promise<void> {
  const { downloadZip } = await import('client-zip');
  const names = new Set<string>();
  const files = work.queue.flatMap(({ path, encoded, file }) => {
    if (encoded === undefined) return [];
    let name = `${stem(path)}.motet`;
    for (let i = 2; names.has(name); ++i) name = `${stem(path)} (${i}).motet`; // a.flac and a.mp3
    names.add(name);
    return [{ name, input: encoded, lastModified: new Date(file.lastModified) }];
  });
  saveFile(await downloadZip(files).blob(), 'motet.zip');
}
