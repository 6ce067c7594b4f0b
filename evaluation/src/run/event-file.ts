// Reads pictures and sounds from TensorBoard's event files: records of protocol buffers
// (trainer/logging/event.proto has the messages).
import { readFileSync } from 'node:fs';

export interface Media {
  tag: string;
  step: number;
  kind: 'image' | 'audio';
  bytes: Uint8Array;
}

/** A field of a message: its number, and a number or bytes. */
interface Field {
  number: number;
  value: number;
  bytes?: Uint8Array;
}

/** The fields of a message. Throws an error where it is cut off. */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('a message ends in the middle of a number');
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === 0) {
      yield { number, value: varint() };
    } else if (type === 1) {
      yield { number, value: view.getFloat64(at, true) };
      at += 8;
    } else if (type === 5) {
      yield { number, value: view.getFloat32(at, true) };
      at += 4;
    } else if (type === 2) {
      const size = varint();
      if (at + size > message.length) throw new Error('a message is cut off');
      yield { number, value: size, bytes: message.subarray(at, at + size) };
      at += size;
    } else {
      throw new Error(`a field of type ${type}`);
    }
  }
}

/** Records: u64 length, u32 checksum, bytes, u32 checksum. A last one that is cut off is left out. */
function* recordsOf(file: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + 16 <= file.length;) {
    const size = Number(view.getBigUint64(at, true));
    if (at + 16 + size > file.length) return;
    yield file.subarray(at + 12, at + 12 + size);
    at += 16 + size;
  }
}

const find = (message: Uint8Array, number: number): Uint8Array | undefined => {
  for (const field of fieldsOf(message)) if (field.number === number) return field.bytes;
  return undefined;
};

/** Event: step 2, summary 5. Summary: value 1. Value: tag 1, image 4, audio 6; both encoded in 4. */
export function mediaOf(file: string): Media[] {
  const media: Media[] = [];
  for (const record of recordsOf(readFileSync(file))) {
    let step = 0;
    let summary: Uint8Array | undefined;
    for (const field of fieldsOf(record)) {
      if (field.number === 2) step = field.value;
      if (field.number === 5) summary = field.bytes;
    }
    if (!summary) continue;
    for (const { number, bytes: value } of fieldsOf(summary)) {
      if (number !== 1 || !value) continue;
      const tag = Buffer.from(find(value, 1) ?? []).toString();
      for (const [field, kind] of [
        [4, 'image'],
        [6, 'audio'],
      ] as const) {
        const holder = find(value, field);
        const bytes = holder && find(holder, 4);
        if (bytes) media.push({ tag, step, kind, bytes });
      }
    }
  }
  return media;
}
