// Files in a folder that the person chose (File System Access), by paths with slashes.
import { writeWhole } from './whole-file';

async function folderOf(
  root: FileSystemDirectoryHandle,
  path: string,
  create: boolean,
): Promise<{ folder: FileSystemDirectoryHandle; name: string }> {
  const parts = path.split('/');
  const name = parts.pop()!;
  let folder = root;
  for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
  return { folder, name };
}

export async function isThere(root: FileSystemDirectoryHandle, path: string): Promise<boolean> {
  try {
    const { folder, name } = await folderOf(root, path, false);
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return false;
    throw error;
  }
}

/** The whole file or none, as writeWhole does it; its folders are made. */
export async function writeInto(
  root: FileSystemDirectoryHandle,
  path: string,
  content: Blob,
  signal: AbortSignal,
): Promise<void> {
  const { folder, name } = await folderOf(root, path, true);
  await writeWhole(await folder.getFileHandle(name, { create: true }), content.stream(), signal);
}
