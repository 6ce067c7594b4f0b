import { checkBytes } from './arguments.js';

const MAGIC = Uint8Array.of(0x4d, 0x6f, 0x74, 0x65, 0x74, 0x0d, 0x0a, 0x1a);

export function isMotet(source) {
  const bytes = checkBytes(source);
  return MAGIC.every((byte, at) => bytes[at] === byte);
}
