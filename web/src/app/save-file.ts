/** Lets the browser save a file. */
export function saveFile(content: BlobPart | Blob, name: string, type = ''): void {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by then; the blob may be large.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A file name, or a path, without its ending. */
export function stem(name: string): string {
  return name.replace(/\.[^./]+$/, '') || name;
}
