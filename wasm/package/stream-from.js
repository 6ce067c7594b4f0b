// Seeking in the bytes of a stream, without decoding any.
import { checkBytes, checkNumber, checkOptions } from './arguments.js';
import { concat } from './arrays.js';
import { loadCore } from './load.js';
import { outlineOf } from './outline.js';
import { headerOf, pageBytes, renumber, setSamples, withParts } from './pages.js';
import { lastPart, streamParts } from './parts.js';

const END_PAGE = 22; // bytes

export async function streamFrom(source, seconds, options) {
  const bytes = checkBytes(source);
  checkNumber('seconds', seconds, 0);
  const { core } = await loadCore(checkOptions(options).wasm);
  const { header, pages, end, error } = outlineOf(core, bytes);
  if (!header) throw error;
  const { sampleRate } = header;
  const { streamPacketSamples } = core;
  const places = streamParts(header);
  const sample = Math.min(Math.round(seconds * sampleRate), header.samples ?? Infinity);
  const index = lastPart(places, (part) => part.sample <= sample);
  const part = places[index];
  const packet =
    part.packet + Math.floor((part.preSkip + sample - part.sample) / streamPacketSamples);
  let begin = pages.length - 1;
  // Phases of tones recur every two packets: the first one's number in its part stays even.
  const isOdd = (page) => (page.first - part.packet) % 2 === 1;
  while (begin > 0 && (pages[begin].first > packet || isOdd(pages[begin]))) --begin;
  let first = pages[begin]?.first ?? 0;
  let before = (first - part.packet) * streamPacketSamples - part.preSkip;
  // Before the part's second page, or within what is skipped: all of the part is needed.
  const isWhole = first > packet || isOdd({ first }) || before <= 0;
  if (isWhole && index === 0) return { bytes: bytes.slice(), seconds: 0 };
  if (isWhole) {
    first = part.packet;
    before = 0;
  }
  // What lies between intact pages is left out, as whoever reads the whole does.
  const kept = pages
    .filter((page) => page.first >= first)
    .map((page) => pageBytes(bytes, page.begin));
  const parts = [
    {
      samples: part.samples === undefined ? undefined : part.samples - before,
      packets: part.packets - (first - part.packet),
      preSkip: isWhole ? part.preSkip : 0,
    },
    ...places.slice(index + 1),
  ];
  if (!error) {
    const endPage = pageBytes(bytes, end - END_PAGE);
    setSamples(endPage, header.samples - part.sample - before);
    kept.push(endPage);
  }
  return {
    bytes: concat([
      withParts(headerOf(bytes), parts),
      ...kept.map((page) => renumber(page, -first)),
    ]),
    seconds: (part.sample + before) / sampleRate,
  };
}
