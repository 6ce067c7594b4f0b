// The music that comes with the page.
import exampleUrl from '@data/excerpt.flac?url';
import { Problem } from '../problem';

export const EXAMPLE_NAME = 'Harvest Festival.flac';

export async function fetchExample(): Promise<Blob> {
  const response = await fetch(exampleUrl).catch(() => undefined);
  if (!response?.ok) throw new Problem('not-loaded', 'The example could not be loaded.');
  return response.blob();
}
