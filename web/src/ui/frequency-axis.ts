// The frequencies beside a spectrogram, in kHz and Hz, at their places in its scale.
import { make } from './elements';

/** How the frequencies of a spectrogram lie: of equal width, of equal ratio, or as the ear tells them apart. */
export type FrequencyScale = 'linear' | 'logarithmic' | 'mel';

export const HIGHEST_HZ = 20000;
/** Of a logarithmic scale, which cannot begin at 0: below there is next to no music. */
export const lowestHz = (scale: FrequencyScale): number => (scale === 'logarithmic' ? 40 : 0);

const TICKS: Record<FrequencyScale, readonly number[]> = {
  linear: [0, 5000, 10000, 15000, 20000],
  logarithmic: [50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000],
  mel: [0, 500, 1000, 2000, 5000, 10000, 20000],
};

const PLACES: Record<FrequencyScale, (hz: number) => number> = {
  linear: (hz) => hz,
  logarithmic: (hz) => Math.log10(Math.max(1, hz)),
  mel: (hz) => 2595 * Math.log10(1 + hz / 700),
};

/** `height`: of the spectrogram, which lies at the bottom of the element that this is put into. */
export function frequencyAxis(scale: FrequencyScale, height: number): HTMLElement {
  const place = PLACES[scale];
  const lowest = place(lowestHz(scale));
  const axis = make('div', { className: 'frequencies' });
  axis.style.height = `${height}px`;
  for (const hz of TICKS[scale]) {
    const tick = make('span', { textContent: hz < 1000 ? String(hz) : `${hz / 1000}k` });
    const share = (place(hz) - lowest) / (place(HIGHEST_HZ) - lowest);
    tick.style.bottom = `${share * height}px`;
    axis.append(tick);
  }
  return axis;
}
