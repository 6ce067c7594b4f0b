// The report's one file: the built page with its data inside.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const PLACE = '<script id="data" type="application/json"></script>';

/** JSON that may stand in an HTML script: no "<" in it. */
const safe = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c');

export function writePage(template: string, file: string, title: string, data: unknown): void {
  const html = readFileSync(template, 'utf8');
  if (html.split(PLACE).length !== 2)
    throw new Error(`${template} has no place for the data of a report, or several`);
  const escaped = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const page = html
    .replace(/<title>[^<]*<\/title>/, () => `<title>${escaped}</title>`)
    .replace(PLACE, () => PLACE.replace('></', () => `>${safe(data)}</`));
  writeFileSync(`${file}.partial`, page);
  renameSync(`${file}.partial`, file);
}
