// What a music file says of itself: title, artist and so on, whatever the format (ID3, Vorbis comments, MP4).
import { ALL_FORMATS, BlobSource, Input, type MetadataTags } from 'mediabunny';

/** By the names of Vorbis comments, in small letters. */
export type Tags = Readonly<Record<string, string>>;

/** Of a file that nothing can be read from, none. */
export async function tagsOf(file: Blob): Promise<Tags> {
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
  try {
    return named(await input.getMetadataTags());
  } catch {
    return {}; // whether it is music at all, the browser's decoder will say
  } finally {
    input.dispose();
  }
}

function named(tags: MetadataTags): Tags {
  const { title, artist, album, albumArtist, trackNumber, genre, date, comment } = tags;
  const all: Record<string, string | undefined> = {
    title,
    artist,
    album,
    albumartist: albumArtist,
    tracknumber: trackNumber?.toString(),
    genre,
    // A year alone is read as its first day.
    date: date
      ?.toISOString()
      .slice(0, 10)
      .replace(/-01-01$/, ''),
    comment,
  };
  return Object.fromEntries(
    Object.entries(all).filter((tag): tag is [string, string] => Boolean(tag[1]?.trim())),
  );
}
