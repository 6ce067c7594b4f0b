// Tags as the parts of WAV and FLAC files that hold them, as the motet program writes them.
import { PICTURE, pictureBlock, unpackPicture } from './picture';
import { id3FrameOf, infoFieldOf } from './tag-names';
import type { Tag, Tags } from './tags';

type Bytes = Uint8Array<ArrayBuffer>;

const text = (value: string): Bytes => new TextEncoder().encode(value);
const latin1 = (value: string): Bytes =>
  Uint8Array.from(value, (letter) => letter.charCodeAt(0) & 255);

function joined(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

function number(value: number, bytes: number, bitsEach = 8): Bytes {
  // The most significant byte first.
  const mask = 2 ** bitsEach - 1;
  return Uint8Array.from(
    { length: bytes },
    (_, i) => (value >>> (bitsEach * (bytes - 1 - i))) & mask,
  );
}

const littleEndian = (value: number): Bytes => number(value, 4).reverse();

/** A chunk of RIFF; they begin at even places. */
function chunk(id: string, ...parts: readonly Uint8Array[]): Bytes {
  const payload = joined(...parts);
  return joined(
    latin1(id),
    littleEndian(payload.length),
    payload,
    new Uint8Array(payload.length % 2),
  );
}

const isPicture = ([key, value]: Tag): boolean =>
  key === PICTURE && unpackPicture(value) !== undefined;

/** INFO, and ID3 for what INFO has no field for. Nothing without tags. */
export function wavTagChunks(tags: Tags): Bytes {
  if (tags.length === 0) return new Uint8Array(0);
  const fields = new Map<string, string>();
  let hasMore = false;
  for (const [key, value] of tags) {
    const field = infoFieldOf(key);
    if (field === undefined || fields.has(field)) hasMore = true;
    else fields.set(field, value);
  }
  const info = [...fields].map(([field, value]) => chunk(field, text(value), new Uint8Array(1)));
  const list = chunk('LIST', latin1('INFO'), ...info);
  return hasMore ? joined(list, chunk('id3 ', id3Tag(tags))) : list;
}

/** ID3v2.4 in UTF-8 (id3.org). */
function id3Tag(tags: Tags): Bytes {
  const UTF8 = Uint8Array.of(3);
  const END = Uint8Array.of(0);
  const frame = (id: string, ...parts: readonly Uint8Array[]): Bytes => {
    const payload = joined(...parts);
    return joined(latin1(id), number(payload.length, 4, 7), new Uint8Array(2), payload);
  };
  const values = new Map<string, string[]>();
  const pictures: Bytes[] = [];
  for (const [key, value] of tags) {
    const picture = key === PICTURE ? unpackPicture(value) : undefined;
    if (picture === undefined) values.set(key, [...(values.get(key) ?? []), value]);
    else {
      const { type, mimeType, description, data } = picture;
      const kind = Uint8Array.of(type);
      pictures.push(frame('APIC', UTF8, latin1(mimeType), END, kind, text(description), END, data));
    }
  }
  const frames = [...values].map(([key, all]) => {
    const value = text(all.join('\0')); // of several, each ends the one before
    const id = id3FrameOf(key);
    if (id === 'TXXX') return frame(id, UTF8, text(key.toUpperCase()), END, value);
    if (id === 'COMM' || id === 'USLT') return frame(id, UTF8, latin1('XXX'), END, value);
    return frame(id, UTF8, value);
  });
  const body = joined(...frames, ...pictures);
  return joined(latin1('ID3'), Uint8Array.of(4, 0, 0), number(body.length, 4, 7), body);
}

/** Vorbis comments and pictures, the last blocks before the frames (RFC 9639, 8.1, 8.6 and 8.8). */
export function flacTagBlocks(tags: Tags, vendor: string): Bytes {
  const block = (type: number, isLast: boolean, payload: Uint8Array): Bytes =>
    joined(Uint8Array.of(type | (isLast ? 0x80 : 0)), number(payload.length, 3), payload);
  const sized = (value: string): Bytes => joined(littleEndian(text(value).length), text(value));
  const pictures = tags.filter(isPicture).map(([, value]) => pictureBlock(value)!);
  const comments = tags
    .filter((tag) => !isPicture(tag))
    .map(([key, value]) => sized(`${key.toUpperCase()}=${value}`));
  const comment = joined(sized(vendor), littleEndian(comments.length), ...comments);
  return joined(
    block(4, pictures.length === 0, comment),
    ...pictures.map((picture, i) => block(6, i === pictures.length - 1, picture)),
  );
}
