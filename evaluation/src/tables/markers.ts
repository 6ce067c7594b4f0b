// Generated parts of Markdown files, between markers:
//   <!-- evaluation: NAME -->
//   ...
//   <!-- end of evaluation -->

const END = '<!-- end of evaluation -->';

/** `text` with the part of that name replaced. Throws where the markers are not there. */
export function replacePart(text: string, name: string, content: string, file: string): string {
  const begin = `<!-- evaluation: ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`${file} lacks "${begin}" or the "${END}" after it`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}
