import { check } from './errors.js';

export const PACKETS_PER_PAGE = 128; // unless the caller says something else

/** The core's writer of a stream whose header was checked; its fault if it cannot be so. */
export function writerHandle(core, model, header, packetsPerPage = PACKETS_PER_PAGE) {
  return check(core, core.StreamWriter.create(model, header, packetsPerPage));
}
