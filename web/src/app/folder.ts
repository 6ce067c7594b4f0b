// Files in a folder that the person chose (File System Access), by paths with slashes.

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

/** The whole file or none: what is written takes its place when it is closed. */
export async function writeInto(
  root: FileSystemDirectoryHandle,
  path: string,
  content: Blob,
): Promise<void> {
  const { folder, name } = await folderOf(root, path, true);
  const file = await folder.getFileHandle(name, { create: true });
  const writable = await file.createWritable();
  try {
    await writable.write(content);
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => undefined);
    await folder.removeEntry(name).catch(() => undefined);
    throw error;
  }
}
