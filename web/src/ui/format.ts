// Numbers as people read them.
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

const digits = (value: number, maximumFractionDigits: number): string =>
  value.toLocaleString('en', {
    maximumFractionDigits,
    minimumFractionDigits: maximumFractionDigits,
  });

export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${digits(bytes / 1e3, bytes < 1e5 ? 1 : 0)} kB`;
  return `${digits(bytes / 1e6, bytes < 1e8 ? 1 : 0)} MB`;
}

export const bitRate = (kbps: number): string => `${digits(kbps, 2)}\u00a0kbit/s`;
export const ratio = (value: number): string =>
  `${digits(value, value < 100 ? 1 : 0)}\u00a0:\u00a01`;
export const speed = (times: number): string =>
  `${digits(times, times < 10 ? 1 : 0)}\u00a0× real\u00a0time`;
export const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`;
export const milliseconds = (ms: number): string => `${digits(ms, 0)} ms`;
export const count = (value: number): string => value.toLocaleString('en');
/** Of a gain. */
export const decibels = (gain: number): string => {
  const value = digits(Math.abs(20 * Math.log10(gain)), 1);
  return `${value === '0.0' ? '±' : gain < 1 ? '−' : '+'}${value}\u00a0dB`;
};
/** Empty if there is none. */
export const damageSentence = (damage: readonly string[]): string =>
  damage.length === 0
    ? ''
    : `Parts of this file are damaged and are concealed as well as possible: ${damage.join('; ')}.`;
