// The browser's own dialogs that ask where to save (File System Access). Not every browser has them.
import { isAbort } from '../problem';

interface Pickers {
  showDirectoryPicker(options: object): Promise<FileSystemDirectoryHandle>;
  showSaveFilePicker(options: object): Promise<FileSystemFileHandle>;
}

const pickers = window as unknown as Pickers;

export const canPickFile = (): boolean => 'showSaveFilePicker' in window;

/** Undefined if the person closed the dialog. */
export function pickFolder(): Promise<FileSystemDirectoryHandle | undefined> {
  return unlessClosed(pickers.showDirectoryPicker({ id: 'motet', mode: 'readwrite' }));
}

/** Undefined if the person closed the dialog. What was in a file that is picked is lost by that. */
export function pickZipFile(suggestedName: string): Promise<FileSystemFileHandle | undefined> {
  const types = [{ description: 'ZIP archive', accept: { 'application/zip': ['.zip'] } }];
  return unlessClosed(pickers.showSaveFilePicker({ id: 'motet', suggestedName, types }));
}

async function unlessClosed<T>(picked: Promise<T>): Promise<T | undefined> {
  try {
    return await picked;
  } catch (error) {
    if (isAbort(error)) return undefined;
    throw error;
  }
}
