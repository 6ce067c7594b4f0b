import { openAudio } from '../audio/open';
import type { BufferSource } from '../audio/pcm';
import type { FoundTags, Tags } from '../audio/tags';
import { stem } from './save-file';

/** The sound of a file, and what it says of itself. */
export async function openMusic(file: File): Promise<{ source: BufferSource } & FoundTags> {
  const { tagsOf } = await import('../audio/tags');
  const [source, { tags, notes }] = await Promise.all([openAudio(file), tagsOf(file)]);
  return { source, tags: titled(tags, file.name), notes };
}

/** Music without a title is called as its file is. */
export function titled(tags: Tags, fileName: string): Tags {
  return tags.some(([key]) => key === 'title') ? tags : [['title', stem(fileName)], ...tags];
}
