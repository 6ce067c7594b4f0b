import { openAudio } from '../audio/open';
import type { BufferSource } from '../audio/pcm';
import type { Tags } from '../audio/tags';

/** The sound of a file, and what it says of itself. */
export async function openMusic(file: File): Promise<{ source: BufferSource; tags: Tags }> {
  const { tagsOf } = await import('../audio/tags');
  const [source, tags] = await Promise.all([openAudio(file), tagsOf(file)]);
  return { source, tags };
}
