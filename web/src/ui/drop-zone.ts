// Ways to bring files in: drop them, or whole folders, anywhere; or pick them.
import { fromEvent } from 'file-selector';
import { byId } from './elements';

/** A file of a folder that was dropped knows its path in it. */
export interface DroppedFile extends File {
  readonly relativePath?: string;
}

export function listenForFiles(onFiles: (files: DroppedFile[]) => void): void {
  const zone = byId('open', HTMLElement);
  const input = byId('file', HTMLInputElement);
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    if (files.length > 0) onFiles(files);
    input.value = ''; // the same file again is a change, too
  });
  const carriesFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes('Files') ?? false;
  let inside = 0; // dragenter and dragleave come for every element on the way
  const show = (): boolean => zone.classList.toggle('over', inside > 0);
  addEventListener('dragenter', (event) => {
    if (!carriesFiles(event)) return;
    ++inside;
    show();
  });
  addEventListener('dragleave', (event) => {
    if (!carriesFiles(event)) return;
    inside = Math.max(0, inside - 1);
    show();
  });
  addEventListener('dragover', (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    inside = 0;
    show();
    void fromEvent(event).then((found) => {
      const files = found.filter((each) => each instanceof File);
      if (files.length > 0) onFiles(files);
    });
  });
}
