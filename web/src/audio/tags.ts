// What a music file says of itself, whatever the format (ID3, Vorbis comments, INFO, MP4), as the tags of a
// stream: what the motet program takes along of it (docs/AUDIO_FILES.md), with the same limits.
import {
  ALL_FORMATS,
  type AttachedImage,
  BlobSource,
  FLAC,
  Input,
  type MetadataTags,
  OGG,
} from 'mediabunny';
import { packPicture, PICTURE } from './picture';
import { isOfTheFile, nameOfField, nameOfFreeText } from './tag-names';

/** Keys are the names of Vorbis comments, in small letters; they may repeat. */
export type Tag = readonly [key: string, value: string];
export type Tags = readonly Tag[];

export interface FoundTags {
  readonly tags: Tags;
  /** What was left out and why, in sentences. */
  readonly notes: readonly string[];
}

export const NO_TAGS: FoundTags = { tags: [], notes: [] };

const MOST_PICTURE_BYTES = 65536;
const MOST_VALUE_BYTES = 65536;
const MOST_TAG_BYTES = 900_000; // in a header of 1 MiB at most (docs/FORMAT.md)

/** Of a file that nothing can be read from, none. */
export async function tagsOf(file: Blob): Promise<FoundTags> {
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
  try {
    const format = await input.getFormat();
    return collect(await input.getMetadataTags(), format === FLAC || format === OGG);
  } catch {
    return NO_TAGS; // whether it is music at all, the browser's decoder will say
  } finally {
    input.dispose();
  }
}

const count = (value: number): string => value.toLocaleString('en');

class Collector {
  readonly tags: Tag[] = [];
  readonly notes: string[] = [];
  readonly #met = new Set<string>();
  #bytes = 0;

  /** Whether there was one, if too large. */
  has(key: string): boolean {
    return this.#met.has(key);
  }

  add(key: string, value: string | undefined): void {
    if (key === '' || value === undefined || value.trim() === '' || isOfTheFile(key)) return;
    this.#met.add(key);
    const bytes = new TextEncoder().encode(value).length;
    if (bytes <= MOST_VALUE_BYTES) return this.#keep(key, value, bytes);
    this.notes.push(
      `A tag '${key}' of ${count(bytes)} bytes was left out: the most is ${count(MOST_VALUE_BYTES)}.`,
    );
  }

  addPicture({ data, mimeType, kind, description = '' }: AttachedImage): void {
    if (data.length === 0) return;
    if (data.length > MOST_PICTURE_BYTES) {
      this.notes.push(
        `A picture of ${count(data.length)} bytes was left out: the most is ${count(MOST_PICTURE_BYTES)} bytes.`,
      );
      return;
    }
    const type = { coverFront: 3, coverBack: 4, unknown: 0 }[kind];
    const value = packPicture({ type, mimeType, description, data: new Uint8Array(data) });
    this.#keep(PICTURE, value, value.length);
  }

  /** The same key with another name and value, unless there is one of that name already. */
  rename(key: string, name: string, value: (value: string) => string): void {
    const at = this.tags.findIndex(([each]) => each === key);
    if (at < 0) return;
    if (this.has(name)) this.tags.splice(at, 1);
    else this.tags[at] = [name, value(this.tags[at]![1])];
  }

  #keep(key: string, value: string, valueBytes: number): void {
    const bytes = new TextEncoder().encode(key).length + valueBytes + 6;
    if (this.#bytes + bytes > MOST_TAG_BYTES) {
      this.notes.push(
        `There are more than ${count(MOST_TAG_BYTES)} bytes of tags; '${key}' was left out.`,
      );
      return;
    }
    this.#bytes += bytes;
    this.tags.push([key, value]);
  }
}

/** `vorbis`: whether names that no table has are those of Vorbis comments. */
function collect(metadata: MetadataTags, vorbis: boolean): FoundTags {
  const found = new Collector();
  for (const [field, value] of Object.entries(metadata.raw ?? {})) {
    if (field === 'vendor' || field === PICTURE.toUpperCase()) continue;
    const name = nameOfField(field);
    if (field === 'TXXX') {
      for (const [free, text] of Object.entries(value as Record<string, string>)) {
        found.add(nameOfFreeText(free), text);
      }
    } else if (name !== undefined) {
      if (typeof value === 'string' && !found.has(name)) found.add(name, utf8(value));
    } else if (vorbis) {
      // Of ID3 before FLAC there may be bytes, too.
      for (const text of [value].flat()) {
        if (typeof text === 'string') found.add(field.toLowerCase(), text);
      }
    }
  }
  for (const [name, value] of common(metadata)) if (!found.has(name)) found.add(name, value);
  // RFC 7845, 5.2.1: 256ths of a decibel towards −23 LUFS; ReplayGain is 5 dB above.
  const decibels = (value: string): string => `${(Number(value) / 256 + 5).toFixed(2)} dB`;
  for (const what of ['track', 'album']) {
    found.rename(`r128_${what}_gain`, `replaygain_${what}_gain`, decibels);
  }
  // What Vorbis comments call a description, ID3 and INFO call a comment.
  if (!found.has('comment')) found.rename('description', 'comment', (value) => value);
  for (const image of metadata.images ?? []) found.addPicture(image);
  return found;
}

/** What every format has, where its own field was of no known kind (numbers in MP4, genres of ID3). */
function common(metadata: MetadataTags): Array<[string, string | undefined]> {
  const { trackNumber, tracksTotal, discNumber, discsTotal, date } = metadata;
  const of = (number: number | undefined, total: number | undefined): string | undefined =>
    number === undefined || total === undefined ? number?.toString() : `${number}/${total}`;
  return [
    ['title', metadata.title],
    ['artist', metadata.artist],
    ['album', metadata.album],
    ['albumartist', metadata.albumArtist],
    ['tracknumber', of(trackNumber, tracksTotal)],
    ['discnumber', of(discNumber, discsTotal)],
    ['genre', metadata.genre],
    // A year alone is read as its first day.
    [
      'date',
      date
        ?.toISOString()
        .slice(0, 10)
        .replace(/-01-01$/, ''),
    ],
    ['comment', metadata.comment],
    ['lyrics', metadata.lyrics],
  ];
}

/** INFO says nothing of its letters, and is read as Latin-1: UTF-8 where it is. */
function utf8(text: string): string {
  if (!/[\u0080-\u00ff]/.test(text) || /[^\u0000-\u00ff]/.test(text)) return text;
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}
