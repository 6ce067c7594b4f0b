// What a stream holds, without its sound.
import { concat } from './arrays.js';
import { Kind } from './decoder.js';
import { coreError } from './errors.js';

/**
 * The core's reader at each of its events, whose kind comes along; throws the fault that ends them.
 * Without a model, packets that are entropy-coded are only counted.
 */
export function* streamEvents(core, bytes, model = null) {
  const reader = core.StreamReader.create(model);
  try {
    reader.input(bytes.length).set(bytes);
    for (let kind; kind !== Kind.end;) {
      kind = reader.next();
      if (kind === Kind.needInput) reader.finish();
      else if (kind < 0) throw coreError(core);
      else yield { kind, reader };
    }
  } finally {
    reader.delete();
  }
}

/**
 * The header of a stream; its pages, with the number of the first packet, the count and the byte at
 * which each begins; how many packets there are with those that are lost, how many are lost, at most in
 * a row, and the byte at which all ends; `error` if it does not end as it should.
 */
export function outlineOf(core, bytes) {
  const outline = {
    header: undefined,
    pages: [],
    packets: 0,
    lostPackets: 0,
    longestGap: 0,
    strayBytes: 0,
    end: 0,
    error: undefined,
  };
  try {
    for (const { kind, reader } of streamEvents(core, bytes)) {
      const count = reader.count();
      if (kind === Kind.header || kind === Kind.end) outline.header = reader.header();
      if (kind === Kind.data)
        outline.pages.push({ first: outline.packets, count, begin: reader.offset() });
      if (kind === Kind.damage) {
        outline.lostPackets += count;
        outline.longestGap = Math.max(outline.longestGap, count);
      }
      outline.packets += count;
      outline.strayBytes = reader.skippedBytes();
      outline.end = reader.offset();
    }
  } catch (error) {
    outline.error = error;
  }
  return outline;
}

/** Whether the model of `info` reads the stream of a header. */
export function isReadBy({ identity, codecIdentity }, { modelIdentity, coding }) {
  return modelIdentity === identity || (coding === 'fixed' && modelIdentity === codecIdentity);
}

/** The packets that are in a stream, one after another, with or without an end. */
export function packetsOf(core, bytes, model) {
  const parts = [];
  try {
    for (const { kind, reader } of streamEvents(core, bytes, model))
      if (kind === Kind.data) parts.push(reader.packets().slice());
  } catch (error) {
    if (error.code !== 'truncated') throw error;
  }
  return concat(parts);
}
