// Ways to bring a file in: drop it anywhere, or pick it.
import { byId } from './elements';

export function listenForFiles(onFile: (file: File) => void): void {
  const zone = byId('open', HTMLElement);
  const input = byId('file', HTMLInputElement);
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file !== undefined) onFile(file);
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
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) onFile(file);
  });
}
