// Seeking in the bytes of a stream, without decoding any.
import { checkBytes, checkNumber, checkOptions } from './arguments.js';
import { concat } from './arrays.js';
import { loadCore } from './load.js';
import { outlineOf } from './outline.js';
import { headerOf, pageBytes, renumber, setSamples, withLength } from './pages.js';

const END_PAGE = 22; // bytes

export async function streamFrom(source, seconds, options) {
  const bytes = checkBytes(source);
  checkNumber('seconds', seconds, 0);
  const { core } = await loadCore(checkOptions(options).wasm);
  const { header, pages, end, error } = outlineOf(core, bytes);
  if (!header) throw error;
  const { sampleRate, samples, preSkip } = header;
  const place = preSkip + Math.min(seconds * sampleRate, samples ?? Infinity);
  const packet = Math.floor(place / core.streamPacketSamples);
  // Phases of tones recur every two packets: the first one's number stays even.
  const isOdd = (page) => page.first % 2 === 1;
  let begin = pages.length - 1;
  while (begin > 0 && (pages[begin].first > packet || isOdd(pages[begin]))) --begin;
  const first = begin < 0 ? 0 : pages[begin].first;
  const before = first * core.streamPacketSamples - preSkip;
  // Before the first page, or within what is skipped: all of the stream is needed.
  if (first % 2 === 1 || first === 0 || first > packet || before <= 0)
    return { bytes: bytes.slice(), seconds: 0 };
  // What lies between intact pages is left out, as whoever reads the whole does.
  const parts = pages.slice(begin).map((page) => pageBytes(bytes, page.begin));
  if (!error) {
    const endPage = pageBytes(bytes, end - END_PAGE);
    setSamples(endPage, samples - before);
    parts.push(endPage);
  }
  const length = samples === undefined ? undefined : samples - before;
  return {
    bytes: concat([
      withLength(headerOf(bytes), length),
      ...parts.map((part) => renumber(part, -first)),
    ]),
    seconds: before / sampleRate,
  };
}
