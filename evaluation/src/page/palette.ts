// Colours of curves: the same series has the same colour in every chart.

/** Motet's models, then the others. Readable on both backgrounds (styles.css). */
const OWN = ['var(--motet-1)', 'var(--motet-2)', 'var(--motet-3)', 'var(--motet-4)'];
const OTHERS = Array.from({ length: 8 }, (_, i) => `var(--series-${i + 1})`);

export type Colours = ReadonlyMap<string, string>;

export function coloursOf(series: readonly { series: string; own: boolean }[]): Colours {
  const colours = new Map<string, string>();
  let own = 0;
  let others = 0;
  for (const { series: name, own: isOwn } of series) {
    if (colours.has(name)) continue;
    colours.set(name, isOwn ? OWN[own++ % OWN.length]! : OTHERS[others++ % OTHERS.length]!);
  }
  return colours;
}

/** For a chart: which names, in which colours. */
export const colourScale = (colours: Colours): { domain: string[]; range: string[] } => ({
  domain: [...colours.keys()],
  range: [...colours.values()],
});
