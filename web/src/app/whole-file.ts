// Writing a file that the person chose (File System Access): the whole of it or none.
import { isAbort } from '../problem';

/**
 * What is written takes the file's place when all of it is there. After an error, or once `signal` is
 * aborted, no half file is left, nor the empty one that choosing it has made.
 */
export async function writeWhole(
  file: FileSystemFileHandle,
  content: ReadableStream<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await content.pipeTo(await file.createWritable(), { signal });
  } catch (error) {
    await removeIfEmpty(file).catch(() => undefined); // it is the first error that says what is wrong
    // Browsers have this name also for what they refuse to write; nobody has cancelled that.
    if (isAbort(error) && !signal.aborted) throw new Error((error as DOMException).message);
    throw error;
  }
}

async function removeIfEmpty(file: FileSystemFileHandle): Promise<void> {
  const { size } = await file.getFile();
  if (size === 0) await (file as FileSystemFileHandle & { remove(): Promise<void> }).remove();
}
