// A picture as the value of a tag: a picture block of FLAC (RFC 9639, 8.8) in base64, as in Ogg.

/** The key of such a tag. */
export const PICTURE = 'metadata_block_picture';

export interface Picture {
  /** As ID3 and FLAC number them: 3 is the front cover. */
  readonly type: number;
  readonly mimeType: string;
  readonly description: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

const FIELDS_BEFORE_DATA = 16; // width, height, depth, colours: unknown is 0

export function packPicture({ type, mimeType, description, data }: Picture): string {
  const text = new TextEncoder();
  const [mime, words] = [text.encode(mimeType), text.encode(description)];
  const block = new Uint8Array(
    12 + mime.length + words.length + FIELDS_BEFORE_DATA + 4 + data.length,
  );
  const view = new DataView(block.buffer);
  let at = 0;
  const number = (value: number): void => (view.setUint32(at, value), void (at += 4));
  const bytes = (value: Uint8Array): void => (block.set(value, at), void (at += value.length));
  number(type);
  number(mime.length);
  bytes(mime);
  number(words.length);
  bytes(words);
  at += FIELDS_BEFORE_DATA;
  number(data.length);
  bytes(data);
  return toBase64(block);
}

/** Undefined if the value holds no picture. */
export function unpackPicture(value: string): Picture | undefined {
  const block = pictureBlock(value);
  if (block === undefined) return undefined;
  const view = new DataView(block.buffer);
  const text = new TextDecoder();
  let at = 0;
  const number = (): number => view.getUint32((at += 4) - 4);
  const bytes = (size: number): Uint8Array<ArrayBuffer> => {
    if (size > block.length - at) throw new RangeError('the picture block ends early');
    return block.slice(at, (at += size));
  };
  try {
    const type = number();
    const mimeType = text.decode(bytes(number()));
    const description = text.decode(bytes(number()));
    at += FIELDS_BEFORE_DATA;
    const data = bytes(number());
    return data.length === 0 ? undefined : { type, mimeType, description, data };
  } catch {
    return undefined;
  }
}

/** The bytes of the block itself. */
export function pictureBlock(value: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function toBase64(bytes: Uint8Array): string {
  let letters = '';
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}
